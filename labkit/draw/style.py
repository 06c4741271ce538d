"""The one look of every picture: colours as theme variables with fallbacks, sizes, and the measure of text.

In JupyterLab the variables follow its theme; in a saved file or on a plain page the system's light or dark colours do.
"""

import re
from pathlib import Path

CSS = Path(__file__).with_suffix(".css").read_text()
FONT = 15  # px; the boxes of every picture are measured in it
CHAR = FONT * 0.602  # width of one monospace character
LINE = 20  # px from one line of text to the next

_RULE = re.compile(r"([^{}]+)\{[^{}]*\}\s*")
_CLASSES = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")
_CLASS = re.compile(r"\.([a-z][\w-]*)")


def needed(css: str, markup: str) -> str:
    """The rules of `css` that `markup` can use, for what is stored many times and never changes its classes.

    >>> needed(".lk { x: 0 } .lk .box, .row i { x: 1 } .lk .gone { x: 2 }", '<p class="lk"><i class="box big"/></p>')
    '.lk { x: 0 } .lk .box, .row i { x: 1 } '
    """
    there = {name for found in _CLASSES.findall(markup) for name in "".join(found).split()}
    return "".join(
        rule[0] for rule in _RULE.finditer(css) if any(there >= {*_CLASS.findall(one)} for one in rule[1].split(","))
    )
