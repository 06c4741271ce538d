"""What is known of the code in one ELF file: is it the program's or a library's, main, _start or neither.

Knows files, lines and single frames; not how frames follow each other, and no process.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from labkit.capture.cfi import frames_of
from labkit.capture.elf import Elf
from labkit.capture.lines import Lines
from labkit.capture.startup import entry_range, main_range
from labkit.capture.symbols import Symbol
from labkit.capture.unwind import Frame

# What the compiler and the C library put around a program's own functions.
STARTUP = frozenset((
    "_start", "_init", "_fini", "__libc_csu_init", "__libc_csu_fini", "__do_global_dtors_aux", "frame_dummy",
    "register_tm_clones", "deregister_tm_clones", "__libc_start_main", "__libc_start_call_main",
))  # fmt: skip


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
        return symbol is None or symbol.name not in STARTUP


@lru_cache(maxsize=64)
def code_of(elf: Elf) -> Code:
    """The one `Code` of `elf`."""
    return Code(elf)


def code_at(frame: Frame) -> Code | None:
    """The `Code` that `frame` is in; None where its file is not known."""
    return code_of(frame.module.elf) if frame.module is not None and frame.module.elf is not None else None
