"""The verbs `labkit record`, `labkit show` and `labkit open`: their arguments, and what they print.

`labkit.cli` makes a parser for each and calls it; nothing here knows the other verbs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from functools import partial
from pathlib import Path

import labkit
from labkit.decode.provenance import elsewhere
from labkit.decode.segment_lines import segment_lines
from labkit.decode.strace import listing, summary
from labkit.errors import LabkitError
from labkit.model import DATA_LIMIT, CallGraph, Fault, Limits, Recording


def add_record_command(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `record`, `show` and `open` to the commands of a parser; each sets `act`, which gives the exit status."""
    for name, text, options, act in (
        ("record", "run a program and record what it does with files, processes and sockets", record_options, recorded),
        ("show", "print a recording, a line an event", show_options, shown),
        ("open", "step through a recording in a web browser", open_options, opened),
    ):
        parser = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
        options(parser)
        parser.set_defaults(act=act)


def record_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of `labkit record`."""
    limits = Limits()
    parser.add_argument(
        "program", help="a C file, a program of the course, an executable, or - with -c - a command line"
    )
    parser.add_argument("args", nargs="*", help="its arguments; after -- they may begin with -")
    parser.add_argument(
        "-t",
        "--together",
        action="store_true",
        help="PROGRAM and each of ARGS is a program with its arguments, as 'echo_server 0' 'echo_client {port} hello': "
        "each is started when all before wait or have ended; {port} is the TCP port that listens by then",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to keep the recording (without: it is printed); NAME.html: a page to step through it; "
        "NAME.pcap: its segments alone, for Wireshark",
    )
    parser.add_argument("-c", "--shell", action="store_true", help="PROGRAM is a command line for /bin/sh")
    parser.add_argument("-l", "--lines", action="store_true", help="record the lines of C it comes to, too")
    parser.add_argument(
        "--in-turn", action="store_true", help="one process or thread at a time: the same order in every run"
    )
    parser.add_argument("--wire", action="store_true", help="capture its TCP segments on loopback, too")
    parser.add_argument(
        "--stdin",
        metavar="FILE",
        help="what it (with -t: the last program) reads on standard input, - for this command's own",
    )
    parser.add_argument(
        "--stdout", choices=("terminal", "pipe", "file"), default="pipe", help="where descriptor 1 leads"
    )
    parser.add_argument(
        "--stderr", choices=("terminal", "pipe", "file"), default="pipe", help="where descriptor 2 leads"
    )
    parser.add_argument(
        "--inject",
        metavar="CALL:N:FAULT",
        action="append",
        default=[],
        type=fault,
        help="make the Nth CALL fail (read:2:EINTR) or cut it short (write:1:3); N+ means all later ones, too",
    )
    parser.add_argument("--every-call", action="store_true", help="record every system call, not only those of I/O")
    parser.add_argument(
        "--data", metavar="BYTES", type=int, default=DATA_LIMIT, help=f"bytes kept of each buffer ({DATA_LIMIT})"
    )
    parser.add_argument(
        "--seconds", type=float, default=limits.seconds, help=f"end it after this time ({limits.seconds:g})"
    )
    parser.add_argument("--folder", default=".", help="the folder it runs in (this one)")


def fault(text: str) -> Fault:
    """CALL:N:ERRNO or CALL:N:LENGTH as a Fault.

    >>> fault("read:2:EINTR")
    Fault(call='read', nth=2, errno='EINTR', length=None, onwards=False)
    >>> fault("write:1+:3").onwards
    True
    """
    try:
        call, nth, what = text.split(":")
        onwards, number = nth.endswith("+"), int(nth.rstrip("+"))
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{text!r} is not CALL:N:ERRNO or CALL:N:LENGTH, as read:2:EINTR") from err
    if what.isdigit():
        return Fault(call, number, length=int(what), onwards=onwards)
    return Fault(call, number, errno=what, onwards=onwards)


def recorded(arguments: argparse.Namespace) -> int:
    """Does `labkit record`; the exit status is 0 when there is a recording, whatever the program did."""
    if arguments.together and arguments.shell:
        raise LabkitError("-t and -c do not go together: 'sh -c LINE' is a program like others.")
    typed, programs = _input(arguments.stdin), (arguments.program, *arguments.args)
    recorded_by: Callable[..., Recording] = (
        partial(labkit.record_together, *programs, stdin=[None] * len(arguments.args) + [typed])
        if arguments.together
        else partial(labkit.record, arguments.program, arguments.args, shell=arguments.shell, stdin=typed)
    )
    recording = recorded_by(
        lines=arguments.lines,
        in_turn=arguments.in_turn,
        wire=arguments.wire or _is_pcap(arguments.output),
        inject=arguments.inject,
        stdout=arguments.stdout,
        stderr=arguments.stderr,
        folder=arguments.folder,
        data_limit=arguments.data,
        every_call=arguments.every_call,
        seconds=arguments.seconds,
    )
    if arguments.output is None:
        _print(recording)
        return 0
    sys.stdout.flush()
    sys.stdout.buffer.write(recording.output(1))
    sys.stdout.flush()
    sys.stderr.buffer.write(recording.output(2))
    _keep(recording, arguments.output)
    if where := elsewhere([recording]):
        print(f"labkit: {where}", file=sys.stderr)
    print(f"labkit: {summary(recording)} in {arguments.output}", file=sys.stderr)
    return 0


def _keep(recording: Recording, name: str) -> None:
    """As a page or a capture of the wire when the name says so, else as a recording."""
    if name.lower().endswith((".html", ".htm")):
        labkit.step(recording).save(name)
    elif _is_pcap(name):
        labkit.save_pcap(recording, name)
    else:
        labkit.save(recording, name)


def _is_pcap(name: str | None) -> bool:
    return name is not None and name.lower().endswith(".pcap")


def _input(name: str | None) -> bytes | None:
    if name is None:
        return None
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as err:
        raise LabkitError(f"cannot read {name} for standard input: {err.strerror}") from err


def show_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of `labkit show`."""
    parser.add_argument("recording", help="a file that `labkit record -o` wrote")
    parser.add_argument("-a", "--all", action="store_true", help="also what the dynamic linker does before main")
    parser.add_argument("-t", "--times", action="store_true", help="print seconds since the start (under tracing)")


