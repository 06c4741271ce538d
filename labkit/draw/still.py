"""One picture of the stepper at one step, alone. Pure."""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.names import names
from labkit.decode.replay import state
from labkit.draw.dot import dot
from labkit.draw.picture import Picture
from labkit.draw.stepped import position, stepped
from labkit.draw.tables import describe
from labkit.errors import LabkitError
from labkit.model import Recording


def still(recording: Recording, name: str, at: int) -> Picture:
    """The picture `name` at step `at`, counted from 1 or from the end; LabkitError if there is none."""
    ready = stepped(recording)
    step = position(ready, at)
    scene = ready.scene(name)
    drawn = scene.film.at(step)
    if not drawn.startswith("<svg"):
        raise LabkitError(f"{name!r} is text, not a drawing; labkit.listing shows a program's source.")
    title = f"{scene.title}, step {step + 1}: {ready.sentences[step]}"
    picture = Picture(title, drawn, scene.text(step), scene.legend)
    if name != "descriptors":
        return picture
    return replace(picture, dot=dot(describe(state(recording, step), recording.events, names(recording), {})))
