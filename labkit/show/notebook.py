"""What a notebook gets when labkit is imported in it: the `%%c` magic; values that show themselves."""

from __future__ import annotations

from html import escape
from typing import Any

from labkit.decode.verdict import verdict
from labkit.draw.entry_grid import registers_grid, way_grid
from labkit.draw.kernel_files_grid import kernel_files_grid
from labkit.draw.layout_grid import layout_grid
from labkit.draw.timeline import timeline
from labkit.exercises import progress
from labkit.exercises.exercise import Exercise
from labkit.exercises.feedback import Feedback
from labkit.model import CallGraph, Entry, KernelFiles, Layout, Recording, Run
from labkit.show.feedback import exercise_as_html, exercise_as_text, feedback_as_html, feedback_as_text, teller
from labkit.show.stepper import step


def enable(shell: Any) -> None:
    """Register with an IPython shell; doing it again changes nothing."""
    from labkit.show.magics import LabkitMagics  # noqa: PLC0415  # IPython only where there is IPython

    shell.register_magics(LabkitMagics)
    html, plain = (shell.display_formatter.formatters[kind] for kind in ("text/html", "text/plain"))
    html.for_type(Run, run_as_html)
    html.for_type(Recording, lambda recording: step(recording)._repr_html_())
    html.for_type(Layout, lambda layout: layout_grid(layout)._repr_html_())
    plain.for_type(Layout, lambda layout, printer, _: printer.text(repr(layout_grid(layout))))
    html.for_type(KernelFiles, lambda files: kernel_files_grid(files)._repr_html_())
    plain.for_type(KernelFiles, lambda files, printer, _: printer.text(repr(kernel_files_grid(files))))
    html.for_type(Entry, lambda entry: "".join(grid._repr_html_() for grid in (registers_grid(entry), way_grid(entry))))
    plain.for_type(Entry, lambda entry, printer, _: printer.text(f"{registers_grid(entry)!r}\n\n{way_grid(entry)!r}"))
    html.for_type(CallGraph, lambda graph: step(graph)._repr_html_())
    plain.for_type(CallGraph, lambda graph, printer, _: printer.text(repr(step(graph))))
    html.for_type(Feedback, feedback_as_html)
    html.for_type(Exercise, exercise_as_html)
    plain.for_type(Feedback, lambda feedback, printer, _: printer.text(feedback_as_text(feedback)))
    plain.for_type(Exercise, lambda exercise, printer, _: printer.text(exercise_as_text(exercise)))
    progress.listen(teller(shell))
    plain.for_type(Run, lambda run, printer, _: printer.text(run_as_text(run)))
    plain.for_type(Recording, lambda recording, printer, _: printer.text(repr(step(recording))))


def run_as_html(run: Run) -> str:
    """The timeline of one run, how it ended, and what files it left."""
    lines = "".join(f"<div>{escape(line)}</div>" for line in _remarks(run))
    return f"{timeline(run)._repr_html_()}<div class='lk'>{lines}</div>"


def run_as_text(run: Run) -> str:
    """The same as text."""
    return "\n".join([str(timeline(run)), *_remarks(run)])


def _remarks(run: Run) -> list[str]:
    return [verdict(run), *(f"It left the file {file.name}, {file.size:,} bytes." for file in run.files)]
