"""From a raw stop to the place in the program: its source line and the library calls between it and the kernel.

Knows files, frames and names; touches no process and knows no system call. A stop like an earlier one (same pc, same
return addresses) costs a look-up, so ten thousand calls in a loop are unwound once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from typing import Any

from labkit.capture.address_space import AddressSpace
from labkit.capture.code import code_at
from labkit.capture.place import BEFORE_MAIN, Found, place_of
from labkit.capture.rawlog import Raw
from labkit.capture.stdio import read_streams
from labkit.capture.unwind import REGISTERS, SYSCALL, Frame, Unwound, unwind
from labkit.model import Place, Stream

_RIP, _RSP = 16, 19  # in struct user_regs_struct
_BEYOND = 48  # frames looked at beyond the program's innermost one, to find main


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
        self.places: dict[Any, Found] = {}


class _Space:
    """An address space with the places found in it so far."""

    def __init__(self, space: AddressSpace) -> None:
        self.space = space
        self._stops: dict[tuple[int, int], list[_Stops]] = {}

    def place(self, registers: tuple[int, ...], stack: tuple[int, bytes], behind: int) -> Found:
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

    def _new(self, words: memoryview, registers: tuple[int, ...], stack: tuple[int, bytes], behind: int) -> Found:
        unwound = unwind(self.space, registers, stack, behind, _Enough())
        found = place_of(unwound)
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
        code = code_at(frame)
        if code is None:
            return False
        if self._beyond or code.may_be_program(frame):
            self._beyond += 1
        return self._beyond > _BEYOND or code.in_main(frame)
