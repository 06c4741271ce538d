"""What was measured by running programs: the modes of fopen, five calls on nine kinds of file, the cost of copying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.model.recording import Recording


@dataclass(frozen=True, slots=True)
class ModeFacts:
    """What one mode of fopen(3) did to a file that was there (`existing`) or was not, read from a recording.

    `errno` is why it failed, by name, "" if it did not; the rest is then None or "". `flags` are those the library
    gave to open(2). `first` is the position when fopen returned, in bytes. `lands` is where two bytes went that were
    written after fseek to 0: "at the start" or "at the end", "" if nothing may be written.
    """

    mode: str
    existing: bool
    errno: str = ""
    flags: str = ""
    created: bool | None = None
    truncated: bool | None = None
    first: int | None = None
    may_read: bool | None = None
    may_write: bool | None = None
    lands: str = ""
    recording: Recording | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class FopenTable:
    """The modes of fopen(3), each on a file that exists and on one that does not; `size` is the former's, in bytes."""

    rows: tuple[ModeFacts, ...]
    size: int

    def __getitem__(self, wanted: tuple[str, bool]) -> ModeFacts:
        """The row of (mode, existing); KeyError names the modes there are."""
        for row in self.rows:
            if (row.mode, row.existing) == wanted:
                return row
        raise KeyError(f"no row {wanted!r}; there are the modes {' '.join(self.modes)}, each with True and False")

    def __iter__(self) -> Iterator[ModeFacts]:
        return iter(self.rows)

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes in the table, in its order."""
        return tuple(dict.fromkeys(row.mode for row in self.rows))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel answered to one call: its `result`, or `errno` by name when it refused; `note` says how asked."""

    call: str
    result: int | None
    errno: str = ""
    note: str = ""

    def __str__(self) -> str:
        return self.errno or str(self.result)


@dataclass(frozen=True, slots=True)
class KindAnswers:
    """The calls on one kind of file, in the order they were made; `absent` says why it could not be had here, if so."""

    kind: str
    answers: tuple[Answer, ...] = ()
    absent: str = ""
    recording: Recording | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, call: str) -> Answer:
        """The answer to `call` (the last one, if asked twice); KeyError if it was not made."""
        for answer in reversed(self.answers):
            if answer.call == call:
                return answer
        raise KeyError(f"{call} was not tried on {self.kind}" + (f": {self.absent}" if self.absent else ""))


@dataclass(frozen=True)
class KindsOfFile:
    """The same calls tried on kinds of file; read and write ask for three bytes."""

    kinds: tuple[KindAnswers, ...]

    def __getitem__(self, kind: str) -> KindAnswers:
        """The answers of `kind`; KeyError names those there are."""
        for row in self.kinds:
            if row.kind == kind:
                return row
        raise KeyError(f"no kind {kind!r}; there are: {', '.join(row.kind for row in self.kinds)}")

    def __iter__(self) -> Iterator[KindAnswers]:
        return iter(self.kinds)


@dataclass(frozen=True, slots=True)
class CopyCost:
    """Copying a file in one `way` with buffers of `size` bytes.

    `seconds` is the shortest of `tries` copies of `timed` bytes at full speed; `calls` are the system calls on the two
    files, counted in a recording of a copy of `counted` bytes. Where one is missing (None), `untold` says why.
    """

    way: str
    size: int
    timed: int
    tries: int
    seconds: float | None
    counted: int
    calls: int | None
    untold: str = ""

    @property
    def nanoseconds_a_byte(self) -> float | None:
        """The time for each byte copied.

        >>> CopyCost("read, write", 1, timed=1000, tries=3, seconds=0.002, counted=10, calls=21).nanoseconds_a_byte
        2000.0
        """
        return None if self.seconds is None else self.seconds * 1e9 / self.timed

    @property
    def calls_a_byte(self) -> float | None:
        """The system calls for each byte copied; the read that finds the end of the file counts, too.

        >>> CopyCost("read, write", 1, timed=1000, tries=3, seconds=0.002, counted=10, calls=21).calls_a_byte
        2.1
        """
        return None if self.calls is None else self.calls / self.counted


@dataclass(frozen=True)
class CopyCosts:
    """The cost of copying in several ways and with buffers of several sizes.

    `sync`: each copy ended with fsync(2). `filesystem` is the type of the one the files were on; on "tmpfs" fsync has
    nothing to do. `recordings` are those the calls were counted in.
    """

    costs: tuple[CopyCost, ...]
    sync: bool = False
    filesystem: str = ""
    recordings: tuple[Recording, ...] = field(default=(), compare=False, repr=False)

    def __getitem__(self, wanted: tuple[str, int]) -> CopyCost:
        """The cost of (way, size); KeyError names the ones there are."""
        for cost in self.costs:
            if (cost.way, cost.size) == wanted:
                return cost
        raise KeyError(f"no cost {wanted!r}; there are the ways {self.ways} with the sizes {self.sizes}")

    def __iter__(self) -> Iterator[CopyCost]:
        return iter(self.costs)

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of copying, in the order measured."""
        return tuple(dict.fromkeys(cost.way for cost in self.costs))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The buffer sizes in bytes, ascending."""
        return tuple(sorted({cost.size for cost in self.costs}))
