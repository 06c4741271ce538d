"""What "Where are my bytes?" must say at a step, counted from `State` and the calls without what it is made with."""

import re
from dataclasses import dataclass, field

from labkit.decode.text import visible
from tests.draw.oracle_descriptors import count, doing
from tests.draw.oracle_stdio import WITHIN, given_to, moves

TOLD = 72  # bytes of data in a line
OWN_FILES = {"setlocale", "bindtextdomain", "gettext", "dcgettext", "tzset", "localtime", "iconv_open"}


@dataclass
class Column:
    """The lines of the twin on one descriptor of a process that leads to one thing."""

    process: str
    fd: int
    head: str
    lines: list = field(default_factory=list)
    thing: str = ""

    def one(self, pattern):
        found = [match for match in (re.fullmatch(pattern, line) for line in self.lines) if match]
        assert len(found) <= 1, (pattern, self.lines)
        return found[0] if found else None


class Bytes:
    """Goes along the steps of one recording; `queued` are the bytes that wait, by inode, where all are known."""

    def __init__(self, recording, called, stdio):
        self.events, self.called, self.stdio = recording.events, called, stdio
        self.outside = {change.key[0] for change in recording.start if change.what == "inodes"}
        self.pids = {name: pid for pid, name in called.processes.items()}
        self.lines = {}  # pid → the line of the program it was last seen on
        self.queued, self.unknown = {}, set()
        self.queued_told = self.pending_told = self.ahead_told = self.pages_told = self.lost_told = 0

    def check(self, scene, number, groups, step, before, after):
        event = self.events[step.event]
        ran = self.lines.get(event.pid)
        self._go_on(step, event, before, after)
        columns, things, rest = self._parse(scene.text(number).split("\n")[1:])
        for column in columns:
            self._column(column, step, event, ran, before, after)
        for title, held, lines, name in things:
            self._thing(title, held, lines, name, after)
        for pid, fd, size in self.stdio.just_lost:
            own = [column for column in columns if (self.pids[column.process], column.fd) == (pid, fd)]
            lost = re.compile(rf".* {size:,} bytes? (lost|dropped).*")
            assert not own or any(lost.match(line) for column in own for line in column.lines), (pid, fd, size, own)
        if not rest:
            self._all_moves_are_told(columns, step, event, before, after)
        self._drawn(columns, things, rest, groups, number)

    # ---- own count

    def _go_on(self, step, event, before, after):
        if event.kind in ("call", "line"):
            self.lines[event.pid] = event.place.line
        for into, fd, size, data, _ in moves(event, step):
            inode = leads(before, event.pid, fd) or leads(after, event.pid, fd)
            if inode is not None and inode.kind in ("pipe", "fifo", "socket"):
                self._queue(inode, into, size, data, event)

    def _queue(self, inode, into, size, data, event):
        target = inode.id
        if into and inode.socket is not None:
            target = inode.socket.peer_inode
        known = self.queued.setdefault(target, b"")
        if event.call in WITHIN or (event.call == "recvfrom" and given_to(event).get("flags")):
            self.unknown.add(target)
        elif into:
            if len(data) != size:
                self.unknown.add(target)
            self.queued[target] = known + data
        else:
            self.queued[target] = known[size:]

    # ---- the twin

    def _parse(self, lines):
        columns, things, rest = [], [], []
        name = ""
        for line in lines:
            head = re.fullmatch(r"(P\d+)(?: .*?)?, fd (\d+): (.*)", line)
            if head:
                columns.append(Column(head[1], int(head[2]), line))
                current = columns[-1].lines
            elif re.fullmatch(r"\d+ descriptors? that (?:was|were) used less (?:is|are) not shown", line):
                rest.append(line)
            elif line.startswith("  "):
                current.append(line)
                row = re.fullmatch(r"  fd \d+(?:: .*?)? → (.*)", line)
                if row and columns and current is columns[-1].lines:
                    name = columns[-1].thing = row[1]
            else:
                title, _, held = line.rpartition(": ")
                current = []
                things.append((title, held, current, name))
                name = ""
        return columns, things, rest

    def _column(self, column, step, event, ran, before, after):
        where = (column.head, column.lines)
        pid = self.pids[column.process]
        process = after.processes.get(pid)
        row = after.tables.get(process.table, {}).get(column.fd) if process else None
        opened = after.open_files[row.open_file] if row else None
        there = opened is not None and self.called.inode(opened.inode) == column.thing
        # The descriptor.
        words = []
        if there and opened.offset is not None:
            words.append(f"offset {opened.offset:,}")
        words += [flag for flag in ("O_APPEND", "O_NONBLOCK") if there and flag in opened.flags.split("|")]
        if not there:
            words = ["closed"]
        said = f"fd {column.fd}{': ' if words else ''}{', '.join(words)}"
        assert column.lines[-1] == f"  {said} → {column.thing}", where
        # The program.
        name = f"{column.process} {process.name}" if process else column.process
        about = column.head.partition(f", fd {column.fd}: ")[2]
        assert column.head.startswith(name), where
        own = doing(after, pid, self.events) if process else "ended"
        if own == "running" or own.startswith("in "):
            if self.lines.get(pid) is not None:
                lines = {self.lines[pid]} | ({ran} if event.pid == pid and event.kind == "line" else set())
                assert any(re.match(rf"(line )?{line}(:|,|$)", about) for line in lines), (where, own, self.lines[pid])
        else:
            assert about.startswith(own), (where, own)
        # What crossed the line.
        crossing = [
            (into, size)
            for into, fd, size, _, _ in moves(event, step)
            if event.pid == pid and fd == column.fd
            and self._name(leads(before, pid, fd) or leads(after, pid, fd)) == column.thing
        ]  # fmt: skip
        outer = column.one(r"  ([↓↑]) (\w+): ([\d,]+) bytes?(, past stdio|, not buffered|, inside the kernel)?")
        assert bool(outer) == bool(crossing), (where, crossing)
        if outer:
            told = (outer[1] == "↓", int(outer[3].replace(",", "")))
            assert told in crossing and outer[2] == event.call, (where, crossing)
            inside = event.call in ("sendfile", "splice", "tee", "copy_file_range")
            assert (outer[4] == ", inside the kernel") == inside, where
        self._buffer(column, pid, there, after, where)

    def _buffer(self, column, pid, there, after, where):
        box = column.one(r"  ([^:]+): (fully buffered|line buffered|not buffered|not used yet), (.*)")
        streams = after.streams.get(pid, {}).values()
        streams = [s for s in streams if s.fd == column.fd and not self.stdio.gone(pid, s)]
        if box and re.search(r"\d bytes? (lost|dropped)", box[3]):
            size = int(re.match(r"[\d,]+", box[3])[0].replace(",", ""))
            assert (column.fd, size) in self.stdio.lost.get(pid, ()), (where, self.stdio.lost)
            self.lost_told += 1
            return
        if not there or not streams:
            return
        past = [stream for stream in streams if stream.pending or stream.readahead]
        if not box:
            assert not past, (where, streams)
            return
        if len(streams) > 1:
            streams = [s for s in streams if self.called.stream_now(s) == box[1]]
        if len(streams) != 1:
            return
        (stream,) = streams
        assert box[1] == self.called.stream_now(stream), where
        buffering = {"full": "fully buffered", "line": "line buffered", "none": "not buffered", "": "not used yet"}
        assert box[2] == buffering[stream.buffering], where
        of = f" of {stream.buffer:,}" if stream.buffer > 1 else ""
        handed, left, ahead = self.stdio.holds(pid, stream)
        if handed:
            more = f", {len(left):,} left{told(left)}" if left else ""
            expected = f"{count(handed, 'byte')}, now in the kernel{more}"
        elif left:
            expected = f"{len(left):,}{of} bytes not written{told(left)}"
            self.pending_told += 1
        elif ahead:
            expected = f"{len(ahead):,}{of} bytes read ahead{told(ahead)}"
            self.ahead_told += 1
        else:
            expected = f"0{of} bytes" if of else "holds no bytes"
        assert box[3] == expected, (where, stream)

    def _thing(self, title, held, lines, name, after):
        where = (title, held, lines)
        living = [
            inode
            for inode in after.inodes.values()
            if (self.called.inode(inode.id) == name if name else self.called.inode_now(inode) == title)
        ]
        if not living:
            assert title.endswith(": closed") or not name, where
            return
        inode = living[-1]
        assert title == self.called.inode_now(inode), where
        if inode.kind in ("pipe", "socket") or (inode.kind == "terminal" and inode.queue):
            of = f" of {inode.capacity:,}" if inode.capacity else ""
            words = "not known how many bytes wait" if inode.queue is None else f"{inode.queue:,}{of} bytes wait"
        elif inode.kind == "terminal":
            words = "passes bytes on"
        elif inode.kind in ("file", "memfd"):
            words = "size not known" if inode.size is None else count(inode.size, "byte")
        else:
            words = "throws bytes away" if inode.path == "/dev/null" else inode.kind
        assert held == words, where
        self._pages(inode, lines, where)
        data = [line.removeprefix("  waiting: ") for line in lines if line.startswith("  waiting: ")]
        if data and inode.id not in self.outside and inode.id not in self.unknown and inode.kind in ("pipe", "socket"):
            assert len(self.queued[inode.id]) == inode.queue, where
            assert f": {data[0]}" == told(self.queued[inode.id]), where
            self.queued_told += 1

    def _pages(self, inode, lines, where):
        pages = [line for line in lines if line.startswith("  page cache: ")]
        assert len(pages) == (inode.kind in ("file", "memfd")), where
        if not pages:
            return
        expected = "not known"
        if inode.cached is not None:
            dirty = "dirty: not known" if inode.dirty is None else f"{inode.dirty:,} dirty"
            way = f", {inode.writeback:,} on the way" if inode.writeback else ""
            expected = f"{count(inode.cached, 'page')}, {dirty}{way}"
        assert pages == [f"  page cache: {expected}"], where
        storage = [line for line in lines if line.startswith("  storage")]
        assert len(storage) == 1, where
        if inode.fs in ("tmpfs", "ramfs", "hugetlbfs") or inode.kind == "memfd":
            assert "memory is all there is" in storage[0], where
        elif inode.dirty is not None and inode.writeback is not None:
            waits = bool(inode.dirty or inode.writeback)
            assert waits == bool(re.search(r": \d[\d,]* pages? (not there yet|on the way)$", storage[0])), where
        self.pages_told += 1

    def _all_moves_are_told(self, columns, step, event, before, after):
        """Where nothing was left out, every descriptor that bytes crossed the line through has its column."""
        if event.place.phase == "before main" or set(event.place.via) & OWN_FILES:
            return
        for _, fd, _, _, _ in moves(event, step):
            name = self._name(leads(before, event.pid, fd) or leads(after, event.pid, fd))
            process = self.called.process(event.pid)
            assert name is None or any(
                (column.process, column.fd, column.thing) == (process, fd, name) for column in columns
            ), (event.call, fd, name)

    def _name(self, inode):
        return None if inode is None else self.called.inode(inode.id)

    # ---- the drawing

    def _drawn(self, columns, things, rest, groups, number):
        """Put together again from the boxes, the drawing is the twin, but for data and what is shortened."""
        twin = [column.head.replace(f", fd {column.fd}: ", " | ", 1) for column in columns]
        for column in columns:
            twin += [re.sub(r" → .*", "", line) if line == column.lines[-1] else line for line in column.lines]
        for title, held, lines, _ in things:
            twin += [f"{title}: {held}", *(line for line in lines if not line.startswith(("  waiting: ", "  holds: ")))]
        patterns = [pattern for group in groups for pattern in self._patterns(group)]
        lacking = list(twin)
        for pattern in sorted(patterns, key=len, reverse=True):
            found = [line for line in lacking if re.fullmatch(pattern, line)]
            assert found, f"step {number}: drawn {pattern}, and not {lacking}"
            lacking.remove(found[0])
        assert not lacking, f"step {number}: not drawn: {lacking}"

    def _patterns(self, group):
        """For the lines of the twin that this group draws, a pattern each."""
        words = [(text, free(text.text)) for text in group.texts]
        classes = [text.classes for text, _ in words]
        if "cell" in group.shape:
            yield f"  {words[0][1]}"
        elif "box" not in group.shape:
            for text, word in words:
                if text.text:
                    yield f"  (↓ |↑ |↓ into the buffer: |↑ out of the buffer: )?{word}"
        elif any("bytes" in names for names in classes) or (len(words) == 3 and "mono" not in classes[1]
                                                            and "dim" not in classes[0]):  # fmt: skip
            title, amount, note = [word for text, word in words if "bytes" not in text.classes]
            yield rf"(  {title}, {amount}(: .*)?|{title}: {amount})"
            if note:
                yield f"  {note}"
        elif "strong" in classes[0]:
            title, about, data = (word for _, word in words)
            yield rf"{title} \| {about}" + (f", {data}" if data else "")
        else:
            title, *more = (word for _, word in words)
            more = [word for word in more if word]
            yield f"  {title}" + (": " if more else "") + " / ".join(more)


def free(text):
    """A pattern for the text before its middle was left out."""
    return ".*".join(map(re.escape, text.split("…")))


def told(data):
    if not data:
        return ""
    return f": {visible(data[:TOLD])}{'…' if len(data) > TOLD else ''}"


def leads(state, pid, fd):
    """The inode a descriptor leads to, None when to nothing."""
    process = state.processes.get(pid)
    row = state.tables.get(process.table, {}).get(fd) if process else None
    return state.inodes[state.open_files[row.open_file].inode] if row else None
