"""One picture of the stepper at one step, alone. Pure."""

from __future__ import annotations

from collections.abc import Callable

from labkit.decode.provenance import elsewhere
from labkit.draw.connections.dot import connections_dot
from labkit.draw.descriptors.dot import descriptors_dot
from labkit.draw.lanes.dot import lanes_dot
from labkit.draw.picture import Picture
from labkit.draw.stepper.stepped import position, stepped
from labkit.draw.whereabouts.dot import whereabouts_dot
from labkit.errors import LabkitError
from labkit.model import Recording

DOTS: dict[str, Callable[[Recording, int], str]] = {
    "descriptors": descriptors_dot,
    "connections": connections_dot,
    "bytes": whereabouts_dot,
    "time": lanes_dot,
}


def still(recording: Recording, name: str, at: int) -> Picture:
    """The picture `name` at step `at`, counted from 1 or from the end; LabkitError if there is none."""
    ready = stepped(recording)
    step = position(ready, at)
    scene = ready.scene(name)
    drawn = scene.film.at(step)
    if not drawn.startswith("<svg"):
        raise LabkitError(f"{name!r} is text, not a drawing; labkit.listing shows a program's source.")
    source = DOTS[name](recording, step) if name in DOTS else ""  # the ladder is no graph
    title = f"{scene.title}, step {step + 1}: {ready.sentences[step]}"
    return Picture(title, drawn, scene.text(step), scene.legend, source, elsewhere([recording]))
