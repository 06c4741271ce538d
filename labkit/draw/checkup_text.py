"""The doctor's report as a text table for a terminal. Pure; knows nothing of how things were tried."""

from __future__ import annotations

import textwrap

from labkit.draw.visible import visible
from labkit.model import Probe, Report

WIDTH = 100
COLUMNS = (("", 8), ("what", 22), ("seen here", 35), ("used for", 35))
INDENT = COLUMNS[0][1]


def checkup_text(report: Report) -> str:
    """A table at most 100 columns wide, a row for each probe in the report's order, no trailing newline.

    >>> from labkit.model import Probe, Report
    >>> refused = Probe("kcmp", False, "kcmp: EPERM", "03: sharing", "sharing derived", "use root")
    >>> print(checkup_text(Report((refused,))))
    labkit doctor: 1 thing tried, 0 work
    <BLANKLINE>
            what                  seen here                          used for
    ✗ no    kcmp                  kcmp: EPERM                        03: sharing
            instead: sharing derived
            enable:  use root
    """
    lines = [headline(report), "", _across([name for name, _ in COLUMNS])]
    for probe in report:
        lines += _row(probe)
    if not report.ready:
        lines += ["", *_fold(verdict(report), WIDTH)]
    return "\n".join(lines)


def headline(report: Report) -> str:
    """How many things were tried, and how many work here."""
    return f"{report.summary()}, {sum(probe.works for probe in report)} work"


def verdict(report: Report) -> str:
    """What it means that something essential is missing; "" if nothing is."""
    missing = ", ".join(visible(probe.name) for probe in report if probe.essential and not probe.works)
    meaning = f"Programs cannot be run live here yet; the course shows recordings. Missing: {missing}."
    return "" if report.ready else meaning


def _row(probe: Probe) -> list[str]:
    mark = "✓ works" if probe.works else "✗ no"
    cells = [mark, visible(probe.name), visible(probe.detail), visible(probe.purpose)]
    wrapped = [_fold(cell, width - 1) for cell, (_, width) in zip(cells, COLUMNS, strict=True)]
    height = max(map(len, wrapped))
    lines = [_across([column[row] if row < len(column) else "" for column in wrapped]) for row in range(height)]
    if not probe.works:
        for label, text in (("instead: ", probe.instead), ("enable:  ", probe.enable)):
            lines += _fold(label + visible(text), WIDTH, " " * INDENT, " " * (INDENT + len(label)))
    return lines


def _fold(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest) or [""]


def _across(cells: list[str]) -> str:
    return "".join(cell.ljust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=True)).rstrip()
