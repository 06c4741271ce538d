"""What a notebook gets when labkit is imported in it: the `%%c` magic; runs and recordings that show themselves."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import Any

from labkit.decode.strace import listing, summary
from labkit.decode.verdict import verdict
from labkit.draw.style import CSS
from labkit.draw.timeline import timeline
from labkit.model import Recording, Run

_LINES = 200  # of a recording's listing in a cell's output


def enable(shell: Any) -> None:
    """Register with an IPython shell; doing it again changes nothing."""
    from labkit.show.magics import LabkitMagics  # noqa: PLC0415  # IPython only where there is IPython

    shell.register_magics(LabkitMagics)
    html, plain = (shell.display_formatter.formatters[kind] for kind in ("text/html", "text/plain"))
    html.for_type(Run, run_as_html)
    html.for_type(Recording, recording_as_html)
    plain.for_type(Run, lambda run, printer, _: printer.text(run_as_text(run)))
    plain.for_type(Recording, lambda recording, printer, _: printer.text(recording_as_text(recording)))


def run_as_html(run: Run) -> str:
    """The timeline of one run, how it ended, and what files it left."""
    lines = "".join(f"<div>{escape(line)}</div>" for line in _remarks(run))
    return f"{timeline(run)._repr_html_()}<div class='lk'>{lines}</div>"


def run_as_text(run: Run) -> str:
    """The same as text."""
    return "\n".join([str(timeline(run)), *_remarks(run)])


def _remarks(run: Run) -> list[str]:
    return [verdict(run), *(f"It left the file {file.name}, {file.size:,} bytes." for file in run.files)]


def recording_as_html(recording: Recording) -> str:
    """The listing of a recording."""
    text = escape(recording_as_text(recording))
    return f'<div class="lk lk-figure"><style>{CSS}</style><pre>{text}</pre></div>'


def recording_as_text(recording: Recording) -> str:
    """What it did from main on, a line a call as strace(1) prints it, and how it ended; of a long one the beginning."""
    lines = listing(recording, before_main=False)
    shown = list(islice(lines, _LINES))
    if more := sum(1 for _ in lines):
        shown.append(f"… and {more:,} lines more; save(recording, file) and `labkit show` print them all")
    return "\n".join([*shown, *(f"not seen: {word}" for word in recording.missing), summary(recording)])
