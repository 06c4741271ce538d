"""Why a program that hangs does so: judges of what everybody had open at the moment it was ended.

Knows nothing of any exercise.
"""

from __future__ import annotations

from labkit.decode.replay import replay
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, exactly
from labkit.exercises.situation import told
from labkit.model import Recording, State


def write_end_open(observation: Observation) -> Finding | None:
    """A reader of an empty pipe waits although nobody is left who will write: a write end was forgotten."""
    recording = observation.recording
    before = _before_it_was_ended(recording)
    first = recording.events[0].pid
    waiting = recording.calls("read", "pread64", "readv", "poll", "select", "pselect6", "ppoll")
    for event in sorted(waiting, key=lambda event: event.pid == first):  # who started another may wait for its answer
        inode = event.wait.inode if event.wait is not None and event.end is None else None
        if inode is None or inode not in before.inodes or before.inodes[inode].kind != "pipe":
            continue
        holders = [
            holder
            for open_file in before.users(inode)
            if "O_WRONLY" in open_file.flags
            for holder in before.holders(open_file.id)
        ]
        if not holders:
            continue
        pid, fd = next((holder for holder in holders if holder[0] == event.pid), holders[0])
        who = _who(before, event.pid, pid, first)
        says = (
            f"read waits for ever: the end of a pipe comes when every write end is closed, and {who} still has one "
            f"open, descriptor {fd}."
        )
        return Finding("write-end-open", told(observation.situation, says), exactly(event))
    return None


def read_end_open(observation: Observation) -> Finding | None:
    """A writer waits for room in a pipe that nobody will read: only those who write it still have its read end."""
    recording = observation.recording
    before = _before_it_was_ended(recording)
    for event in recording.calls("write", "writev", "splice"):
        inode = event.wait.inode if event.wait is not None and event.end is None else None
        if inode is None or inode not in before.inodes or before.inodes[inode].kind not in ("pipe", "fifo"):
            continue
        holders = [
            holder
            for open_file in before.users(inode)
            if "O_RDONLY" in open_file.flags
            for holder in before.holders(open_file.id)
        ]
        if holders and {pid for pid, _ in holders} == {event.pid}:
            says = (
                "write waits for ever for room in the pipe: whoever read it has gone. The kernel would say so, but the "
                f"writer itself still has a read end open, descriptor {holders[0][1]}, and so there is somebody who "
                "could read."
            )
            return Finding("read-end-open", told(observation.situation, says), exactly(event))
    return None


def both_write(observation: Observation) -> Finding | None:
    """Two processes wait for room in two full pipes, and each is the one who would make room for the other."""
    recording = observation.recording
    asleep = [
        event
        for event in recording.calls("write", "writev")
        if event.end is None and event.wait is not None and event.wait.inode is not None
    ]
    others = [event for event in asleep if event.pid != asleep[0].pid and event.wait != asleep[0].wait]
    if not others:
        return None
    says = (
        "both processes are asleep in write: each has filled the pipe that the other should read, and neither reads. "
        "Somebody has to read while the request is still being written."
    )
    return Finding("both-write", told(observation.situation, says), exactly(asleep[0]))


def waits_before_it_reads(observation: Observation) -> Finding | None:
    """A process waits for a child that cannot end: the pipe it writes to is full, and nobody empties it."""
    recording = observation.recording
    asleep = [event for event in recording.calls() if event.end is None]
    writes = next((event for event in asleep if event.call in ("write", "writev") and event.wait is not None), None)
    waits = next((event for event in asleep if event.call in ("wait4", "waitid")), None)
    if writes is None or waits is None:
        return None
    says = (
        "the parent waits for the child to end, and the child for room in the pipe: it is full, and nobody reads it "
        "meanwhile. First let it be read, then wait."
    )
    return Finding("waits-too-early", told(observation.situation, says), exactly(waits))


def _before_it_was_ended(recording: Recording) -> State:
    """What there was when the limit was reached, just before all were killed."""
    killed = [event.begin for event in recording.events if event.kind == "exit" and "SIGKILL" in event.detail]
    last = max((event.begin if event.end is None else event.end for event in recording.events), default=0)
    return replay(recording).at(min(killed) - 1 if killed else last)


def _who(state: State, reader: int, holder: int, first: int) -> str:
    """The process that holds a write end, as the reader sees it."""
    if holder == reader:
        return "the reader itself"
    known = state.processes.get(reader)
    if known is not None and known.parent == holder:
        return "its parent"
    return "the first process" if holder == first else "another process"
