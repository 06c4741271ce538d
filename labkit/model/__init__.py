"""Every noun of labkit, as frozen values that know nothing of the kernel, of drawing or of Jupyter.

What `capture` saw is kept in these values, `decode` reasons about them, `draw` draws them.
"""

from labkit.model.arena import Arena, Asleep, Bout, Bouts, Moment, Move, Score, Waiting
from labkit.model.boxed import Ended
from labkit.model.callgraph import CallGraph, KernelStep
from labkit.model.calls_measured import CallCost, CallCosts
from labkit.model.crossings import Crossings, Stretch
from labkit.model.fetched import Fetched
from labkit.model.kernelfile import Entry, KernelFile, KernelFiles, Layout, Member
from labkit.model.layers import BlocksBelow, Layer, Layers, Stage, WrittenDown
from labkit.model.measured import Answer, CopyCost, CopyCosts, FopenTable, KindAnswers, KindsOfFile, ModeFacts
from labkit.model.names_asked import Addresses, Found, Ports
from labkit.model.recording import DATA_LIMIT, Argument, Event, Fault, Launched, Place, Recording, Step, Value
from labkit.model.report import REPORT_FORMAT, Probe, Report
from labkit.model.run import Chunk, LeftFile, Limits, Program, Run, Span
from labkit.model.segment import Segment
from labkit.model.state import (
    PAGE_SIZE,
    Change,
    Descriptor,
    Inode,
    Noun,
    OpenFile,
    Process,
    Socket,
    State,
    Stream,
    Thread,
    Wait,
)
from labkit.model.stream_facts import (
    Arrived,
    Called,
    Copies,
    LibraryWork,
    LineWork,
    Mishap,
    Position,
    Positions,
    Redirection,
    Redirections,
    UnderMishap,
    UnderMishaps,
)

__all__ = [
    "Addresses",
    "Found",
    "Ports",
    "Answer",
    "Arena",
    "Argument",
    "Asleep",
    "BlocksBelow",
    "Arrived",
    "Bout",
    "Bouts",
    "CallCost",
    "CallCosts",
    "Called",
    "Change",
    "CallGraph",
    "Chunk",
    "Copies",
    "CopyCost",
    "CopyCosts",
    "Crossings",
    "DATA_LIMIT",
    "Descriptor",
    "Ended",
    "Entry",
    "Event",
    "Fault",
    "Fetched",
    "FopenTable",
    "Inode",
    "KindAnswers",
    "KindsOfFile",
    "KernelFile",
    "KernelFiles",
    "KernelStep",
    "Launched",
    "Layer",
    "Layers",
    "Layout",
    "LeftFile",
    "LibraryWork",
    "Limits",
    "Member",
    "LineWork",
    "Mishap",
    "ModeFacts",
    "Moment",
    "Move",
    "Noun",
    "OpenFile",
    "PAGE_SIZE",
    "Place",
    "Position",
    "Positions",
    "Probe",
    "Process",
    "Program",
    "REPORT_FORMAT",
    "Recording",
    "Redirection",
    "Redirections",
    "Report",
    "Run",
    "Score",
    "Segment",
    "Socket",
    "Span",
    "Stage",
    "State",
    "Step",
    "Stream",
    "Stretch",
    "Thread",
    "UnderMishap",
    "UnderMishaps",
    "Value",
    "Wait",
    "Waiting",
    "WrittenDown",
]
