"""Descriptor tables, open file descriptions and inodes, followed through a recording: who shares what with whom.

The sharing is derived, not asked for: open makes a description, dup and fork share it, exec keeps it, closing the
last descriptor ends it (open(2), dup(2), fork(2)). What the kernel said at each stop (offset, flags, queues) is taken
over as it stands. Every difference is noted as a `Change`. Knows no system call: `effects.py` says what each does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.decode import inodes, pagecache
from labkit.decode.flags import status_flags
from labkit.model import Change, Descriptor, Inode, OpenFile

if TYPE_CHECKING:
    from labkit.capture.rawlog import RawFd, RawPages

Table = dict[int, Descriptor]


class Files:
    """All tables, descriptions and inodes at the current moment; `taken` gives what became different."""

    def __init__(self) -> None:
        self.tables: dict[int, Table] = {}
        self.open_files: dict[int, OpenFile] = {}
        self.inodes: dict[int, Inode] = {}
        self.surprises: list[str] = []
        self.untold: dict[str, dict[int, str]] = {}  # why a page cache is not known → inodes, and their names
        self.names: dict[int, str] = {}  # description → the name it has now, as /proc shows it
        self._table_users: dict[int, int] = {}
        self._uses: dict[int, int] = {}  # description → descriptors and messages in flight that hold it
        self._on: dict[int, int] = {}  # inode → descriptions
        self._found: dict[tuple[int, int], int] = {}  # (dev, ino) → inode
        self._aliased: set[int] = set()  # inodes open under several names
        self._ends: dict[tuple[str, str, str], int] = {}  # (family, own address, peer's) → inode
        self._changed: dict[tuple[str, tuple[int, ...]], None] = {}
        self._ids = {"table": 0, "open_file": 0, "inode": 0}

    # ---- noting changes

    def taken(self) -> tuple[Change, ...]:
        """The changes since the last time, each thing once with its newest value."""
        if not self._changed:
            return ()
        changes = tuple([Change(what, key, self._value(what, key)) for what, key in self._changed])
        self._changed.clear()
        return changes

    def _value(self, what: str, key: tuple[int, ...]) -> Descriptor | OpenFile | Inode | None:
        if what == "tables":
            return self.tables.get(key[0], {}).get(key[1])
        if what == "open_files":
            return self.open_files.get(key[0])
        return self.inodes.get(key[0])

    def _note(self, what: str, *key: int) -> None:
        self._changed[(what, key)] = None

    def _new_id(self, what: str) -> int:
        self._ids[what] += 1
        return self._ids[what]

    # ---- tables

    def new_table(self) -> int:
        """An empty table with one user."""
        table = self._new_id("table")
        self.tables[table] = {}
        self._table_users[table] = 1
        return table

    def copy_table(self, table: int) -> int:
        """A copy of `table`: each row shares its description with the original's, as fork does."""
        copy = self.new_table()
        for fd, descriptor in self.tables[table].items():
            self._put(copy, fd, descriptor)
        return copy

    def share_table(self, table: int) -> int:
        """One more user of the same table (CLONE_FILES)."""
        self._table_users[table] += 1
        return table

    def own_table(self, table: int) -> int:
        """A table with a single user: `table` itself, or a copy when others use it, too (execve, unshare)."""
        if self._table_users[table] == 1:
            return table
        copy = self.copy_table(table)
        self.leave_table(table)
        return copy

    def leave_table(self, table: int) -> None:
        """One user less; with the last one every descriptor closes."""
        self._table_users[table] -= 1
        if not self._table_users[table]:
            for fd in list(self.tables[table]):
                self.close(table, fd)
            del self.tables[table], self._table_users[table]

    # ---- rows

    def _put(self, table: int, fd: int, descriptor: Descriptor) -> None:
        rows = self.tables[table]
        before = rows.get(fd)
        if before == descriptor:
            return
        if before is None or before.open_file != descriptor.open_file:
            self.hold(descriptor.open_file)
            if before is not None:
                self.release(before.open_file)
        rows[fd] = descriptor
        self._note("tables", table, fd)

    def close(self, table: int, fd: int) -> None:
        """The row `fd` goes away, if there is one."""
        descriptor = self.tables[table].pop(fd, None)
        if descriptor is not None:
            self._note("tables", table, fd)
            self.release(descriptor.open_file)

    def share(self, table: int, fd: int, open_file: int, cloexec: bool) -> None:
        """Row `fd` leads to a description that exists; what it led to before is closed (dup2)."""
        self._put(table, fd, Descriptor(open_file, cloexec))

    def set_cloexec(self, table: int, fd: int, cloexec: bool) -> None:
        """Sets or clears close-on-exec of row `fd`, if there is one."""
        descriptor = self.tables[table].get(fd)
        if descriptor is not None:
            self._put(table, fd, Descriptor(descriptor.open_file, cloexec))

    def close_on_exec(self, table: int) -> None:
        """Closes every row marked close-on-exec."""
        for fd in [fd for fd, descriptor in self.tables[table].items() if descriptor.cloexec]:
            self.close(table, fd)

    def description(self, table: int, fd: int) -> OpenFile | None:
        """The open file description that row `fd` leads to."""
        descriptor = self.tables.get(table, {}).get(fd)
        return self.open_files[descriptor.open_file] if descriptor else None

    # ---- descriptions and inodes

    def open(self, table: int, raw: RawFd) -> OpenFile:
        """Row `raw.fd` leads to a new description of what `raw` shows, on an inode found again or new."""
        kind = inodes.kind_of(raw)
        inode = self._inode(raw, kind)
        self._on[inode.id] = self._on.get(inode.id, 0) + 1
        number = self._new_id("open_file")
        offset = raw.pos if inodes.has_offset(kind) else None
        opened = OpenFile(number, inode.id, status_flags(raw.flags or 0), offset)
        self.open_files[number] = opened
        self.names[number] = raw.link
        if raw.link != self.inodes[inode.id].path:
            self._aliased.add(inode.id)
        self._note("open_files", number)
        self._put(table, raw.fd, Descriptor(number, bool(raw.cloexec)))
        return opened

    def _inode(self, raw: RawFd, kind: str) -> Inode:
        identity = inodes.identity(raw, kind)
        number = self._found.get(identity) if identity else None
        if number is not None:
            self._refresh(number, raw)
            return self.inodes[number]
        number = self._new_id("inode")
        inode = inodes.inode_of(raw, kind, number)
        self.inodes[number] = inode
        self._note("inodes", number)
        if identity:
            self._found[identity] = number
        self._find_peer(inode, raw)
        return self.inodes[number]

    def observe(self, table: int, raw: RawFd, *, asked: bool = True) -> None:
        """Takes over what the kernel says of row `raw.fd`; a row that is not there is left alone.

        Unless `asked` about anew, the flags of a pipe or socket are those this row had when it was last asked about.
        """
        descriptor = self.tables.get(table, {}).get(raw.fd)
        if descriptor is None:
            return
        opened = self.open_files[descriptor.open_file]
        inode = self.inodes[opened.inode]
        if raw.ino is not None and inode.ino and raw.ino != inode.ino:
            return  # seen too late: the row leads elsewhere by now, and its own event will say so
        flags = opened.flags
        if raw.flags is not None and (asked or inode.kind not in ("pipe", "socket")):
            flags = status_flags(raw.flags)
        offset = raw.pos if raw.pos is not None and opened.offset is not None else opened.offset
        if flags != opened.flags or offset != opened.offset:
            self.open_files[opened.id] = OpenFile(opened.id, opened.inode, flags, offset)
            self._note("open_files", opened.id)
        if raw.link != self.names[opened.id]:  # renamed, or "… (deleted)" as proc(5) says
            self.names[opened.id] = raw.link
            self._name(opened.inode)
        self._refresh(opened.inode, raw, asked=asked)

    def _name(self, number: int) -> None:
        """The inode is called what its oldest open file description is."""
        oldest = min(opened.id for opened in self.open_files.values() if opened.inode == number)
        inode = self.inodes[number]
        if inode.path != self.names[oldest]:
            self.inodes[number] = replace(inode, path=self.names[oldest])
            self._note("inodes", number)

    def cache(self, raw: RawPages) -> None:
        """Takes over what the kernel says of an inode's pages, if somebody in the recording has it open."""
        number = self._found.get((raw.dev, raw.ino))
        if number is None:
            return
        before = self.inodes[number]
        after = pagecache.told(before, raw)
        if after != before:
            self.inodes[number] = after
            self._note("inodes", number)
        if raw.telling != "all":
            self.untold.setdefault(raw.telling, {})[number] = after.path

    def _refresh(self, number: int, raw: RawFd, *, asked: bool = True) -> None:
        before = self.inodes[number]
        after = inodes.refreshed(before, raw)
        if not asked and before.capacity not in (None, after.capacity):
            # F_SETPIPE_SZ through the other end changed it; this row shows what it was when it was last asked about.
            after = replace(after, capacity=before.capacity)
            after = before if after == before else after
        if after is not before:
            self.inodes[number] = after
            self._note("inodes", number)
        if after.socket is not None:
            self._find_peer(after, raw)

    def _find_peer(self, inode: Inode, raw: RawFd) -> None:
        """The other end of a connection, if it is in the recording: by inode (unix), else by the pair of addresses."""
        socket = inode.socket
        if socket is None or socket.peer_inode is not None:
            return
        other = self._found.get((raw.dev or 0, raw.peer_ino)) if raw.peer_ino else None
        if other is None and socket.local and socket.peer:
            self._ends[socket.family, socket.local, socket.peer] = inode.id
            other = self._ends.get((socket.family, socket.peer, socket.local))
        if other is not None and other in self.inodes and other != inode.id:
            self.join(inode.id, other)

    def join(self, one: int, other: int) -> None:
        """The two sockets are the ends of one connection."""
        for this, that in ((one, other), (other, one)):
            inode = self.inodes[this]
            if inode.socket is not None and inode.socket.peer_inode != that:
                self.inodes[this] = replace(inode, socket=replace(inode.socket, peer_inode=that))
                self._note("inodes", this)

    def hold(self, open_file: int) -> None:
        """One more descriptor, or message in flight, leads to the description."""
        self._uses[open_file] = self._uses.get(open_file, 0) + 1

    def release(self, open_file: int) -> None:
        """One less; with the last one the description ends, and with the last description its inode."""
        self._uses[open_file] -= 1
        if self._uses[open_file]:
            return
        del self._uses[open_file]
        inode = self.open_files.pop(open_file).inode
        del self.names[open_file]
        self._note("open_files", open_file)
        self._on[inode] -= 1
        if not self._on[inode]:
            del self._on[inode]
            gone = self.inodes.pop(inode)
            self._note("inodes", inode)
            self._aliased.discard(inode)
            if self._found.get((gone.dev, gone.ino)) == inode:
                del self._found[gone.dev, gone.ino]
        elif inode in self._aliased:
            self._name(inode)

    # ---- when the kernel tells the whole table

    def reconcile(self, table: int, whole: Iterable[RawFd], why: str) -> None:
        """Makes the rows those of `whole`; what the derivation did not foresee is also kept in `surprises`."""
        seen = {raw.fd: raw for raw in whole}
        for fd in [fd for fd in self.tables[table] if fd not in seen]:
            self.surprises.append(f"{why}: descriptor {fd} is gone")
            self.close(table, fd)
        for fd, raw in seen.items():
            opened = self.description(table, fd)
            if opened is None or (raw.ino and self.inodes[opened.inode].ino not in (0, raw.ino)):
                self.surprises.append(f"{why}: descriptor {fd} leads to {raw.link}")
                self.open(table, raw)
            else:
                self.observe(table, raw)
                if raw.cloexec is not None and raw.cloexec != self.tables[table][fd].cloexec:
                    self.surprises.append(f"{why}: close-on-exec of descriptor {fd} is {raw.cloexec}")
                    self.set_cloexec(table, fd, raw.cloexec)
