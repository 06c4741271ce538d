"""The listing of a recording: its C text with the line of every thread, what has run, and the way to the kernel.

HTML, not SVG: source is text. Pure: a recording in, a `Scene` out; where threads are is `standing`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from labkit.decode.names import Names, names
from labkit.decode.replay import steps
from labkit.decode.standing import Line, Standing, standing
from labkit.decode.text import one_line, readable, visible
from labkit.draw.film import Film, Key, Lines, Scene, Shooting
from labkit.draw.highlight import highlighted
from labkit.model import Event, Place, Recording, Step

_ARROW = " → "
_CALLS = 7  # names shown of a path through the library
_NAMES = 3  # threads named in the margin of one line
_LEGEND = (
    "Above the text: who moves in this step, where, and the calls that lead from there through the library to the "
    "system call. In the margin: ▶ and the accent, the line of who moves; a name alone, where that process or thread "
    "stands meanwhile (P1.2 is the second thread of P1); ✓, a line that has run. "
)
_ALL = "Click on a line to step through what happens on it."
_CALLS_ONLY = "Only lines that called the kernel are known to have run; record with lines=True to see every line. "


def source(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The listing at every step; `subjects` gives a line's ("line", file, number) the number of what can be followed.

    Without sources it is one line that says why there are none, below the path of the call.
    """
    title = f"Source of {one_line(recording.title)}"
    called = names(recording)
    shown = [
        _view(recording, step, where, called) for step, where in zip(steps(recording), standing(recording), strict=True)
    ]
    threads = {event.tid for event in recording.events}
    drawing = _Drawing(recording, subjects or {}, shown, several=len(threads) > 1)
    twin = Lines()
    texts = {file: readable(text).split("\n") for file, text in recording.sources.items()}
    said = [_said(texts, view) for view in shown]
    twin.declare(dict.fromkeys(key for step in said for key in step))
    for number, view in enumerate(shown):
        drawing.step(number, view)
        twin.step(number, said[number])
    known = any(event.kind == "line" for event in recording.events)
    legend = _LEGEND + (_ALL if known else _CALLS_ONLY + _ALL)
    return Scene("source", "source", drawing.end(title, len(shown)), twin.end(title, len(shown)), legend)


@dataclass(frozen=True, slots=True)
class _View:
    """What one step shows: two lines of words, the line that moves, names in margins (who moves first), what ran."""

    head: str
    path: str
    now: Line | None
    margins: Mapping[Line, tuple[str, ...]]
    ran: frozenset[Line]


def _view(recording: Recording, step: Step, where: Standing, called: Names) -> _View:
    event = recording.events[step.event]
    margins: dict[Line, tuple[str, ...]] = {}
    for tid in sorted(where.lines, key=lambda tid: tid != where.tid):
        margins[where.lines[tid]] = (*margins.get(where.lines[tid], ()), called.thread(tid))
    head = f"{called.thread(where.tid)}: {_spot(where.place, recording)}"
    return _View(head, _path(event, step), where.line, margins, where.ran)


def _spot(place: Place, recording: Recording) -> str:
    """Where in the program a place is, in a few words."""
    inside = f", in {visible(place.function)}" if place.function else ""
    if place.line is None:
        return place.phase or f"no source{inside}"
    file = visible(place.file)
    lost = "" if place.file in recording.sources else " (no source)"
    return f"{file}:{place.line}{inside}{lost}"


def _path(event: Event, step: Step) -> str:
    """The calls from the program down to the kernel; for what is no call, what it is."""
    if event.kind != "call":
        return {"line": "comes to this line", "begin": "begins here", "exit": "ends"}.get(event.kind, event.kind)
    way = list(event.place.via)
    if not way or way[-1] != event.call:
        way.append(event.call)
    if len(way) > _CALLS:
        half = _CALLS // 2
        way = [*way[:half], "…", *way[-half:]]
    part = {"enters": ", falls asleep" if event.wait else ", goes in", "returns": ", returns", "whole": ""}[step.part]
    return visible(_ARROW.join(way)) + part


