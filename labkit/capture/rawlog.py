"""The tracer's binary log as typed, frozen values, one for each stop; every difference resolved into the whole.

The tracer (`tracer/*.c`) writes only what changed since the last stop (registers, stack, stdio buffers, descriptors).
Here that is undone, so that a reader of `Raw` never needs an earlier record. Knows nothing of what a system call means,
of symbols or of source lines, and does not touch the kernel: a log from one machine reads on any other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from labkit.errors import LabkitError

FORMAT = 1

# Registers in the order of `struct user_regs_struct` (<sys/user.h>, x86_64).
REGISTERS = (
    "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax",
    "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
)  # fmt: skip

# Kinds of records and tags of sections, shared with tracer/log.h (a test compares the two files).
KINDS = (
    "start", "entry", "exit", "fork", "exec", "death", "signal", "stop", "line", "blocked", "output", "end", "packet",
)  # fmt: skip
(
    TAG_REGS, TAG_STACK, TAG_CALL, TAG_RESULT, TAG_MEMORY, TAG_FILES, TAG_FILE, TAG_FD, TAG_FD_BRIEF, TAG_FD_GONE,
    TAG_TABLE, TAG_MAPS, TAG_TEXT, TAG_FORK, TAG_SIGNAL, TAG_NUMBER, TAG_OUTPUT, TAG_VERIFY, TAG_PAGES, TAG_PASSED,
) = range(1, 21)  # fmt: skip

# What a Memory is a piece of. The first ones are the plan's operations, the others pieces of what these point to.
PARTS = (
    "str", "buf", "retbuf", "mem", "iov", "sockaddr", "sockaddrp", "msghdr", "mmsghdr", "strv", "arr", "retarr",
    "data", "name", "control", "more",
)  # fmt: skip

# How much RawPages tells, and if not all, why: in the order of tracer/pages.c.
TELLING = ("all", "cached only", "not yours", "too large", "would flush", "watched", "no call")

# Flag bits of a record.
LIFTED = 2  # line: the credit is used up, no more line records from this program before its next system call
INJECTED = 4  # entry, exit: a fault was injected into this call
FOREIGN = 16  # exec: not an x86_64 image; its calls are not seen

# Bits of RawFd.have in the log: which facts are present.
(
    HAVE_FLAGS, HAVE_CLOEXEC, CLOEXEC, HAVE_POS, HAVE_SIZE, HAVE_STAT, HAVE_QUEUE, HAVE_OUTQUEUE, HAVE_SOCKET,
    HAVE_TCP_STATE, HAVE_LISTEN, HAVE_PEER_INO, HAVE_SHARES, HAVE_CAPACITY,
) = (1 << bit for bit in range(14))  # fmt: skip

_HEADER = struct.Struct("<IHHiIQ")
_SECTION = struct.Struct("<HHI")
_STACK = struct.Struct("<QII")
_RUN = struct.Struct("<II")
_MASK = struct.Struct("<I")
_RESULT = struct.Struct("<q")
_CALL = struct.Struct("<i4x6Q")
_MEMORY = struct.Struct("<QQIi")
_FILE = struct.Struct("<QIIII")
_FD = struct.Struct("<IiiIIIqqQQQqqqiiiiiiQi5H2x")
_FD_BRIEF = struct.Struct("<IiiIqqqq")
_FORK = struct.Struct("<iiQII")
_VERIFY = struct.Struct("<iiIIqQiH2x")
_PASSED = struct.Struct("<Q")
_PAGES = struct.Struct("<QQqqqIi")
FILE_SIZE = 0xD8  # sizeof(struct _IO_FILE), glibc on LP64


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of an argument, copied at the stop.

    `arg` is the argument's number (0..5), `address` where `data` stood in the program, `total` how long it is there
    (`data` is its beginning, up to the limit; -1: a string whose end was not found). `part` is one of `PARTS`; `index`
    counts pieces of one kind (elements of an iovec, strings of an argv, messages of an mmsghdr). `fault` is set where
    the program's pointer did not lead to `len(data) + 1` readable bytes.
    """

    arg: int
    address: int
    data: bytes
    total: int
    part: str
    index: int = 0
    message: int = 0
    fault: bool = False


