"""A part of the course's driver that the learner writes, and what is tried with it in the box. Values; runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labkit.exercises.requirement import Finding

Facts = Mapping[str, str]
ANSWER = "answer.c"
_WHOLE = ("module_init(", "module_pci_driver(")


@dataclass(frozen=True)
class Trial:
    """`program` (C text) is run in the box with `args` and prints facts, one "name=value" a line; `judge` sees them."""

    wants: str
    program: str
    args: tuple[str, ...]
    judge: Callable[[Facts], Finding | None]
    seconds: float = 5.0  # the longest takes three, where its answer is right two


@dataclass(frozen=True)
class Shown:
    """When a finding has this `cause`, the first read of `program` is followed through the kernel and shown.

    `function` is the last of the interrupt's side before the step to look at: the next one where the reader falls
    asleep.
    """

    cause: str
    program: str
    function: str


@dataclass(frozen=True)
class DriverPart:
    """The learner's text goes between `before` and `after` of a driver; `first` in front of a whole driver, too."""

    before: str
    after: str
    trials: tuple[Trial, ...]
    first: str = ""
    shown: Shown | None = None

    def whole(self, answer: str) -> str:
        """The driver with `answer` in it; an answer that registers a driver itself is one already.

        Messages of the compiler name the answer's own lines.

        >>> part = DriverPart("int a;\\n", "int c;\\n", ())
        >>> print(part.whole("int b;"), end="")
        int a;
        #line 1 "answer.c"
        int b;
        #line 3 "lab.c"
        int c;
        """
        marked = f'#line 1 "{ANSWER}"\n{answer.rstrip()}\n'
        if any(word in answer for word in _WHOLE):
            return self.first + marked
        row = self.before.count("\n") + answer.rstrip().count("\n") + 2
        return f'{self.first}{self.before}{marked}#line {row} "lab.c"\n{self.after}'


def parted(driver: str, head: str) -> tuple[str, str, str]:
    """What of a driver's text is before the function that begins with `head`, the function, and what is after it.

    >>> parted("int a;\\nint f(void)\\n{\\n}\\nint b;\\n", "int f(")
    ('int a;\\n', 'int f(void)\\n{\\n}\\n', 'int b;\\n')
    """
    start = driver.index(head)
    end = driver.index("\n}\n", start) + len("\n}\n")
    return driver[:start], driver[start:end], driver[end:]
