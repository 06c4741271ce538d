"""The flags that a program gave to open(2), taken apart: the access mode, and every other bit by name. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.decode.flags import FAMILIES
from labkit.decode.names import names
from labkit.errors import LabkitError
from labkit.model import Recording

ACCESS = 3  # O_ACCMODE: the two lowest bits are one number, fcntl.h(0p)
_SAYS = {
    "O_RDONLY": "access mode 0: read",
    "O_WRONLY": "access mode 1: write",
    "O_RDWR": "access mode 2: read and write",
    "3": "access mode 3: neither, only for ioctl",
    "O_CREAT": "make the file if there is none",
    "O_EXCL": "with O_CREAT: fail if there is one",
    "O_NOCTTY": "do not take a terminal as one's own",
    "O_TRUNC": "throw away what is in the file",
    "O_APPEND": "every write goes to the end",
    "O_NONBLOCK": "rather fail than wait",
    "O_SYNC": "write returns when storage has the bytes",
    "O_DSYNC": "the same, without all of the metadata",
    "O_ASYNC": "send a signal when there is something",
    "O_DIRECT": "past the page cache",
    "O_LARGEFILE": "allow files of more than 2 GiB",
    "O_TMPFILE": "a file without a name",
    "O_DIRECTORY": "fail if it is not a directory",
    "O_NOFOLLOW": "fail if it is a symbolic link",
    "O_NOATIME": "leave the time of last access",
    "O_CLOEXEC": "exec closes this descriptor",
    "O_PATH": "a place in the tree, not to be read",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A part of the word: its `name`, its `value` where it stands in the word, the numbers of its `bits`, high first.

    The access mode has two bits whatever its value; `says` is what it asks for.
    """

    name: str
    value: int
    bits: tuple[int, ...]
    says: str


@dataclass(frozen=True)
class FlagWord:
    """The flags of one open of `path`: the word as a number, and its fields, the lowest first."""

    path: str
    value: int
    fields: tuple[Field, ...]
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def ones(self) -> int:
        """How many bits of the word are 1."""
        return self.value.bit_count()


def flag_word(recording: Recording, path: str) -> FlagWord:
    """The flags word of the first call that opened `path`, or tried to; LabkitError if none did.

    creat(2) has no flags: it is open with O_WRONLY|O_CREAT|O_TRUNC.
    """
    called = names(recording)
    for event in recording.calls("open", "openat"):
        value = event.argument("flags")
        if called.path(str(event.argument("path"))) == path and isinstance(value, int):
            return FlagWord(path, value, fields(value), recording)
    raise LabkitError(f"{recording.name} opens no file {path!r}.")


def fields(value: int) -> tuple[Field, ...]:
    """The access mode, then each flag that is set, the lowest bit first; bits without a name keep their octal value.

    >>> [(field.name, oct(field.value), field.bits) for field in fields(0o2101)]
    [('O_WRONLY', '0o1', (1, 0)), ('O_CREAT', '0o100', (6,)), ('O_APPEND', '0o2000', (10,))]
    >>> fields(0)[0].says, [field.name for field in fields(0o10000000000)]
    ('access mode 0: read', ['O_RDONLY', '010000000000'])
    """
    access = FAMILIES["openacc"][1].get(value & ACCESS, "3")
    found = [Field(access, value & ACCESS, (1, 0), _SAYS[access])]
    rest = value & ~ACCESS
    known = sorted(FAMILIES["open"][1].items(), key=lambda item: -item[0].bit_count())  # O_SYNC before O_DSYNC in it
    for bits, name in known:
        if rest & bits == bits:
            found.append(Field(name, bits, _numbers(bits), _SAYS[name]))
            rest &= ~bits
    found += [Field(f"0{1 << bit:o}", 1 << bit, (bit,), "a bit without a name here") for bit in _numbers(rest)]
    return tuple(sorted(found, key=lambda field: field.bits[-1]))


def _numbers(bits: int) -> tuple[int, ...]:
    return tuple(number for number in reversed(range(bits.bit_length())) if bits >> number & 1)
