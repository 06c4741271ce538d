"""What the picture "Where are my bytes?" says at a step, as values, and the same as lines of text. Pure; no places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from labkit.decode.text import visible
from labkit.draw.film import Key
from labkit.draw.whereabouts.tracks import Track, Tracks
from labkit.draw.wording import many

_IN_TWIN = 72  # bytes of data in a line of text


@dataclass(frozen=True, slots=True)
class BufferBox:
    """A stdio buffer: its title, what it holds (`taken` bytes of it by the program, `held` still in it), and words."""

    title: str
    behind: bytes | None
    taken: int
    held: bytes
    reading: bool
    size: int
    amount: str
    note: str
    lost: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """What a track says at a step. `inner` is what moved between program and stdio buffer, `outer` across the line;
    `past`: not through the buffer."""

    title: str
    doing: str
    data: str
    inner: str
    inner_way: str
    outer: str
    outer_way: str
    past: bool
    buffer: BufferBox | None
    descriptor: str


@dataclass(frozen=True, slots=True)
class Thing:
    """What a thing in the kernel says at a step: the bytes that wait in it, or that it holds (`word`), and how much.

    `share` is how full it is, 0 to 1; `beyond` what lies beyond it, a title and lines.
    """

    title: str
    word: str
    data: bytes
    held: str
    share: float
    note: str
    beyond: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One step: flows by track, things by name."""

    flows: Mapping[Track, Flow]
    things: Mapping[str, Thing]


def keys(tracks: Tracks) -> list[Key]:
    """Every line that there can be, in the order to read them in."""
    found: list[Key] = []
    for group in tracks.groups:
        for thing in group:
            for track in tracks.tracks[thing]:
                found += [(track, part) for part in ("program", "inner", "buffer", "note", "outer", "descriptor")]
            found += [(thing, part) for part in ("thing", "bytes", "pages", "beyond")]
    return [*found, ("left out",)]


def lines(shown: Shown, tracks: Tracks) -> dict[Key, str]:
    """The same as lines of text, by key, in the order to read them in."""
    said: dict[Key, str] = {}
    for group in tracks.groups:
        for thing in group:
            for track in tracks.tracks[thing]:
                if track in shown.flows:
                    said.update(_flow_lines(track, shown.flows[track]))
            if thing in shown.things:
                said.update(_thing_lines(thing, shown.things[thing]))
    if tracks.left_out:
        said[("left out",)] = left_out(tracks.left_out)
    return said


def left_out(count: int) -> str:
    """Says that there is more than is shown.

    >>> left_out(1)
    '1 descriptor that was used less is not shown'
    """
    was, is_ = ("was", "is") if count == 1 else ("were", "are")
    return f"{many(count, 'descriptor')} that {was} used less {is_} not shown"


def _flow_lines(track: Track, flow: Flow) -> dict[Key, str]:
    said: dict[Key, str] = {}
    data = f", {flow.data}" if flow.data else ""
    said[track, "program"] = f"{flow.title}, {flow.descriptor.partition(':')[0]}: {flow.doing}{data}"
    if flow.inner:
        arrow = {"down": "↓ into the buffer: ", "up": "↑ out of the buffer: ", "": ""}[flow.inner_way]
        said[track, "inner"] = f"  {arrow}{flow.inner}"
    if flow.buffer is not None:
        box = flow.buffer
        said[track, "buffer"] = f"  {box.title}, {box.amount}{told(box.held)}"
        if box.note:
            said[track, "note"] = f"  {box.note}"
    if flow.outer:
        said[track, "outer"] = f"  {'↓' if flow.outer_way == 'down' else '↑'} {flow.outer}"
    said[track, "descriptor"] = f"  {flow.descriptor} → {track.thing}"
    return said


def _thing_lines(name: str, thing: Thing) -> dict[Key, str]:
    said: dict[Key, str] = {(name, "thing"): f"{thing.title}: {thing.held}"}
    if thing.data:
        said[name, "bytes"] = f"  {thing.word}{told(thing.data)}"
    if thing.note:
        said[name, "pages"] = f"  {thing.note}"
    if thing.beyond:
        said[name, "beyond"] = "  " + ": ".join(
            filter(None, (thing.beyond[0], " / ".join(filter(None, thing.beyond[1:]))))
        )
    return said


@lru_cache(maxsize=256)  # a buffer that fills begins the same at every step
def _beginning(data: bytes) -> str:
    return visible(data)


def told(data: bytes) -> str:
    """The beginning of some bytes, behind a colon; "" where there are none."""
    if not data:
        return ""
    return f": {_beginning(data[:_IN_TWIN])}{'…' if len(data) > _IN_TWIN else ''}"
