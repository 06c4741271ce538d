"""A system call at its instruction, as two tables: what the registers hold, and the way to the handler. Pure.

Addresses differ between machines and how many instructions a kernel takes does between its versions: they are in the
tables, and not in what stands for them where outputs are compared.
"""

from __future__ import annotations

from labkit.decode.provenance import notes
from labkit.draw.grid import Grid, cells
from labkit.model import Entry

# The convention of x86-64: entry_64.S of the kernel; syscall(2).
_MEANING = {
    "rax": "the number of the call: {call}",
    "rdi": "first argument",
    "rsi": "second argument",
    "rdx": "third argument",
    "r10": "fourth argument",
    "r8": "fifth argument",
    "r9": "sixth argument",
    "rcx": "where the program goes on: the instruction `syscall` put it there",
    "r11": "the program's flags: `syscall` put them there",
    "rsp": "still the program's own stack",
    "rip": "the kernel's first instruction: {first}",
}
_TAKES = {"read": 3, "write": 3, "close": 1, "lseek": 3, "openat": 4, "pread64": 4}
_ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
_SMALL = 1 << 16  # below, a number; above, an address


def registers_grid(entry: Entry) -> Grid:
    """The registers that mean something, in the order in which they matter."""
    known = dict(entry.registers)
    used = _ARGUMENTS[: _TAKES.get(entry.call, 6)]
    names = [name for name in _MEANING if name not in _ARGUMENTS or name in used]
    first = entry.path[0][0] if entry.path else ""
    rows = [(name, f"{known[name]:#x}", _MEANING[name].format(call=entry.call, first=first)) for name in names]
    steady = [(name, value if known[name] < _SMALL else "an address", meaning) for name, value, meaning in rows]
    caption = f"The registers when {entry.call} enters the kernel"
    head = ("register", "value", "what it is")
    said = Grid(caption, head, tuple(cells(*row) for row in steady), notes([entry]))
    return Grid(caption, head, tuple(cells(*row) for row in rows), notes([entry]), steady=str(said))


def way_grid(entry: Entry) -> Grid:
    """The functions between the instruction and the handler, with the instructions in each."""
    caption = f"From the instruction `syscall` to the handler of {entry.call}"
    below = (
        f"{entry.instructions:,} instructions up to the handler, {entry.total:,} until the program goes on.",
        "The number is looked up in x64_sys_call: a switch that the compiler made into jumps. The table of pointers "
        "that books show, sys_call_table, is still in the kernel, and no longer used for this.",
        *notes([entry]),
    )
    rows = tuple(cells(name, str(count)) for name, count in entry.path)
    names = " → ".join(dict.fromkeys(name for name, _ in entry.path))
    return Grid(
        caption,
        ("function", "instructions"),
        rows,
        below,
        frozenset({1}),
        steady="\n".join([f"{caption}\n  {names}", *notes([entry])]),
    )
