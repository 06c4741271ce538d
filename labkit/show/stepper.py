"""The stepper in a notebook and in a file: what `labkit.step` and `labkit.compare` give.

Its HTML carries all it needs, so the same output steps where it was made, in the notebook saved and opened without a
kernel, and in a page exported from it. A widget would not: JupyterLab does not save its state, exports leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from labkit.decode.alignment import align
from labkit.decode.background import visible
from labkit.decode.kernel_brief import shown_only
from labkit.draw.connections.scene import best_step
from labkit.draw.kernel_path import followed
from labkit.draw.picture import Picture
from labkit.draw.stepper import page
from labkit.draw.stepper.excerpt import around
from labkit.draw.stepper.stepped import position, stepped
from labkit.draw.stepper.still import still
from labkit.errors import LabkitError
from labkit.model import CallGraph, Recording
from labkit.show.kernel_stepper import KernelStepper, follow

_TOLD = 8


@dataclass(frozen=True, repr=False)
class Stepper:
    """One recording to step through, or two side by side; shows itself in a notebook, `save` writes a page."""

    recordings: tuple[Recording, ...]
    at: int
    show: tuple[str, ...]
    only: tuple[int, ...] | None = None  # of one recording, the steps that are shown, counted from 0; None: all
    brief: bool = False  # only the programs' own steps, and no panel but those to show

    def _data(self, alone: bool) -> dict[str, Any]:
        ready = [stepped(recording) for recording in self.recordings]
        pairs = align(*self.recordings) if len(self.recordings) == 2 else None
        return page.data(ready, pairs=pairs, at=self.at, show=self.show, alone=alone, only=self._steps())

    def _steps(self) -> list[Sequence[int]] | None:
        """The steps of each recording that are given, None for all."""
        if self.only is not None:
            return [self.only]
        if not self.brief:
            return None
        first, *others = (visible(recording) for recording in self.recordings)
        return [sorted({*first, self.at}), *others]

    def _story(self) -> list[str]:
        return [stepped(one).sentences[step] for one in self.recordings for step in visible(one)]

    def _told(self) -> tuple[int, ...]:
        """The steps of an excerpt that a reader without a script is told of: those just before the one meant."""
        assert self.only is not None
        here = self.only.index(self.at)
        return self.only[max(0, here - _TOLD) : here + 2]

    def save(self, path: str | Path) -> Path:
        """Write a self-contained HTML page, which needs no network and no kernel; gives back its path.

        Raises LabkitError if the file cannot be written.
        """
        path = Path(path)
        try:
            path.write_text(page.page(self._data(alone=True), self._story()), "utf-8", "replace")
        except OSError as err:
            raise LabkitError(f"cannot save the page as {path}: {err.strerror}; choose another place") from err
        return path

    def _repr_html_(self) -> str:
        if self.only is not None:
            (run,), told = self.recordings, self._told()
            return page.stepper(self._data(alone=False), [stepped(run).sentences[step] for step in told], told)
        return page.stepper(self._data(alone=False), self._story())

    def __repr__(self) -> str:
        return "\n\n".join(stepped(recording).text() for recording in self.recordings)


@overload
def step(recording: Recording, at: int = 1, show: Sequence[str] | None = None, *, brief: bool = False) -> Stepper: ...
@overload
def step(
    recording: CallGraph, at: int = 1, show: Sequence[str] | None = None, *, brief: bool = False, detail: str = "shown"
) -> KernelStepper: ...


def step(
    recording: Recording | CallGraph,
    at: int = 1,
    show: Sequence[str] | None = None,
    *,
    brief: bool = False,
    detail: str = "shown",
) -> Stepper | KernelStepper:
    """Step through `recording`, forwards and back, beginning at step `at` (counted from 1, or from the end with -1).

    `show` names the panels that are open at first, by default all that there are: "source", "descriptors",
    "connections" (where there are sockets), "ladder" (where there are segments), "bytes", "time", "steps";
    of a way through the kernel (`labkit.box().path`) "path" and "steps". The others are one click away. With `brief`
    there are no others, and no start-up steps: half the size, for notebooks that store many; a way through the kernel
    is then without what is folded. Of such a way, `detail` says what is listed at first: "points of the lecture",
    "shown" or "everything". Raises LabkitError
    for a step or panel that is not there.
    """
    if isinstance(recording, CallGraph):
        return follow(
            shown_only(recording) if brief else recording, at, followed.PANELS if show is None else show, detail
        )
    show = page.panels([stepped(recording)]) if show is None else show
    page.check(show)
    return Stepper((recording,), position(stepped(recording), at), tuple(show), brief=brief)


def excerpt(recording: Recording, at: int, show: Sequence[str]) -> Stepper:
    """`step` with a stretch of steps around `at`, and no panels but those to `show`: small, to be stored many times.

    Its steps have the numbers that they have in the whole recording; `only` says which are there, counted from 0.
    """
    page.check(show)
    here = position(stepped(recording), at)
    return Stepper((recording,), here, tuple(show), around(recording, here))


def compare(
    first: Recording,
    second: Recording,
    at: int = 1,
    show: Sequence[str] = ("source", "descriptors", "steps"),
    *,
    brief: bool = False,
) -> Stepper:
    """Step through two recordings side by side, together: steps that are the same stand beside each other.

    `at` is a step of the first; `brief` is as for `step`. Raises LabkitError for a step or panel that is not there.
    """
    page.check(show)
    return Stepper((first, second), position(stepped(first), at), tuple(show), brief=brief)


def picture(recording: Recording | CallGraph, name: str = "", at: int = -1) -> Picture:
    """One picture of the stepper alone at step `at`: "descriptors" (the default), "bytes" or "time".

    Of a recording with sockets there is "connections", too, and of one with segments "ladder". Of a way through the
    kernel there is one picture, "path". It shows itself in a notebook; `.save` writes a self-contained SVG file, `.svg`
    and `.text` are its drawing and its text twin, `.dot` (of the descriptors) its DOT source. Raises LabkitError for a
    picture or step that is not there.
    """
    if isinstance(recording, CallGraph):
        return followed.still(recording, name or "path", at)
    return still(recording, name or "descriptors", at)


def connections(recording: Recording, at: int | None = None) -> Picture:
    """The connections of `recording` as a picture: both ends of each, the queues of listening sockets, who holds what.

    It is as at step `at` (counted from 1, or from the end with -1), by default at the last of the steps at which most
    ends are open and fewest about to close. It shows itself as `picture` says; `labkit.step` shows it call by call.
    Raises LabkitError for a step that is not there.
    """
    return still(recording, "connections", best_step(recording) + 1 if at is None else at)
