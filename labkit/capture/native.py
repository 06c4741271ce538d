"""Compiles the C sources of the tracer and of the counter once and keeps each program, named by what it was made of.

Knows nothing of recordings; whoever calls gets the path of an executable.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from labkit.capture.build import cache_folder
from labkit.errors import UnsupportedError

SOURCES = Path(__file__).parent / "tracer"
COUNTER = Path(__file__).parent / "counter"
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra")


def tracer() -> Path:
    """The compiled tracer; compiled on first use (about a second), then found in labkit's cache.

    Raises UnsupportedError where it cannot run or not be compiled.
    """
    return _compiled(SOURCES)


def counter() -> Path:
    """The compiled counter of instructions, as `tracer`."""
    return _compiled(COUNTER)


def _compiled(folder_of_sources: Path) -> Path:
    machine = platform.machine()
    if sys.platform != "linux" or machine != "x86_64":
        raise UnsupportedError(
            f"Programs are recorded on Linux on x86_64 only; this is {sys.platform} on {machine}. "
            "Stored recordings open here all the same: labkit.load(FILE)."
        )
    sources = sorted(folder_of_sources.glob("*.c"))
    text = hashlib.sha256(" ".join(FLAGS).encode())
    for path in [*sources, *sorted(folder_of_sources.glob("*.h"))]:
        text.update(path.name.encode() + b"\0" + path.read_bytes())
    folder = cache_folder() / folder_of_sources.name
    program = folder / text.hexdigest()[:24]
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compile(sources, program)
    return program


def _compile(sources: list[Path], program: Path) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise UnsupportedError(
            "Recording needs a C compiler, and neither gcc nor cc is on the PATH.\n"
            "Install one: `sudo apt install gcc` (Debian, Ubuntu) or `sudo dnf install gcc` (Fedora)."
        )
    with tempfile.TemporaryDirectory(dir=program.parent, prefix="compile-") as folder:
        made = Path(folder) / program.name
        ran = subprocess.run(
            [compiler, *FLAGS, "-o", str(made), *map(str, sources)], capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            raise UnsupportedError(f"The recorder's tracer does not compile here ({compiler}):\n{ran.stderr.strip()}")
        made.replace(program)  # whole or not at all, whoever else compiles at this moment
    return program