@dataclass(frozen=True, slots=True)
class RawFile:
    """A glibc FILE: `head` is struct _IO_FILE (0xd8 bytes), `pending` = [write_base, write_ptr), `readahead` = [read_ptr, read_end).

    Both are cut at the tracer's limit; the pointers in `head` give the whole lengths. `consumed` is how many bytes lie
    in [read_base, read_ptr).
    """  # noqa: E501

    address: int
    head: bytes
    pending: bytes
    readahead: bytes


class RawFd(NamedTuple):
    """One descriptor of one process and what the kernel said about the open file behind it; None = not known.

    `flags` are the open file description's status flags as fdinfo gives them (O_CLOEXEC is in `cloexec` instead),
    `queue` bytes waiting to be read (FIONREAD), `outqueue` bytes sent and not yet read or acknowledged (SIOCOUTQ),
    `capacity` of a pipe. `tcp` is struct tcp_info, `tcp_state` its first byte; `accept_queue` and `backlog` are set for a
    listening TCP socket. `local`, `peer` are raw socket addresses (b"" = none, None = not known). `peer_ino` is the inode
    of a unix socket's other end. `info` is the text of /proc/PID/fdinfo/FD for what has no other facts (eventfd, epoll,
    timerfd, signalfd, inotify, pidfd). `shares` (at the start only): the lowest descriptor of this process with the same open file
    description. `gone`: closed; then nothing else is known.
    """  # noqa: E501

    pid: int
    fd: int
    link: str = ""
    flags: int | None = None
    cloexec: bool | None = None
    pos: int | None = None
    size: int | None = None
    mode: int | None = None
    rdev: int | None = None
    ino: int | None = None
    dev: int | None = None
    queue: int | None = None
    outqueue: int | None = None
    capacity: int | None = None
    sodomain: int | None = None
    sotype: int | None = None
    soprotocol: int | None = None
    tcp: bytes | None = None
    tcp_state: int | None = None
    accept_queue: int | None = None
    backlog: int | None = None
    local: bytes | None = None
    peer: bytes | None = None
    peer_ino: int | None = None
    shares: int | None = None
    info: str = ""
    gone: bool = False


class RawPages(NamedTuple):
    """The page cache of one inode, in pages of 4,096 bytes (cachestat(2)); -1 = not known. `fs` is statfs(2)'s f_type.

    `telling` is one of `TELLING`: "all"; "cached only" (mincore(2)); or why the kernel was not asked or did not tell: the
    file may not be written by the tracer's user, is too large to count its pages at each call, lies where asking would make
    the file system write, the program would be told of it by inotify, or there is no such call for it.
    """  # noqa: E501

    dev: int
    ino: int
    cached: int
    dirty: int
    writeback: int
    fs: int
    telling: str


@dataclass(frozen=True, slots=True)
class VerifyFd:
    """Verify mode: one descriptor as /proc and kcmp show it. Equal `group` = same open file description (-1: kcmp refused).

    `busy`: some thread of the process was inside a system call, so that its table may be changing. `errno` is that of
    a process whose table could not be read (then `fd` is -1).
    """  # noqa: E501

    pid: int
    fd: int
    link: str
    flags: int
    cloexec: bool
    pos: int
    ino: int
    group: int
    busy: bool


