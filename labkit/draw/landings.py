"""A file as a row of bytes, above it the writes, each at the place where it landed; what was lost is struck through.

Pure; knows what a landing is, and nothing of recordings.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from labkit.decode.landings import EARLIER, Landing, Landings
from labkit.decode.provenance import elsewhere
from labkit.decode.text import quoted, visible
from labkit.draw.fitting import fitted
from labkit.draw.picture import Canvas, Picture
from labkit.draw.wording import many
from labkit.errors import LabkitError

_CELL, _ROW, _TALL = 15.0, 38.0, 26.0
_LEFT, _TOP = 150.0, 30.0
MOST = 60  # bytes that a picture has room for
_LEGEND = (
    "Each row is one write, in the order they were done: who made it and through which descriptor, then its bytes at "
    "the offsets where they landed; ↵ is a newline. Bytes in a dashed box and struck through are not in the file at "
    "the end: a later write went over them. The last row is the file as it is then."
)


def landings_picture(landed: Landings) -> Picture:
    """Draw them; LabkitError for a file that is too long."""
    length = max(len(landed.content), *(write.at + len(write.data) for write in landed.writes))
    if length > MOST:
        raise LabkitError(f"{landed.name} has {length:,} bytes; this picture has room for {MOST}. Let them write less.")
    canvas = Canvas(_LEFT + max(length, 20) * _CELL + 4)
    bottom = _TOP + (len(landed.writes) + 1) * _ROW + 14
    for offset in range(0, length + 1, 5):
        x = _LEFT + offset * _CELL
        canvas.text(x, 14, str(offset), "dim tiny", "middle")
        canvas.add("line", x1=x, y1=20, x2=x, y2=bottom - 8, class_="rule")
    for number, write in enumerate(landed.writes):
        y = _TOP + number * _ROW
        canvas.text(0, y + 18, f"{number + 1}  {write.who}, fd {write.fd}")
        _write(canvas, write, y)
    y = bottom - _ROW - 4
    canvas.add("line", x1=0, y1=y - 7, x2=canvas.width, y2=y - 7, class_="line")
    canvas.text(0, y + 18, fitted(f"{landed.name} holds", 18), "strong")
    start = 0
    for _, run in groupby(landed.owners):
        data = landed.content[start : start + len(list(run))]
        _bytes(canvas, data, start, y, "new")
        start += len(data)
    title = f"Where each write to {landed.name} landed"
    drawn = canvas.finish(bottom + 6, title, _text(title, landed), _LEGEND)
    return replace(drawn, where=elsewhere([landed.recording]))


def _write(canvas: Canvas, write: Landing, y: float) -> None:
    """The bytes of one write, those that stay and those that are lost apart."""
    for kept, run in groupby(range(len(write.data)), key=lambda n: n in write.kept):
        numbers = list(run)
        data = write.data[numbers[0] : numbers[-1] + 1]
        if kept:
            _bytes(canvas, data, write.at + numbers[0], y, "box")
            continue
        with canvas.inside(canvas.add("g", class_="lost")):
            _bytes(canvas, data, write.at + numbers[0], y, "box")


def _bytes(canvas: Canvas, data: bytes, at: int, y: float, class_: str) -> None:
    x = _LEFT + at * _CELL
    canvas.add("rect", x=x + 1, y=y, width=len(data) * _CELL - 2, height=_TALL, class_=class_, rx=3)
    for number in range(len(data)):
        canvas.text(x + (number + 0.5) * _CELL, y + 18, _shown(data[number : number + 1]), "mono bytes", "middle")


def _shown(byte: bytes) -> str:
    """A byte in one character: what cannot be seen, but for a newline, is a dot.

    >>> _shown(b"a"), _shown(b"\\n"), _shown(b"\\0"), _shown(b"\\xff")
    ('a', '↵', '·', '·')
    """
    text = visible(byte)
    return text if len(text) == 1 else "·"


def _text(title: str, landed: Landings) -> str:
    lines = [title]
    for number, write in enumerate(landed.writes, 1):
        gone = len(write.data) - len(write.kept)
        size = many(len(write.data), "byte") + (f", {gone} of them lost" if gone else "")
        lines.append(f"  {number}  {write.who}, fd {write.fd}: {quoted(write.data)} at {write.at}, {size}")
    before = " (? was there before)" if EARLIER in landed.owners and b"?" in landed.content else ""
    lines.append(f"  {landed.name} holds {quoted(landed.content)}{before}")
    lines.append(f"  lost: {many(landed.lost, 'byte') if landed.lost else 'nothing'}")
    return "\n".join(lines)
