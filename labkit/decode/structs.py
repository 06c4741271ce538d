"""The structures that calls take and fill in: from bytes to a value and strace's text. A function a structure.

Layouts are those of x86_64 Linux as the man pages give them. Each function returns (value, text), or None when `data`
is too short to hold the structure. Knows nothing of calls.
"""

import stat as st
import struct
from collections.abc import Callable

from labkit.decode.errnos import name_of as errno_name
from labkit.decode.flags import names, signal_name
from labkit.model import Value

Decoded = tuple[Value, str]

_FILE_TYPES = {
    st.S_IFREG: "S_IFREG", st.S_IFDIR: "S_IFDIR", st.S_IFCHR: "S_IFCHR", st.S_IFBLK: "S_IFBLK",
    st.S_IFIFO: "S_IFIFO", st.S_IFLNK: "S_IFLNK", st.S_IFSOCK: "S_IFSOCK",
}  # fmt: skip


def octal(value: int) -> str:
    """A mode in octal with at least three digits, as strace does.

    >>> octal(0o644), octal(0), octal(0o22), octal(0o1777)
    ('0644', '000', '022', '01777')
    """
    return f"0{value:02o}"


def file_mode(value: int) -> str:
    """Type and permissions of a file (inode(7)).

    >>> file_mode(0o100644)
    'S_IFREG|0644'
    """
    kind = _FILE_TYPES.get(value & 0o170000)
    permissions = octal(value & 0o7777)
    return f"{kind}|{permissions}" if kind else octal(value)


def device(number: int) -> str:
    """A device number by its parts (makedev(3))."""
    major = (number >> 8) & 0xFFF | (number >> 32) & ~0xFFF
    minor = number & 0xFF | (number >> 12) & ~0xFF
    return f"makedev({major:#x}, {minor:#x})"


def stat(data: bytes) -> Decoded | None:
    """struct stat (stat(2)); times in ns since 1970."""
    if len(data) < 144:
        return None
    dev, ino, nlink, mode, uid, gid, _, rdev, size, blksize, blocks, *times = struct.unpack_from("<QQQIIIIQqqq6q", data)
    value: dict[str, Value] = {
        "dev": dev, "ino": ino, "nlink": nlink, "mode": mode, "type": _FILE_TYPES.get(mode & 0o170000, ""), "uid": uid,
        "gid": gid, "rdev": rdev, "size": size, "blksize": blksize, "blocks": blocks,
        "atime": times[0] * 10**9 + times[1], "mtime": times[2] * 10**9 + times[3],
        "ctime": times[4] * 10**9 + times[5],
    }  # fmt: skip
    what = f"st_rdev={device(rdev)}" if mode & 0o170000 in (st.S_IFCHR, st.S_IFBLK) else f"st_size={size}"
    return value, f"{{st_mode={file_mode(mode)}, {what}, ...}}"


def statx(data: bytes) -> Decoded | None:
    """struct statx (statx(2))."""
    if len(data) < 128:
        return None
    mask, blksize, attributes, nlink, uid, gid, mode, ino, size, blocks = struct.unpack_from("<IIQIIIHxxQQQ", data)
    value: dict[str, Value] = {
        "mask": mask, "blksize": blksize, "attributes": attributes, "nlink": nlink, "uid": uid, "gid": gid,
        "mode": mode, "type": _FILE_TYPES.get(mode & 0o170000, ""), "ino": ino, "size": size, "blocks": blocks,
    }  # fmt: skip
    return value, f"{{stx_mask={names('statxmask', mask)}, stx_mode={file_mode(mode)}, stx_size={size}, ...}}"


def statfs(data: bytes) -> Decoded | None:
    """struct statfs (statfs(2))."""
    if len(data) < 88:
        return None
    kind, bsize, blocks, bfree, bavail, files, ffree, _, namelen, frsize, flags = struct.unpack_from("<7qQ3q", data)
    value: dict[str, Value] = {
        "type": kind, "bsize": bsize, "blocks": blocks, "bfree": bfree, "bavail": bavail, "files": files,
        "ffree": ffree, "namelen": namelen, "frsize": frsize, "flags": flags,
    }  # fmt: skip
    return value, f"{{f_type={kind:#x}, f_bsize={bsize}, f_blocks={blocks}, f_bfree={bfree}, ...}}"


