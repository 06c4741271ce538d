"""Short names for everything in one recording, the same in every run of a program that does the same each time.

No number that the kernel picks anew each time (pid, inode, port, terminal, address, scratch folder) is in any of them.
Pure: a recording in, text out; every name is safe to show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from labkit.decode.call_line import call_line, result_line, value_line
from labkit.decode.once import once
from labkit.decode.ports import letters, port_names, split
from labkit.decode.replay import step_changes, steps
from labkit.decode.text import literal, visible
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Process, Recording, Stream, Thread, Value

OUTSIDE = "a process outside"
_DELETED = " (deleted)"
_UNNAMED = re.compile(r"/#\d+( \(deleted\))?$")  # open(2), O_TMPFILE: proc(5) calls it by its inode's number
_TERMINAL = re.compile(r"/dev/pts/\d+\Z")
_BUILT = re.compile(r"/[0-9a-f]{16,}/([^/]+)\Z")  # a program in the cache of compiled ones, by its content
_OF_PROCESS = re.compile(r"\A/proc/(\d+)(?=/|\Z)")
# A line of proc_pid_maps(5): where a piece of memory lies and on which device its file, both chance.
_MAPPING = re.compile(rb"[0-9a-f]{6,16}-[0-9a-f]{6,16} ([r-][w-][x-][ps]) [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ *")
LIBRARIES = "/etc/ld.so.cache"  # the loader's list of them (ld.so(8)): as long as this machine has many
_STANDARD = {0: "input", 1: "output", 2: "error"}


class Names:
    """The names of one recording; see `names`."""

    def __init__(self, recording: Recording) -> None:
        self._folder = recording.folder.rstrip("/")
        self._processes: dict[int, str] = {}
        self._threads: dict[int, str] = {}
        self._open_files: dict[int, str] = {}
        self._inodes: dict[int, str] = {}
        self._streams: dict[tuple[int, int], list[str]] = {}
        self._ports = port_names(recording)
        chosen = b"|".join(str(port).encode() for port in self._ports)
        self._chosen_port = re.compile(rb"(?<![0-9])(?:" + chosen + rb")(?![0-9])") if chosen else None
        self._several = len(recording.programs) > 1
        self._terminals: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._living: dict[str, set[int]] = {}  # name of a file → inodes that lead to it now
        self._by_path: dict[int, str] = {}  # inode → the path it was named by
        self._thread_counts: dict[int, int] = {}
        self._machine_sizes: set[int] = set()
        self._read(recording)

    # ---- what they are called

    def process(self, pid: int) -> str:
        """ "P1", "P2" … in the order they appeared; a process that is not in the recording is "a process outside"."""
        return self._processes.get(pid, OUTSIDE)

    def thread(self, tid: int) -> str:
        """The process's name for its first thread, "P1.2" for its second."""
        return self._threads.get(tid) or self.process(tid)

    def open_file(self, number: int) -> str:
        """ "F1", "F2" … in the order they appeared; what only the dynamic loader opened comes last."""
        return self._open_files[number]

    def inode(self, number: int) -> str:
        """ "pipe A", "socket B", "terminal", "out.txt": the name of an inode for the whole recording."""
        return self._inodes[number]

    def inode_now(self, inode: Inode) -> str:
        """The name as it is by now: "new.txt" after a rename, "out.txt (deleted)" when no name leads to it any more."""
        name, first = self._inodes[inode.id], self._by_path.get(inode.id)
        if first is None:
            return name
        path = inode.path.removesuffix(_DELETED)
        if path != first and path.startswith("/"):
            name = self.path(path)
        return name + _DELETED if inode.path.endswith(_DELETED) else name

    def stream(self, pid: int, address: int) -> str:
        """ "stdout", or "stream of fd 3"; "stream of fd 3, then 5" when its memory was used again."""
        known = self._streams.get((pid, address), ["stream"])
        return ", then ".join([known[0], *(name.removeprefix("stream of fd ") for name in known[1:])])

    def stream_now(self, stream: Stream) -> str:
        """The name of a stream as it is: "stdout", or "stream of fd 3"."""
        return stream.name or f"stream of fd {stream.fd}"

    def port(self, number: int) -> str:
        """A port the program chose as a number, one the kernel chose as "port A" or "client port 1"."""
        return self._ports.get(number, str(number))

    def address(self, text: str) -> str:
        """A socket's address, as `Socket` has it, for people: "127.0.0.1:8080", "127.0.0.1 port A", "sock"."""
        host, port = split(text)
        if port is None:
            return self.path(text)
        name = self._ports.get(port)
        return f"{visible(host)} {name}" if name else f"{visible(host)}:{port}"

    def path(self, path: str) -> str:
        """A path relative to the folder the recording was made in, absolute outside it; safe to show."""
        if self._folder and path == self._folder:
            return "."
        if self._folder and path.startswith(self._folder + "/"):
            path = path[len(self._folder) + 1 :]
        if path in self._terminals:
            return self._terminals[path]
        built = _BUILT.search(path)
        if built:
            path = built[1]
        path = _OF_PROCESS.sub(lambda found: f"/proc/{self._processes.get(int(found[1]), found[1])}", path)
        path = _TERMINAL.sub("/dev/pts/…", path)
        return visible(path)

    def inside(self, path: Value) -> bool:
        """Whether a path is that of the folder the recording was made in, or of something in it."""
        text = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else path
        return isinstance(text, str) and bool(self._folder) and f"{text}/".startswith(self._folder + "/")

    def data(self, data: bytes, size: int | None = None, most: int = 32) -> str:
        """Bytes as a string in C, at most `most` characters; the folder the recording was made in is "…" in it.

        So is where memory lies, in lines of /proc/PID/maps; and as in `without_ports`.
        """
        if _MAPPING.search(data):
            data, size = _MAPPING.sub("… ".encode() + rb"\1 ", data), None
        if self._folder and len(data) >= len(self._folder):
            size = None if size is None or size == len(data) else size
            data = data.replace(self._folder.encode("utf-8", "surrogateescape"), "…".encode())
        return literal(self.without_ports(data), size, most)

    def without_ports(self, data: bytes) -> bytes:
        """Bytes with # for each digit of a port that the kernel chose, if it is in them as a number: as many bytes."""
        if self._chosen_port is None:
            return data
        return self._chosen_port.sub(lambda found: b"#" * len(found[0]), data)

    def word(self, text: str, most: int = 32) -> str:
        """A word of a command line as a string in C; one that is a port the kernel chose, by the port's name."""
        if text.isdigit() and (port := self._ports.get(int(text))):
            return port
        return self.data(text.encode("utf-8", "surrogateescape"), None, most)

    def pid(self, number: int) -> str:
        """A pid or thread id as its name; -1, 0 and numbers that are no process of the recording stay numbers."""
        if number < -1:
            group = self._processes.get(-number)
            return f"-{group}" if group else str(number)
        return self._threads.get(number) or self._processes.get(number) or str(number)

    def value(self, argument: Argument, call: str = "") -> str:
        """An argument of `call` as people read it, without anything that differs from run to run."""
        return value_line(self, argument, call)

    def result(self, event: Event) -> str:
        """What the call returned, without anything that differs from run to run; "?" if it never returned."""
        return result_line(self, event)

    def call(self, event: Event) -> str:
        """The whole call on one line, as strace(1) writes it, without anything that differs from run to run."""
        return call_line(self, event)

    def steady(self, event: Event, text: str) -> str:
        """What is said of `event`, with "…" for the size of the list of libraries: every machine has others."""
        if event.place.phase == "before main":
            for size in self._machine_sizes:
                text = re.sub(rf"\b({size}|{size:,})\b", "…", text)
        return text

    @property
    def processes(self) -> Mapping[int, str]:
        """Every process of the recording by pid, in the order they appeared."""
        return self._processes

    # ---- how they come by it

    def _read(self, recording: Recording) -> None:
        loader: list[int] = []
        self._take([change for change in recording.start if change.what == "processes"], None, loader)
        self._standard(recording.start)
        self._take(recording.start, None, loader)
        for step in steps(recording):
            event = recording.events[step.event]
            changes = step_changes(event, step)
            if event.kind == "begin" and event.pid in recording.first_processes:
                self._take([change for change in changes if change.what == "processes"], event, loader)
                self._standard(changes)
            self._take(changes, event, loader)
        for number in loader:
            self._open_files[number] = f"F{len(self._open_files) + 1}"

    def _take(self, changes: Iterable[Change], event: Event | None, loader: list[int]) -> None:
        for change in changes:
            value = change.value
            if isinstance(value, Process):
                self._processes.setdefault(value.pid, f"P{len(self._processes) + 1}")
            elif isinstance(value, Thread):
                self._name_thread(value)
            elif isinstance(value, OpenFile):
                self._name_open_file(value.id, event, loader)
            elif isinstance(value, Inode):
                if value.path == LIBRARIES and value.size:
                    self._machine_sizes.add(value.size)
                if value.id not in self._inodes:
                    self._inodes[value.id] = self._name_inode(value)
            elif isinstance(value, Stream):
                known = self._streams.setdefault((change.key[0], value.address), [])
                name = self.stream_now(value)
                if name not in known:
                    known.append(name)
            elif change.what == "inodes":
                for living in self._living.values():
                    living.discard(change.key[0])

    def _name_thread(self, thread: Thread) -> None:
        process = self._processes.setdefault(thread.pid, f"P{len(self._processes) + 1}")
        if thread.tid not in self._threads:
            count = self._thread_counts[thread.pid] = self._thread_counts.get(thread.pid, 0) + 1
            self._threads[thread.tid] = process if thread.tid == thread.pid else f"{process}.{count}"

    def _name_open_file(self, number: int, event: Event | None, loader: list[int]) -> None:
        if number in self._open_files or number in loader:
            return
        if event is not None and event.place.phase == "before main":
            loader.append(number)
        else:
            self._open_files[number] = f"F{len(self._open_files) + 1}"

    def _name_inode(self, inode: Inode) -> str:
        path = inode.path
        if inode.kind == "terminal" and (known := self._terminals.get(path)):
            return known
        if _UNNAMED.search(path):
            return self._lettered("unnamed file")
        if path.startswith("/memfd:"):
            name = path.removeprefix("/memfd:").removesuffix(_DELETED)
            return self._one_of(f"memfd {literal(name.encode('utf-8', 'surrogateescape'))}", inode.id)
        if inode.kind == "terminal" and _TERMINAL.search(path):
            count = self._counts["terminal"] = self._counts.get("terminal", 0) + 1
            name = self._terminals[path] = "terminal" if count == 1 else f"terminal {letters(count)}"
            return name
        if not path.startswith("/"):
            return self._lettered(visible(inode.kind))
        self._by_path[inode.id] = path.removesuffix(_DELETED)
        return self._one_of(self.path(path.removesuffix(_DELETED)), inode.id)

    def _lettered(self, kind: str) -> str:
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind} {letters(count)}"

    def _one_of(self, name: str, number: int) -> str:
        """The same name again for the same path; another one while a different inode with that path is in use."""
        count = 1
        while True:
            full = name if count == 1 else f"{name} ({count})"
            living = self._living.setdefault(full, set())
            if not living:
                living.add(number)
                return full
            count += 1

    def _standard(self, start: tuple[Change, ...]) -> None:
        """What descriptors 0 to 2 lead to from the start: the pipes and files of the recording, not the program's.

        Where there are several programs, each has such a pipe: "output pipe of P2".
        """
        first = next((change.value.pid for change in start if isinstance(change.value, Process)), 0)
        whose = f" of {self.process(first)}" if self._several else ""
        rows = {change.key[1]: change.value for change in start if isinstance(change.value, Descriptor)}
        inode_of = {change.key[0]: change.value.inode for change in start if isinstance(change.value, OpenFile)}
        inodes = {change.key[0]: change.value for change in start if isinstance(change.value, Inode)}
        for fd, role in _STANDARD.items():
            descriptor = rows.get(fd)
            inode = inodes.get(inode_of.get(descriptor.open_file, -1)) if descriptor else None
            if inode is None or inode.id in self._inodes:
                continue
            if inode.kind == "pipe" and not inode.path.startswith("/"):
                self._inodes[inode.id] = f"{role} pipe{whose}"
            elif inode.kind == "file" and self._folder and not inode.path.startswith(self._folder + "/"):
                self._inodes[inode.id] = f"{role} file{whose}"


@once
def names(recording: Recording) -> Names:
    """The names of everything in `recording`; the same object again for the same recording."""
    return Names(recording)