class Raw(NamedTuple):
    """One stop of one thread, or one thing the tracer noticed.

    `kind` is one of `KINDS`. `time` is in ns since the start of the recording; at "entry" before the call is
    executed, at "exit" after. `pid` is the thread group id. `nr` is -1 unless entry or exit. `rval` is raw and signed:
    -errno, or -512..-516 for a call that a signal interrupted and the kernel may restart. `regs` follows `REGISTERS`.
    `stack` is (sp, bytes from sp upwards; words that cannot be addresses are 0). `files` is None where the streams are unchanged since the last record of
    this process that had some, `()` where there are none. `fds` are the descriptors whose facts changed; `table` is a whole
    rescan. `maps` is the text of /proc/PID/maps when it changed. `pages` are the inodes whose page cache changed.

    `extra` holds, by kind:
    start: `format`, `stack_limit`, `data_limit`; exec: `exe` (path), `old_tid` (the thread that called execve), `foreign`;
    fork: `tid`, `pid` (of the child), `flags` (CLONE_*), `event` ("fork" "vfork" "clone"); death: `status` (as wait(2) gives it);
    signal: `number`, `code`, `sender` (pid, 0 if none), `address`, `info` (raw siginfo); stop: `number` (0 = continued);
    line: `address`, `lifted`; blocked: `state`, `wchan`, `nr`; output: `fd`, `data`;
    entry, exit: `injected` (True) if a fault was injected; end: `ended_by`, and what the tracer found (`kcmp`, `pidfd_getfd`, …);
    packet: `at` (when it passed, as `time`), `packet` (from its IP header on, cut behind the first bytes of data);
    with verify, exit: `verify` (tuple of VerifyFd).
    """  # noqa: E501

    kind: str
    seq: int
    tid: int
    pid: int
    time: int
    nr: int = -1
    args: tuple[int, ...] = ()
    rval: int = 0
    regs: tuple[int, ...] | None = None
    stack: tuple[int, bytes] | None = None
    memory: tuple[Memory, ...] = ()
    files: tuple[RawFile, ...] | None = None
    fds: tuple[RawFd, ...] = ()
    table: tuple[RawFd, ...] | None = None
    maps: str | None = None
    extra: Mapping[str, Any] = MappingProxyType({})
    pages: tuple[RawPages, ...] = ()


def records(log: bytes | Iterable[bytes]) -> Iterator[Raw]:
    """Every record of `log` in the order the tracer wrote them; a log cut short by the tracer's death ends early.

    The log may come in parts, cut anywhere: each record is given as soon as the part that completes it is there.
    Raises LabkitError if it is not a log of this format.
    """
    reader = _Reader()
    before, rest = 0, b""  # bytes of the log that were read, and of a record that is not whole yet
    for part in (log,) if isinstance(log, bytes) else log:
        data = rest + part if rest else part
        offset, end = 0, len(data)
        while offset + _HEADER.size <= end:
            length, kind, flags, tid, seq, time = _HEADER.unpack_from(data, offset)
            if length < _HEADER.size or kind >= len(KINDS):
                at = before + offset
                raise LabkitError(f"record at byte {at} of the tracer's log is damaged (length {length}, kind {kind})")
            if offset + length > end:
                break
            yield reader.record(data, offset, length, kind, flags, tid, seq, time)
            offset += length
        before, rest = before + offset, data[offset:]


def only(log: bytes, *kinds: str) -> Iterator[Raw]:
    """The records of these kinds, fast: for "output", "death" and "end", which do not build on earlier records."""
    wanted = {KINDS.index(kind) for kind in kinds}
    offset, end = 0, len(log)
    head = struct.Struct("<IH")
    while offset + _HEADER.size <= end:
        length, kind = head.unpack_from(log, offset)
        if length < _HEADER.size or offset + length > end:
            return
        if kind in wanted:
            yield from records(log[offset : offset + length])
        offset += length


class _Thread:
    """What is known of one thread from its earlier records: the base of the next differences."""

    __slots__ = ("args", "nr", "now", "pid", "regs", "sp", "stack")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.nr = -1
        self.args: tuple[int, ...] = ()
        self.regs = [0] * len(REGISTERS)
        self.now = tuple(self.regs)
        self.sp = 0
        self.stack = b""