def timespec(data: bytes) -> Decoded | None:
    """struct timespec (timespec(3)); the value is in ns."""
    if len(data) < 16:
        return None
    seconds, nanoseconds = struct.unpack_from("<qq", data)
    return seconds * 10**9 + nanoseconds, f"{{tv_sec={seconds}, tv_nsec={nanoseconds}}}"


def timeval(data: bytes) -> Decoded | None:
    """struct timeval (timeval(3)); the value is in ns."""
    if len(data) < 16:
        return None
    seconds, microseconds = struct.unpack_from("<qq", data)
    return seconds * 10**9 + microseconds * 1000, f"{{tv_sec={seconds}, tv_usec={microseconds}}}"


def utimens(data: bytes) -> Decoded | None:
    """The two times of utimensat(2); UTIME_NOW and UTIME_OMIT stand in tv_nsec."""
    if len(data) < 32:
        return None
    texts, values = [], []
    for seconds, nanoseconds in struct.iter_unpack("<qq", data[:32]):
        special = {0x3FFFFFFF: "UTIME_NOW", 0x3FFFFFFE: "UTIME_OMIT"}.get(nanoseconds)
        values.append(special or seconds * 10**9 + nanoseconds)
        texts.append(special or f"{{tv_sec={seconds}, tv_nsec={nanoseconds}}}")
    return tuple(values), f"[{', '.join(texts)}]"


def _interval(parse: Callable[[bytes], Decoded | None], data: bytes) -> Decoded | None:
    every, first = parse(data[:16]), parse(data[16:32])
    if every is None or first is None:
        return None
    return {"interval": every[0], "value": first[0]}, f"{{it_interval={every[1]}, it_value={first[1]}}}"


def itimerval(data: bytes) -> Decoded | None:
    """struct itimerval (setitimer(2)); values in ns."""
    return _interval(timeval, data)


def itimerspec(data: bytes) -> Decoded | None:
    """struct itimerspec (timerfd_settime(2)); values in ns."""
    return _interval(timespec, data)


def rlimit(data: bytes) -> Decoded | None:
    """struct rlimit (getrlimit(2)); None for no limit."""
    if len(data) < 16:
        return None
    limits = struct.unpack_from("<QQ", data)
    texts = ["RLIM64_INFINITY" if limit == 2**64 - 1 else str(limit) for limit in limits]
    values = [None if limit == 2**64 - 1 else limit for limit in limits]
    return {"cur": values[0], "max": values[1]}, f"{{rlim_cur={texts[0]}, rlim_max={texts[1]}}}"


def sigset(data: bytes) -> Decoded | None:
    """The kernel's signal set, 64 bits (sigsetops(3)); the value lists the names. Mostly full sets print as ~[…]."""
    if len(data) < 8:
        return None
    bits = struct.unpack_from("<Q", data)[0]
    value = tuple(signal_name(number) for number in range(1, 65) if bits >> (number - 1) & 1)
    if len(value) > 32:
        others = [signal_name(number) for number in range(1, 65) if not bits >> (number - 1) & 1]
        return value, "~[" + " ".join(name.removeprefix("SIG") for name in others) + "]"
    return value, "[" + " ".join(name.removeprefix("SIG") for name in value) + "]"


def sigaction(data: bytes) -> Decoded | None:
    """The kernel's struct sigaction (sigaction(2)): handler, flags, restorer, mask."""
    if len(data) < 32:
        return None
    handler, flags, restorer = struct.unpack_from("<QQQ", data)
    mask = sigset(data[24:32])
    assert mask is not None
    name = {0: "SIG_DFL", 1: "SIG_IGN"}.get(handler, f"{handler:#x}")
    how = names("sigaction", flags)
    text = f"{{sa_handler={name}, sa_mask={mask[1]}, sa_flags={how}" + (
        f", sa_restorer={restorer:#x}}}" if restorer else "}"
    )
    return {"handler": name, "flags": how, "mask": mask[0]}, text


