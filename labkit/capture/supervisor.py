"""Runs one program and watches over it: a process of its own between the notebook and the program.

Started as a script by `labkit.capture.run`, with nothing but the standard library, so that it is up in some 20 ms. It
reads a request (one line of JSON) from stdin and writes a reply (one line of JSON) to stdout. Its stdin stays open all
the while: when it closes, because the cell was stopped or the notebook's kernel died, everything is ended.

Being a child subreaper (prctl(2)), it stays the ancestor of whatever the program starts, so nothing can escape it.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import fcntl
import itertools
import json
import os
import resource
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from typing import Any

_TICK = 0.01  # seconds between two looks at the processes, unless the request has its own: how finely limits are kept
_SOON = 0.001  # seconds to the first look; each of the next comes after twice as long
_READ = 1 << 16
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
_IN_MODIFY = 2  # inotify(7)
_libc = ctypes.CDLL(None, use_errno=True)


class Channel:
    """Where one of the program's output descriptors leads: our end of a terminal or pipe, or a file we watch."""

    def __init__(self, kind: str, path: str) -> None:
        self.kind, self.end, self.inotify, self.seen = kind, -1, -1, 0
        if kind == "terminal":
            self.end, self.theirs = os.openpty()
            _plain_terminal(self.theirs)
        elif kind == "pipe":
            self.end, self.theirs = os.pipe()
        else:
            self.theirs = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self.end = os.open(path, os.O_RDONLY)
            self.inotify = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            if self.inotify < 0 or _libc.inotify_add_watch(self.inotify, os.fsencode(path), _IN_MODIFY) < 0:
                raise OSError(ctypes.get_errno(), "inotify: " + os.strerror(ctypes.get_errno()))
        os.set_blocking(self.end, False)
        self.ready = self.inotify if kind == "file" else self.end

    def read(self) -> bytes | None:
        """What has come since the last look; None once nothing more can come."""
        try:
            if self.kind == "file":
                with contextlib.suppress(BlockingIOError):
                    os.read(self.inotify, _READ)
                data = os.pread(self.end, _READ, self.seen)
                self.seen += len(data)
                return data
            return os.read(self.end, _READ) or None
        except BlockingIOError:
            return b""
        except OSError as err:
            if err.errno == errno.EIO:  # pty(7): no process has the other end open any more
                return None
            raise