class _Reader:
    def __init__(self) -> None:
        self.threads: dict[int, _Thread] = {}
        self.files: dict[int, dict[int, RawFile]] = {}
        self.fds: dict[tuple[int, int], RawFd] = {}

    def record(self, log: bytes, offset: int, length: int, kind: int, flags: int, tid: int, seq: int, time: int) -> Raw:
        name = KINDS[kind]
        thread = self.threads.get(tid)
        if thread is None:
            thread = self.threads[tid] = _Thread(tid)
        extra: dict[str, Any] = {}
        if name == "exec":
            thread = self._exec(tid, log, offset, length)
        rval = 0
        nr: int = thread.nr if name == "exit" else -1
        args: tuple[int, ...] = thread.args if name == "exit" else ()
        regs: tuple[int, ...] | None = None
        stack: tuple[int, bytes] | None = None
        maps: str | None = None
        memory: list[Memory] = []
        fds: list[RawFd] = []
        verify: list[VerifyFd] = []
        pages: list[RawPages] = []
        file_order: tuple[int, ...] | None = None
        scanned: list[RawFd] | None = None
        in_table = False
        at, end = offset + _HEADER.size, offset + length
        while at < end:
            tag, arg, size = _SECTION.unpack_from(log, at)
            at += 8
            if tag == TAG_REGS:
                regs = _patch_regs(thread, log, at, size)
            elif tag == TAG_STACK:
                stack = _patch_stack(thread, log, at)
            elif tag == TAG_CALL:
                nr, *values = _CALL.unpack_from(log, at)
                args = thread.args = tuple(values)
                thread.nr = nr
            elif tag == TAG_RESULT:
                rval = _RESULT.unpack_from(log, at)[0]
            elif tag == TAG_MEMORY:
                memory.append(_memory(log, at, size, arg))
            elif tag == TAG_FILES:
                file_order = struct.unpack_from(f"<{size // 8}Q", log, at)
            elif tag == TAG_FILE:
                self._file(thread.pid, log, at)
            elif tag in (TAG_FD, TAG_FD_BRIEF, TAG_FD_GONE):
                (scanned if in_table and scanned is not None else fds).append(self._fd(tag, log, at))
            elif tag == TAG_TABLE:  # a pair of brackets around the descriptors of a whole rescan
                in_table = arg == 0
                scanned = [] if in_table else scanned
            elif tag == TAG_MAPS:
                maps = log[at : at + size].decode("utf-8", "surrogateescape")
            elif tag == TAG_TEXT:
                key, _, text = log[at : at + size].partition(b"=")
                extra[key.decode()] = text.decode("utf-8", "surrogateescape")
            elif tag == TAG_NUMBER:
                for entry in log[at : at + size].split(b"\n"):
                    key, _, text = entry.partition(b"=")
                    extra[key.decode()] = int(text)
            elif tag == TAG_FORK:
                extra.update(self._fork(thread, log, at))
            elif tag == TAG_SIGNAL:
                extra.update(_siginfo(log[at : at + size]))
            elif tag == TAG_OUTPUT:
                extra["fd"], extra["data"] = arg, log[at : at + size]
            elif tag == TAG_VERIFY:
                verify.append(_verify(log, at))
            elif tag == TAG_PASSED:
                extra["at"] = _PASSED.unpack_from(log, at)[0]
                extra["packet"] = log[at + _PASSED.size : at + size]
            elif tag == TAG_PAGES:
                pages.append(_pages(log, at))
            at += (size + 7) & ~7
        files: tuple[RawFile, ...] | None = None
        if file_order is not None:
            known = self.files.get(thread.pid, {})
            files = tuple(known[address] for address in file_order)
            self.files[thread.pid] = {address: known[address] for address in file_order}
        table = None if scanned is None else tuple(scanned)
        if flags & INJECTED:
            extra["injected"] = True
        if name == "line":
            extra["lifted"] = bool(flags & LIFTED)
        elif name == "exec":
            extra["foreign"] = bool(flags & FOREIGN)
        elif name == "exit" and verify:
            extra["verify"] = tuple(verify)
        elif name == "death":
            del self.threads[tid]
            if tid == thread.pid:
                self.files.pop(tid, None)
        return Raw(
            name, seq, tid, thread.pid, time, nr, args, rval,
            regs, stack, tuple(memory), files, tuple(fds), table, maps, extra, tuple(pages),
        )  # fmt: skip

    def _exec(self, tid: int, log: bytes, offset: int, length: int) -> _Thread:
        """A thread that calls execve takes over the thread group's id (ptrace(2), "execve(2) under ptrace")."""
        old = tid
        at, end = offset + _HEADER.size, offset + length
        while at < end:
            tag, _, size = _SECTION.unpack_from(log, at)
            if tag == TAG_NUMBER:
                for entry in log[at + 8 : at + 8 + size].split(b"\n"):
                    if entry.startswith(b"old_tid="):
                        old = int(entry[8:])
            at += 8 + ((size + 7) & ~7)
        thread = self.threads.pop(old, None) or _Thread(tid)
        thread.sp, thread.stack = 0, b""
        self.threads[tid] = thread
        self.files.pop(thread.pid, None)
        return thread

    def _fork(self, parent: _Thread, log: bytes, at: int) -> dict[str, Any]:
        tid, pid, flags, event, _ = _FORK.unpack_from(log, at)
        self.threads[tid] = _Thread(pid)
        if pid != parent.pid:
            self.files[pid] = dict(self.files.get(parent.pid, {}))
        return {"tid": tid, "pid": pid, "flags": flags, "event": {1: "fork", 2: "vfork", 3: "clone"}[event]}

    def _file(self, pid: int, log: bytes, at: int) -> None:
        address, pending, keep, ahead, _ = _FILE.unpack_from(log, at)
        at += _FILE.size
        head = log[at : at + FILE_SIZE]
        at += FILE_SIZE
        known = self.files.setdefault(pid, {})
        # Bytes of a growing buffer are written once: `keep` of them stand in the record before.
        before = known[address].pending[:keep] if keep else b""
        known[address] = RawFile(
            address, head, before + log[at : at + pending], log[at + pending : at + pending + ahead]
        )

    def _fd(self, tag: int, log: bytes, at: int) -> RawFd:
        if tag == TAG_FD:
            key, value = _fd(log, at)
        elif tag == TAG_FD_BRIEF:
            table, fd, pid, have, pos, size, queue, outqueue = _FD_BRIEF.unpack_from(log, at)
            key = (table, fd)
            old = self.fds[key]
            # What stays comes by slices: this is done at every read and write, and is the dearest part of them.
            value = RawFd._make((
                pid, fd, *old[2:5],
                pos if have & HAVE_POS else None,
                size if have & HAVE_SIZE else None,
                *old[7:11],
                queue if have & HAVE_QUEUE else None,
                outqueue if have & HAVE_OUTQUEUE else None,
                *old[13:],
            ))  # fmt: skip
        else:
            table, fd, pid = struct.unpack_from("<Iii", log, at)
            self.fds.pop((table, fd), None)
            return RawFd(pid, fd, gone=True)
        self.fds[key] = value
        return value


