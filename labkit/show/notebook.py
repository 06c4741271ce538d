"""What a notebook gets when labkit is imported in it: the `%%c` magic, and runs that show themselves as pictures."""

from __future__ import annotations

from html import escape
from typing import Any

from labkit.decode.verdict import verdict
from labkit.draw.timeline import timeline
from labkit.model import Run


def enable(shell: Any) -> None:
    """Register with an IPython shell; doing it again changes nothing."""
    from labkit.show.magics import LabkitMagics  # noqa: PLC0415  # IPython only where there is IPython

    shell.register_magics(LabkitMagics)
    shell.display_formatter.formatters["text/html"].for_type(Run, run_as_html)
    shell.display_formatter.formatters["text/plain"].for_type(
        Run, lambda run, printer, _: printer.text(run_as_text(run))
    )


def run_as_html(run: Run) -> str:
    """The timeline of one run, how it ended, and what files it left."""
    lines = "".join(f"<div>{escape(line)}</div>" for line in _remarks(run))
    return f"{timeline(run)._repr_html_()}<div class='lk'>{lines}</div>"


def run_as_text(run: Run) -> str:
    """The same as text."""
    return "\n".join([str(timeline(run)), *_remarks(run)])


def _remarks(run: Run) -> list[str]:
    return [verdict(run), *(f"It left the file {file.name}, {file.size:,} bytes." for file in run.files)]
