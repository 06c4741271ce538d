"""The table of what is left: what is lost stands out, and what is not certain is said."""

import pytest

from labkit.decode.provenance import shown_instead
from labkit.decode.survival import Survival, Whereabouts
from labkit.draw.survival_grid import survival_grid
from labkit.model import Recording

MOMENTS = (Whereabouts(9, '3: fputs("x", f);', 5, 0, 0), Whereabouts(11, "4: fsync(fd);", 0, 0, 5, dirty=0))


@pytest.mark.parametrize(
    ("kind", "filesystem", "named", "says"),
    [
        ("file", "ext4", True, "its name is not certain"),
        ("file", "ext4", False, "only fsync makes sure"),
        ("file", "tmpfs", True, "no storage but memory"),
        ("file", "", False, "not known"),
        ("pipe", "", False, "gone with the machine"),
    ],
)
def test_the_notes_say_what_is_not_certain(kind, filesystem, named, says):
    grid = survival_grid(Survival("f", kind, filesystem, named, MOMENTS))
    assert says in "\n".join(grid.notes)
    assert (len(grid.notes) == 2) == (named and filesystem == "ext4")


def test_what_would_be_lost_is_set_off():
    first, second = survival_grid(Survival("f", "file", "ext4", False, MOMENTS)).rows
    assert [cell.refused for cell in first[5:]] == [False, True, True]
    assert [cell.text for cell in second[2:]] == ["0", "0", "5", "5", "5", "5"]
    assert not any(cell.refused for cell in second)


def test_a_recording_made_elsewhere_says_so():
    made = {"kernel": "Linux 6.1", "machine": "x86_64", "libc": "glibc 2.36", "when": "2026-01-02T10:00:00"}
    recording = Recording("p", ("p",), "null", "pipe", "pipe", (), made=made)
    for one, says in ((recording, False), (shown_instead(recording), True)):
        notes = survival_grid(Survival("f", "file", "ext4", False, MOMENTS, one)).notes
        assert notes[-1].endswith("not on this machine") == says