@lru_cache(maxsize=256)
def _registers_in(mask: int) -> tuple[int, ...]:
    """The numbers of the registers whose bits are set."""
    return tuple(number for number in range(len(REGISTERS)) if mask >> number & 1)


def _patch_regs(thread: _Thread, log: bytes, at: int, size: int) -> tuple[int, ...]:
    mask = _MASK.unpack_from(log, at)[0]
    regs = thread.regs
    if mask:
        for number, value in zip(
            _registers_in(mask), struct.unpack_from(f"<{(size - 8) // 8}Q", log, at + 8), strict=False
        ):
            regs[number] = value
        thread.now = tuple(regs)
    return thread.now


def _patch_stack(thread: _Thread, log: bytes, at: int) -> tuple[int, bytes]:
    """The whole stack window: what overlaps the window before, then the runs of bytes that differ."""
    sp, length, runs = _STACK.unpack_from(log, at)
    at += _STACK.size
    shift = sp - thread.sp
    if 0 <= shift < len(thread.stack):
        new = bytearray(thread.stack[shift : shift + length])
        new += bytes(length - len(new))
    elif shift < 0 and -shift < length:
        new = bytearray(-shift) + thread.stack[: length + shift]
        new += bytes(length - len(new))
    else:
        new = bytearray(length)
    data = at + runs * _RUN.size
    for number in range(runs):
        start, size = _RUN.unpack_from(log, at + number * _RUN.size)
        new[start : start + size] = log[data : data + size]
        data += size
    thread.sp, thread.stack = sp, bytes(new)
    return sp, thread.stack


