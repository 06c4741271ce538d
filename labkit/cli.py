"""The `labkit` command: reads its arguments and calls what a notebook would call.

A new verb is a function and a line in VERBS.
Exit status: what the verb says, 2 for wrong arguments or what labkit cannot do, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import labkit
from labkit.cli_box import add_box_command
from labkit.cli_record import add_record_command
from labkit.errors import LabkitError

Arguments = argparse.Namespace


@dataclass(frozen=True)
class Verb:
    """`labkit NAME`: `options` adds its arguments to a parser, `act` does it and gives the exit status."""

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], object]
    act: Callable[[Arguments], int]


def _doctor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="*", help="try only this (default: everything)")
    parser.add_argument("--json", action="store_true", help="write the report as JSON")


def _doctor(arguments: Arguments) -> int:
    report = labkit.doctor(*arguments.name)
    print(report.to_json() if arguments.json else report)
    return 0 if report.ready else 1


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("program", help="a C file, or the name of a program of the course")
    parser.add_argument("args", nargs="*", help="its arguments (after -- if they begin with -)")
    parser.add_argument(
        "--on", default="terminal,pipe,file", help="where stdout leads, run by run (default: %(default)s)"
    )
    parser.add_argument("--stdin", metavar="FILE", help="what descriptor 0 reads (default: /dev/null)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long a run may take (default: %(default)g)")
    parser.add_argument("--beat", type=float, default=1.0, help="draw to so many seconds (default: %(default)g)")
    parser.add_argument("--save", metavar="FILE.svg", help="write the picture")


def _run(arguments: Arguments) -> int:
    stdin = _content(arguments.stdin) if arguments.stdin else None
    targets = arguments.on.split(",")
    runs = labkit.run_on(arguments.program, *targets, args=arguments.args, stdin=stdin, seconds=arguments.seconds)
    picture = labkit.timeline(*runs, beat=arguments.beat)
    print(picture)
    for sentence in dict.fromkeys(map(labkit.verdict, runs)):
        print(sentence)
    if arguments.save:
        print(f"The picture is in {picture.save(arguments.save)}.")
    return 0


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as err:
        raise LabkitError(f"{path} cannot be read: {err.strerror}.") from err


VERBS = (
    Verb("doctor", "try what the course needs on this machine, and say what works", _doctor_options, _doctor),
    Verb("run", "run a C program at its own speed, and show when its bytes left it", _run_options, _run),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ gets "?" and the word beside it
    try:
        chosen = _parser().parse_args(arguments)
        status: int = chosen.act(chosen)
        sys.stdout.flush()
    except LabkitError as error:
        print(f"labkit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, `head` perhaps, has what it wants. Python flushes stdout again at exit, so it must lead somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labkit", description="Run real C programs and see what the kernel did.")
    parser.add_argument("--version", action="version", version=f"labkit {labkit.__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_record_command(verbs)
    add_box_command(verbs)
    for verb in VERBS:
        own = verbs.add_parser(verb.name, help=verb.help, description=verb.help.capitalize() + ".")
        verb.options(own)
        own.set_defaults(act=verb.act)
    return parser
