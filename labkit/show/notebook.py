"""What a notebook gets when labkit is imported in it: the `%%c` magic; runs and recordings that show themselves."""

from __future__ import annotations

from html import escape
from typing import Any

from labkit.decode.verdict import verdict
from labkit.draw.timeline import timeline
from labkit.model import Recording, Run
from labkit.show.stepper import step


def enable(shell: Any) -> None:
    """Register with an IPython shell; doing it again changes nothing."""
    from labkit.show.magics import LabkitMagics  # noqa: PLC0415  # IPython only where there is IPython

    shell.register_magics(LabkitMagics)
    html, plain = (shell.display_formatter.formatters[kind] for kind in ("text/html", "text/plain"))
    html.for_type(Run, run_as_html)
    html.for_type(Recording, lambda recording: step(recording)._repr_html_())
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
