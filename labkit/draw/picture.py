"""A finished picture: SVG with its text twin, ready for a notebook, a page or a file. Does not know what it shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from labkit.decode.text import readable
from labkit.draw.style import CSS, needed

_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, repr=False)
class Picture:
    """`title`, the drawing (`svg`, without its style), the same content as lines of `text`, and how to read it.

    `dot` is its DOT source where it has one, else "". `where` says where the recording was made, if not here.
    """

    title: str
    svg: str
    text: str
    legend: str
    dot: str = ""
    where: str = ""

    def save(self, path: str | Path) -> Path:
        """Write a self-contained SVG file, readable on light and dark pages; gives back its path."""
        path = Path(path)
        style = f"<style>{needed(CSS, self.svg)}</style>"
        svg = with_line_below(self.svg, self.where) if self.where else self.svg
        path.write_text(svg.replace(">", f' xmlns="{_SVG}">{style}', 1) + "\n")
        return path

    def _repr_html_(self) -> str:
        twin = (
            "<details><summary>How to read this, and the same as text</summary>"
            f"<div>{escape(self.legend)}</div><pre>{escape(self.text)}</pre></details>"
        )
        style = needed(CSS, f'<div class="lk lk-figure">{self.svg}')
        return f'<div class="lk lk-figure"><style>{style}</style>{place_html(self.where)}{self.svg}{twin}</div>'

    def __repr__(self) -> str:
        return f"{self.text}\n{self.where}" if self.where else self.text


def place_html(where: str) -> str:
    """A line that says where a recording was made, to stand above its picture.

    >>> place_html("recorded <there>").partition(">")[2], place_html("")
    ('recorded &lt;there&gt;</p>', '')
    """
    return f'<p class="lk-elsewhere" style="margin: 2px 0 4px; font-weight: 600">{escape(where)}</p>' if where else ""


def with_line_below(svg: str, line: str) -> str:
    """The drawing, a line of text taller.

    >>> with_line_below('<svg viewBox="0 0 300 40" width="300"></svg>', "a & b")
    '<svg viewBox="0 0 300 64" width="300"><text x="8" y="56">a &amp; b</text></svg>'
    """
    box, height = next((found[0], float(found[1])) for found in _BOX.finditer(svg))
    taller = svg.replace(box, f"{box.rpartition(' ')[0]} {_number(height + 24)}", 1)
    return taller.removesuffix("</svg>") + f'<text x="8" y="{_number(height + 16)}">{escape(line)}</text></svg>'


_BOX = re.compile(r'(?<=viewBox=")[-\d.]+ [-\d.]+ [\d.]+ ([\d.]+)(?=")')


class Canvas:
    """A drawing under way; every text that comes from a program goes in as text, never as markup."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.root = ElementTree.Element("svg")
        self._open = [self.root]

    def add(self, tag: str, text: str = "", **attributes: object) -> ElementTree.Element:
        """Append an element; `class_` and names with `_` become `class` and names with `-`."""
        named = {key.rstrip("_").replace("_", "-"): _number(value) for key, value in attributes.items()}
        element = ElementTree.SubElement(self._open[-1], tag, named)
        if text:
            element.text = readable(text)
        return element

    @contextmanager
    def inside(self, element: ElementTree.Element) -> Iterator[None]:
        """What is added in the `with` block goes into `element`."""
        self._open.append(element)
        yield
        self._open.pop()

    def text(self, x: float, y: float, text: str, class_: str = "", anchor: str = "start", length: float = 0) -> None:
        """A line of text; with `length` it takes up exactly that many pixels in whatever font the reader has."""
        fit = {"textLength": length, "lengthAdjust": "spacingAndGlyphs"} if length else {}
        shown = {"text_anchor": anchor} if anchor != "start" else {}
        self.add("text", text, x=x, y=y, **({"class_": class_} if class_ else {}), **shown, **fit)

    def hatching(self) -> None:
        """Define the pattern `url(#IDENTITY-hatch)`: what waits is hatched."""
        with self.inside(self.add("defs")):
            turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
            with self.inside(self.add("pattern", id="IDENTITY-hatch", width=8, height=8, **turned)):
                self.add("line", x1=0, y1=0, x2=0, y2=8, class_="hatch")

    def finish(self, height: float, title: str, text: str, legend: str) -> Picture:
        """Close the drawing; `title` and the text twin become its accessible name and description."""
        described = ElementTree.Element("desc")
        described.text = text
        self.root.insert(0, described)
        return Picture(title, self.markup(height, title), text, legend)

    def markup(self, height: float, title: str) -> str:
        """The drawing as SVG, without its style; `title` becomes its accessible name."""
        root = self.root
        root.set("class", "lk")
        root.set("viewBox", f"0 0 {_number(self.width)} {_number(height)}")
        root.set("width", _number(self.width))
        root.set("role", "img")
        root.set("aria-label", readable(title))
        # Several pictures live in one page: what they refer to by id must be their own.
        drawn = ElementTree.tostring(root, encoding="unicode")
        own = hashlib.sha256(drawn.encode()).hexdigest()[:8]
        return drawn.replace("IDENTITY", own)


def _number(value: object) -> str:
    """Coordinates with at most two decimals, so that pictures are small and equal on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
