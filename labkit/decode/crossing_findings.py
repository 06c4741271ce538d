"""What one counted run shows, in words that are the same in every run: magnitudes, orderings, no counts. Pure.

The counts differ a little with the processor, the environment's size and where the kernel puts things.
"""

from __future__ import annotations

from collections import Counter

from labkit.decode.code_owner import PROGRAM
from labkit.model import Crossings

_NAMES = ("a few", "some dozen", "some hundred", "some thousand", "some ten thousand", "some hundred thousand")


def magnitude(count: int) -> str:
    """The nearest power of ten in words: far enough from the next that a small difference does not change it.

    >>> [magnitude(count) for count in (0, 1, 2, 34, 90_273, 110_875, 2_000_000)]
    ['none', 'one', 'a few', 'some dozen', 'some hundred thousand', 'some hundred thousand', 'some million']
    """
    if count < 2:
        return ("none", "one")[count]
    if count < 100:
        return _NAMES[count >= 10]
    power = len(str(count * count)) // 2  # nearest on a logarithmic scale: above the root of ten, the next
    if power < len(_NAMES):
        return _NAMES[power]
    return "some million" if power == 6 else "many million"


def most(crossings: Crossings) -> str:
    """Whose code most of the instructions are.

    >>> from labkit.model import Stretch
    >>> most(Crossings("p", (), (Stretch((("the program", 2), ("the C library", 3))),)))
    'the C library'
    """
    return next(iter(crossings.by_owner), "")


def before_own(crossings: Crossings) -> int:
    """How many crossings there were before the first instruction of the program's own code.

    >>> from labkit.model import Stretch
    >>> loader = Stretch((("the dynamic loader", 9),), "mmap", 0)
    >>> before_own(Crossings("p", (), (loader, loader, Stretch((("the program", 2),), "exit_group"))))
    2
    """
    count = 0
    for stretch in crossings.stretches:
        if any(owner == PROGRAM for owner, _ in stretch.instructions):
            return count
        count += bool(stretch.call)
    return count


def calls_by_count(crossings: Crossings) -> tuple[tuple[str, int], ...]:
    """The calls and how often each was made, most first, of equals the earliest."""
    return tuple(Counter(crossings.calls).most_common())


def ended(crossings: Crossings) -> str:
    """How the run ended, "" when with status 0.

    >>> ended(Crossings("p", (), (), status=1)), ended(Crossings("p", (), (), ended_by="instructions"))
    ('It ended with status 1.', 'The limit of instructions ended it.')
    """
    if crossings.ended_by:
        return f"The limit of {crossings.ended_by} ended it."
    if crossings.signal:
        return f"It was killed by {crossings.signal}."
    return f"It ended with status {crossings.status}." if crossings.status else ""