class Watch:
    """One run: the program's processes, what they write, and the limits they keep."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.limits = request["limits"]
        self.channels = {
            fd: Channel(request[name], request[name + "_path"]) for fd, name in ((1, "stdout"), (2, "stderr"))
        }
        self.chunks: list[tuple[float, int, str]] = []
        self.spans: list[list[Any]] = []
        self.waited_in: int | None = None
        self.amount = 0
        self.ended_by = ""
        self.status: int | None = None
        self.duration = 0.0
        self.left_running = 0
        self.poll = select.poll()
        self.input = memoryview(base64.b64decode(request["stdin"]))
        self.input_end = -1

    def start(self) -> None:
        """Fork, prepare and exec the program; raises OSError when exec fails."""
        if self.request["has_stdin"]:
            theirs, self.input_end = os.pipe()
            os.set_blocking(self.input_end, False)
            self.poll.register(self.input_end, select.POLLOUT)
        else:
            theirs = os.open(os.devnull, os.O_RDONLY)
        report, report_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._become_program(theirs, report_end)
        for fd in (theirs, report_end, *(channel.theirs for channel in self.channels.values())):
            os.close(fd)
        said = b""
        while data := os.read(report, _READ):  # ends at exec: the descriptor is close-on-exec
            said += data
        os.close(report)
        start, _, failure = said.partition(b"\n")
        if failure:
            os.waitpid(self.pid, 0)
            raise OSError(int(failure), os.strerror(int(failure)))
        self.began, self.wiring = json.loads(start)

    def _become_program(self, stdin: int, report: int) -> None:
        """In the child: a session, descriptors, signals and limits as a shell would give them, then exec."""
        try:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            os.setsid()
            report = fcntl.fcntl(report, fcntl.F_DUPFD_CLOEXEC, 100)
            ends = [os.dup(fd) for fd in (stdin, self.channels[1].theirs, self.channels[2].theirs)]
            for fd, end in enumerate(ends):
                os.dup2(end, fd, inheritable=True)
            for fd in (1, 2):
                if self.channels[fd].kind == "terminal":
                    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
                    break
            os.closerange(3, report)
            os.closerange(report + 1, 4096)
            _default_signals()
            _set_limits(self.limits)
            os.chdir(self.request["folder"])
            wiring = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in (0, 1, 2)}
            os.write(report, json.dumps([time.monotonic(), wiring]).encode() + b"\n")
            try:
                os.execve(self.request["path"], self.request["argv"], self.request["env"])
            except OSError as err:
                os.write(report, str(err.errno).encode())
        finally:
            os._exit(127)

    def follow(self) -> None:
        """Until the last process is gone: collect output, feed input, look at the processes, keep the limits."""
        wake, wake_end = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wake_end, False)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for fd in (0, wake, *(channel.ready for channel in self.channels.values())):
            self.poll.register(fd, select.POLLIN)
        # The first looks come soon: what grows as 1, 2, 4, … must be seen while this process still gets its turn.
        look_at, pause, tick = 0.0, _SOON, self.request.get("tick", _TICK)
        while True:
            events = dict(self.poll.poll(pause * 1000))
            now = time.monotonic() - self.began
            if wake in events:
                os.read(wake, _READ)
            for fd, channel in self.channels.items():
                if channel.ready in events:
                    self._collect(fd, channel, now)
            if self.input_end in events:
                self._feed()
            self._reap(now)
            if 0 in events:
                self.ended_by = "stopped"
            if now >= look_at and not self.ended_by:
                pause = min(2 * pause, tick)
                look_at = now + pause
                if pause == tick:
                    self._see(now)
                self._keep_limits(now)
            if self.ended_by or (self.status is not None and not living(1)):
                break
        self.left_running = self._end_all(now)
        for fd, channel in self.channels.items():
            while self.amount <= self.limits["output"] and self._collect(fd, channel, now):
                pass

    def _collect(self, fd: int, channel: Channel, now: float) -> bool:
        """Take what has come from one descriptor; False when there was nothing."""
        data = channel.read()
        if data is None:
            with contextlib.suppress(KeyError):
                self.poll.unregister(channel.ready)
            return False
        if data:
            room = max(0, self.limits["output"] - self.amount)
            self.amount += len(data)
            if room:
                self.chunks.append((now, fd, base64.b64encode(data[:room]).decode()))
            if self.amount > self.limits["output"] and not self.ended_by:
                self.ended_by = "output"
        return bool(data)

    def _feed(self) -> None:
        """Give the program more of its standard input, and its end when there is no more."""
        try:
            self.input = self.input[os.write(self.input_end, self.input[:_READ]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.input = self.input[:0]
        if not self.input:
            self.poll.unregister(self.input_end)
            os.close(self.input_end)
            self.input_end = -1

    def _reap(self, now: float) -> int:
        """Collect the dead, the program's orphans among them; returns how many of them SIGKILL had ended."""
        killed = 0
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
                if pid == self.pid:
                    self.status, self.duration = status, now
        return killed

    def _end_all(self, now: float) -> int:
        """End every process below this one; returns how many had to be ended.

        First the program's group: one signal ends all of it, however fast it forks (kill(2) holds the list of processes
        meanwhile). Then those that left it, each as soon as it is seen: a storm grows by thousands while somebody
        counts it. Each ended process becomes our child, if it was not, and is collected and counted here.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        ended, found = self._reap(now), True
        while found:
            found = False
            for pid in below():
                found = True
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            ended += self._reap(now)
        return ended

    def _see(self, now: float) -> None:
        """See what the first process waits in."""
        if self.status is None:
            call = waiting_in(self.pid)
            if call is not None and call == self.waited_in:
                self.spans[-1][1] = now
            elif call is not None:
                self.spans.append([now, now, call])
            self.waited_in = call

    def _keep_limits(self, now: float) -> None:
        """See whether the processes use more than they may."""
        alive = living(self.limits["processes"] + 1)
        if now > self.limits["seconds"]:
            self.ended_by = "seconds"
        elif len(alive) > self.limits["processes"]:
            self.ended_by = "processes"
        elif sum(map(anonymous_memory, alive)) > self.limits["memory"]:
            self.ended_by = "memory"

    def reply(self) -> dict[str, Any]:
        """Everything that was seen."""
        return {
            "chunks": self.chunks,
            "spans": self.spans,
            "status": self.status,
            "duration": self.duration,
            "ended_by": self.ended_by,
            "left_running": self.left_running,
            "wiring": self.wiring,
        }


def below() -> Iterator[int]:
    """The processes below this one, the dead that nobody has collected among them, each as it is found.

    By proc(5): /proc/PID/task/TID/children.
    """
    todo = [os.getpid()]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError):
            for tid in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{tid}/children") as file:
                    children = [int(word) for word in file.read().split()]
                todo += children
                yield from children


def living(most: int) -> list[int]:
    """The living processes below this one, `most` at the most."""
    return list(itertools.islice((pid for pid in below() if _state(pid) not in ("Z", "X", "")), most))


def waiting_in(pid: int) -> int | None:
    """The number of the system call a sleeping process is in; None when it runs or may not be looked at."""
    if _state(pid) not in ("S", "D"):
        return None
    try:
        with open(f"/proc/{pid}/syscall") as file:
            word = file.read().split(" ", 1)[0].strip()
    except OSError:
        return None
    return int(word) if word.isdigit() else None


def anonymous_memory(pid: int) -> int:
    """Bytes of memory a process has touched that no file backs (proc(5): RssAnon, RssShmem)."""
    try:
        with open(f"/proc/{pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        return 1024 * sum(int(lines[key].split()[0]) for key in ("RssAnon", "RssShmem"))
    except (OSError, KeyError, ValueError):
        return 0


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _plain_terminal(fd: int) -> None:
    """A terminal that passes on bytes as the program wrote them: no echo, no \\n to \\r\\n (termios(3)); 80 by 24."""
    attributes = termios.tcgetattr(fd)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))


def _default_signals() -> None:
    """Dispositions survive exec and Python ignores SIGPIPE and SIGXFSZ: give the program what a shell would."""
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _set_limits(limits: dict[str, Any]) -> None:
    """Limits that the kernel itself keeps (getrlimit(2)); the rest is for `Watch`.

    RLIMIT_NPROC is not among them: it counts all processes of a user id, and on a class server every student has the
    same one.
    """
    wanted = [(resource.RLIMIT_FSIZE, limits["file_size"]), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 1024)]
    for which, value in wanted:
        hard = resource.getrlimit(which)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(which, (value, hard if which == resource.RLIMIT_NOFILE else value))


def main() -> None:
    """Serve one request."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Where it is allowed: among thousands of processes, the one that watches must get its turn. They do not inherit it.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    line = b""
    while not line.endswith(b"\n"):
        if not (data := os.read(0, _READ)):
            return
        line += data
    request = json.loads(line)
    reply: dict[str, Any]
    try:
        watch = Watch(request)
        watch.start()
    except OSError as err:
        reply = {"errno": err.errno, "error": str(err)}
    else:
        watch.follow()
        reply = watch.reply()
    try:
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody wants it; if the notebook's kernel was killed, nobody clears up, either
        import shutil  # noqa: PLC0415  (needed almost never, and each run waits for this process to be up)

        shutil.rmtree(os.path.dirname(request["folder"]), ignore_errors=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer, Python would complain about


if __name__ == "__main__":
    main()
