"""Which function tells of which call that returned. Adding a call is adding a row, here or in `templates.py`."""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.story import connections, descriptors, folders, processes, readiness, terminals, transfers
from labkit.decode.story.fields import Fields
from labkit.decode.story.scene import Scene
from labkit.decode.story.templates import TEMPLATES

Tell = Callable[[Scene], list[str]]
_ROWS: tuple[tuple[Tell, str], ...] = (
    (transfers.read, "read pread64 readv preadv preadv2 recvfrom recvmsg"),
    (transfers.wrote, "write pwrite64 writev pwritev pwritev2 sendto sendmsg vmsplice"),
    (transfers.synced, "fsync fdatasync"),
    (transfers.copied, "sendfile splice tee copy_file_range"),
    (transfers.several_messages, "sendmmsg recvmmsg"),
    (descriptors.opened, "open openat openat2 creat"),
    (descriptors.closed, "close"),
    (descriptors.closed_range, "close_range"),
    (descriptors.duplicated, "dup dup2 dup3"),
    (descriptors.made_pipe, "pipe pipe2"),
    (descriptors.made_pair, "socketpair"),
    (descriptors.moved, "lseek"),
    (descriptors.controlled, "fcntl"),
    (terminals.asked, "ioctl"),
    (folders.unlinked, "unlink unlinkat"),
    (folders.listed_folder, "getdents getdents64"),
    (folders.looked_at, "stat lstat fstat newfstatat statx"),
    (folders.mapped, "mmap"),
    (processes.forked, "fork vfork clone clone3"),
    (processes.executed, "execve execveat"),
    (processes.waited, "wait4 waitid"),
    (processes.sent_signal, "kill tkill tgkill"),
    (processes.slept, "nanosleep clock_nanosleep"),
    (processes.asked_id, "getpid getppid gettid getpgid getpgrp getsid"),
    (processes.handled, "rt_sigaction"),
    (processes.masked, "rt_sigprocmask"),
    (processes.alarmed, "alarm setitimer"),
    (processes.opened_process, "pidfd_open"),
    (processes.took_descriptor, "pidfd_getfd"),
    (processes.unshared, "unshare"),
    (connections.made, "socket"),
    (connections.bound, "bind"),
    (connections.listening, "listen"),
    (connections.connected, "connect"),
    (connections.accepted, "accept accept4"),
    (connections.shut, "shutdown"),
    (connections.asked_own, "getsockname"),
    (connections.asked_peer, "getpeername"),
    (connections.set_option, "setsockopt"),
    (connections.got_option, "getsockopt"),
    (readiness.polled, "poll ppoll select pselect6"),
    (readiness.epoll_made, "epoll_create epoll_create1"),
    (readiness.epoll_changed, "epoll_ctl"),
    (readiness.epoll_waited, "epoll_wait epoll_pwait epoll_pwait2"),
    (readiness.eventfd_made, "eventfd eventfd2"),
    (readiness.timer_made, "timerfd_create"),
    (readiness.timer_set, "timerfd_settime"),
    (readiness.signals_made, "signalfd signalfd4"),
    (readiness.watch_made, "inotify_init inotify_init1"),
    (readiness.watched, "inotify_add_watch"),
    (processes.exiting, "exit_group"),
    (processes.thread_exiting, "exit"),
    (processes.suspended, "pause rt_sigsuspend"),
)
TELLERS: dict[str, Tell] = {call: tell for tell, calls in _ROWS for call in calls.split()}


def returned(scene: Scene) -> list[str]:
    """The clauses on a call that succeeded: by its function, else by its text, else its bare line."""
    call = scene.event.call
    tell = TELLERS.get(call)
    if tell is not None:
        return tell(scene)
    text = TEMPLATES.get(call)
    if text is not None:
        return [text.format_map(Fields(scene))]
    return [f"{scene.subject} called {call}, which returned {scene.names.result(scene.event)}"]
