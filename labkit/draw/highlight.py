"""C text highlighted, line by line, as markup that is safe and well-formed whatever is in the text."""

from __future__ import annotations

import re
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import CLexer

from labkit.decode.steps import without_steps
from labkit.decode.text import readable

CSS = Path(__file__).with_suffix(".css").read_text()
_COLOURED = frozenset(re.findall(r"\.lk code \.(\w+)", CSS))
_SPAN = re.compile(r'<span class="(\w+)">([^<]*)</span>')


def highlighted(source: str) -> list[str]:
    """The lines of `source` as markup, without the marks of its places; empty lines at the end are left out.

    >>> for line in highlighted('int x; // step: <b>\\n"<i>"'):
    ...     print(line)
    <span class="kt">int</span> x;
    <span class="s">"&lt;i&gt;"</span>
    """
    text = readable(without_steps(source)).rstrip("\n")
    # Not splitlines(): for the compiler, which counts lines, nothing but a newline ends one.
    markup: str = highlight(text, CLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return _SPAN.sub(_coloured, markup.removesuffix("\n")).split("\n")


def _coloured(span: re.Match[str]) -> str:
    """A piece of text, without the element around it if that has no colour."""
    return span[0] if span[1] in _COLOURED else span[2]
