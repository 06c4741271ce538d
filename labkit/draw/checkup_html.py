"""The doctor's report as an HTML table for a notebook. Pure; knows nothing of Jupyter but the names of its colours.

Everything in a report is shown as text: it can never become markup. Without its styles, which a notebook that is not
trusted loses, the table still says everything: marks are signs with words, not colours.
"""

from __future__ import annotations

from html import escape

from labkit.draw.checkup_text import headline, verdict
from labkit.draw.visible import visible
from labkit.model import Probe, Report

STYLE = """\
.labkit.checkup { border-collapse: collapse; color: var(--jp-content-font-color1, CanvasText);
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: var(--jp-content-font-size1, 1em);
  line-height: 1.35; max-width: 72em; }
.labkit.checkup caption { text-align: left; padding: 0 0 .5em; font-weight: 600; color: inherit; caption-side: top; }
.labkit.checkup :is(th, td) { text-align: left; vertical-align: top; padding: .35em .8em .35em 0; white-space: normal;
  max-width: none; border: 0; border-bottom: 1px solid var(--jp-border-color1, #8886); background: none; }
.labkit.checkup tbody tr { background: none; }
.labkit.checkup thead th { font-weight: 600; color: var(--jp-content-font-color2, GrayText); }
.labkit.checkup tbody th { font-weight: 600; white-space: nowrap; }
.labkit.checkup .mark { white-space: nowrap; }
.labkit.checkup .yes .mark { color: var(--jp-success-color1, inherit); }
.labkit.checkup .no .mark { color: var(--jp-error-color1, inherit); font-weight: 700; }
.labkit.checkup small { display: block; font-size: .92em; margin-top: .2em;
  color: var(--jp-content-font-color2, GrayText); }
.labkit.checkup code { font-family: var(--jp-code-font-family, monospace); background: none; padding: 0;
  color: var(--jp-content-font-color1, CanvasText); }"""
# On the cells themselves, since this much style is left to a notebook that is not trusted, where Jupyter aligns right.
LEFT = 'style="text-align: left"'


def checkup_html(report: Report) -> str:
    """One `<table>` with its style, a row for each probe in the report's order.

    >>> row = Probe("kcmp", False, "<EPERM>", "03: sharing", "sharing derived", "use root")
    >>> "&lt;EPERM&gt;" in checkup_html(Report((row,)))
    True
    """
    head = "".join(
        f'<th scope="col" {LEFT}>{name}</th>' for name in ("Here", "What", "Seen on this machine", "Used for")
    )
    rows = "\n".join(map(_row, report))
    caption = escape(f"{headline(report)}. {verdict(report)}".rstrip(". "))
    return (
        f"<style>{STYLE}</style>\n"
        f'<table class="labkit checkup">\n<caption>{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(probe: Probe) -> str:
    kind, mark = ("yes", "✓ works") if probe.works else ("no", "✗ no")
    purpose = _text(probe.purpose)
    if not probe.works:
        purpose += f"<small>Instead: {_text(probe.instead)}</small>"
        purpose += f"<small>To enable: <code>{_text(probe.enable)}</code></small>"
    name, detail = _text(probe.name), _text(probe.detail)
    cells = f'<td class="mark" {LEFT}>{mark}</td><th scope="row" {LEFT}>{name}</th>'
    cells += f"<td {LEFT}>{detail}</td><td {LEFT}>{purpose}</td>"
    return f'<tr class="{kind}">{cells}</tr>'


def _text(text: str) -> str:
    return escape(visible(text))
