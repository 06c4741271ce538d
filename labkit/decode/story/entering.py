"""Sentences on calls that have begun and not returned: what they are about, and what they wait for if they sleep.

A call that was seen asleep "falls asleep"; one whose rules leave it no choice (an empty pipe) "must wait".
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.story import processes
from labkit.decode.story.ends import READ_CALLS, WRITE_CALLS, pids, why_empty, why_full, writes
from labkit.decode.story.readiness import asked, timeout
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, listed, seconds, several

_OWN: dict[str, Callable[[Scene], list[str]]] = {
    "fork": processes.enters_fork,
    "vfork": processes.enters_fork,
    "clone": processes.enters_fork,
    "clone3": processes.enters_fork,
    "exit_group": processes.exiting,
    "exit": processes.thread_exiting,
}


def enters(scene: Scene) -> list[str]:
    """The call begins: what it is about, and why it must wait if it must."""
    own = _OWN.get(scene.event.call)
    if own is not None:
        return own(scene)
    main = f"{scene.doer} enters {scene.called}{_about(scene)}"
    reason = _reason(scene)
    if scene.event.wait is not None:
        return [f"{main} and falls asleep: {reason or f'it waits for {scene.event.wait.on}'}"]
    return [f"{main} and must wait: {reason}" if reason else main]


def _about(scene: Scene) -> str:
    if scene.event.call in WRITE_CALLS and (count := scene.number("count") or scene.number("len")):
        return f" with {amount(count)} for {scene.thing(scene.fd)}"
    if scene.event.call == "execve":
        return f" to run {scene.path()}"
    path = scene.first("path")
    if path is not None and path.value and not path.out:
        return f" of {scene.path(path.name)}"
    if scene.fd >= 0:
        thing = scene.thing(scene.fd)
        return f" on fd {scene.fd}" + (f" ({thing})" if thing != "nothing" else "")
    return ""


def _reason(scene: Scene) -> str:
    """Why the call has to wait, as the rules say; "" where they do not."""
    reason = _REASONS.get(scene.event.call)
    if reason is not None:
        return reason(scene)
    inode = scene.inode(scene.fd)
    if inode is None or _nonblocking(scene):
        return ""
    asleep = scene.event.wait is not None
    if scene.event.call in READ_CALLS:
        if inode.kind in ("pipe", "socket") and (asleep or _nothing_there(scene)):
            return why_empty(scene, inode)
        if asleep and inode.kind == "terminal":
            return "nobody has typed a whole line yet"
        if asleep and inode.kind in _EMPTY:
            return _EMPTY[inode.kind]
    if asleep and scene.event.call in WRITE_CALLS and inode.kind in ("pipe", "socket"):
        return why_full(scene, inode, scene.number("count") or scene.number("len") or 0)
    return ""


_EMPTY = {"eventfd": "its counter is 0", "timerfd": "its timer has not gone off", "signalfd": "no signal has come",
          "inotify": "there is no news yet"}  # fmt: skip


def _nonblocking(scene: Scene) -> bool:
    opened = scene.opened(scene.fd)
    return (opened is not None and "O_NONBLOCK" in opened.flags) or "MSG_DONTWAIT" in scene.text("flags")


def _nothing_there(scene: Scene) -> bool:
    """Whether nothing waits at the pipe or socket, and something still may come."""
    inode = scene.inode(scene.fd, scene.before)
    if inode is None or inode.queue is None:
        return False
    socket = inode.socket
    if socket is not None:
        if socket.backlog is not None:
            return socket.backlog[0] == 0
        return inode.queue == 0 and socket.peer_inode in scene.before.inodes
    return inode.queue == 0 and bool(pids(scene.before, inode.id, writes))


def _children(scene: Scene) -> str:
    """wait(2): which children there are to wait for; "" when one has ended already."""
    if "WNOHANG" in scene.text("options"):
        return ""
    children = [child for child in scene.before.processes.values() if child.parent == scene.event.pid]
    wanted = scene.number("pid")
    if wanted is not None and wanted > 0:
        children = [child for child in children if child.pid == wanted]
    if not children or any(child.state == "zombie" for child in children):
        return ""
    names = several([scene.person(child.pid) for child in children])
    return f"{names} {'has' if len(children) == 1 else 'have'} not ended yet"


def _time(scene: Scene) -> str:
    span = scene.number("req")
    if span is None or "TIMER_ABSTIME" in scene.text("flags"):
        return "it waits for a set time"
    return f"it waits for {seconds(span)} to pass"


def _many(scene: Scene) -> str:
    if scene.event.wait is None:
        return ""
    fds, limit = asked(scene), timeout(scene)
    most = f", for {limit} at most" if limit else ""
    if not fds:
        return f"it waits{most}" if most else ""
    return (f"{fds[0]} is not ready" if len(fds) == 1 else f"none of {listed(fds)} is ready") + most


def _epoll(scene: Scene) -> str:
    limit = timeout(scene)
    return (
        f"nothing in {scene.thing(scene.fd)} is ready{f', for {limit} at most' if limit else ''}"
        if scene.event.wait
        else ""
    )


def _fifo(scene: Scene) -> str:
    if scene.event.wait is None:
        return ""
    flags = scene.text("flags")
    return f"nobody has opened {scene.path()} for {'reading' if 'O_WRONLY' in flags else 'writing'} yet"


_REASONS: dict[str, Callable[[Scene], str]] = {
    "wait4": _children, "waitid": _children,
    "nanosleep": _time, "clock_nanosleep": _time,
    "poll": _many, "ppoll": _many, "select": _many, "pselect6": _many,
    "epoll_wait": _epoll, "epoll_pwait": _epoll, "epoll_pwait2": _epoll,
    "open": _fifo, "openat": _fifo,
    "pause": lambda scene: "it waits for a signal", "rt_sigsuspend": lambda scene: "it waits for a signal",
}  # fmt: skip
