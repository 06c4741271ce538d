"""A table of cells, as HTML for a notebook and as text. Pure; does not know what the cells mean.

Every cell is shown as text: it can never become markup. Alignment is on the cells, since that much is left of the style
in a notebook that is not trusted.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape

from labkit.decode.text import one_line, readable

STYLE = """\
.labkit.grid { border-collapse: collapse; color: var(--jp-content-font-color1, CanvasText);
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: var(--jp-content-font-size1, 1em);
  line-height: 1.35; }
.labkit.grid caption { text-align: left; padding: 0 0 .5em; font-weight: 600; color: inherit; caption-side: top; }
.labkit.grid :is(th, td) { vertical-align: top; padding: .35em 1.1em .35em 0; border: 0; background: none;
  border-bottom: 1px solid var(--jp-border-color1, #8886); }
.labkit.grid tbody tr { background: none; }
.labkit.grid thead th { font-weight: 600; color: var(--jp-content-font-color2, GrayText); vertical-align: bottom; }
.labkit.grid tbody th { font-weight: 600; white-space: nowrap; }
.labkit.grid td { font-family: var(--jp-code-font-family, monospace); }
.labkit.grid .no { color: var(--jp-error-color1, inherit); font-weight: 700; }
.labkit.grid tfoot td { font-family: inherit; border: 0; color: var(--jp-content-font-color2, GrayText); }"""


@dataclass(frozen=True)
class Cell:
    """`text`; `refused`: it says that something failed, and is set off (by weight, not by colour alone).

    `code`: the text is C, where a backslash is a backslash.
    """

    text: str
    refused: bool = False
    code: bool = False

    @property
    def shown(self) -> str:
        r"""The text as it stands in the table, on one line and harmless.

        >>> print(Cell(r"puts('\n');", code=True).shown, Cell("\x1b", code=True).shown, Cell("a\nb").shown)
        puts('\n'); \e a b
        """
        return readable(" ".join(self.text.split())) if self.code else one_line(self.text)


@dataclass(frozen=True, repr=False)
class Grid:
    """`caption`, a `head` of column names, `rows` whose first cell names them, `notes` below.

    `right` are the numbers of columns with numbers in them, which stand at the right. `steady`, when not empty, is what
    stands for the table where outputs are compared: its own numbers differ each time.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    steady: str = ""

    def __str__(self) -> str:
        return grid_text(self)

    def __repr__(self) -> str:
        return self.steady or grid_text(self)

    def _repr_html_(self) -> str:
        return grid_html(self)


def cells(*texts: str) -> tuple[Cell, ...]:
    """A row of plain cells."""
    return tuple(map(Cell, texts))


def grid_text(grid: Grid) -> str:
    """The table as lines, columns two spaces apart, no trailing newline.

    >>> print(grid_text(Grid("Sizes", ("name", "bytes"), (cells("a", "5"), cells("bcd", "12")), right=frozenset({1}))))
    Sizes
      name  bytes
      a         5
      bcd      12
    """
    lines = [tuple(map(one_line, grid.head)), *(tuple(cell.shown for cell in row) for row in grid.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    across = (
        "  ".join(
            text.rjust(width) if number in grid.right else text.ljust(width)
            for number, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
    return "\n".join([one_line(grid.caption), *(f"  {line}".rstrip() for line in across), *map(_note, grid.notes)])


def grid_html(grid: Grid) -> str:
    """One `<table>` with its style.

    >>> "<b>" in grid_html(Grid("", ("<b>",), (cells("<b>"),)))
    False
    """
    kind = "labkit grid unsteady" if grid.steady else "labkit grid"
    head = "".join(f'<th scope="col" {_side(grid, n)}>{_text(name)}</th>' for n, name in enumerate(grid.head))
    rows = "\n".join(f"<tr>{''.join(_cell(grid, n, cell) for n, cell in enumerate(row))}</tr>" for row in grid.rows)
    notes = "".join(f'<tr><td colspan="{len(grid.head)}" {_LEFT}>{_text(note)}</td></tr>' for note in grid.notes)
    foot = f"\n<tfoot>{notes}</tfoot>" if notes else ""
    return (
        f"<style>{STYLE}</style>\n"
        f'<table class="{kind}">\n<caption>{_text(grid.caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>{foot}\n</table>"
    )


def _note(note: str) -> str:
    return textwrap.fill(one_line(note), _WIDTH)


_WIDTH = 100  # of a line of a note
_LEFT, _RIGHT = 'style="text-align: left"', 'style="text-align: right"'


def _side(grid: Grid, number: int) -> str:
    return _RIGHT if number in grid.right else _LEFT


def _cell(grid: Grid, number: int, cell: Cell) -> str:
    if number == 0:
        return f'<th scope="row" {_LEFT}>{escape(cell.shown)}</th>'
    refused = ' class="no"' if cell.refused else ""
    return f"<td{refused} {_side(grid, number)}>{escape(cell.shown)}</td>"


def _text(text: str) -> str:
    return escape(one_line(text))
