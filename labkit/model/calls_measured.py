"""How long single calls took, measured at full speed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallCost:
    """One `call`, or two that belong together: what it does in a few words, and `nanoseconds` for one.

    The time is that of the shortest of several rounds of `count`, divided by it.
    """

    call: str
    does: str
    nanoseconds: float
    count: int


@dataclass(frozen=True)
class CallCosts:
    """The costs of several calls, in the order measured; `filesystem` is the type of the one their files were on."""

    costs: tuple[CallCost, ...]
    filesystem: str = ""

    def __getitem__(self, call: str) -> CallCost:
        """The cost of `call`; KeyError names those there are."""
        for cost in self.costs:
            if cost.call == call:
                return cost
        raise KeyError(f"no cost of {call!r}; there are: {'; '.join(cost.call for cost in self.costs)}")

    def __iter__(self) -> Iterator[CallCost]:
        return iter(self.costs)

    def longer(self, call: str, other: str) -> str:
        """How many times as long `call` takes as `other`, in words that a busy machine does not change.

        >>> costs = CallCosts((CallCost("fputc", "", 3.0, 4096), CallCost("write", "", 450.0, 1000)))
        >>> costs.longer("write", "fputc"), costs.longer("fputc", "write")
        ('more than 10 times as long', 'less than 10 times as long')
        """
        more = self[call].nanoseconds > 10 * self[other].nanoseconds
        return "more than 10 times as long" if more else "less than 10 times as long"
