"""What the kernel holds for each descriptor, as a table: a row a descriptor; one `struct file` has one letter.

Pure. Addresses and inode numbers differ from run to run and are not shown.
"""

from __future__ import annotations

import string

from labkit.decode.flags import status_flags
from labkit.decode.provenance import notes
from labkit.draw.grid import Grid, cells
from labkit.model import KernelFiles

_READ, _WRITE = 1, 2  # FMODE_READ, FMODE_WRITE: include/linux/fs.h
_HEAD = ("fd", "struct file", "f_mode", "f_flags", "f_pos", "f_count", "f_op", "to read", "f_inode: file system")
_NOTE = (
    "Two rows with one letter are one struct file at one address. f_count counts what refers to it: descriptors of all "
    "processes, and the kernel itself while it works with it."
)


def kernel_files_grid(files: KernelFiles) -> Grid:
    """A row for each descriptor, in order.

    >>> from labkit.model import KernelFile
    >>> one = KernelFile(3, 4096, 1, 0o100000, 7, 2, "zero_fops", "read_zero", "read_iter_zero", 5, "devtmpfs", "zero")
    >>> print("\\n".join(str(kernel_files_grid(KernelFiles("x", (one,)))).splitlines()[:3]))
    What the kernel holds for the descriptors of x
      fd  struct file  f_mode  f_flags   f_pos  f_count  f_op       to read    f_inode: file system
       3  A            read    O_RDONLY      7        2  zero_fops  read_zero  zero: devtmpfs
    """
    letters: dict[int, str] = {}
    rows = []
    for file in files:
        letter = letters.setdefault(file.address, _letter(len(letters)))
        method = file.read or file.read_iter or "none"
        where = f"{file.name}: {file.fs}" if file.name else file.fs
        numbers = (str(file.f_pos), str(file.f_count))
        flags = status_flags(file.f_flags)
        rows.append(cells(str(file.fd), letter, _mode(file.f_mode), flags, *numbers, file.f_op, method, where))
    caption = f"What the kernel holds for the descriptors of {files.program}"
    return Grid(caption, _HEAD, tuple(rows), (_NOTE, *notes([files])), right=frozenset({0, 4, 5}))


def _letter(number: int) -> str:
    """
    >>> _letter(0), _letter(27)
    ('A', 'B1')
    """
    letters = string.ascii_uppercase
    return letters[number % len(letters)] + (str(number // len(letters)) if number >= len(letters) else "")


def _mode(bits: int) -> str:
    return " ".join(word for bit, word in ((_READ, "read"), (_WRITE, "write")) if bits & bit) or "none"
