"""Who made a system call: the program by the C function of that name, or a function of the library that does more.

A table of the functions that are no more than a system call (their man pages, section 2), by the call they make.
"""

from __future__ import annotations

from labkit.model import Event

_TABLE = """
openat open
newfstatat stat lstat fstat fstatat
clone fork _Fork vfork
wait4 wait waitpid wait3
exit_group _exit _Exit
exit pthread_exit
pipe2 pipe
clock_nanosleep nanosleep sleep usleep
nanosleep sleep usleep
pselect6 select pselect
ppoll poll
recvfrom recv
sendto send
rt_sigaction sigaction signal
rt_sigprocmask sigprocmask pthread_sigmask
rt_sigsuspend sigsuspend pause
rt_sigtimedwait sigwait sigwaitinfo sigtimedwait
rt_sigpending sigpending
rt_sigqueueinfo sigqueue
mknodat mkfifo mknod
eventfd2 eventfd
signalfd4 signalfd
fadvise64 posix_fadvise
prlimit64 getrlimit setrlimit prlimit
epoll_pwait epoll_wait
faccessat access faccessat
faccessat2 access faccessat
renameat2 rename renameat
execve execl execlp execle execv execvp execvpe
setitimer alarm ualarm
dup3 dup2
fchmodat chmod fchmodat
fchownat chown lchown
unlinkat unlink rmdir
mkdirat mkdir
linkat link
symlinkat symlink
readlinkat readlink
utimensat utimes utime futimens utimensat
getdents64 getdents
pread64 pread
pwrite64 pwrite
"""
_SAME = {words[0]: frozenset(words) for words in (line.split() for line in _TABLE.split("\n") if line)}
# How a call is known to those who write C, when the stack does not say by which name it was called.
_KNOWN_AS = {
    "newfstatat": "stat", "clone": "clone", "pselect6": "select", "exit_group": "_exit", "rt_sigaction": "sigaction",
    "rt_sigprocmask": "sigprocmask", "rt_sigsuspend": "sigsuspend", "prlimit64": "getrlimit", "fadvise64":
    "posix_fadvise", "pread64": "pread", "pwrite64": "pwrite", "openat": "open", "pipe2": "pipe", "wait4": "wait",
}  # fmt: skip


def _plain(name: str, call: str) -> bool:
    return name == "syscall" or name.removesuffix("64") in _SAME.get(call, ()) or name in (call, f"{call}64")


def library(event: Event) -> str:
    """The library function that made the call for the program: "fclose"; "" when the program made it itself.

    >>> from labkit.model import Place
    >>> calls = [("write",), ("fclose", "write"), ("wait", "wait4"), ()]
    >>> [library(Event(0, "call", 1, 1, 0, 1, 0, 0, Place(via=via), "write")) for via in calls]
    ['', 'fclose', 'wait', '']
    """
    via = event.place.via
    return via[0] if via and not _plain(via[0], event.call) else ""


def called(event: Event) -> str:
    """The call by the name the program's author knows it by: fork, not clone; wait, not wait4."""
    plain = [name for name in event.place.via if name != "syscall" and _plain(name, event.call)]
    name = plain[0].removesuffix("64") if plain else _KNOWN_AS.get(event.call, event.call)
    return "fork" if name == "_Fork" else name
