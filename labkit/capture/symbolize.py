"""From a raw stop to the place in the program: its source line and the library calls between it and the kernel.

Knows files, frames and names; touches no process and knows no system call. A stop like an earlier one (same pc, same
return addresses) costs a look-up, so ten thousand calls in a loop are unwound once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from labkit.capture.callsite import called_name
from labkit.capture.elf import Elf, Symbol
from labkit.capture.lines import Lines
from labkit.capture.rawlog import Raw
from labkit.capture.startup import entry_range, exits_with_result, main_range
from labkit.capture.stdio import read_streams
from labkit.capture.unwind import REGISTERS, SYSCALL, AddressSpace, Frame, Unwound, frames_of, unwind
from labkit.model import Place, Stream

BEFORE_MAIN, AFTER_MAIN = "before main", "after main returned"
_RIP, _RSP = 16, 19  # in struct user_regs_struct
_BEYOND = 48  # frames looked at beyond the program's innermost one, to find main
# What the compiler and the C library put around a program's own functions.
_STARTUP = frozenset((
    "_start", "_init", "_fini", "__libc_csu_init", "__libc_csu_fini", "__do_global_dtors_aux", "frame_dummy",
    "register_tm_clones", "deregister_tm_clones", "__libc_start_main", "__libc_start_call_main",
))  # fmt: skip
_DISGUISE = re.compile(
    r"^(?:__isoc\d\d_|_IO_|__GI_|__libc_)?(?P<checked>__)?(?P<name>[a-z]\w*?)(?P<suffix>_chk|64_nocancel|_nocancel)?$"
)

_Found = tuple[Place, bool]  # and whether any of the program's own functions was among the frames


class Symbolizer:
    """Follows a raw log in order and says where in its program each stop was."""

    def __init__(self) -> None:
        self._spaces: dict[int, _Space] = {}
        self._programs: dict[int, str] = {}
        self._born: dict[int, Place] = {}
        self._begun: set[int] = set()
        self._last: dict[int, Place] = {}

    def see(self, raw: Raw) -> Place | None:
        """Takes in one record; the place of the thread if it is a stop with registers, else None.

        Every record of the log must be shown in order: fork, exec and changed mappings are learnt from them.
        """
        if raw.kind == "exec":
            self._programs[raw.pid] = str(raw.extra.get("exe", ""))
            self._born.pop(raw.pid, None)
            self._begun.discard(raw.pid)
            if raw.maps is None:
                self._spaces.pop(raw.pid, None)
        if raw.maps is not None:
            self.map(raw.pid, raw.maps)
        if raw.kind == "fork":
            self.fork(raw.pid, int(raw.extra["pid"]), self._last.get(raw.tid))
        if raw.regs is None or raw.kind not in ("entry", "line"):
            return None
        place = self._last[raw.tid] = self.place(raw.pid, raw.regs, raw.stack, raw.kind == "entry")
        return place

    def streams(self, raw: Raw) -> tuple[Stream, ...] | None:
        """The stdio streams of the process at this record; None where the record says they are as before."""
        return None if raw.files is None else read_streams(raw.files, self.space(raw.pid))

    def map(self, pid: int, maps: str, program: str = "") -> None:
        """From now on process `pid` has these mappings (the text of /proc/PID/maps, proc(5))."""
        space = AddressSpace.from_maps(maps, program or self._programs.get(pid, ""))
        old = self._spaces.get(pid)
        if old is None or old.space.modules != space.modules:
            self._spaces[pid] = _Space(space)

    def fork(self, parent: int, child: int, place: Place | None = None) -> None:
        """Process `child` begins with the memory of `parent`, which was at `place`."""
        if parent == child:  # a thread
            return
        if parent in self._spaces:
            self._spaces[child] = self._spaces[parent]
            self._programs[child] = self._programs.get(parent, "")
        if parent in self._begun:
            self._begun.add(child)
        if place is not None:
            self._born[child] = place

    def space(self, pid: int) -> AddressSpace | None:
        """The mappings of process `pid` as last seen."""
        known = self._spaces.get(pid)
        return known.space if known else None

    def place(
        self, pid: int, registers: tuple[int, ...], stack: tuple[int, bytes] | None, calling: bool = True
    ) -> Place:
        """Where a thread of `pid` with these registers (user_regs_struct) and this stack (sp, bytes) is; never raises.

        `calling`: the thread is in a system call, not at a breakpoint. An empty Place when nothing is known of the
        process.
        """
        space = self._spaces.get(pid)
        if space is None:
            return Place()
        place, called = space.place(registers, stack or (registers[_RSP], b""), SYSCALL if calling else 0)
        if called and not place.phase:
            self._begun.add(pid)
        elif place.phase == BEFORE_MAIN and pid in self._begun:
            place = replace(place, phase="")  # a thread of musl's, whose first function is in the dynamic linker
        if not called and not place.phase and pid in self._born:
            # posix_spawn (so also system and popen) lets the child run on a stack of its own, where nobody called it.
            born = self._born[pid]
            return replace(born, via=born.via[:1] + place.via)
        return place


class _Stops:
    """Stops at one pc whose place depends on the same registers and words of the stack."""

    def __init__(self, unwound: Unwound) -> None:
        self.registers, self.words = unwound.registers, unwound.words
        pick_words: Callable[[Any], Any] = itemgetter(*unwound.words) if unwound.words else lambda words: None
        if unwound.registers:
            pick_registers = itemgetter(*(REGISTERS[number] for number in unwound.registers))
            self.key: Callable[[Any, Any], Any] = lambda words, regs: (pick_words(words), pick_registers(regs))
        else:
            self.key = lambda words, regs: pick_words(words)
        self.places: dict[Any, _Found] = {}


class _Space:
    """An address space with the places found in it so far."""

    def __init__(self, space: AddressSpace) -> None:
        self.space = space
        self._stops: dict[tuple[int, int], list[_Stops]] = {}

    def place(self, registers: tuple[int, ...], stack: tuple[int, bytes], behind: int) -> _Found:
        data = stack[1]
        words = memoryview(data)[: len(data) & ~7].cast("Q")
        known = self._stops.get((registers[_RIP], behind))
        if known is not None and stack[0] == registers[_RSP]:
            for stops in known:
                try:
                    found = stops.places.get(stops.key(words, registers))
                except IndexError:  # fewer bytes of stack than then
                    continue
                if found is not None:
                    return found
        return self._new(words, registers, stack, behind)

    def _new(self, words: memoryview, registers: tuple[int, ...], stack: tuple[int, bytes], behind: int) -> _Found:
        unwound = unwind(self.space, registers, stack, behind, _Enough())
        found = _place(unwound)
        if unwound.repeatable and unwound.ended != "stack":
            group = self._stops.setdefault((registers[_RIP], behind), [])
            for stops in group:
                if (stops.registers, stops.words) == (unwound.registers, unwound.words):
                    break
            else:
                stops = _Stops(unwound)
                group.append(stops)
            stops.places[stops.key(words, registers)] = found
        return found


class _Enough:
    """Says when unwinding may stop: at main, or far beyond the program's own innermost function."""

    def __init__(self) -> None:
        self._beyond = 0

    def __call__(self, frame: Frame) -> bool:
        if frame.module is None or frame.module.elf is None:
            return False
        code = code_of(frame.module.elf)
        if self._beyond or code.may_be_program(frame):
            self._beyond += 1
        return self._beyond > _BEYOND or code.in_main(frame)


