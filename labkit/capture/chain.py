"""Names of the library calls between a program and the kernel: `fclose`, `write`.

Knows frames and files. A library's insides are left out: what remains is what a program could call.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from labkit.capture.callsite import called_name
from labkit.capture.code import STARTUP, Code, code_at
from labkit.capture.elf import Elf, ElfError
from labkit.capture.symbols import Symbol
from labkit.capture.unwind import Frame

_DISGUISE = re.compile(
    r"^(?:__isoc\d\d_|_IO_|__GI_|__libc_)?(?P<checked>__)?(?P<name>[a-z]\w*?)(?P<suffix>_chk|64_nocancel|_nocancel)?$"
)


def library_calls(frames: tuple[Frame, ...], caller: Frame | None) -> tuple[str, ...]:
    """Names of the library calls that `frames` (innermost first) are in, outermost first.

    The outermost is what the program wrote, the innermost what made the system call; between them only functions that
    a program could call, not the insides of the library.
    """
    names: list[tuple[str, int]] = []
    for depth, frame in enumerate(frames):
        code = code_at(frame)
        symbol = code.name(frame) if code else None
        if code is None or symbol is None or symbol.name in STARTUP:
            continue
        outermost = depth == len(frames) - 1 and caller is not None
        name = public_name(symbol.name)
        if depth == 0:
            shown = outermost or name != symbol.name.split(".", 1)[0] or _offered(symbol, code)
        else:
            shown = outermost or not _inside(symbol, code)
        if shown:
            names.append((name, symbol.address))
    if caller is not None and frames:
        _as_the_program_calls_it(names, frames, caller)
    chain = [name for name, _ in reversed(names)]
    return tuple(name for index, name in enumerate(chain) if not index or chain[index - 1] != name)


def _offered(symbol: Symbol, code: Code) -> bool:
    """Whether programs can call this function.

    A static program has lost what its C library meant for programs and what for itself, so the shared one is asked.
    """
    if code.static and code.executable and (offered := _c_library_exports()):
        return symbol.name in offered
    return symbol.public


def _inside(symbol: Symbol, code: Code) -> bool:
    """Whether a function is one of the library's own, which no program calls by name."""
    return symbol.name.startswith("_") or not _offered(symbol, code)


@lru_cache(maxsize=1)
def _c_library_exports() -> frozenset[str]:
    """The names offered by the C library that this very process uses; none if it uses none."""
    for path in re.findall(
        r" r-xp .* (/\S*/(?:libc[.-]|ld-musl)\S*)$", Path("/proc/self/maps").read_text(), re.MULTILINE
    ):
        try:
            return Elf.open(path).exports
        except ElfError:
            continue
    return frozenset()


def _as_the_program_calls_it(names: list[tuple[str, int]], frames: tuple[Frame, ...], caller: Frame) -> None:
    """Puts the name in the call instruction of `caller` in place of an alias, or before what it jumped on to."""
    called, library = code_at(caller), code_at(frames[-1])
    if called is None or library is None or caller.module is None or caller.pc - caller.module.bias == caller.address:
        return
    name = called_name(called.elf, caller.pc - caller.module.bias)
    address = called.elf.address(name)
    if not name or (address is not None and called.lines.present and called.lines.at(address) is not None):
        return  # unknown, or a function of the program that jumped on to the library
    function = library.name(frames[-1])
    if names and function is not None and names[-1][1] == function.address:
        inside = _inside(function, library) if len(frames) > 1 else not _offered(function, library)
        if inside or library.elf.address(name) == function.address:
            names.pop()
    names.append((public_name(name), 0))


def public_name(name: str) -> str:
    """The name a programmer knows a library function by.

    >>> [public_name(n) for n in ("__isoc99_fscanf", "__printf_chk", "__close_nocancel", "_exit", "write")]
    ['fscanf', 'printf', 'close', '_exit', 'write']
    """
    name = name.split(".", 1)[0]
    match = _DISGUISE.match(name)
    if match is None or (match["checked"] and not match["suffix"]):
        return name
    return match["name"]
