"""Whose code it is that lies in a mapped file: the program's, the C library's, the dynamic loader's. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PROGRAM, LIBRARY, LOADER, VDSO = "the program", "the C library", "the dynamic loader", "the vDSO"
_LIBRARY = re.compile(r"libc(\.so\.\d+|-[\d.]+\.so|\.musl-.*)")
_LOADER = re.compile(r"ld(-linux.*|-[\d.]+|-musl-.*|64)\.so.*")


def code_owner(path: str, program: str) -> str:
    """The owner of the code mapped from `path` (as /proc/PID/maps names it) in a run of the executable `program`.

    >>> code_owner("/tmp/hello", "/tmp/hello"), code_owner("/lib/x86_64-linux-gnu/libc.so.6", "/tmp/hello")
    ('the program', 'the C library')
    >>> code_owner("/lib64/ld-linux-x86-64.so.2", "/tmp/hello"), code_owner("[vdso]", "/tmp/hello")
    ('the dynamic loader', 'the vDSO')
    >>> code_owner("/lib/libm.so.6", "/tmp/hello"), code_owner("", "/tmp/hello")
    ('libm.so.6', 'no file')
    """
    name = PurePosixPath(path.removesuffix(" (deleted)")).name
    if path == program:
        return PROGRAM
    if path == "[vdso]":
        return VDSO
    if _LOADER.fullmatch(name):
        return LOADER
    return LIBRARY if _LIBRARY.fullmatch(name) else (name or "no file")
