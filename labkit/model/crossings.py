"""One run counted: the instructions a program executed in user mode, and each time it crossed the system-call line."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stretch:
    """What ran in user mode from one crossing to the next, and the call that ended it.

    `instructions` are how many, by whose code they are: "the program", "the C library", "the dynamic loader", "the
    vDSO", or a file's name. `call` is the system call by name and `result` what the kernel returned (negative: an
    errno), None if it did not come back. `call` is "" for the last stretch of a program that did not end by a call.
    """

    instructions: tuple[tuple[str, int], ...]
    call: str = ""
    result: int | None = None


@dataclass(frozen=True)
class Crossings:
    """One run of a program, instruction by instruction, from its first to its last.

    Exactly one of `status` and `signal` (by name) is set unless a limit, named in `ended_by`, ended it. `others` is the
    number of processes and threads it started, which ran along and are not counted. `made` tells with what it was made.
    """

    name: str
    argv: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    status: int | None = None
    signal: str | None = None
    ended_by: str = ""
    others: int = 0
    made: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def calls(self) -> tuple[str, ...]:
        """The system calls, in order: each is one crossing of the line."""
        return tuple(stretch.call for stretch in self.stretches if stretch.call)

    @property
    def instructions(self) -> int:
        """All instructions executed in user mode.

        >>> Crossings("p", (), (Stretch((("the program", 2), ("the C library", 3)), "write"),)).instructions
        5
        """
        return sum(self.by_owner.values())

    @property
    def by_owner(self) -> dict[str, int]:
        """The instructions by whose code they are, most first."""
        totals: dict[str, int] = {}
        for stretch in self.stretches:
            for owner, count in stretch.instructions:
                totals[owner] = totals.get(owner, 0) + count
        return dict(sorted(totals.items(), key=lambda one: (-one[1], one[0])))