def shown(arguments: argparse.Namespace) -> int:
    """Does `labkit show`."""
    recording = labkit.load(arguments.recording)
    if isinstance(recording, CallGraph):
        print(repr(labkit.step(recording)))
        return 0
    _print(recording, times=arguments.times, before_main=arguments.all)
    return 0


def open_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of `labkit open`."""
    parser.add_argument("recording", nargs="+", help="a file that `labkit record -o` wrote; two: side by side")
    parser.add_argument("-o", "--output", metavar="FILE.html", help="only write the page")
    parser.add_argument("--at", type=int, default=1, metavar="STEP", help="the step to begin with (1; -1 is the last)")


def opened(arguments: argparse.Namespace) -> int:
    """Does `labkit open`: 1 when no browser could be started."""
    recordings = [labkit.load(name) for name in arguments.recording]
    if len(recordings) > 2:
        raise LabkitError(f"{len(recordings)} recordings are too many: one to step through, or two side by side.")
    if len(recordings) == 2 and any(isinstance(one, CallGraph) for one in recordings):
        raise LabkitError("Side by side go recordings of programs; a way through the kernel opens alone.")
    stepper = (labkit.compare if len(recordings) == 2 else labkit.step)(*recordings, at=arguments.at)
    if arguments.output:
        print(f"The page is in {stepper.save(arguments.output)}.")
        return 0
    # It stays after this command has ended: the browser reads it then.
    folder = Path(tempfile.mkdtemp(prefix="labkit-open-"))
    page = stepper.save(folder / f"{Path(arguments.recording[0]).name.partition('.')[0]}.html")
    print(f"The page is in {page}.")
    return 0 if webbrowser.open(page.as_uri()) else 1


def _print(recording: Recording, *, times: bool = False, before_main: bool = False) -> None:
    if where := elsewhere([recording]):
        print(where)
    for line in listing(recording, times=times, before_main=before_main):
        print(line)
    for line in segment_lines(recording):
        print(line)
    for word in recording.missing:
        print(f"not seen: {word}")
    print(summary(recording))