def wait_status(data: bytes) -> Decoded | None:
    """What wait(2) tells of a child: exited with a status, killed or stopped by a signal, continued."""
    if len(data) < 4:
        return None
    status = struct.unpack_from("<i", data)[0]
    if status == 0xFFFF:
        return {"continued": 1}, "[{WIFCONTINUED(s)}]"
    if status & 0x7F == 0:
        code = status >> 8 & 0xFF
        return {"exited": code}, f"[{{WIFEXITED(s) && WEXITSTATUS(s) == {code}}}]"
    if status & 0xFF == 0x7F:
        name = signal_name(status >> 8 & 0xFF)
        return {"stopped": name}, f"[{{WIFSTOPPED(s) && WSTOPSIG(s) == {name}}}]"
    name = signal_name(status & 0x7F)
    core = " && WCOREDUMP(s)" if status & 0x80 else ""
    return {"killed": name, "core": 1 if core else 0}, f"[{{WIFSIGNALED(s) && WTERMSIG(s) == {name}{core}}}]"


def siginfo(data: bytes) -> Decoded | None:
    """siginfo_t as waitid(2) and sigtimedwait(2) fill it in; empty when waitid found no child."""
    if len(data) < 28:
        return None
    number, _, code, _, pid, uid, status = struct.unpack_from("<7i", data)
    if number == 0:
        return {}, "{}"
    if number == 17:  # SIGCHLD
        how = names("cldcode", code) if code > 0 else names("sicode", code)
        what = str(status) if code == 1 else signal_name(status)
        text = f"{{si_signo=SIGCHLD, si_code={how}, si_pid={pid}, si_uid={uid}, si_status={what}, ...}}"
        return {"signal": "SIGCHLD", "code": how, "pid": pid, "uid": uid, "status": status if code == 1 else what}, text
    how, name = names("sicode", code), signal_name(number)
    return {"signal": name, "code": how, "pid": pid, "uid": uid}, (
        f"{{si_signo={name}, si_code={how}, si_pid={pid}, si_uid={uid}, ...}}"
    )


def flock(data: bytes) -> Decoded | None:
    """struct flock (fcntl(2), record locks)."""
    if len(data) < 28:
        return None
    kind, whence, start, length, pid = struct.unpack_from("<hh4xqqi", data)
    how, origin = names("locktype", kind), names("whence", whence)
    value: dict[str, Value] = {
        "type": how, "whence": origin, "start": start, "len": length, "pid": pid,
    }  # fmt: skip
    return value, f"{{l_type={how}, l_whence={origin}, l_start={start}, l_len={length}}}"


def winsize(data: bytes) -> Decoded | None:
    """struct winsize (ioctl_tty(2)): rows and columns of a terminal."""
    if len(data) < 8:
        return None
    row, col, x, y = struct.unpack_from("<4H", data)
    return {"row": row, "col": col, "xpixel": x, "ypixel": y}, (
        f"{{ws_row={row}, ws_col={col}, ws_xpixel={x}, ws_ypixel={y}}}"
    )


_LOCAL_FLAGS = {1: "ISIG", 2: "ICANON", 8: "ECHO", 0x10: "ECHOE", 0x20: "ECHOK", 0x40: "ECHONL", 0x100: "TOSTOP"}


def termios(data: bytes) -> Decoded | None:
    """The kernel's struct termios (termios(3)); of the local flags the ones that lessons use are named."""
    if len(data) < 36:
        return None
    iflag, oflag, cflag, lflag, line = struct.unpack_from("<4IB", data)
    local = "|".join(name for bit, name in _LOCAL_FLAGS.items() if lflag & bit) or "0"
    value: dict[str, Value] = {"iflag": iflag, "oflag": oflag, "cflag": cflag, "lflag": lflag, "local": local}
    return value, f"{{c_iflag={iflag:#x}, c_oflag={oflag:#x}, c_cflag={cflag:#x}, c_lflag={local}, c_line={line}, ...}}"


def open_how(data: bytes) -> Decoded | None:
    """struct open_how (openat2(2)); `flags` stays a number, its names are in the text of the call."""
    if len(data) < 24:
        return None
    flags, mode, resolve = struct.unpack_from("<QQQ", data)
    opened = f"flags={names('openacc', flags & 3)}|{names('open', flags & ~3)}, mode={octal(mode)}"
    return {"flags": flags, "mode": mode, "resolve": resolve}, f"{{{opened}, resolve={names('resolve', resolve)}}}"


