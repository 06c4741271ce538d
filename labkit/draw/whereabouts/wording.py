"""The words and the byte cells of the picture "Where are my bytes?". Pure; knows no place and no recording."""

from __future__ import annotations

import unicodedata

from labkit.decode.buffered import Buffered
from labkit.decode.connections.closing import unsent
from labkit.decode.filesystems import IN_MEMORY
from labkit.decode.names import Names
from labkit.draw.wording import many, offset, size
from labkit.model import Inode, OpenFile, Stream

NO_TEXT = "▯"  # a byte that is no text
_MORE_OF = "‥"  # the second byte of a character, and the next ones
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs", "Mn", "Mc", "Me"}
_MODES = {"full": "fully buffered", "line": "line buffered", "none": "not buffered", "": "not used yet"}
_LOST = {
    "exec": "exec put another program in their place",
    "closed": "fclose could not write them",
    "exit": "the process is gone",
}


def glyphs(data: bytes) -> str:
    r"""One character for each byte, whatever it is: newline ↵, space ␣, control characters as Unicode pictures them.

    Of a character of several bytes the first cell has it, the others "‥"; what is no text at all is ▯.

    >>> print(glyphs(b"a b\n\0\xff"), glyphs("ü".encode()))
    a␣b↵␀▯ ü‥
    """
    cells = []
    for char in data.decode("utf-8", "surrogateescape"):
        code = ord(char)
        if 0xDC80 <= code <= 0xDCFF:
            cells.append(NO_TEXT)
        elif code < 0x20:
            cells.append("↵" if char == "\n" else chr(0x2400 + code))
        elif code == 0x7F:
            cells.append("␡")
        elif char == " ":
            cells.append("␣")
        else:
            seen = unicodedata.category(char) not in _UNSEEN
            cells.append((char if seen else NO_TEXT) + _MORE_OF * (len(char.encode()) - 1))
    return "".join(cells)


def row(data: bytes, room: int) -> str:
    """The bytes as at most `room` cells: of more, the first and the last ones.

    >>> row(b"abcdefgh", 5), row(b"abc", 5)
    ('ab…gh', 'abc')
    """
    if len(data) <= room:
        return glyphs(data)
    head = room // 2
    return glyphs(data[:head]) + "…" + glyphs(data[len(data) - (room - 1 - head) :])


