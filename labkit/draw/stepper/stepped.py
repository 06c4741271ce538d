"""A recording made ready to be stepped through: its pictures, and of each step a line, a sentence and what it is about.

Pure: a recording in, finished values out. Knows nothing of HTML or of Jupyter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from labkit.decode.background import background, visible
from labkit.decode.names import Names, names
from labkit.decode.once import once
from labkit.decode.provenance import elsewhere
from labkit.decode.repetition import Fold, folded
from labkit.decode.replay import steps
from labkit.decode.steps import without_steps
from labkit.decode.story import story
from labkit.decode.strace import ended
from labkit.decode.text import one_line
from labkit.draw.connections.scene import connections, worth_drawing
from labkit.draw.descriptors.scene import descriptors
from labkit.draw.film import Key, Scene
from labkit.draw.ladder import scene as ladder
from labkit.draw.lanes.scene import lanes
from labkit.draw.source import source
from labkit.draw.stepper.topics import Topics, topics
from labkit.draw.whereabouts.scene import whereabouts
from labkit.errors import LabkitError
from labkit.model import Event, Recording

SCENES: dict[str, Callable[[Recording, Mapping[Key, int]], Scene]] = {
    "source": source,
    "descriptors": descriptors,
    "connections": connections,
    "ladder": ladder.ladder,
    "bytes": whereabouts,
    "time": lanes,
}
# Pictures that only some recordings have something for.
WORTH: dict[str, Callable[[Recording], bool]] = {"connections": worth_drawing, "ladder": ladder.worth_drawing}
_LINES = 80  # of the text twin of a whole recording


@dataclass(frozen=True, repr=False)
class Stepped:
    """What the stepper shows of a recording: texts by step; `hidden` says why a step is not shown at first, or ""."""

    recording: Recording
    title: str
    lines: tuple[str, ...]
    actors: tuple[str, ...]
    sentences: tuple[str, ...]
    hidden: tuple[str, ...]
    folds: tuple[Fold, ...]
    topics: Topics

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """All its pictures, in the order they are shown."""
        return tuple(self.scene(name) for name in self.pictures)

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """The names of its pictures: those that have something to show."""
        return tuple(name for name in SCENES if name not in WORTH or WORTH[name](self.recording))

    def scene(self, name: str) -> Scene:
        """One of its pictures; LabkitError if there is none of that name."""
        if name not in SCENES:
            raise LabkitError(f"There is no picture {name!r}; there are: {', '.join(SCENES)}.")
        return SCENES[name](self.recording, self.topics.numbers)

    def text(self) -> str:
        """The whole story in lines of text, without what is hidden; of a long one the beginning and the end."""
        shown = visible(self.recording)
        told = [f"{number + 1:>4}  {self.sentences[number]}" for number in shown]
        if len(told) > _LINES:
            told[_LINES * 3 // 4 : -_LINES // 4] = [f"   …  {len(told) - _LINES:,} steps more"]
        head = f"{self.title}, step by step ({len(shown):,} of {len(self.lines):,} steps)"
        where = elsewhere([self.recording])
        return "\n".join(
            [
                head,
                *([where] if where else []),
                *told,
                *(f"not seen: {word}" for word in self.recording.missing),
                ended(self.recording),
            ]
        )


@once
def stepped(recording: Recording) -> Stepped:
    """The recording made ready; the same one again for the same recording."""
    called = names(recording)
    sentences = story(recording)
    lines, actors = [], []
    for step, sentence in zip(steps(recording), sentences, strict=True):
        event = recording.events[step.event]
        entering = step.part == "enters" and event.end is not None
        lines.append(_entering(event, called) if entering else _line(event, recording, called, sentence))
        actors.append(called.thread(event.tid))
    return Stepped(
        recording,
        one_line(recording.title),
        tuple(lines),
        tuple(actors),
        sentences,
        background(recording),
        folded(recording),
        topics(recording),
    )


def _entering(event: Event, called: Names) -> str:
    """A call that has not returned: what is known of it by then, up to the first argument that the kernel fills in."""
    known = takewhile(lambda argument: not argument.out, event.args)
    return f"{event.call}({', '.join([*(called.value(argument, event.call) for argument in known), '…'])}"


def _line(event: Event, recording: Recording, called: Names, sentence: str) -> str:
    """A step on one line: the call, the text of the line come to, or for anything else the sentence."""
    if event.kind == "call":
        return called.call(event)
    if event.kind == "line" and event.place.line is not None:
        text = without_steps(recording.sources.get(event.place.file, "")).split("\n")
        number = event.place.line
        return f"line {number}: {one_line(text[number - 1]) if number <= len(text) else ''}"
    return sentence


def position(ready: Stepped, at: int) -> int:
    """The index of step `at`, as people count them: from 1, or from the end with -1; LabkitError if there is none."""
    count = len(ready.lines)
    if not count or at == 0 or not -count <= at <= count:
        raise LabkitError(f"There is no step {at}: {ready.title} has steps 1 to {count}.")
    return at - 1 if at > 0 else count + at
