"""What was found out about streams by running programs: work by line, positions, redirections, copies, mishaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.model.recording import Fault, Recording


@dataclass(frozen=True, slots=True)
class Called:
    """A system call made `times` times for the same line; `moved` bytes in all, None for a call that moves none.

    `failed` are the errno names of those that failed, in order.
    """

    call: str
    times: int = 1
    moved: int | None = None
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineWork:
    """One line of a program that works on streams, all the times it was reached together.

    `line` is None for what runs after main, whose `text` is then the library function. `times` is None where lines
    were not recorded; `more`: the recorder did not see all of them, so that the numbers
    are the least. `put` bytes went into buffers of streams and on,
    `took` came out of them (None, too, without lines). `calls` are the system calls made for it, in the order of the
    first of each.
    """

    file: str
    line: int | None
    text: str
    times: int | None
    put: int | None = 0
    took: int | None = 0
    calls: tuple[Called, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class LibraryWork:
    """What each line of a program moved through its streams, and the system calls the library made for it."""

    lines: tuple[LineWork, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, wanted: str) -> LineWork:
        """The only row whose text has `wanted` in it; KeyError names the rows there are."""
        found = [row for row in self.lines if wanted in row.text]
        if len(found) != 1:
            raise KeyError(
                f"{len(found)} lines have {wanted!r} in them; there are: {'; '.join(r.text for r in self.lines)}"
            )
        return found[0]

    def __iter__(self) -> Iterator[LineWork]:
        return iter(self.lines)

    def total(self, call: str) -> int:
        """How often the library made system call `call`, all lines together."""
        return sum(made.times for row in self.lines for made in row.calls if made.call == call)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a stream was after a line of its program.

    `file` is the position of the FILE, as ftell(3) would say; of its buffer `used` bytes have been read and `ahead` not
    yet, and `unwritten` wait to be written; `kernel` is the offset of the open file description. All in bytes. `calls`
    are the system calls on its descriptor that the line caused.
    """

    line: int
    text: str
    file: int
    used: int
    ahead: int
    unwritten: int
    kernel: int
    calls: tuple[Called, ...] = ()


@dataclass(frozen=True)
class Positions:
    """A stream line by line; `path` is the file behind it."""

    path: str
    rows: tuple[Position, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, wanted: str) -> Position:
        """The only row whose text has `wanted` in it; KeyError names the rows there are."""
        found = [row for row in self.rows if wanted in row.text]
        if len(found) != 1:
            raise KeyError(
                f"{len(found)} lines have {wanted!r} in them; there are: {'; '.join(r.text for r in self.rows)}"
            )
        return found[0]

    def __iter__(self) -> Iterator[Position]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where descriptors 0, 1 and 2 of a program led before its first line, when a shell had run `command`.

    `leads` are the three in order. `opened` are the files of the working folder that had been opened by then, by the
    name of the process that opened each: "the shell", or the program's. `step` is the step of `recording` with which
    the program begins, counted from 1 as in `labkit.step`.
    """

    command: str
    leads: tuple[str, str, str]
    opened: tuple[tuple[str, str], ...] = ()
    step: int = 1
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def opener(self, name: str) -> str:
        """Who opened the file: "the shell", or the program's name; KeyError if nobody had when the program began."""
        for file, who in self.opened:
            if file == name:
                return who
        raise KeyError(f"nobody had opened {name!r} when the program began; opened were {self.opened}")


@dataclass(frozen=True)
class Redirections:
    """The same program under several command lines."""

    program: str
    rows: tuple[Redirection, ...]

    def __getitem__(self, command: str) -> Redirection:
        """The row of a command line; KeyError names those there are."""
        for row in self.rows:
            if row.command == command:
                return row
        raise KeyError(f"no command {command!r}; there are: {'; '.join(row.command for row in self.rows)}")

    def __iter__(self) -> Iterator[Redirection]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of `size` bytes that went into `program`: `left` bytes came out, `what` of them in words.

    `ending` is how the program ended: "exit 0", or the signal's name.
    """

    program: str
    size: int
    left: int
    what: str
    ending: str = "exit 0"


@dataclass(frozen=True)
class Copies:
    """Programs that should copy their input, each on the same bytes."""

    rows: tuple[Arrived, ...]

    def __getitem__(self, program: str) -> Arrived:
        """The row of a program; KeyError names those there are."""
        for row in self.rows:
            if row.program == program:
                return row
        raise KeyError(f"no program {program!r}; there are: {', '.join(row.program for row in self.rows)}")

    def __iter__(self) -> Iterator[Arrived]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong, in words (`says`): `faults` to inject, and the files that are `missing` from the start."""

    says: str
    faults: tuple[Fault, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnderMishap:
    """A program under a mishap: how it ended, what the user could read, and what became of the data (`what`, `lost`).

    `ending` is "exit 1" or the signal's name; `message` what it wrote to stderr, without the newline; `lost` is the
    number of bytes that are not in the result.
    """

    program: str
    mishap: Mishap
    ending: str
    message: str
    lost: int
    what: str
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def silent(self) -> bool:
        """Whether bytes are lost and the program claims that all went well."""
        return self.lost > 0 and self.ending == "exit 0"


@dataclass(frozen=True)
class UnderMishaps:
    """Programs that do the same, under the same mishaps; `size` is what each has to carry over, in bytes."""

    rows: tuple[UnderMishap, ...]
    size: int

    def __getitem__(self, wanted: tuple[str, str]) -> UnderMishap:
        """The row of (program, mishap in words); KeyError names those there are."""
        for row in self.rows:
            if (row.program, row.mishap.says) == wanted:
                return row
        said = dict.fromkeys(row.mishap.says for row in self.rows)
        raise KeyError(f"no row {wanted!r}; there are {', '.join(self.programs)} with: {'; '.join(said)}")

    def __iter__(self) -> Iterator[UnderMishap]:
        return iter(self.rows)

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs, in the order given."""
        return tuple(dict.fromkeys(row.program for row in self.rows))

    def silent(self, program: str) -> int:
        """Under how many mishaps `program` lost bytes and ended with status 0."""
        return sum(row.silent for row in self.rows if row.program == program)
