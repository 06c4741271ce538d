"""The one look of every chart: a PNG with no ground of its own, in inks that can be read on light and dark pages.

The only place that knows matplotlib's settings. A PNG cannot follow the page's theme, as the drawings do: so each ink
stands out from white and from JupyterLab's dark ground alike.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image  # matplotlib's own means of writing pictures

INK = "#7a7a7a"  # text, axes
SERIES = (  # colour, marker, line: never told apart by colour alone
    ("#2a82da", "o", "-"),
    ("#c8651b", "s", "--"),
    ("#239155", "^", "-."),
    ("#b05bb8", "D", ":"),
)
_DPI = 144
_LOOK: dict[Any, Any] = {
    "font.size": 12.5,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same picture everywhere
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.3,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 2.2,
    "lines.markersize": 7,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "text.parse_math": False,  # names are shown, never obeyed
}


@contextmanager
def look() -> Iterator[None]:
    """The style of every chart, for the `with` block; other figures of the reader's stay as they are."""
    # rc_context does not put the backend back, and none is needed here: the reader's is not touched.
    plain = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    with matplotlib.rc_context({**plain, **_LOOK}):
        yield


def panels(count: int, width: float = 10.4, height: float = 4.4) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels side by side, `width` by `height` inches; within `look()`."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # never a window, whatever backend the notebook has chosen
    return figure, [figure.add_subplot(1, count, number + 1) for number in range(count)]


def png(figure: Figure) -> bytes:
    """The figure as a PNG file: the same bytes for the same numbers; within `look()`.

    With a palette of 256 colours, among them half-transparent ones: a third of the size, which a notebook carries.
    """
    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI, transparent=True, metadata={"Software": None})
    Image.open(drawn).quantize(256, method=Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return file.getvalue()
