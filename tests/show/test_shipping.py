"""What is shipped changes only when a reader could see a difference, and never shows a path of this computer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.model import Recording, Wait
from labkit.show.shipping import ship

pytestmark = pytest.mark.ptrace

RANDOM = """
#include <fcntl.h>
#include <unistd.h>
int main(void) { char byte[3]; return read(open("/dev/urandom", O_RDONLY), byte, 3) != 3; }
"""
TIMED = """
#include <stdio.h>
#include <time.h>
int main(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return printf("1: %ld ns\\n", now.tv_nsec % 1000000) < 0;
}
"""


def put(folder: Path, **recordings: Recording) -> Path:
    """A folder with these recordings as the run of a notebook leaves them."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, recording in recordings.items():
        labkit.save(recording, folder / f"{name}.json.gz")
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The files by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def both(program: str, **options: bool) -> tuple[Recording, Recording]:
    """Two recordings of one program."""
    return labkit.record(program, **options), labkit.record(program, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("program", "options"),
    [("mixed", {"lines": True}), ("pipe_end", {"in_turn": True}), (RANDOM, {}), (TIMED, {})],
    ids=["lines", "processes", "random", "timed"],
)
def test_another_recording_of_the_same_run_changes_nothing(
    tmp_path: Path, program: str, options: dict[str, bool]
) -> None:
    one, two = both(program, **options)
    assert one != two
    assert ship(put(tmp_path / "fresh", a=one), tmp_path / "kept") is True
    before = bytes_of(tmp_path / "kept")
    assert ship(put(tmp_path / "fresh", a=two), tmp_path / "kept") is False
    assert bytes_of(tmp_path / "kept") == before


def test_that_storage_was_slow_once_changes_nothing(tmp_path: Path) -> None:
    """A wait for storage is caught as sleep or not by chance; one for a child or a reader is what happened."""
    recording = labkit.record("diary", lines=True)
    (sync,) = recording.calls("fsync")
    slow, stuck = (
        replace(
            recording,
            events=tuple(
                replace(event, wait=Wait("the disk", None, "folio_wait_bit", state)) if event is sync else event
                for event in recording.events
            ),
        )
        for state in ("D", "S")
    )
    kept = put(tmp_path / "kept", diary=recording)
    before = bytes_of(kept)
    assert not ship(put(tmp_path / "fresh", diary=slow), kept) and bytes_of(kept) == before
    assert ship(put(tmp_path / "fresh", diary=stuck), kept) and bytes_of(kept) != before


def test_what_can_be_seen_or_is_new_or_gone_changes_it(tmp_path: Path) -> None:
    one, kept = labkit.record("mixed"), tmp_path / "kept"
    ship(put(tmp_path / "fresh", a=one), kept)
    line = replace(one.events[-1], detail="another word", call="close")
    for other in (
        replace(one, sources={"mixed.c": "int main(void);"}),
        replace(one, missing=("a thing",)),
        replace(one, events=one.events[:-1]),
        replace(one, events=(*one.events[:-1], line)),
    ):
        assert ship(put(tmp_path / "fresh", a=other), kept) is True
        assert labkit.load(kept / "a.json.gz") == other
    assert ship(put(tmp_path / "fresh", a=other, b=one), kept) is True and len(bytes_of(kept)) == 2
    assert ship(put(tmp_path / "fresh", b=one), kept) is True and list(bytes_of(kept)) == ["b.json.gz"]
    assert ship(put(tmp_path / "fresh"), kept) is True and not kept.exists()
    assert ship(put(tmp_path / "fresh"), kept) is False


def test_a_damaged_one_is_made_again(tmp_path: Path) -> None:
    one, kept = labkit.record("mixed"), put(tmp_path / "kept")
    (kept / "a.json.gz").write_bytes(b"\x1f\x8bnot gzip")
    assert ship(put(tmp_path / "fresh", a=one), kept) is True
    assert labkit.load(kept / "a.json.gz") == one


def test_a_path_of_this_computer_is_refused(tmp_path: Path) -> None:
    one = replace(labkit.record("mixed"), folder="/home/somebody/course")
    with pytest.raises(LabkitError, match="recording of mixed holds a path of this computer, /home/somebody/"):
        ship(put(tmp_path / "fresh", a=one), tmp_path / "kept", ["/home/somebody/"])
    assert not (tmp_path / "kept").exists()
