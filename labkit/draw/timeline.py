"""The output timeline: runs one below another on one time axis, and when each byte left each program.

Above the dashed line is the program (running, asleep, ended), below it what crossed over to the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from labkit.decode.moments import BEAT, moments, on_beat, sleeps
from labkit.decode.text import quoted, visible
from labkit.decode.verdict import ending
from labkit.draw.picture import Canvas, Picture
from labkit.draw.style import CHAR, LINE
from labkit.model import Chunk, Run

_WIDTH, _LEFT, _RIGHT = 960.0, 150.0, 790.0  # the picture, and where time begins and ends in it
_BAR = 26.0
_LEGEND = (
    "Time goes from left to right. Above a dashed line is the program: a bar while it lives, hatched while it sleeps "
    "in the system call named on it (looked up 100 times a second), and how it ended. The dashed line is the "
    "system-call line. Below it are the bytes that left through each descriptor, at the moment they left; ↵ is a "
    "newline, other characters that cannot be seen are written as in C."
)
_COLUMNS, _ROWS = 44, 3  # of a box of bytes


def timeline(*runs: Run, labels: Sequence[str] = (), title: str = "", beat: float = BEAT) -> Picture:
    """Draw `runs` one below another on one axis of time.

    What left within one beat of `beat` seconds is drawn together, at its beginning, so that the picture of a run is the
    same each time; a smaller `beat` shows more. `labels` name the runs (default: where standard output led).
    """
    if not runs:
        raise ValueError("timeline() draws one run or more")
    named = list(labels) or _labels(runs)
    title = title or f"When bytes left {' and '.join(dict.fromkeys(run.name for run in runs))}"
    end = max(beat, *(on_beat(run.duration, beat) for run in runs), *(c.at for run in runs for c in moments(run, beat)))
    canvas = Canvas(_WIDTH)
    canvas.hatching()
    axis = canvas.add("g")
    y = 34.0
    for label, run in zip(named, runs, strict=True):
        y = _band(canvas, _Scale(end), label, run, beat, y)
    with canvas.inside(axis):  # behind everything else
        _axis(canvas, _Scale(end), y, beat)
    return canvas.finish(y + 4, title, _text(title, named, runs, beat), _LEGEND)


@dataclass(frozen=True)
class _Scale:
    end: float

    def x(self, seconds: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * seconds / self.end


def _labels(runs: Sequence[Run]) -> list[str]:
    """Where stdout leads, when that tells the runs apart, else the program and its arguments."""
    targets = [run.stdout for run in runs]
    commands = [" ".join((run.name, *run.args)) for run in runs]
    if len(set(targets)) == len(runs) and len(set(commands)) == 1:
        return targets
    return (
        commands if len(set(commands)) == len(runs) else [f"{c}, {t}" for c, t in zip(commands, targets, strict=True)]
    )


def _axis(canvas: Canvas, scale: _Scale, bottom: float, beat: float) -> None:
    ticks = round(scale.end / beat)
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 10**9) if ticks / n <= 10)
    for n in range(0, ticks + 1, step):
        x = scale.x(n * beat)
        canvas.add("line", x1=x, y1=22, x2=x, y2=bottom, class_="rule")
        canvas.text(x, 15, f"{n * beat:g} s", "dim", "middle")


def _band(canvas: Canvas, scale: _Scale, label: str, run: Run, beat: float, y: float) -> float:
    """One run; gives back where the next may begin."""
    line = y + _BAR + 14
    _name(canvas, label, y + _BAR / 2 + 5)
    _bar(canvas, scale, run, beat, y)
    canvas.add("line", x1=0, y1=line, x2=_WIDTH, y2=line, class_="line")
    below = line + 14
    boxes: list[_Box] = []
    chunks = moments(run, beat)
    for fd in sorted({1} | {chunk.fd for chunk in chunks}):
        canvas.text(0, below + 16, f"fd {fd} → {run.stdout if fd == 1 else run.stderr}", "dim")
        own = _place([chunk for chunk in chunks if chunk.fd == fd], scale, below)
        if not own:
            canvas.text(_LEFT, below + 16, "no byte leaves here", "dim")
        boxes += own
        below = max((box.bottom for box in own), default=below + LINE) + 12
    for box in boxes:  # all stems first: none may cross a box
        canvas.add("line", x1=box.moment, y1=y + _BAR, x2=box.moment, y2=box.y - 6, class_="stem")
    for box in boxes:
        _draw(canvas, box)
    return below + 14


@dataclass(frozen=True)
class _Box:
    """Bytes on their way down: where time puts them (`moment`), and the box that shows them."""

    moment: float
    x: float
    y: float
    lines: tuple[str, ...]

    @property
    def width(self) -> float:
        return max(map(len, self.lines)) * CHAR + 14

    @property
    def bottom(self) -> float:
        return self.y + len(self.lines) * LINE + 6


def _place(chunks: Sequence[Chunk], scale: _Scale, y: float) -> list[_Box]:
    """A box for each chunk, at its moment where there is room, else below the ones that are in the way."""
    boxes: list[_Box] = []
    for chunk in chunks:
        moment = scale.x(chunk.at)
        box = _Box(moment, 0, y, tuple(_lines(chunk)))
        box = replace(box, x=max(_LEFT - 8, min(moment - 8, _WIDTH - 2 - box.width)))
        while above := [
            b for b in boxes if b.x < box.x + box.width + 6 and box.x < b.x + b.width + 6 and b.bottom > box.y
        ]:
            box = replace(box, y=max(b.bottom for b in above) + 14)
        boxes.append(box)
    return boxes


def _draw(canvas: Canvas, box: _Box) -> None:
    canvas.add("path", d=f"M{box.moment - 5:.1f} {box.y - 8:.1f}h10l-5 8z", class_="tip")
    canvas.add("rect", x=box.x, y=box.y, width=box.width, height=box.bottom - box.y, class_="new", rx=3)
    for n, text in enumerate(box.lines):
        canvas.text(box.x + 7, box.y + 17 + n * LINE, text, "mono", length=len(text) * CHAR if text else 0)


def _name(canvas: Canvas, label: str, y: float) -> None:
    """The run's label; a long one is broken in two lines."""
    words = label.split(" ")
    halves = [" ".join(words[: (len(words) + 1) // 2]), " ".join(words[(len(words) + 1) // 2 :])]
    lines = [label] if len(label) <= 17 else [half for half in halves if half]
    for n, text in enumerate(lines):
        canvas.text(0, y - 10 * (len(lines) - 1) + 20 * n, text if len(text) <= 19 else text[:18] + "…", "strong")


def _bar(canvas: Canvas, scale: _Scale, run: Run, beat: float, y: float) -> None:
    end = scale.x(on_beat(run.duration, beat))
    width = max(6.0, end - _LEFT)
    canvas.add("rect", x=_LEFT, y=y, width=width, height=_BAR, class_="box", rx=3)
    for span in sleeps(run, beat):
        x, right = scale.x(span.start), min(scale.x(span.end), _LEFT + width)
        canvas.add("rect", x=x, y=y, width=right - x, height=_BAR, fill="url(#IDENTITY-hatch)")
        words = f"asleep in {span.call}"
        room = len(words) * 7.6 + 12
        if right - x > room:
            middle = (x + right) / 2
            canvas.add("rect", x=middle - room / 2, y=y + 3, width=room, height=_BAR - 6, class_="backing", rx=3)
            canvas.text(middle, y + _BAR / 2 + 5, words, "", "middle")
    canvas.text(_LEFT + width + 10, y + _BAR / 2 + 5, ending(run), "strong")


def _lines(chunk: Chunk) -> list[str]:
    """The bytes of a box in at most `_ROWS` lines; the last one says how many there are when they do not all fit."""
    shown = visible(chunk.data[: 4 * _COLUMNS * _ROWS])
    rows = [shown[start : start + _COLUMNS] for start in range(0, len(shown), _COLUMNS)]
    if len(rows) <= _ROWS:
        return rows
    return [*rows[: _ROWS - 1], f"… {len(chunk.data):,} bytes in all"]


def _text(title: str, labels: Sequence[str], runs: Sequence[Run], beat: float) -> str:
    """The text twin: a line for each thing that happened."""
    lines = [title]
    for label, run in zip(labels, runs, strict=True):
        happened = [(chunk.at, 1, f"fd {chunk.fd}: {quoted(chunk.data)}") for chunk in moments(run, beat)]
        happened += [(span.start, 2, f"asleep in {span.call} until {span.end:g} s") for span in sleeps(run, beat)]
        happened.append((on_beat(run.duration, beat), 3, ending(run)))
        if not run.chunks:
            happened.append((0.0, 0, "no byte leaves, from start to end"))
        moments_of = [f"at {at:g} s  {what}" for at, _, what in sorted(happened)]
        pad = max(map(len, labels))
        lines += [f"  {label if n == 0 else '':{pad}}  {moment}" for n, moment in enumerate(moments_of)]
    return "\n".join(lines)
