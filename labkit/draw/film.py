"""A drawing that changes from step to step: drawn once, with parts that get another look at certain steps.

Everything is laid out once, so that nothing jumps; a step is only the looks of a few parts. Knows nothing of what it
shows, nor of who turns the pages: in Python `Film.at`, in a browser stepper/film.js, which does the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from labkit.decode.text import readable
from labkit.draw.picture import Canvas

PART = "data-part"
TEXT = "text"  # the key of a look that is an element's text; every other key is an attribute

Look = Mapping[str, str]
Key = tuple[Any, ...]  # names a thing in a picture: what it is, then numbers: ("cell", pid, fd)


@dataclass(frozen=True, repr=False)
class Film:
    """`markup` is well-formed SVG or HTML whose elements with `data-part="n"` change over `steps` steps.

    `looks` are the different looks: attributes and text of an element. `score[n]` are the changes of part n, a pair
    (step, index into looks) each, in the order of steps; the first is at step 0.
    """

    title: str
    markup: str
    steps: int
    looks: tuple[Look, ...]
    score: tuple[tuple[tuple[int, int], ...], ...]

    def look(self, part: int, step: int) -> Look:
        """How part number `part` looks at `step`."""
        changes = self.score[part]
        return self.looks[changes[bisect_right(changes, step, key=lambda change: change[0]) - 1][1]]

    def at(self, step: int) -> str:
        """The markup as it is at `step`; negative steps count from the end. Raises IndexError beyond them."""
        if not -self.steps <= step < self.steps:
            raise IndexError(f"there is no step {step}: {self.title} has {self.steps}")
        root = ElementTree.fromstring(self.markup)
        for element in root.iter():
            part = element.attrib.pop(PART, None)
            if part is None:
                continue
            for key, value in self.look(int(part), step % self.steps).items():
                if key == TEXT:
                    element.text = value
                else:
                    element.set(key, value)
        for parent in list(root.iter()):
            for child in [child for child in parent if child.get("class") == GONE]:
                parent.remove(child)
        return ElementTree.tostring(root, encoding="unicode", short_empty_elements=root.tag == "svg")  # HTML has none

    @cached_property
    def cuts(self) -> list[list[int]]:
        """The changes by step: [part, look, part, look, …] for each step, in the order of parts."""
        cuts: list[list[int]] = [[] for _ in range(self.steps)]
        for part, changes in enumerate(self.score):
            for step, look in changes:
                cuts[step] += (part, look)
        return cuts


GONE = "gone"  # the class of what is not there at a step


@dataclass
class Shooting:
    """A film being made: `part` marks elements of a drawing, `show` says how they look from now on, `step` goes on."""

    now: int = 0
    _looks: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    _score: list[list[tuple[int, int]]] = field(default_factory=list)

    def part(self, element: ElementTree.Element) -> int:
        """Let `element` change; gives back its number."""
        element.set(PART, str(len(self._score)))
        self._score.append([])
        return len(self._score) - 1

    def show(self, part: int, **look: str) -> None:
        """From this step on `part` has this look: `text` its text, `class_` its class, other names attributes.

        Every look of one part must have the same names, so that any can follow any.
        """
        named = tuple(sorted((key.rstrip("_").replace("_", "-"), readable(value)) for key, value in look.items()))
        number = self._looks.setdefault(named, len(self._looks))
        changes = self._score[part]
        if changes and changes[-1][0] == self.now:
            changes.pop()
        if not changes or changes[-1][1] != number:
            assert changes or self.now == 0, "a part must have a look from the first step on"
            changes.append((self.now, number))

    def end(self, title: str, markup: str, steps: int) -> Film:
        """The finished film of this drawing."""
        looks: tuple[Look, ...] = tuple(dict(look) for look in self._looks)
        return Film(title, markup, steps, looks, tuple(map(tuple, self._score)))


@dataclass(frozen=True, repr=False)
class Scene:
    """One of the stepper's pictures over a whole recording: the `film`, and its `twin` in lines of text.

    `name` is what Python calls it, `word` what people do; `legend` says how to read it.
    """

    name: str
    word: str
    film: Film
    twin: Film
    legend: str

    @property
    def title(self) -> str:
        """What it shows."""
        return self.film.title

    def text(self, step: int) -> str:
        """The picture at `step` as lines of text."""
        root = ElementTree.fromstring(self.twin.at(step))
        return "\n".join([self.title, *("".join(line.itertext()) for line in root if "".join(line.itertext()))])


class Lines:
    """A text twin being made: lines in the order they were first said, each there or gone at every step."""

    def __init__(self) -> None:
        self._canvas = Canvas(0)
        self._canvas.root.tag = "ul"
        self._shooting = Shooting()
        self._parts: dict[Key, int] = {}
        self._shown: dict[Key, str] = {}

    def declare(self, keys: Iterable[Key]) -> None:
        """Give every line its place, before the first step."""
        for key in keys:
            if key not in self._parts:
                self._parts[key] = self._shooting.part(self._canvas.add("li"))
                self._shooting.show(self._parts[key], class_=GONE, text="")

    def step(self, number: int, lines: Mapping[Key, str]) -> None:
        """At this step these lines are there, by key, and no others."""
        self._shooting.now = number
        for key in self._shown.keys() - lines.keys():
            self._shooting.show(self._parts[key], class_=GONE, text="")
        for key, text in lines.items():
            if self._shown.get(key) != text:
                self._shooting.show(self._parts[key], class_="", text=text)
        self._shown = dict(lines)

    def end(self, title: str, steps: int) -> Film:
        """The finished twin."""
        markup = ElementTree.tostring(
            self._canvas.root, encoding="unicode", short_empty_elements=False
        )  # HTML has none
        return self._shooting.end(title, markup, steps)
