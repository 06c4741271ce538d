"""What is to be run, chosen from what was asked for: the executable, its arguments and texts, and what it hides.

Builds C, looks for programs on PATH and into executables; runs nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.capture.build import build, sources
from labkit.capture.elf import Elf, ElfError
from labkit.capture.lines import Lines
from labkit.capture.request import Request, is_c
from labkit.errors import LabkitError, UnsupportedError
from labkit.model import Program

_SHELL = "/bin/sh"


@dataclass(frozen=True)
class Chosen:
    """What is to be run: `path` of the executable ("" to search PATH for argv[0]), its `argv`, the `name` to show."""

    path: str
    argv: tuple[str, ...]
    name: str
    source: dict[str, str]


def choose(asked: Request) -> tuple[Chosen, ...]:
    """The programs of a request, in order; LabkitError where there is none of a name."""
    return (_first(asked), *(_program(other.program, other.words) for other in asked.others))


def _first(asked: Request) -> Chosen:
    program, arguments = asked.program, asked.words
    if asked.shell:
        if not isinstance(program, str):
            raise LabkitError(f"With shell=True the program is a command line (a str), not {program!r}.")
        return Chosen(_SHELL, ("sh", "-c", program, *arguments), program, {})
    return _program(program, arguments)


def _program(program: Program | str | Path, arguments: Sequence[str]) -> Chosen:
    if not isinstance(program, Program) and is_c(program):
        program = build(program)
    if isinstance(program, Program):
        return Chosen(str(program.path), (program.name, *arguments), program.name, program.sources)
    name = str(program)
    path = name if "/" in name else shutil.which(name)
    if path is None:
        raise LabkitError(
            f"There is no program {name!r}: neither the course ({', '.join(sources())}) nor PATH has it.\n"
            f"A file in this folder is named ./{name}."
        )
    path = os.path.abspath(path)
    return Chosen(path, (name, *arguments), os.path.basename(path), {})


def line_addresses(programs: Sequence[Chosen]) -> dict[str, list[int]]:
    """Where the lines of each program begin; UnsupportedError when one has no line table to tell."""
    found = {}
    for path in dict.fromkeys(program.path for program in programs):
        statements = Lines(Elf.open(path)).statements()
        if not statements:
            raise UnsupportedError(
                f"{path} has no line table, so that lines=True has nothing to go by: compile it with -g."
            )
        found[path] = [statement.address for statement in statements]
    return found


def sources_of(together: Sequence[Chosen]) -> dict[str, str]:
    """The texts of all programs by file name; LabkitError where one name stands for two texts."""
    texts: dict[str, str] = {}
    for chosen in together:
        for name, text in (chosen.source or _source_texts(chosen.path)).items():
            if texts.setdefault(name, text) != text:
                raise LabkitError(
                    f"Two of the programs are called {name} and are not the same, so that lines of one would be shown "
                    "as the other's. Give one another name: labkit.build(text, name='client')."
                )
    return texts


def _source_texts(path: str) -> dict[str, str]:
    """The sources of an executable that was not built here, as far as they can still be read where it was compiled."""
    texts = {}
    try:
        for name, place in Lines(Elf.open(path)).sources().items():
            source = Path(place)
            if source.is_file():
                texts[name] = source.read_text(errors="replace")
    except (ElfError, OSError):
        return {}
    return texts


def unseen(path: str) -> Iterator[str]:
    """What an executable does not let us see, in words; {} stands for it."""
    try:
        elf = Elf.open(path)
        if not Lines(elf).present:
            yield "source lines: {} has no debug information (compile with -g)"
        if elf.interpreter and "musl" in elf.interpreter:
            yield "stdio streams: {} uses musl, whose FILEs cannot be found"
        elif elf.interpreter is None and elf.address("_IO_list_all") is None:
            yield "stdio streams: {} is static and has no symbols"
    except ElfError as err:
        yield f"source lines and streams: {err}".replace("{", "{{").replace("}", "}}")
