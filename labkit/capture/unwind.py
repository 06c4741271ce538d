"""From the registers and the stack of a stopped thread to its chain of calls.

Knows address spaces, call frame information and raw bytes; touches no process, so it can run
long after the program is gone. It names nothing: that is `labkit.capture.symbolize`'s job.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labkit.capture.address_space import AddressSpace, Module
from labkit.capture.cfi import (
    EXPRESSION,
    OFFSET,
    REGISTER,
    RIP,
    RSP,
    UNDEFINED,
    VAL_OFFSET,
    Row,
    frames_of,
)
from labkit.capture.eh_frame import CfiError
from labkit.capture.elf import Elf
from labkit.capture.expression import ExpressionError, evaluate
from labkit.capture.scan import Return, returns, route

# Where struct user_regs_struct (sys/user.h) keeps each DWARF register, rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip.
REGISTERS = (10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16)
SYSCALL = 2  # bytes of the instruction: in a system call the pc is already behind it
_MASK = (1 << 64) - 1
_SCAN_WORDS = 512
_CALLEE_SAVED = frozenset((3, 6, 12, 13, 14, 15))  # rbx rbp r12..r15, System V x86-64 ABI, figure 3.4


@dataclass(frozen=True, slots=True)
class Frame:
    """One call in progress: `pc` is where it goes on; `address` is the instruction it is at, as the file numbers it.

    For a caller that is the call instruction, one byte before the return address, so that a call which is the last
    instruction of its line counts to that line. Meaningless when `module` is None.
    """

    pc: int
    address: int
    module: Module | None


@dataclass(frozen=True, slots=True)
class Unwound:
    """The calls in progress, innermost first, and why there are no more.

    `ended`: "root" (the first function of the thread), "wanted" (the caller of `unwind` had enough), "no table",
    "no code" (the pc is outside of all files), "stack" (the bytes given do not reach), "limit".
    `registers` (DWARF numbers) and `words` (indexes of 8-byte words of the stack) are all that this result depends
    on besides the pc: two stops equal in them have equal frames.
    """

    frames: tuple[Frame, ...]
    ended: str
    registers: tuple[int, ...]
    words: tuple[int, ...]
    repeatable: bool


def unwind(
    space: AddressSpace,
    registers: tuple[int, ...],
    stack: tuple[int, bytes],
    behind: int = 0,
    enough: Callable[[Frame], bool] = lambda frame: False,
    limit: int = 200,
) -> Unwound:
    """The calls in progress in a stopped thread; never raises, whatever the bytes.

    `registers` are the 27 words of user_regs_struct; `stack` is the stack pointer and the bytes from there up.
    `behind` is how far the pc is behind the instruction the thread is at: `SYSCALL` in a system call, else 0.
    Stops after the first frame that is `enough`, or after `limit` frames.
    """
    return _Walk(space, registers, stack).run(behind, enough, limit)


class _NoStack(Exception):
    """A word outside of the bytes of stack that were kept."""


class _Walk:
    """One unwinding. Saved registers are read only when used, so that the result depends on as little as possible."""

    def __init__(self, space: AddressSpace, registers: tuple[int, ...], stack: tuple[int, bytes]) -> None:
        self._space, self._initial = space, registers
        self._low, self._bytes = stack
        self._values = {RSP: registers[REGISTERS[RSP]], RIP: registers[REGISTERS[RIP]]}
        self._saved: dict[int, int] = {}  # register -> address of its value
        self._lost: frozenset[int] = frozenset()
        self._route: list[Return] = []
        self._used: set[int] = set()
        self._words: dict[int, None] = {}
        self._repeatable = self._low % 8 == 0 and self._low == self._values[RSP]

    def run(self, back: int, enough: Callable[[Frame], bool], limit: int) -> Unwound:
        frames: list[Frame] = []
        ended = "limit"
        while len(frames) < limit:
            pc = self._values[RIP]
            module = self._space.find(pc)
            frame = Frame(pc, pc - module.bias - back if module else pc, module)
            frames.append(frame)
            if module is None or module.elf is None:
                ended = "no code"
                break
            if enough(frame):
                ended = "wanted"
                break
            try:
                step = self._step(module.elf, frame, first=len(frames) == 1)
            except _NoStack:
                ended = "stack"
                break
            except (CfiError, ExpressionError):
                ended = "no table"
                break
            if isinstance(step, str):
                ended = step
                break
            back = step  # a return address points behind the call
        return Unwound(tuple(frames), ended, tuple(sorted(self._used)), tuple(self._words), self._repeatable)

    def _step(self, elf: Elf, frame: Frame, first: bool) -> int | str:
        """Goes to the caller; how far behind the call its pc is (0 or 1), or why there is none."""
        if self._route:
            return self._return()
        tables = frames_of(elf)
        table = tables.find(frame.address)
        if table is None:
            # clone3 in glibc is assembled without a table, and all of musl compiled without.
            return self._return() if (first or tables.scarce) and self._scan(elf, frame) else "no table"
        row = tables.row(table, frame.address)
        if not self._apply(row, table.cie.return_register):
            return "root"
        return 0 if table.cie.signal else 1

    # -- values ---------------------------------------------------------------------------------------------------

    def _word(self, address: int) -> int:
        offset = address - self._low
        if not 0 <= offset <= len(self._bytes) - 8:
            raise _NoStack
        if offset % 8:
            self._repeatable = False
        else:
            self._words[offset >> 3] = None
        value: int = struct.unpack_from("<Q", self._bytes, offset)[0]
        return value

    def _register(self, number: int) -> int | None:
        value = self._values.get(number)
        if value is not None:
            if number != RSP:
                self._used.add(RSP)  # from here on addresses are no longer counted from the stack pointer alone
            return value
        if number in self._lost or number >= len(REGISTERS):
            return None
        self._used.add(RSP)
        address = self._saved.get(number)
        if address is None:
            self._used.add(number)
            return self._initial[REGISTERS[number]]
        return self._word(address)

    # -- one step -------------------------------------------------------------------------------------------------

    def _apply(self, row: Row, return_register: int) -> bool:
        """Gives all registers the values they have in the caller; False if there is no caller."""
        if isinstance(row.cfa, tuple):
            base = self._register(row.cfa[0])
            cfa = None if base is None else base + row.cfa[1] & _MASK
        elif row.cfa is not None:
            cfa = evaluate(row.cfa, self._register, self._word)
        else:
            cfa = None
        if cfa is None:
            return False
        values, saved, lost = dict(self._values), dict(self._saved), set(self._lost)
        values[RSP] = cfa
        del values[RIP]
        for number, (rule, what) in row.registers.items():
            values.pop(number, None)
            saved.pop(number, None)
            lost.discard(number)
            value = None
            if isinstance(what, bytes):
                value = evaluate(what, self._register, self._word, cfa)
                if rule == EXPRESSION:
                    saved[number], value = value, None
            elif rule == OFFSET:
                saved[number] = cfa + what & _MASK
            elif rule == VAL_OFFSET:
                value = cfa + what & _MASK
            elif rule == REGISTER:
                value = self._register(what)
            if value is not None:
                values[number] = value
            elif number not in saved:
                lost.add(number)
        rule = row.registers.get(return_register, (UNDEFINED, 0))[0]
        self._values, self._saved, self._lost = values, saved, frozenset(lost)
        if rule == UNDEFINED:
            return False
        if RSP in saved:  # a signal frame keeps the interrupted stack pointer, which may be on another stack
            values[RSP] = self._word(saved.pop(RSP))
            self._used.add(RSP)
        pc = values.get(return_register)
        if pc is None:
            pc = self._word(saved[return_register]) if return_register in saved else 0
        values[RIP] = pc
        saved.pop(RIP, None)
        return pc != 0

    def _scan(self, elf: Elf, frame: Frame) -> bool:
        """Without a table: looks for the words up the stack that calls left; whether there is a next one."""
        found = returns(self._upwards(), self._locate)
        leaf = not frames_of(elf).scarce  # clone3: one function of glibc, whose caller has a table again
        self._route = route(elf, frame.address, found, _has_table)
        if not self._route and leaf:
            self._route = found[:1]
        if not leaf:
            self._lost = _CALLEE_SAVED  # they were pushed somewhere, and no table says where
        return bool(self._route)

    def _upwards(self) -> Iterator[tuple[int, int]]:
        for address in range(self._values[RSP], self._values[RSP] + 8 * _SCAN_WORDS, 8):
            try:
                yield address, self._word(address)
            except _NoStack:
                return

    def _locate(self, pc: int) -> tuple[Elf, int] | None:
        module = self._space.find(pc)
        return (module.elf, module.bias) if module is not None and module.elf is not None else None

    def _return(self) -> int:
        found = self._route.pop(0)
        self._values = {**self._values, RSP: found.at + 8, RIP: found.pc}
        return 1


def _has_table(candidate: Return) -> bool:
    return frames_of(candidate.elf).find(candidate.address) is not None
