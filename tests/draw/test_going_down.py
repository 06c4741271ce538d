"""The tables of the way down: a recording that was made elsewhere is said to be, and no text becomes markup."""

from labkit.decode.provenance import shown_instead
from labkit.draw.going_down import blocks_grid, layers_grid, writing_grid
from labkit.model import BlocksBelow, Layer, Layers, Recording, Stage, WrittenDown

MADE = {"kernel": "Linux 6.18.5", "machine": "x86_64", "libc": "glibc 2.36", "when": "2026-11-24T10:00:00"}
ELSEWHERE = shown_instead(Recording("down", ("down",), "null", "pipe", "pipe", (), made=MADE))
HERE = Recording("down", ("down",), "null", "pipe", "pipe", (), made=MADE)
SAID = "recorded on Linux 6.18, x86-64, glibc 2.36, 2026-11-24, not on this machine"
LAYER = Layer("C <library>", "fputs", 10, 100)


def grids(recording):
    return (
        layers_grid(Layers((LAYER,), recording)),
        writing_grid(WrittenDown(4096, (Stage("write", None, None, None),), "ext4", recording)),
        blocks_grid(BlocksBelow(3, 3, 4096, None, 4096, None, "EINVAL", "why <not>", recording)),
    )


def test_what_was_recorded_elsewhere_is_said_to_be():
    assert [grid.notes[-1] for grid in grids(ELSEWHERE)] == [SAID] * 3
    assert all(SAID not in str(grid) for grid in (*grids(HERE), *grids(None)))


def test_what_is_not_known_is_a_question_mark():
    layers, written, blocks = grids(HERE)
    assert [cell.text for cell in written.rows[0]] == ["write", "?", "?", "?"]
    assert [row[1].text for row in blocks.rows] == ["3", "3", "?", "4,096", "?", "EINVAL"]
    assert blocks.rows[-1][1].refused and "why <not>" in blocks.notes
    assert layers.notes == ()  # the only layer is counted exactly
    shared = layers_grid(Layers((LAYER, Layer("block device", "request", 1, 4096, exact=False))))
    assert "what all programs gave to the device" in shared.notes[0]


def test_text_stays_text():
    assert all("<library>" not in grid._repr_html_() and "<not>" not in grid._repr_html_() for grid in grids(HERE))
