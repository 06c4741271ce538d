"""A system call's entry seen by a debugger: the registers at its first instruction, and every instruction behind."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

from labkit.decode.numbers import NUMBER
from labkit.errors import LabkitError
from labkit.kernel_box.gdb import Debugger
from labkit.kernel_box.kernel_files import Symbols
from labkit.kernel_box.machine import Machine
from labkit.model.kernelfile import Entry

_FIRST = "entry_SYSCALL_64"  # arch/x86/entry/entry_64.S: where the instruction `syscall` leads to
_MOST = 200_000  # instructions of one call that are stepped through
_KERNEL = 1 << 63
_TRIES = 2_000  # entries of other calls that are let go on


def entry(
    machine: Machine, symbols: Symbols, program: str, args: Sequence[str], call: str, third: int, seconds: float = 20.0
) -> Entry:
    """The entry of the first `call` of `program` (a path in the box) whose third argument is `third`.

    Raises LabkitError when it makes no such call within `seconds`, BoxGone.
    """
    if call not in NUMBER:
        raise LabkitError(f"There is no system call {call!r} on x86-64.")
    machine.run("true")  # it has booted
    # The box answers only when the program ended, which it cannot while it stands still: so it is asked on the side.
    running = Thread(target=machine.run, args=(" ".join([program, *args]), seconds))
    try:
        with Debugger(machine.debugger) as debugger:
            first = symbols.address(_FIRST)
            debugger.break_at(first)
            running.start()
            registers = _wanted(debugger, NUMBER[call], third, seconds)
            debugger.no_break_at(first)
            if registers is not None:
                path, before, total = _stepped(debugger, symbols, f"__x64_sys_{call}")
    finally:
        if running.ident is not None:
            running.join()
    if registers is None:
        raise LabkitError(f"{program} made no {call} with {third} as its third argument.")
    return Entry(call, registers["rax"], tuple(registers.items()), path, before, total)


def _wanted(debugger: Debugger, number: int, third: int, seconds: float) -> dict[str, int] | None:
    for _ in range(_TRIES):
        debugger.go()
        if not debugger.stopped(seconds):
            return None
        registers = debugger.registers()
        if registers["rax"] == number and registers["rdx"] == third:
            return registers
    return None


def _stepped(debugger: Debugger, symbols: Symbols, handler: str) -> tuple[tuple[tuple[str, int], ...], int, int]:
    """The functions on the way to `handler`, the instructions up to it, and those up to the program's own next one."""
    path: list[tuple[str, int]] = []
    before = total = 0
    while total < _MOST:
        at = debugger.registers()["rip"]
        if at < _KERNEL:
            break
        total += 1
        if not before:
            name = symbols.around(at)
            if name == handler:
                before = total - 1
            if path and path[-1][0] == name:
                path[-1] = (name, path[-1][1] + 1)
            else:
                path.append((name, 1))
        debugger.step()
    return tuple(path), before, total
