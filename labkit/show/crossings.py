"""`labkit.crossings()`: a counted run that shows itself. Counts and draws nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from labkit.capture.counting import INSTRUCTIONS, count
from labkit.decode.crossing_findings import before_own, magnitude, most
from labkit.draw.crossings import crossings_picture, crossings_text, numbers_grid
from labkit.draw.grid import Grid
from labkit.model import Crossings, Limits, Program


class ShownCrossings(Crossings):
    """Shows itself as a picture with the counts in a table below; as text by what is the same in every run."""

    @property
    def numbers(self) -> Grid:
        """The counts, as a table."""
        return numbers_grid(self)

    @property
    def most(self) -> str:
        """Whose code most of the instructions are: "the dynamic loader"."""
        return most(self)

    @property
    def magnitude(self) -> str:
        """How many instructions nearly, in words that are the same in every run: "some hundred thousand"."""
        return magnitude(self.instructions)

    @property
    def before_own(self) -> int:
        """How many crossings came before the first instruction of the program's own code."""
        return before_own(self)

    def __repr__(self) -> str:
        return crossings_text(self)

    def _repr_html_(self) -> str:
        return crossings_picture(self)._repr_html_() + numbers_grid(self)._repr_html_()


def crossings(
    program: Program | str | Path,
    args: Sequence[str] | str = (),
    *,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    instructions: int = INSTRUCTIONS,
    limits: Limits | None = None,
    **limit: float,
) -> ShownCrossings:
    """Run `program` once, an instruction at a time, and count those it executes in user mode and each system call.

    The value tells, for each stretch from one crossing of the system-call line to the next, how many instructions were
    the program's own, the C library's, the dynamic loader's, the vDSO's (by the file they were mapped from: a static
    program has all in its own), and the call that ended it. A repeated string instruction (rep) counts once, as the
    processor counts it. `print` shows magnitudes and orderings, the same in every run; the counts differ a little.

    `program` is a `Program`, whatever `build` takes, or the path of an executable. `args`, `stdin`, `env` and `files`
    are as for `run`; descriptors 0 to 2 lead to files. Only its first process and thread is counted; what it starts
    runs along. It is some thousand times slower than usual: hello takes one or two seconds. The limits are
    `instructions` and, by name, those of `Limits` for seconds (30), memory and file_size; a reached one is told on the
    value (`ended_by`), as is how it ended.

    Raises LabkitError when it cannot be started, CompileError when it does not compile, UnsupportedError where programs
    cannot be traced.
    """
    made = count(program, args, stdin=stdin, env=env, files=files, instructions=instructions, limits=limits, **limit)
    return ShownCrossings(**{field.name: getattr(made, field.name) for field in fields(Crossings)})
