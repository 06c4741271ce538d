"""Which permissions new files got: what open was told, what the umask took away, what stat then found. Pure."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.decode.names import names
from labkit.errors import LabkitError
from labkit.model import Event, Recording

_OPENS = ("open", "openat", "creat")
_LOOKS = ("fstat", "newfstatat")
_O_CREAT = 0o100


@dataclass(frozen=True, slots=True)
class FileMode:
    """A new file: `umask` and the mode `told` to open, as numbers, and the mode it `got`; None where nobody said."""

    name: str
    umask: int | None
    told: int
    got: int | None

    @property
    def expected(self) -> int | None:
        """What open(2) promises: the mode told without the bits of the umask."""
        return None if self.umask is None else self.told & ~self.umask


@dataclass(frozen=True)
class FileModes:
    """The new files of one recording or several, in order."""

    rows: tuple[FileMode, ...]
    recordings: tuple[Recording, ...] = field(default=(), compare=False, repr=False)

    def __iter__(self) -> Iterator[FileMode]:
        return iter(self.rows)

    def __getitem__(self, wanted: str) -> str:
        """The mode, as four octal digits, that the file got which is named so or was made under that umask ("022")."""
        for row in self.rows:
            if wanted in (row.name, octal(row.umask)[-3:]):
                return octal(row.got)
        raise KeyError(f"no file {wanted!r}; there are {', '.join(row.name for row in self.rows)}")


def file_modes(*recordings: Recording) -> FileModes:
    """Every file that a line of a program asked to be made, with O_CREAT or creat(2), and the mode it then has.

    That is what the program's next fstat(2) of its descriptor shows. LabkitError if there is no such file.
    """
    rows = [row for recording in recordings for row in _made(recording)]
    if not rows:
        raise LabkitError(
            "No file is made in this recording: no line of the program calls open with O_CREAT, or creat."
        )
    return FileModes(tuple(rows), recordings)


def octal(mode: int | None) -> str:
    """A mode as four octal digits, "?" where it is not known.

    >>> octal(0o644), octal(5), octal(None)
    ('0644', '0005', '?')
    """
    return "?" if mode is None else f"{mode:04o}"


def letters(mode: int | None) -> str:
    """A mode as ls -l shows it, without the kind of file.

    >>> letters(0o640), letters(5), letters(None)
    ('rw-r-----', '------r-x', '?')
    """
    return "?" if mode is None else stat.filemode(mode)[1:]


def _made(recording: Recording) -> Iterator[FileMode]:
    called = names(recording)
    masks: dict[int, int] = {}
    for number, event in enumerate(recording.events):
        if event.call == "umask" and isinstance(mask := event.argument("mask"), int):
            masks[event.pid] = mask & 0o777
        elif event.call in _OPENS and event.place.line is not None and not event.errno and _creates(event):
            told = event.argument("mode")
            if isinstance(told, int):
                got = _looked_at(recording.events[number + 1 :], event)
                yield FileMode(called.path(str(event.argument("path"))), masks.get(event.pid), told, got)


def _creates(event: Event) -> bool:
    if event.call == "creat":
        return True
    flags = event.argument("flags")
    return isinstance(flags, int) and bool(flags & _O_CREAT)


def _looked_at(later: tuple[Event, ...], opened: Event) -> int | None:
    """The mode in the first fstat of the descriptor before it is closed."""
    for event in later:
        if event.pid != opened.pid or not event.args or event.args[0].value != opened.result:
            continue
        if event.call == "close":
            return None
        if event.call in _LOOKS and not event.errno:
            told = next((argument.value for argument in event.args if argument.kind == "struct"), None)
            mode = told.get("mode") if isinstance(told, dict) else None
            return mode & 0o7777 if isinstance(mode, int) else None
    return None
