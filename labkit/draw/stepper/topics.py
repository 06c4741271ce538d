"""What a reader can follow through a recording: a process, a descriptor, a pipe, a stream, a line of the source.

Pure. Gives each a number and a label, and says which steps concern it; `Next` then stops only at those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labkit.decode.background import background
from labkit.decode.names import Names, names
from labkit.decode.replay import steps
from labkit.decode.subjects import subjects
from labkit.draw.film import Key
from labkit.model import Recording

MOST = 400  # things to choose from; a menu of more helps nobody
_KINDS = ("process", "inode", "stream", "descriptor", "line")  # in the menu's order


@dataclass(frozen=True)
class Topics:
    """`labels` of all that can be followed, in the menu's order; `of` their numbers for each step.

    `numbers` finds one by its key: ("process", pid), ("inode", id), ("stream", pid, address), ("descriptor", pid, fd)
    or ("line", file, number).
    """

    labels: tuple[str, ...]
    of: tuple[tuple[int, ...], ...]
    numbers: Mapping[Key, int]


def topics(recording: Recording) -> Topics:
    """Everything that a step which is not background concerns."""
    known = subjects(recording)
    called = names(recording)
    lines: dict[Key, None] = {}
    used: dict[int, None] = {}
    keyed = [(subject.kind, *subject.key) for subject in known.keys]
    places = []
    for step, about, why in zip(steps(recording), known.of, background(recording), strict=True):
        place = recording.events[step.event].place
        line = ("line", place.file, place.line) if place.line is not None and place.file else None
        places.append(line)
        if not why:
            used.update(dict.fromkeys(about))
            if line is not None:
                lines[line] = None
    found: list[Key] = [keyed[number] for number in sorted(used)]
    found += sorted(lines, key=str)
    labels = {key: _label(key, called) for key in found}
    chosen = sorted(
        (key for key in found if labels[key]),
        key=lambda key: (_KINDS.index(key[0]), *_natural(key)),
    )[:MOST]
    merged: dict[str, int] = {}  # what has one name is one thing to a reader
    numbers = {key: merged.setdefault(labels[key], len(merged)) for key in chosen}
    of = []
    for about, line in zip(known.of, places, strict=True):
        mine = {numbers[keyed[number]] for number in about if keyed[number] in numbers}
        if line in numbers:
            mine.add(numbers[line])
        of.append(tuple(sorted(mine)))
    return Topics(tuple(merged), tuple(of), numbers)


def _natural(key: Key) -> Sequence[object]:
    """Within a kind: lines by number, everything else as it came."""
    return (key[1], key[2]) if key[0] == "line" else ()


def _label(key: Key, called: Names) -> str:
    """What the menu calls it; "" for what is not offered."""
    match key:
        case ("process", pid):
            return called.process(pid) if pid in called.processes else ""
        case ("inode", number):
            return called.inode(number)
        case ("stream", pid, address):
            return f"{called.stream(pid, address)} of {called.process(pid)}"
        case ("descriptor", pid, fd):
            return f"fd {fd} of {called.process(pid)}"
        case ("line", file, number):
            return f"{file}, line {number}"
    return ""
