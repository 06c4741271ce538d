"""The descriptor picture of a recording: processes, their descriptor tables, open file descriptions, inodes.

Above the dashed system-call line are the processes with their stdio buffers; below it, in the kernel, descriptor
tables, what they refer to, and what that stands on. Pure: a recording in, a `Scene` out; the words are `tables`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from labkit.decode.background_ids import BackgroundIds, background_ids
from labkit.decode.buffered import Buffers
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.decode.text import one_line
from labkit.decode.transfers import transfers
from labkit.draw.descriptors.drawing import Drawing
from labkit.draw.descriptors.places import BEHIND, Lives, Places
from labkit.draw.descriptors.shown import Shown, describe, lines
from labkit.draw.film import Key, Lines, Scene
from labkit.model import Recording

_LEGEND = (
    "Above the dashed system-call line are the processes, with what their stdio buffers hold. Below it is the kernel: "
    "each process's table of descriptors; the open file descriptions they refer to (made by open, shared by dup and "
    "fork; the offset lives here); and the file, pipe, terminal or socket itself. What this step changed has a thick "
    "frame and a ◆. A cell with a dashed frame and the word cloexec is closed by exec. A hatched band: somebody is "
    "asleep on it."
)


def descriptors(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The descriptor picture of every step, from one layout of everything that is ever there.

    `subjects` are the numbers of what can be followed, by key (`topics`); boxes of these can be clicked.
    """
    shown = list(described(recording))
    title = f"Descriptors of {one_line(recording.title)}"
    behind = background_ids(recording)
    drawing = Drawing(shown, _cast(shown, behind), subjects or {}, behind)
    twin = Lines()
    said = [lines(told) for told in shown]
    twin.declare(sorted({key for told in said for key in told}, key=_order))
    for number, told in enumerate(shown):
        drawing.step(number, told)
        twin.step(number, said[number])
    return Scene("descriptors", "descriptors", drawing.end(title), twin.end(title, len(shown)), _LEGEND)


def described(recording: Recording) -> Iterator[Shown]:
    """What the picture says at each step, from the first to the last."""
    called = names(recording)
    buffers = Buffers(recording.events, tuple(map(transfers, recording.events)))
    for step, before, after in replay(recording).walk():
        buffers.step(step, before, after)
        yield describe(after, recording.events, called, buffers.now)


_ORDER = {"process": 0, "stream": 1, "cell": 2, "more": 3, "file": 4, "inode": 5}


def _order(key: Key) -> tuple[int, ...]:
    """Processes with all that is theirs, then open files, then inodes."""
    what, *numbers = key
    kind = _ORDER[str(what)]
    first = numbers[0] if kind <= 3 else 1 << 62
    return (int(first), kind, *map(int, numbers))


def _cast(shown: Sequence[Shown], hidden: BackgroundIds) -> dict[str, Places]:
    """The places of all processes, open files and inodes that are ever shown.

    What only the loader and its like open takes no room where it can: it is seen only with the start-up steps.
    """
    lives = Lives()
    alike: dict[Key, str] = {}
    for number, step in enumerate(shown):
        lives.seen(number, _things(step))
        for inode, box in step.inodes.items():
            alike["inode", inode] = box.name
    places = {kind: Places() for kind in ("process", "inode", "file")}
    for thing, span in sorted(lives.spans.items(), key=lambda item: item[1][0]):
        kind, number = thing
        if kind in ("process", "inode"):
            behind = kind == "inode" and number in hidden.inodes
            places[kind].take(number, span, BEHIND if behind else alike.get(thing, thing))
    inode_of = {file: box.inode for step in shown for file, box in step.files.items()}
    for thing, span in sorted(lives.spans.items(), key=lambda item: item[1][0]):
        kind, number = thing
        if kind == "file":
            behind = number in hidden.open_files
            places[kind].take(number, span, BEHIND if behind else places["inode"].of.get(inode_of[number]))
    return places


def _things(step: Shown) -> Iterable[tuple[str, int]]:
    yield from (("process", pid) for pid in step.processes)
    yield from (("file", file) for file in step.files)
    yield from (("inode", inode) for inode in step.inodes)