def clone_args(data: bytes) -> Decoded | None:
    """struct clone_args (clone3(2))."""
    if len(data) < 64:
        return None
    flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls = struct.unpack_from("<8Q", data)
    value: dict[str, Value] = {"flags": flags, "exit_signal": signal_name(exit_signal), "stack": stack, "pidfd": pidfd}
    return value, (
        f"{{flags={names('clone', flags)}, exit_signal={signal_name(exit_signal)}, stack={stack:#x}, "
        f"stack_size={stack_size:#x}}}"
    )


def pollfds(before: bytes, after: bytes | None) -> Decoded:
    """Array of struct pollfd (poll(2)): what was asked, and what was found if the call returned."""
    values, texts = [], []
    found = [revents for _, _, revents in struct.iter_unpack("<ihH", after[: len(after) & ~7])] if after else []
    for index, (fd, events, _) in enumerate(struct.iter_unpack("<iHH", before[: len(before) & ~7])):
        asked = names("poll", events)
        value: dict[str, Value] = {"fd": fd, "events": asked}
        text = f"{{fd={fd}, events={asked}"
        if index < len(found):
            value["revents"] = ready = names("poll", found[index])
            if found[index]:
                text += f", revents={ready}"
        values.append(value)
        texts.append(text + "}")
    return tuple(values), f"[{', '.join(texts)}]"


def epoll_events(data: bytes) -> Decoded:
    """Array of struct epoll_event, 12 bytes each on x86_64 (epoll_ctl(2))."""
    values, texts = [], []
    for events, low, high in struct.iter_unpack("<III", data[: len(data) // 12 * 12]):
        name = names("epoll_event", events)
        values.append({"events": name, "data": low | high << 32})
        texts.append(f"{{events={name}, data={{u32={low}, u64={low | high << 32}}}}}")
    return tuple(values), f"[{', '.join(texts)}]"


def fd_set(data: bytes, count: int) -> Decoded:
    """The descriptors below `count` whose bits are set (select(2)).

    >>> fd_set(bytes([0b101000]), 8)
    ((3, 5), '[3 5]')
    """
    fds = tuple(fd for fd in range(min(count, len(data) * 8)) if data[fd >> 3] >> (fd & 7) & 1)
    return fds, "[" + " ".join(map(str, fds)) + "]"


def dirents(data: bytes) -> Decoded:
    """The names getdents64(2) found, with inode numbers and types."""
    kinds = {1: "DT_FIFO", 2: "DT_CHR", 4: "DT_DIR", 6: "DT_BLK", 8: "DT_REG", 10: "DT_LNK", 12: "DT_SOCK"}
    values: list[Value] = []
    at = 0
    while at + 19 <= len(data):
        ino, _, length, kind = struct.unpack_from("<QqHB", data, at)
        if length < 19 or at + length > len(data):
            break
        name = data[at + 19 : at + length].split(b"\0")[0].decode("utf-8", "surrogateescape")
        values.append({"ino": ino, "type": kinds.get(kind, "DT_UNKNOWN"), "name": name})
        at += length
    return tuple(values), f"/* {len(values)} entries{'' if at == len(data) else ' seen'} */"


def socket_option(level: int, name: int, data: bytes) -> Decoded:
    """A socket option's value (socket(7), tcp(7)): an int, struct linger or timeval, an errno by name, or bytes."""
    if level == 1 and name == 13 and len(data) >= 8:  # SOL_SOCKET, SO_LINGER
        on, seconds = struct.unpack_from("<ii", data)
        return {"onoff": on, "linger": seconds}, f"{{l_onoff={on}, l_linger={seconds}}}"
    if level == 1 and name in (20, 21) and len(data) >= 16:  # SO_RCVTIMEO, SO_SNDTIMEO
        decoded = timeval(data)
        assert decoded is not None
        return decoded
    if len(data) == 4:
        value = struct.unpack("<i", data)[0]
        return value, f"[{errno_name(value) if (level, name) == (1, 4) and value else value}]"  # SO_ERROR
    return data, '"' + data.hex() + '"'