def reading_row(behind: bytes | None, taken: int, ahead: bytes, room: int) -> tuple[str, int]:
    """A buffer being read as at most `room` cells, the place between what was taken and what is ahead among them.

    Gives back the cells and how many of them were taken; those whose bytes are not known are "·".

    >>> reading_row(b"ab", 2, b"cdef", 9), reading_row(b"abcdefgh", 8, b"ijklmnop", 6)
    (('abcdef', 2), ('…hijk…', 2))
    """
    past = "·" * taken if behind is None else ""
    if taken + len(ahead) <= room:
        return (past or glyphs(behind or b"")) + glyphs(ahead), taken
    kept = min(taken, max(room // 3, room - len(ahead)))
    left = past[:kept] or glyphs((behind or b"")[taken - kept :] if kept else b"")
    if taken > kept and kept:
        left = "…" + left[1:]
    right = row_start(ahead, room - kept)
    return left + right, kept


def row_start(data: bytes, room: int) -> str:
    """The first bytes as at most `room` cells.

    >>> row_start(b"abcdef", 4)
    'abc…'
    """
    return glyphs(data) if len(data) <= room else glyphs(data[: room - 1]) + "…"


# ---- a stdio buffer


def stream_title(stream: Stream, name: str) -> str:
    """The stream and how it is buffered.

    >>> stream_title(Stream(1, 1, "stdout", "line", 1024), "stdout")
    'stdout: line buffered'
    """
    return f"{name}: {_MODES.get(stream.buffering, stream.buffering)}"


def amount(buffered: Buffered) -> str:
    """How much the buffer holds, of how much, in words."""
    stream = buffered.stream
    if buffered.lost:
        return lost_count(buffered)
    of = f" of {stream.buffer:,}" if stream.buffer > 1 else ""
    if buffered.handed:
        rest = f", {len(buffered.unwritten):,} left" if buffered.unwritten else ""
        return f"{many(buffered.handed, 'byte')}, now in the kernel{rest}"
    if buffered.unwritten:
        return f"{len(buffered.unwritten):,}{of} bytes not written"
    if buffered.ahead:
        return f"{len(buffered.ahead):,}{of} bytes read ahead"
    return f"0{of} bytes" if of else "holds no bytes"


def taken_count(buffered: Buffered) -> int:
    """How many bytes of the buffer the program has taken out."""
    return 0 if buffered.arrived else buffered.stream.consumed


def lost_count(buffered: Buffered) -> str:
    """How many bytes are lost; bytes that another process has, too, are not lost with this one."""
    count = many(len(buffered.unwritten), "byte")
    return f"{count} dropped" if buffered.origin is not None else f"{count} lost"


def lost_why(buffered: Buffered, names: Names) -> str:
    """How they were lost."""
    if buffered.origin is not None:
        return f"a copy: {names.process(buffered.origin)} had the same"
    if buffered.lost.startswith("SIG"):
        return f"{buffered.lost} ended the process"
    return _LOST.get(buffered.lost, f"{buffered.lost} does not write them")


def position(buffered: Buffered, opened: OpenFile | None, inode: Inode | None) -> str:
    """Where the stream is in its file, as ftell(3) would say, and how that follows from the kernel's offset.

    "" where there is no offset. Cut buffers (`data_limit`) make it too small a difference; negative ones are not said.
    """
    if opened is None or opened.offset is None or buffered.lost:
        return ""
    at, waiting = opened.offset, len(buffered.unwritten)
    if buffered.stream.append and waiting:
        if inode is None or inode.size is None:
            return ""
        return f"ftell {inode.size + waiting:,} = size {inode.size:,} + {waiting:,} to come"
    start = buffered.start
    beyond = 0 if start is None else at + waiting - start - len(buffered.stream.pending)
    if waiting and beyond > 0:
        ftell = at - beyond + waiting
        return f"ftell {ftell:,} = {at:,} − {beyond:,} ahead + {waiting:,}"  # no room for more words
    if waiting:
        return f"ftell {at + waiting:,} = offset {at:,} + {waiting:,} to come"
    ahead = len(buffered.stream.readahead) + buffered.arrived
    if ahead and at >= ahead:
        return f"ftell {at - ahead:,} = offset {at:,} − {ahead:,} read ahead"
    return "" if ahead else f"ftell {at:,} = offset {at:,}"


# ---- in the kernel


def descriptor(fd: int, opened: OpenFile | None) -> str:
    """A descriptor and what its open file description says.

    >>> descriptor(3, OpenFile(1, 1, "O_WRONLY|O_APPEND", 6))
    'fd 3: offset 6, O_APPEND'
    """
    if opened is None:
        return f"fd {fd}: closed"
    words = [] if opened.offset is None else [offset(opened)]
    words += [flag for flag in opened.flags.split("|") if flag in ("O_APPEND", "O_NONBLOCK")]
    return f"fd {fd}: {', '.join(words)}" if words else f"fd {fd}"


def held(inode: Inode) -> str:
    """How much a pipe, socket, terminal or file holds."""
    if inode.kind in ("pipe", "socket", "terminal"):
        if inode.kind == "terminal" and not inode.queue:
            return "passes bytes on"
        if inode.queue is None:
            return "not known how many bytes wait"
        of = f" of {inode.capacity:,}" if inode.capacity else ""
        return f"{inode.queue:,}{of} bytes wait"
    if inode.kind in ("file", "memfd"):
        return size(inode)
    if inode.kind == "device" and inode.path == "/dev/null":
        return "throws bytes away"
    return inode.kind


def pages(inode: Inode) -> str:
    """What of a file is in the page cache.

    >>> pages(Inode(1, "file", "f", cached=3, dirty=1, writeback=0)), pages(Inode(1, "file", "f"))
    ('page cache: 3 pages, 1 dirty', 'page cache: not known')
    """
    if inode.kind not in ("file", "memfd"):
        socket = inode.socket
        left = unsent(socket.state, socket.unsent) if socket is not None else None
        return f"{left:,} bytes not sent yet" if left else ""
    if inode.cached is None:
        return "page cache: not known"
    words = [many(inode.cached, "page")]
    words.append("dirty: not known" if inode.dirty is None else f"{inode.dirty:,} dirty")
    if inode.writeback:
        words.append(f"{inode.writeback:,} on the way")
    return f"page cache: {', '.join(words)}"


def storage(inode: Inode) -> tuple[str, ...]:
    """What storage has of a file, as far as the kernel tells: a title and a line."""
    if inode.kind == "memfd" or inode.fs in IN_MEMORY:
        return (f"storage: none ({inode.fs or 'memfd'})", "memory is all there is")
    title = f"storage ({inode.fs})" if inode.fs else "storage"
    if inode.dirty is None or inode.writeback is None:
        return (title, "what it has is not known")
    if inode.dirty:
        return (title, f"{many(inode.dirty, 'page')} not there yet")
    if inode.writeback:
        return (title, f"{many(inode.writeback, 'page')} on the way")
    return (title, "has every byte" if inode.size else "nothing to have")