def _memory(log: bytes, at: int, size: int, arg: int) -> Memory:
    address, total, part, index = _MEMORY.unpack_from(log, at)
    data = log[at + _MEMORY.size : at + size]
    whole = total if total < 1 << 63 else -1
    return Memory(arg & 0xFF, address, data, whole, PARTS[part], index & 0xFFFF, index >> 16, bool(arg & 0x100))


def _fd(log: bytes, at: int) -> tuple[tuple[int, int], RawFd]:
    (
        table, fd, pid, have, flags, mode, pos, size, dev, rdev, ino, queue, outqueue, capacity,
        domain, sotype, protocol, tcp_state, accept_queue, backlog, peer_ino, shares,
        link_size, local_size, peer_size, tcp_size, info_size,
    ) = _FD.unpack_from(log, at)  # fmt: skip
    at += _FD.size
    pieces = []
    for length in (link_size, local_size, peer_size, tcp_size, info_size):
        piece = None if length == 0xFFFF else log[at : at + length]
        pieces.append(piece)
        at += len(piece or b"")
    link, local, peer, tcp, info = pieces
    stat, socket, listen = have & HAVE_STAT, have & HAVE_SOCKET, have & HAVE_LISTEN
    return (table, fd), RawFd(
        pid=pid,
        fd=fd,
        link=(link or b"").decode("utf-8", "surrogateescape"),
        flags=flags if have & HAVE_FLAGS else None,
        cloexec=bool(have & CLOEXEC) if have & HAVE_CLOEXEC else None,
        pos=pos if have & HAVE_POS else None,
        size=size if have & HAVE_SIZE else None,
        mode=mode if stat else None,
        rdev=rdev if stat else None,
        ino=ino if stat else None,
        dev=dev if stat else None,
        queue=queue if have & HAVE_QUEUE else None,
        outqueue=outqueue if have & HAVE_OUTQUEUE else None,
        capacity=capacity if have & HAVE_CAPACITY else None,
        sodomain=domain if socket else None,
        sotype=sotype if socket else None,
        soprotocol=protocol if socket else None,
        tcp=tcp,
        tcp_state=tcp_state if have & HAVE_TCP_STATE else None,
        accept_queue=accept_queue if listen else None,
        backlog=backlog if listen else None,
        local=local,
        peer=peer,
        peer_ino=peer_ino if have & HAVE_PEER_INO else None,
        shares=shares if have & HAVE_SHARES else None,
        info=(info or b"").decode("utf-8", "surrogateescape"),
    )


def _siginfo(info: bytes) -> dict[str, Any]:
    """Fields of siginfo_t (sigaction(2)); which of `sender` and `address` has a meaning depends on `code`."""
    number, _, code = struct.unpack_from("<iii", info)
    sender = struct.unpack_from("<i", info, 16)[0]
    address = struct.unpack_from("<Q", info, 16)[0]
    # SI_USER 0, SI_TKILL -6, SI_QUEUE -1: si_pid; SIGCHLD (17): si_pid is the child; faults 4 5 7 8 11: si_addr
    sent = code <= 0 or number == 17
    return {
        "number": number,
        "code": code,
        "sender": sender if sent else 0,
        "address": address if code > 0 and number in (4, 5, 7, 8, 11) else 0,
        "info": info,
    }


def _verify(log: bytes, at: int) -> VerifyFd:
    pid, fd, flags, busy, pos, ino, group, length = _VERIFY.unpack_from(log, at)
    at += _VERIFY.size
    link = log[at : at + length].decode("utf-8", "surrogateescape")
    cloexec = 0o2000000  # O_CLOEXEC
    return VerifyFd(pid, fd, link, flags & ~cloexec, bool(flags & cloexec), pos, ino, group, bool(busy))


def _pages(log: bytes, at: int) -> RawPages:
    dev, ino, cached, dirty, writeback, fs, telling = _PAGES.unpack_from(log, at)
    return RawPages(dev, ino, cached, dirty, writeback, fs, TELLING[telling])
