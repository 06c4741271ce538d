"""The stepper along a kernel path, in a notebook and in a file: what `labkit.step` gives for a `CallGraph`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.decode.kernel_rules import POINT, levels
from labkit.decode.kernel_story import story
from labkit.decode.kernel_tree import text
from labkit.decode.provenance import notes
from labkit.draw.kernel_path import followed
from labkit.draw.stepper import page
from labkit.errors import LabkitError
from labkit.model import CallGraph


@dataclass(frozen=True, repr=False)
class KernelStepper:
    """A path through the kernel to step along; shows itself in a notebook, `save` writes a page."""

    graph: CallGraph
    at: int
    show: tuple[str, ...]
    detail: str

    def _told(self) -> tuple[list[str], list[int]]:
        """For a reader without a script: the points of the lecture, and their steps."""
        told = [number for number, level in enumerate(levels(self.graph)) if level == POINT]
        sentences = story(self.graph)
        return [sentences[number] for number in told], told

    def save(self, path: str | Path) -> Path:
        """Write a self-contained HTML page, which needs no network and no kernel; gives back its path.

        Raises LabkitError if the file cannot be written.
        """
        path = Path(path)
        given = followed.data(self.graph, at=self.at, show=self.show, detail=self.detail, alone=True)
        try:
            path.write_text(page.page(given, *self._told()), "utf-8", "replace")
        except OSError as err:
            raise LabkitError(f"cannot save the page as {path}: {err.strerror}; choose another place") from err
        return path

    def _repr_html_(self) -> str:
        given = followed.data(self.graph, at=self.at, show=self.show, detail=self.detail, alone=False)
        return page.stepper(given, *self._told())

    def __repr__(self) -> str:
        return "\n".join([text(self.graph), *notes([self.graph])])


def follow(graph: CallGraph, at: int, show: Sequence[str], detail: str) -> KernelStepper:
    """Step along `graph`, beginning at step `at`; what `labkit.step` does for a path through the kernel."""
    followed.check(show, detail)
    return KernelStepper(graph, followed.position(graph, at), tuple(show), detail)
