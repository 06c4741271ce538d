"""Reads the `struct file` behind every descriptor of a process from the box's memory, by the kernel's own types.

No offset is written down here: all come from the kernel's BTF (`labkit.decode.btf`).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from labkit.decode.btf import Btf
from labkit.errors import LabkitError
from labkit.kernel_box.gdb import Debugger
from labkit.model.kernelfile import KernelFile

_MOST = 4096  # tasks or descriptors: more are a sign that something else is read
_NAME = 256


@dataclass(frozen=True)
class Symbols:
    """The names of a kernel's functions and data by address, from /proc/kallsyms."""

    addresses: tuple[int, ...]
    names: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Symbols:
        """From the text of /proc/kallsyms; raises LabkitError when it shows no addresses."""
        pairs = []
        for line in text.splitlines():
            address, _, name = line.split()[:3]
            pairs.append((int(address, 16), name))
        pairs.sort(key=lambda pair: pair[0])
        if not pairs or pairs[-1][0] == 0:
            raise LabkitError("The kernel does not show the addresses of its symbols.")
        return cls(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))

    def at(self, address: int) -> str:
        """The symbol that begins at `address`, "" for none."""
        number = bisect.bisect_left(self.addresses, address)
        exact = address and number < len(self.addresses) and self.addresses[number] == address
        return self.names[number] if exact else ""

    def around(self, address: int) -> str:
        """The symbol that `address` lies in or behind, "" for none."""
        number = bisect.bisect_right(self.addresses, address) - 1
        return self.names[number] if number >= 0 else ""

    def address(self, name: str) -> int:
        """Where `name` is; raises LabkitError when the kernel has no such symbol."""
        if name not in self.names:
            raise LabkitError(f"This kernel has no symbol {name}.")
        return self.addresses[self.names.index(name)]


@dataclass(frozen=True)
class Memory:
    """The memory of a kernel that stands still, with its types and symbols."""

    debugger: Debugger
    btf: Btf
    symbols: Symbols

    def number(self, address: int, kind: str, path: str) -> int:
        """The member `path` of the `struct kind` at `address`, as a number."""
        member = self.btf.member(kind, path)
        return int.from_bytes(self.debugger.memory(address + member.offset, member.size), "little")

    def text(self, address: int, most: int = _NAME) -> str:
        """The string at `address`."""
        return self.debugger.memory(address, most).partition(b"\0")[0].decode(errors="replace")

    def task(self, pid: int) -> int:
        """Where the `struct task_struct` of process `pid` is; raises LabkitError when there is none."""
        first = self.symbols.address("init_task")
        link = self.btf.member("task_struct", "tasks").offset
        task = first
        for _ in range(_MOST):
            task = self.number(task, "task_struct", "tasks.next") - link
            if task == first:
                break
            if self.number(task, "task_struct", "pid") == pid:
                return task
        raise LabkitError(f"There is no process {pid} in the box.")

    def files(self, pid: int) -> tuple[KernelFile, ...]:
        """The `struct file` behind each open descriptor of process `pid`, in the order of descriptors."""
        table = self.number(self.number(self.task(pid), "task_struct", "files"), "files_struct", "fdt")
        count = min(self.number(table, "fdtable", "max_fds"), _MOST)
        rows = self.debugger.memory(self.number(table, "fdtable", "fd"), 8 * count)
        pointers = [int.from_bytes(rows[8 * fd : 8 * fd + 8], "little") for fd in range(count)]
        return tuple(self._file(fd, address) for fd, address in enumerate(pointers) if address)

    def _file(self, fd: int, address: int) -> KernelFile:
        def of(path: str) -> int:
            return self.number(address, "file", path)

        operations, inode, entry = of("f_op"), of("f_inode"), of("f_path.dentry")
        methods = {name: self.number(operations, "file_operations", name) for name in ("read", "read_iter")}
        kind = self.number(self.number(inode, "inode", "i_sb"), "super_block", "s_type")
        return KernelFile(
            fd=fd,
            address=address,
            f_mode=of("f_mode"),
            f_flags=of("f_flags"),
            f_pos=of("f_pos"),
            f_count=of("f_count.counter"),
            f_op=self.symbols.at(operations),
            read=self.symbols.at(methods["read"]),
            read_iter=self.symbols.at(methods["read_iter"]),
            i_ino=self.number(inode, "inode", "i_ino"),
            fs=self.text(self.number(kind, "file_system_type", "name")),
            name=self.text(self.number(entry, "dentry", "d_name.name")),
        )
