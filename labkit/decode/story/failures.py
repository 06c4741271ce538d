"""Sentences on calls that failed: the errno, what it means, and the usual cause for that call.

Sources: the ERRORS section of each call's man page. The gaps in braces are those of `fields.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.story.ends import pids, reads
from labkit.decode.story.errno_words import CAUSE, MEANING
from labkit.decode.story.fields import Fields
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount

_FAMILIES = """
open   open openat openat2 creat
read   read readv pread64 preadv preadv2 recvfrom recvmsg recvmmsg
write  write writev pwrite64 pwritev pwritev2 sendto sendmsg sendmmsg
wait   wait4 waitid
dup    dup dup2 dup3
seek   lseek pread64 pwrite64
exec   execve execveat
remove unlink unlinkat rmdir
accept accept accept4
fork   fork vfork clone clone3
kill   kill tkill tgkill
sleep  nanosleep clock_nanosleep
stat   stat lstat newfstatat statx access faccessat faccessat2
"""
_FAMILY: dict[str, str] = {}
for _line in _FAMILIES.split("\n"):
    for _call in _line.split()[1:]:
        _FAMILY.setdefault(_call, _line.split()[0])

_CAUSES = """
open EACCES its permissions, or those of a folder on the way, do not allow it
open EEXIST it is there already, and O_CREAT with O_EXCL insists on making it
open EISDIR it is a folder, and folders cannot be opened for writing
open ENOTDIR a name on the way leads to something that is no folder
open ENXIO O_WRONLY with O_NONBLOCK on a FIFO that nobody has open for reading
open EINTR a signal came while it waited for the other end
open EMFILE the process has as many descriptors as it may: some were opened and never closed
open ELOOP it is a symbolic link, and O_NOFOLLOW forbids to follow one, or links lead in a circle
open ETXTBSY it is a program that is running
read EISDIR fd {fd} leads to a folder, {thing}: readdir lists it, read does not
read EAGAIN nothing is there to be read, and it was not to wait (O_NONBLOCK)
read EINVAL {thing} cannot be read like this
read EFAULT the buffer it was given is not in the process's memory
read ENOTCONN the socket was never connected, so there is nobody to read from
read ECONNRESET the other side closed the connection while bytes for it were unread
read EIO {thing} failed, or the process reads its terminal from the background
write EAGAIN there is no room, and it was not to wait (O_NONBLOCK)
write EFAULT the bytes it was to write are not in the process's memory
write EFBIG the file would become larger than the process, or the file system, allows
write ENOSPC the file system is full; what was written before stays
write EIO the disk failed; the bytes may be lost
write EPERM {thing} is sealed against this
write EINVAL {thing} cannot be written like this
write EDESTADDRREQ the socket has no peer, and no address was given
write ENOTCONN the socket was never connected, so there is nobody to send to
write ECONNRESET the other side closed the connection while bytes for it were unread
seek ESPIPE {thing} has no offset: what passed through it is gone
seek EINVAL the new offset would be negative, or whence is none of the known ones
seek ENXIO there is no data, or no hole, after that offset
dup EBADF fd {fd} is not open, or the number asked for is too large
dup EINVAL dup3 refuses two equal descriptors and unknown flags
dup EMFILE the process has as many descriptors as it may
wait ECHILD it has no children left to wait for
wait EINTR a signal came before any child changed state
exec ENOENT there is no such program, or its #! line names an interpreter that is not there
exec EACCES it is not marked as executable, or is a folder
exec ENOEXEC it is neither a binary for this machine nor a script with #!
remove EISDIR unlink removes names of files; for a folder there is rmdir
remove ENOTEMPTY the folder still has something in it
remove ENOENT there is no such name to remove
remove ENOTDIR rmdir removes folders; for a file there is unlink
remove EPERM it is a folder, or the folder it is in protects it
mkdir EEXIST there is something of that name already
bind EADDRINUSE another socket has this address, or an old connection still holds the port: SO_REUSEADDR helps with that
bind EACCES ports below 1,024 take a privilege
bind EINVAL the socket is bound already
connect ECONNREFUSED nobody listens there
connect ENOENT there is no socket of that name
connect EINPROGRESS the socket does not block: the connection is being made, poll for writing tells when
connect EISCONN the socket is connected already
connect EAGAIN the listen queue of the other side is full
connect ETIMEDOUT the other side did not answer
listen EADDRINUSE another socket listens at this address
listen EOPNOTSUPP only sockets for connections can listen
accept EINVAL the socket does not listen: listen comes before accept
accept EAGAIN no connection waits in its queue, and it was not to wait (O_NONBLOCK)
accept EMFILE no descriptor is free for the new connection
fork EAGAIN the user, or this recording, has as many processes as it may
kill ESRCH there is no such process any more
kill EPERM the process belongs to somebody else
sleep EINTR a signal came before the time was up
poll EINTR a signal came before any descriptor was ready
select EINTR a signal came before any descriptor was ready
select EBADF a descriptor in one of the sets is not open
pselect6 EBADF a descriptor in one of the sets is not open
epoll_ctl EPERM {thing} or what was to be added cannot be waited for: files are always ready
epoll_ctl EEXIST it is in the list already
epoll_ctl ENOENT it is not in the list
ioctl ENOTTY {thing} is not a terminal, or does not know this request
fcntl EAGAIN another process holds a lock on it, and it was not to wait
fcntl EACCES another process holds a lock on it, and it was not to wait
flock EAGAIN somebody holds a lock on it, and it was not to wait (LOCK_NB)
mmap EACCES the file is not open for what was asked
mmap EINVAL a length of 0, or an offset that is no multiple of the page size
mmap ENODEV this kind of file cannot be mapped
ftruncate EINVAL {thing} is no file open for writing, or the length is negative
fsync EINVAL {thing} has no disk behind it to be written to
fdatasync EINVAL {thing} has no disk behind it to be written to
fadvise64 ESPIPE advice is for files, and {thing} is none
rename ENOENT there is nothing of the old name, or no folder for the new one
rename EXDEV the two names are on different file systems: only a copy gets there
shutdown ENOTCONN the socket is not connected
getpeername ENOTCONN the socket is not connected
stat ENOENT there is nothing of that name
close EBADF fd {fd} is not open: closed already, or never opened
close EIO an earlier write could not be brought to the disk
"""
_SPECIFIC = {(words[0], words[1]): words[2] for words in (line.split(" ", 2) for line in _CAUSES.split("\n") if line)}
_RESTARTS = frozenset(("ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ERESTART_RESTARTBLOCK"))


def failed(scene: Scene) -> list[str]:
    """The call returned an errno."""
    errno = scene.event.errno
    if errno in _RESTARTS:
        return [_interrupted(scene)]
    subject, meaning = f"{scene.doer} woke up:" if scene.woke else f"{scene.doer}:", MEANING.get(errno, "")
    what = f"{scene.called}{_object(scene)} failed with {errno}" + (f" ({meaning})" if meaning else "")
    if scene.event.detail:
        return [f"{subject} {what}, because this recording made it fail (an injected fault): the call was not executed"]
    cause = cause_of(scene, errno)
    return [f"{subject} {what}" + (f": {cause}" if cause else "")]


def cause_of(scene: Scene, errno: str) -> str:
    """The usual cause of this errno from this call, with the names of this run."""
    own = _BY_STATE.get(errno)
    found = own(scene) if own is not None else ""
    if found:
        return found
    call = scene.event.call
    text = _SPECIFIC.get((call, errno)) or _SPECIFIC.get((_FAMILY.get(call, call), errno))
    if text is None and call in ("pread64", "pwrite64"):
        text = _SPECIFIC.get(("seek", errno))
    return (text or CAUSE.get(errno, "")).format_map(Fields(scene))


def _interrupted(scene: Scene) -> str:
    again = "it is restarted if no handler runs, or one set with SA_RESTART; else it fails with EINTR"
    if scene.event.errno == "ERESTARTNOHAND":
        again = "if a handler runs, it fails with EINTR"
    return f"{scene.doer}: a signal interrupted {scene.called}{_object(scene)}; {again}"


def _object(scene: Scene) -> str:
    """What the call was about: a path, a descriptor, an address, a process."""
    address = scene.first("address")
    if address is not None and scene.event.call in ("connect", "bind"):
        return f" to {scene.names.value(address)}"
    path = scene.first("path")
    if path is not None and path.value:
        return f" of {scene.path(path.name)}"
    if scene.event.call in ("open", "openat", "creat"):
        return ""
    number = scene.number("count") or scene.number("len")
    if number is not None and _FAMILY.get(scene.event.call) == "write":
        return f" of {amount(number)} to fd {scene.fd}" + _leading_to(scene)
    return f" on fd {scene.fd}{_leading_to(scene)}" if scene.first("fd") is not None else ""


def _leading_to(scene: Scene) -> str:
    thing = scene.thing(scene.fd)
    return f" ({thing})" if thing != "nothing" else ""


def _no_entry(scene: Scene) -> str:
    if _FAMILY.get(scene.event.call) != "open":
        return ""
    if "O_CREAT" in scene.text("flags") or scene.event.call == "creat":
        return "a folder on the way to it is not there; O_CREAT makes files, not folders"
    return "the file, or a folder on the way to it, is not there; O_CREAT would have made it" if _writes(scene) else ""


def _writes(scene: Scene) -> bool:
    return "O_WRONLY" in scene.text("flags") or "O_RDWR" in scene.text("flags") or not scene.library


def _bad_descriptor(scene: Scene) -> str:
    opened = scene.opened(scene.fd)
    family = _FAMILY.get(scene.event.call)
    if opened is None:
        if scene.fd < 0 and scene.first("fd") is not None:
            return "that is no descriptor: an earlier call failed, or it was never set"
        return "" if family == "dup" or scene.first("fd") is None or scene.fd < 0 else (
            f"{scene.who} has no fd {scene.fd}: it was never opened, or closed already"
        )  # fmt: skip
    how = opened.flags.split("|")[0]
    wanted = {"read": "reading", "write": "writing"}.get(family or "")
    if wanted is None:
        return ""
    return f"{scene.file(scene.fd)} ({scene.thing(scene.fd)}) is open as {how}, not for {wanted}"


def _broken_pipe(scene: Scene) -> str:
    thing, inode = scene.thing(scene.fd), scene.inode(scene.fd)
    silent = "MSG_NOSIGNAL" in scene.text("flags")
    handler = scene.past.handler(scene.event.pid, "SIGPIPE")
    signal = {
        "SIG_DFL": "SIGPIPE comes with it and ends the process",
        "SIG_IGN": "SIGPIPE came with it and is ignored",
    }.get(handler, "SIGPIPE comes with it")
    if silent:
        signal = "MSG_NOSIGNAL kept SIGPIPE away"
    if inode is not None and inode.kind == "pipe" and not pids(scene.before, inode.id, reads):
        return f"nobody has the read end of {thing} open any more; {signal}"
    return f"{thing} cannot send any more: closed by the other side, shut down, or never connected; {signal}"


_BY_STATE: dict[str, Callable[[Scene], str]] = {
    "ENOENT": _no_entry,
    "EBADF": _bad_descriptor,
    "EPIPE": _broken_pipe,
}