class Code:
    """What is known of the code of one ELF file, kept for all processes that run it."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        self.lines = Lines(elf)
        self.frames = frames_of(elf)

    @cached_property
    def main(self) -> tuple[int, int] | None:
        """The addresses of main; None for a library and for a program that is not like C."""
        return main_range(self.elf, self.frames)

    @cached_property
    def entry(self) -> tuple[int, int]:
        """The addresses of _start."""
        return entry_range(self.elf, self.frames)

    @cached_property
    def static(self) -> bool:
        """Whether the C library is part of the program, so that only lines tell them apart."""
        return self.elf.interpreter is None

    @cached_property
    def c_library(self) -> bool:
        """Whether this is the C library: even with debug information, its lines are not the program's."""
        return (
            self.elf.interpreter is None and self.elf.address("__libc_start_main") is not None and not self.executable
        )

    @cached_property
    def executable(self) -> bool:
        """Whether it was linked as a program: it has a main, or asks for a dynamic linker."""
        return (
            self.elf.interpreter is not None
            or self.elf.address("main") is not None
            or not self.elf.position_independent
        )

    def name(self, frame: Frame) -> Symbol | None:
        """The function `frame` is in, by symbol."""
        return self.elf.function(frame.address)

    def in_main(self, frame: Frame) -> bool:
        """Whether `frame` is in main, or in the unlikely part of it that the compiler moved away."""
        if frame.module is None or frame.module.role != "program" or self.main is None:
            return False
        if self.main[0] <= frame.address < self.main[1]:
            return True
        symbol = self.elf.function(frame.address)
        return symbol is not None and symbol.name == "main.cold"

    def in_entry(self, frame: Frame) -> bool:
        """Whether `frame` is in _start of the program."""
        return (
            frame.module is not None
            and frame.module.role == "program"
            and self.entry[0] <= frame.address < self.entry[1]
        )

    def may_be_program(self, frame: Frame) -> bool:
        """Whether `frame` is in code of the program's author, as far as can be told without lines."""
        if frame.module is None or frame.module.role in ("linker", "vdso") or self.in_entry(frame):
            return False
        if self.lines.present and not self.c_library and self.lines.at(frame.address) is not None:
            return True
        if frame.module.role != "program":
            return False
        if self.static:
            return self.in_main(frame)
        symbol = self.elf.function(frame.address)
        return symbol is None or symbol.name not in _STARTUP


