"""One program under several command lines of a shell: where its descriptors 0 to 2 lead before its first line."""

from __future__ import annotations

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.capture.surroundings import place, scratch
from labkit.decode.redirected import redirected
from labkit.errors import LabkitError
from labkit.model import Redirections

COMMANDS = (
    "./greet", "./greet < in", "./greet > out", "./greet 2> err", "./greet < in > out 2> err",
    "cat in | ./greet", "./greet < in | cat",
)  # fmt: skip
FILES = {"in": "Ada\n"}
TYPED = "Grace\n"


def measure_redirections(*commands: str, program: str = "greet") -> Redirections:
    """A row for each of `commands` (default: one for each redirection), with the recording it was read from.

    A real shell runs each with a terminal as its own 0, 1 and 2, as for somebody at a keyboard, in a folder with the
    program and the file `in`. Takes a recording a row. Raises LabkitError when a command does not start the program.
    """
    built = build(program)
    rows = []
    for command in commands or COMMANDS:
        # What is typed arrives at any moment: it is typed only for a program that would wait for it.
        typed = None if "in" in command.split() else TYPED
        with scratch("record") as folder:
            place(folder, FILES)
            (folder / program).symlink_to(built.path)
            recording = record(
                command, shell=True, in_turn=True, folder=folder, env={"PATH": "/usr/bin:/bin"},
                stdin=typed, stdin_from="terminal", stdout="terminal", stderr="terminal",
            )  # fmt: skip
        try:
            rows.append(redirected(recording, command, program))
        except LookupError as err:
            raise LabkitError(f"The command line does not start {program}: {command!r}.") from err
    return Redirections(program, tuple(rows))