def _said(sources: Mapping[str, Sequence[str]], view: _View) -> dict[Key, str]:
    """The step as lines of text; `sources` are the lines of each file."""
    said: dict[Key, str] = {("head",): view.head, ("path",): f"  {view.path}"}
    for line in view.margins:
        file, number = line
        texts = sources.get(file, ())
        text = texts[number - 1].strip() if number <= len(texts) else ""
        mark = "▶ " if line == view.now else "  "
        said["line", line] = f"{mark}{', '.join(view.margins[line])} on line {number}: {text}"
    return said


class _Drawing:
    """The text laid out once; each line's class and margin change."""

    def __init__(
        self, recording: Recording, subjects: Mapping[Key, int], shown: Sequence[_View], several: bool
    ) -> None:
        self._shooting = Shooting()
        self._rows: dict[Line, tuple[int, int]] = {}
        self._several = several
        self._touched: set[Line] = set()
        self._ran: frozenset[Line] = frozenset()
        texts = {self._margin(names, line == view.now) for view in shown for line, names in view.margins.items()}
        width = max(map(len, texts), default=1) + 1
        self._root = ElementTree.Element("div", {"class": "lk-source", "style": f"--lk-margin:{width}ch"})
        head = ElementTree.SubElement(self._root, "div", {"class": "head"})
        self._head = self._shooting.part(ElementTree.SubElement(head, "div", {"class": "strong"}))
        self._path = self._shooting.part(ElementTree.SubElement(head, "div", {"class": "path"}))
        for file, text in recording.sources.items():
            if len(recording.sources) > 1:
                name = ElementTree.SubElement(self._root, "div", {"class": "file"})
                name.text = visible(file)
            for number, line in enumerate(highlighted(text), 1):
                self._row((file, number), line, subjects)
        if not recording.sources:
            why = ElementTree.SubElement(self._root, "div", {"class": "dim"})
            program = one_line(recording.argv[0] if recording.argv else recording.name)
            why.text = f"no source: {program} was not built here; compile it with -g to see its source"

    def _row(self, line: Line, markup: str, subjects: Mapping[Key, int]) -> None:
        row = ElementTree.SubElement(self._root, "div")
        followed = subjects.get(("line", *line))
        if followed is not None:
            row.set("data-subject", str(followed))
        margin = ElementTree.SubElement(row, "b")
        number = ElementTree.SubElement(row, "i")
        number.text = str(line[1])
        row.append(ElementTree.fromstring(f"<code>{markup or ' '}</code>"))
        self._rows[line] = self._shooting.part(row), self._shooting.part(margin)

    def step(self, number: int, view: _View) -> None:
        show = self._shooting.show
        self._shooting.now = number
        show(self._head, text=view.head)
        show(self._path, text=view.path)
        touched = set(view.margins)
        lines = self._rows if number == 0 else sorted(touched | self._touched | (view.ran - self._ran))
        for line in lines:
            if line in self._rows:
                row, margin = self._rows[line]
                now = line == view.now
                classes = ["row", *(["ran"] if line in view.ran else []), *(["now"] if now else [])]
                show(row, class_=" ".join(classes), aria_current="step" if now else "false")
                show(margin, text=self._margin(view.margins.get(line, ()), now))
        self._touched, self._ran = touched, view.ran

    def _margin(self, standing: Sequence[str], now: bool) -> str:
        """What stands in the margin of a line: ▶ where somebody moves, and names where there are several."""
        if not self._several:
            return "▶" if now else ""
        shown = list(standing[:_NAMES])
        if len(standing) > _NAMES:
            shown[-1] = f"+{len(standing) - _NAMES + 1}"
        return ("▶ " if now else "") + " ".join(shown)

    def end(self, title: str, steps: int) -> Film:
        markup = ElementTree.tostring(self._root, encoding="unicode", short_empty_elements=False)
        return self._shooting.end(title, markup, steps)