@lru_cache(maxsize=64)
def code_of(elf: Elf) -> Code:
    """The one `Code` of `elf`."""
    return Code(elf)


def _code(frame: Frame) -> Code | None:
    return code_of(frame.module.elf) if frame.module is not None and frame.module.elf is not None else None


def _program_frame(frames: tuple[Frame, ...]) -> int | None:
    """Which frame is the program's innermost: one with a line if there is any, else one of its code."""
    first = None
    for index, frame in enumerate(frames):
        code = _code(frame)
        if code is None or not code.may_be_program(frame):
            continue
        if code.lines.present and code.lines.at(frame.address) is not None:
            return index
        first = index if first is None else first
    return first


def _place(unwound: Unwound) -> _Found:
    frames = unwound.frames
    index = _program_frame(frames)
    phase = _phase(unwound)
    code = None if index is None else _code(frames[index])
    if index is None or code is None:
        return Place(via=_library_calls(frames, None), phase=phase), False
    frame = frames[index]
    line = code.lines.at(frame.address) if code.lines.present else None
    symbol = code.name(frame)
    function = (line.function if line else "") or (symbol.name.split(".", 1)[0] if symbol else "")
    if not function and code.in_main(frame):
        function = "main"
    via = _library_calls(frames[:index], frame)
    return Place(line.file if line else "", line.line if line else None, function, via, phase), True


def _phase(unwound: Unwound) -> str:
    """Whether main has not begun or has returned; "" while it runs, in other threads, and where it cannot be told."""
    frames = unwound.frames
    codes = [_code(frame) for frame in frames]
    if any(code is not None and code.in_main(frame) for code, frame in zip(codes, frames, strict=True)):
        return ""
    last, code = frames[-1], codes[-1]
    started = code is not None and code.in_entry(last)
    linker = last.module is not None and last.module.role == "linker"
    for frame, caller in zip(frames, frames[1:], strict=False):
        inner, outer = _code(frame), _code(caller)
        if inner is None or outer is None or caller.module is None or outer.may_be_program(caller):
            continue
        symbol = inner.name(frame)
        if symbol is not None and symbol.name == "exit" and (started or inner.frames.scarce):
            return AFTER_MAIN
        if started and exits_with_result(outer.elf, caller.pc - caller.module.bias):
            return AFTER_MAIN
    symbol = code.name(last) if code is not None else None
    if code is not None and symbol is not None and symbol.name == "exit" and code.frames.scarce:
        return AFTER_MAIN  # musl's exit, whose caller cannot be found; the program's own call of it can
    if (started and code is not None and code.main is not None) or linker:
        return BEFORE_MAIN
    return ""


def _library_calls(frames: tuple[Frame, ...], caller: Frame | None) -> tuple[str, ...]:
    """Names of the library calls that `frames` (innermost first) are in, outermost first.

    The outermost is what the program wrote, the innermost what made the system call; between them only functions that
    a program could call, not the insides of the library.
    """
    names: list[tuple[str, int]] = []
    for depth, frame in enumerate(frames):
        code = _code(frame)
        symbol = code.name(frame) if code else None
        if code is None or symbol is None or symbol.name in _STARTUP:
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
    for module in AddressSpace.from_maps(Path("/proc/self/maps").read_text()).modules:
        if module.elf is not None and module.role != "program" and "__libc_start_main" in module.elf.exports:
            return module.elf.exports
    return frozenset()


def _as_the_program_calls_it(names: list[tuple[str, int]], frames: tuple[Frame, ...], caller: Frame) -> None:
    """Puts the name in the call instruction of `caller` in place of an alias, or before what it jumped on to."""
    called, library = _code(caller), _code(frames[-1])
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
