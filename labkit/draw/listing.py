"""A C program as it is read in a notebook: highlighted, its named places marked in the margin."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from labkit.decode.steps import steps, without_steps
from labkit.draw import highlight
from labkit.draw.style import CSS, needed
from labkit.errors import LabkitError

_CSS = CSS + highlight.CSS + Path(__file__).with_suffix(".css").read_text()


@dataclass(frozen=True, repr=False)
class Listing:
    """C text with its places: `marked` are the line numbers to set off, `names` what stands in the margin."""

    title: str
    source: str
    names: dict[int, str]
    marked: frozenset[int]

    def _repr_html_(self) -> str:
        rows = []
        for number, line in enumerate(highlight.highlighted(self.source), 1):
            kind = ' class="marked"' if number in self.marked else ""
            name = f"<i>{escape(self.names[number])}</i>" if number in self.names else ""
            rows.append(f"<div{kind}><code>{line or ' '}</code>{name}</div>")
        page = f"<header>{escape(self.title)}</header>{''.join(rows)}</div>"
        style = needed(_CSS, f'<div class="lk lk-listing">{page}')
        return f'<div class="lk lk-listing"><style>{style}</style>{page}'

    def __repr__(self) -> str:
        lines = []
        for number, line in enumerate(self.source.splitlines(), 1):
            mark = ">" if number in self.marked else " "
            name = f"    <- {self.names[number]}" if number in self.names else ""
            lines.append(f"{mark} {line}{name}".rstrip())
        return "\n".join([self.title, *lines])


def draw_listing(title: str, source: str, marked: tuple[str, ...] = ()) -> Listing:
    """The listing of `source`, with the places named in `marked` set off.

    Raises LabkitError when the program has no such place.
    """
    places = steps(source)
    for name in marked:
        if name not in places:
            near = difflib.get_close_matches(name, places, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(places) or 'none'}."
            raise LabkitError(f"{title} has no place called {name!r}. {hint}")
    names = {line: name for name, line in places.items()}
    return Listing(title, without_steps(source).rstrip("\n"), names, frozenset(places[name] for name in marked))
