"""Return addresses found on a stack without call frame information: a last resort, for musl and for glibc's `clone3`.

Knows code and a list of words; reads nothing. A word that points behind a call instruction may be left over from an
earlier call, so a chain of them counts only if each call leads to the function the next one is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labkit.capture.callsite import Call, call_before, trampoline_slot
from labkit.capture.elf import Elf

_NEAR = 8192  # a function without a name is taken to be at most so long, in bytes
_TRIES = 4000
_AT_ENTRY = 9  # the kernel puts this and the address of _start at the bottom of the stack (getauxval(3))


@dataclass(frozen=True, slots=True)
class Return:
    """The word at stack address `at` is `pc`, behind call instruction `call` of `elf`; `address` is the call's."""

    at: int
    pc: int
    elf: Elf
    address: int
    call: Call


def returns(words: Iterable[tuple[int, int]], locate: Callable[[int], tuple[Elf, int] | None]) -> list[Return]:
    """Those of `words` (stack address, value) that point behind a call; `locate` gives a pc's file and its bias."""
    found, before = [], 0
    for at, pc in words:
        place, type_ = locate(pc), before
        before = pc
        if place is None:
            continue
        elf, bias = place
        call = call_before(elf, pc - bias)
        if call is not None and not (type_ == _AT_ENTRY and pc - bias == elf.entry):
            found.append(Return(at, pc, elf, pc - bias - 1, call))
    return found


def route(elf: Elf, address: int, candidates: list[Return], arrived: Callable[[Return], bool]) -> list[Return]:
    """The calls that lead from one that has `arrived` to the code at `address`, innermost first.

    Where no chain arrives, as far as calls lead surely; [] where not even the first does.
    """
    tries = _TRIES

    def follow(elf: Elf, address: int, begin: int) -> list[Return] | None:
        nonlocal tries
        for index in range(begin, len(candidates)):
            tries -= 1
            if tries < 0:
                return None
            candidate = candidates[index]
            if not leads_to(candidate, elf, address):
                continue
            if arrived(candidate):
                return [candidate]
            rest = follow(candidate.elf, candidate.address, index + 1)
            if rest is not None:
                return [candidate, *rest]
        return None

    whole = follow(elf, address, 0)
    if whole is not None:
        return whole
    sure: list[Return] = []
    for candidate in candidates:
        if candidate.call != Call() and leads_to(candidate, elf, address):
            sure.append(candidate)
            elf, address = candidate.elf, candidate.address
    return sure


def leads_to(candidate: Return, elf: Elf, address: int) -> bool:
    """Whether the call of `candidate` may have entered the function that `address` of `elf` is in."""
    call, function = candidate.call, elf.function(address)
    target, slot = call.target, call.slot
    if target is not None:
        slot = trampoline_slot(candidate.elf, target)
    if slot is not None:
        name = candidate.elf.imports.get(slot)
        if name is not None:
            return function is not None and elf.address(name) == function.address
        return candidate.elf is elf  # a slot filled at link time; its target is not in the file's imports
    if target is None:
        return True  # through a register: it may lead anywhere
    if candidate.elf is not elf:
        return False
    if function is not None:
        return target == function.address
    following = elf.next_function(target)
    return target <= address < target + _NEAR and (following is None or following > address)
