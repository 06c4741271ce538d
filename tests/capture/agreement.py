"""Holds the derived descriptor tables against /proc and kcmp, after every system call: the tracer's verify mode.

A process that is inside a call which may be changing its table at this moment is not compared, nor is the offset of a
description that a call under way may be moving: the kernel is ahead of the trace there.
"""

from labkit.decode.calls import BY_NUMBER
from labkit.decode.flags import status_flags

# Calls that change no descriptor table and no offset however long they last.
QUIET = {"wait4", "waitid", "pause", "nanosleep", "clock_nanosleep", "futex", "kill", "poll", "select", "ppoll",
         "pselect6", "epoll_wait", "rt_sigsuspend", "flock", "connect", "sched_yield"}  # fmt: skip
# Calls that move no offset and change no table but their own rows, which come and go only with their return.
MOVING = {"read", "write", "readv", "writev", "lseek", "sendfile", "splice", "copy_file_range", "getdents64", "tee"}
# Calls that change names of open files before they return.
NAMING = {"rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir"}


class Agreement:
    """A `watch` for `record`: `differences` in words, and how many rows and moments were `compared`."""

    def __init__(self):
        self.differences = []
        self.rows = 0
        self.moments = 0
        self.inside = {}
        self.doubtful = {}  # process → a difference that is none if the process's death is the next thing told of it

    def __call__(self, raw, world):
        doubtful = self.doubtful.pop(raw.pid, None)
        if doubtful and raw.kind != "death":
            self.differences.append(doubtful)
        if raw.kind == "entry":
            self.inside[raw.tid] = raw
        elif raw.kind in ("exit", "death"):
            self.inside.pop(raw.tid, None)
        elif raw.kind == "exec":
            for tid in [tid for tid, other in self.inside.items() if other.pid == raw.pid]:
                self.inside.pop(tid)
        if "verify" in raw.extra:
            self.compare(raw, world, raw.extra["verify"])

    def compare(self, raw, world, rows):
        self.moments += 1
        by_pid = {}
        for row in rows:
            by_pid.setdefault(row.pid, {})[row.fd] = row
        groups = {}
        for pid, process in world.tasks.processes.items():
            if process.state == "zombie" or not self.settled(pid):
                continue
            kernel = by_pid.get(pid, {})
            table = world.files.tables[process.table]
            if set(kernel) != set(table):
                words = self.words(raw, f"process {pid}: kernel has {sorted(kernel)}, model {sorted(table)}")
                if pid == raw.pid:
                    self.differences.append(words)
                else:
                    self.doubtful.setdefault(pid, words)
                continue
            for fd, row in kernel.items():
                self.rows += 1
                descriptor = table[fd]
                opened = world.files.open_files[descriptor.open_file]
                inode = world.files.inodes[opened.inode]
                self.same(raw, row, "close-on-exec", row.cloexec, descriptor.cloexec)
                self.same(raw, row, "flags", status_flags(row.flags), opened.flags)
                self.same(raw, row, "inode", row.ino, inode.ino)
                if not self.naming():
                    self.same(raw, row, "name", row.link, world.files.names[opened.id])
                if opened.offset is not None and opened.id not in self.moved(world):
                    self.same(raw, row, "offset", row.pos, opened.offset)
                if row.group >= 0:
                    groups.setdefault(row.group, set()).add(opened.id)
        for inode in world.files.inodes.values():
            oldest = min(opened.id for opened in world.files.open_files.values() if opened.inode == inode.id)
            if inode.path != world.files.names[oldest]:
                self.say(raw, f"inode {inode.id} is called {inode.path}, its descriptions {world.files.names[oldest]}")
        for group, opened in groups.items():
            if len(opened) > 1:
                self.say(raw, f"kcmp says one description (group {group}), the model has {sorted(opened)}")
        by_description = {}
        for group, opened in groups.items():
            for number in opened:
                by_description.setdefault(number, set()).add(group)
        for number, several in by_description.items():
            if len(several) > 1:
                self.say(raw, f"the model shares description {number}, kcmp has groups {sorted(several)}")

    def settled(self, pid):
        """No thread of the process is inside a call that may be changing its table."""
        for other in self.inside.values():
            call = BY_NUMBER.get(other.nr)
            if other.pid == pid and call and call.name not in QUIET | MOVING:
                return False
        return True

    def naming(self):
        """Some process is inside a call that may be changing names at this moment."""
        return any(BY_NUMBER[other.nr].name in NAMING for other in self.inside.values() if other.nr in BY_NUMBER)

    def moved(self, world):
        """Descriptions whose offset a call under way may be moving."""
        moved = set()
        for other in self.inside.values():
            call = BY_NUMBER.get(other.nr)
            if call is None or call.name in QUIET:
                continue
            table = world.tasks.table(other.tid)
            for index, parameter in enumerate(call.parameters):
                if parameter.kind == "fd" and table is not None:
                    opened = world.files.description(table, other.args[index] & 0xFFFFFFFF)
                    if opened:
                        moved.add(opened.id)
        return moved

    def same(self, raw, row, what, kernel, model):
        if kernel != model:
            self.say(raw, f"process {row.pid}, fd {row.fd} ({row.link}): {what} is {kernel}, model says {model}")

    def say(self, raw, words):
        self.differences.append(self.words(raw, words))

    def words(self, raw, words):
        call = BY_NUMBER.get(raw.nr)
        return f"after {call.name if call else raw.nr} of {raw.tid} (record {raw.seq}): {words}"
