"""From the raw bytes of glibc's FILE structs to the state of stdio's streams.

Knows the layout of `struct _IO_FILE` on 64-bit machines (glibc, bits/types/struct_FILE.h; the same since glibc 2.1,
checked by a test that asks the compiler) and the meaning of its flags (libio/libioP.h). Touches no process.
musl keeps no list of streams that can be found: there, there is nothing to read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache

from labkit.capture.address_space import AddressSpace
from labkit.capture.rawlog import RawFile
from labkit.model import Stream

# _flags, read_ptr, read_end, read_base, write_base, write_ptr, write_end, buf_base, buf_end, -, _fileno
_HEAD = struct.Struct("<I4x8Q40xi")
_MAGIC = 0xFBAD0000
_UNBUFFERED, _EOF, _ERROR, _LINE_BUFFERED, _PUTTING, _APPENDING = 0x2, 0x10, 0x20, 0x200, 0x800, 0x1000
_STANDARD = {"_IO_2_1_stdin_": "stdin", "_IO_2_1_stdout_": "stdout", "_IO_2_1_stderr_": "stderr"}


def read_streams(files: Iterable[RawFile], space: AddressSpace | None = None) -> tuple[Stream, ...]:
    """The streams of a process, in the order of glibc's list (the newest first).

    `space` are the process's mappings, by which the three standard streams are known; without it, or in a program
    without symbols, they are told by their descriptors.
    """
    names = standard_streams(space) if space is not None else {}
    streams = [read_stream(file, names.get(file.address, "")) for file in files]
    if not names:
        _name_by_descriptor(streams)
    return tuple(streams)


@lru_cache(maxsize=64)
def standard_streams(space: AddressSpace) -> Mapping[int, str]:
    """Where stdin, stdout and stderr are in a process with these mappings; empty where no symbol tells."""
    for module in space.modules:
        if module.elf is not None and module.elf.address("_IO_list_all") is not None:
            found = {symbol: module.elf.address(symbol) for symbol in _STANDARD}
            return {at + module.bias: _STANDARD[symbol] for symbol, at in found.items() if at is not None}
    return {}


def _name_by_descriptor(streams: list[Stream]) -> None:
    """glibc's own three end the list, because every newer stream is put in front."""
    for fd, (index, name) in enumerate(zip((-1, -2, -3), ("stdin", "stdout", "stderr"), strict=True)):
        if len(streams) >= 3 and streams[index].fd == fd:
            old = streams[index]
            streams[index] = Stream(old.address, old.fd, name, old.buffering, old.buffer, old.pending, old.readahead,
                                    old.writing, old.append, old.eof, old.error, old.consumed, old.beyond)  # fmt: skip


def read_stream(file: RawFile, name: str = "") -> Stream:
    """The state of one stream; an empty one with descriptor -1 if the bytes are no FILE.

    A stream in memory (fmemopen, open_memstream) has descriptor -1, too. Of a wide-oriented stream (fwide(3)) the
    characters not yet converted are not seen. After ungetc(3) `readahead` is what was pushed back.
    """
    if len(file.head) < _HEAD.size:
        return Stream(file.address, -1, name)
    flags, read, read_end, read_base, write_base, write, _, base, end, fd = _HEAD.unpack_from(file.head)
    if flags & 0xFFFF0000 != _MAGIC:
        return Stream(file.address, -1, name)
    return Stream(
        address=file.address,
        fd=fd,
        name=name,
        buffering=_buffering(flags, base),
        buffer=max(end - base, 0),
        pending=file.pending if write > write_base else b"",
        readahead=file.readahead if read_end > read else b"",
        writing=bool(flags & _PUTTING),
        append=bool(flags & _APPENDING),
        eof=bool(flags & _EOF),
        error=bool(flags & _ERROR),
        consumed=max(read - read_base, 0),
        # libio/fileops.c, new_do_write: the kernel is at read_end, what is written begins at write_base
        beyond=max(read_end - write_base, 0) if write > write_base and read_end and not flags & _APPENDING else 0,
    )


def _buffering(flags: int, base: int) -> str:
    if flags & _UNBUFFERED:
        return "none"
    if flags & _LINE_BUFFERED:
        return "line"
    return "full" if base else ""  # glibc decides when the buffer is made: line if it leads to a terminal
