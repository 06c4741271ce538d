"""The chart of costs: a PNG that can be read on a light and on a dark page, and is the same for the same numbers."""

import io
from dataclasses import replace

import matplotlib
import pytest
from PIL import Image

from labkit.draw.chart import INK, SERIES
from labkit.draw.cost_chart import cost_chart
from labkit.model import CopyCost, CopyCosts

LIGHT, DARK = "#ffffff", "#111111"  # the grounds of JupyterLab's themes
WAYS = ("fgetc, fputc", "fread, fwrite", "read, write")
COSTS = CopyCosts(
    tuple(CopyCost(way, 4**power, 1 << 20, 3, 1 / 4**power, 128, 257) for way in WAYS for power in range(11))
)


@pytest.fixture(scope="module", autouse=True)
def fonts_are_open():
    """matplotlib keeps the files of its fonts open for as long as the process lives: not a leak of any one test."""
    cost_chart(COSTS)


def image(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_every_ink_can_be_read_on_both_grounds(ground):
    # WCAG 2.2 asks 3 of graphics and of large text; no one ink can have more than 4.3 on both grounds
    assert contrast(INK, ground) >= 4.2
    assert [colour for colour, _, _ in SERIES if contrast(colour, ground) < 3.5] == []


def test_no_two_lines_differ_by_colour_alone():
    assert len({marker for _, marker, _ in SERIES}) == len({line for _, _, line in SERIES}) == len(SERIES)


def test_it_is_a_png_without_a_ground_and_without_an_edge_cut_off():
    drawn = image(cost_chart(COSTS))
    assert drawn.size[0] >= 1200  # sharp when projected
    edge = [drawn.getpixel((x, y))[3] for x in range(drawn.size[0]) for y in (0, drawn.size[1] - 1)]
    assert set(edge) == {0}


def test_the_same_numbers_give_the_same_bytes():
    assert cost_chart(COSTS) == cost_chart(COSTS)
    assert cost_chart(COSTS) != cost_chart(replace(COSTS, sync=True))


def test_every_way_is_drawn_in_its_colour():
    apart = tuple(
        replace(cost, seconds=cost.seconds * 5**n, calls=cost.calls * 5**n) for n, cost in enumerate(COSTS.costs[::11])
    )
    colours = {pixel[:3] for _, pixel in image(cost_chart(replace(COSTS, costs=apart))).getcolors(1 << 20)}
    assert {tuple(bytes.fromhex(colour[1:])) for colour, _, _ in SERIES[:3]} <= colours


def test_a_cost_that_is_not_known_is_a_gap():
    holes = tuple(replace(cost, seconds=None, calls=None) if cost.size == 64 else cost for cost in COSTS)
    assert cost_chart(replace(COSTS, costs=holes)) != cost_chart(COSTS)
    nothing = tuple(replace(cost, seconds=None, calls=None) for cost in COSTS)
    assert image(cost_chart(replace(COSTS, costs=nothing))).size == image(cost_chart(COSTS)).size


def test_names_are_shown_and_not_obeyed():
    named = tuple(replace(cost, way=r"$\frac{1}{$ _") for cost in COSTS.costs[:11])
    assert image(cost_chart(replace(COSTS, costs=named)))


def test_the_readers_own_settings_are_left_alone(monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "backend", "svg")
    with matplotlib.rc_context({"font.size": 41, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        assert cost_chart(COSTS)
        assert dict(matplotlib.rcParams) == before
        theirs = cost_chart(COSTS)
    assert theirs == cost_chart(COSTS)
