"""What the kernel holds for an open descriptor: its `struct file`, as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KernelFile:
    """The `struct file` behind descriptor `fd` of a process; fields are named as the kernel names them.

    `address` is where it lies in the kernel's memory. `f_mode` and `f_flags` are bits, `f_pos` bytes, `f_count` how
    many refer to it. `f_op` is the name of its table of operations, `read` and `read_iter` the names of the two methods
    to read in it ("" for none). `i_ino` is the inode's number, `fs` the type of its file system, `name` the last part
    of its path.
    """

    fd: int
    address: int
    f_mode: int
    f_flags: int
    f_pos: int
    f_count: int
    f_op: str
    read: str
    read_iter: str
    i_ino: int
    fs: str
    name: str


@dataclass(frozen=True)
class KernelFiles:
    """What the kernel held for every open descriptor of `program`, in the order of descriptors; `made` says where."""

    program: str
    files: tuple[KernelFile, ...]
    made: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[KernelFile]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, fd: int) -> KernelFile:
        """The one of descriptor `fd`; KeyError when it is not open."""
        for file in self.files:
            if file.fd == fd:
                return file
        raise KeyError(f"descriptor {fd} is not open in {self.program}")


@dataclass(frozen=True)
class Entry:
    """A system call at the instruction that makes it, and its way to its handler, instruction by instruction.

    `number` is what the program put into rax, by which the call is known; `registers` are those at the kernel's first
    instruction. `path` are the functions that the processor came through, in order, with the number of instructions it
    spent in each; `instructions` counts all of them up to the handler's first, `total` up to the return to the program.
    `made` says where.
    """

    call: str
    number: int
    registers: tuple[tuple[str, int], ...]
    path: tuple[tuple[str, int], ...]
    instructions: int
    total: int
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure: `offset` and `size` in bytes from its begin, the C name of its `type`."""

    name: str
    offset: int
    size: int
    type: str


@dataclass(frozen=True)
class Layout:
    """A structure of a kernel as it describes it itself: `size` in bytes, `members` in order; `made` says where."""

    name: str
    size: int
    members: tuple[Member, ...]
    made: Mapping[str, str] = field(default_factory=dict)
