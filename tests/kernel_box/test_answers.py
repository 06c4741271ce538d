"""What labkit ships of a box: kept while notebooks are published, found by what is asked, labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.capture.twins import COLLECT
from labkit.decode.box_store import from_json, to_json
from labkit.draw.kernel_files_grid import kernel_files_grid
from labkit.draw.refusals_grid import refusals
from labkit.errors import UnsupportedError
from labkit.kernel_box import answers, warm
from labkit.kernel_box.machine import BoxGone
from labkit.kernel_box.module import DRIVER
from labkit.kernel_box.places import Places
from labkit.model import CallGraph, Ended, Entry, KernelFiles, KernelStep
from labkit.show.shipping import ship

LAB = (DRIVER / "lab.c").read_text()
CRASHES = LAB.replace("counts.reads++;", "counts.reads++; *(volatile int *)8 = 1;")


def ask(box: warm.Box) -> dict[str, object]:
    """One of each kind of question."""
    found: dict[str, object] = {
        "run": box.run("echo hello; exit 3"),
        "path": box.path("one_read", ["/dev/zero"]),
        "files": box.files("open_ways"),
        "entry": box.entry("one_read", ["/dev/zero"], third=16),
        "layout": box.layout("file"),
        "load": box.load(),
    }
    found["card"] = box.run(box.program("card"))
    box.load(CRASHES)
    with pytest.raises(BoxGone) as gone:
        box.run(box.program("card"))
    found["gone"] = str(gone.value)
    return found


@pytest.mark.box
def test_what_a_box_answered_is_answered_without_one(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, kept = tmp_path / "fresh", tmp_path / "recordings" / "05"
    fresh.mkdir()
    monkeypatch.setenv(COLLECT, str(fresh))
    live = warm.Box(places)
    here = ask(live)
    live.close()
    monkeypatch.delenv(COLLECT)
    assert ship(fresh, kept) and not ship(fresh, kept)
    monkeypatch.setattr(answers, "FOLDER", kept.parent)
    box = warm.Box(None)
    there = ask(box)
    assert (there["run"], there["load"], there["card"]) == (here["run"], here["load"], here["card"])
    assert there["gone"] == here["gone"] and "lab_read" in str(there["gone"])
    for name in ("path", "files", "entry", "layout"):
        mine, shipped = here[name], there[name]
        assert "shown instead" in shipped.made and "shown instead" not in mine.made  # type: ignore[attr-defined]
    files, path = there["files"], there["path"]
    assert isinstance(files, KernelFiles) and isinstance(path, CallGraph)
    said = r"recorded on Linux 6.1, x86-64, in a box, "
    assert said in str(kernel_files_grid(files)) and said in str(refusals(path))
    assert "No box here" in repr(box)
    with pytest.raises(UnsupportedError, match="labkit box build"):
        box.path("one_read", ["/dev/null"])
    with pytest.raises(UnsupportedError, match="labkit box build"):
        box.get("/proc/version")


@pytest.mark.box
def test_a_second_publishing_changes_nothing(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    for turn in ("first", "second"):
        fresh = tmp_path / turn
        fresh.mkdir()
        monkeypatch.setenv(COLLECT, str(fresh))
        box = warm.Box(places)
        for kind in ("pipe", "terminal", "/dev/zero"):
            box.path("one_read", [kind])
        box.path("one_read", ["/disk/numbers", "cold"], asleep=True)
        box.close()
        assert ship(fresh, kept) == (turn == "first")


def test_the_state_of_the_box_is_part_of_the_question() -> None:
    assert answers.key("", "run", "x") != answers.key(LAB, "run", "x") != answers.key(CRASHES, "run", "x")
    assert answers.key("", "run", "x") == answers.key("", "run", "x") != answers.key("", "load", "x")
    assert answers.identity("card")[0] == "card"


@pytest.mark.parametrize(
    "answer",
    [
        Ended(-9, True, bytes(range(256))),
        "said",
        Entry("read", 0, (("rax", 0), ("rdx", 16)), (("entry", 3),), 3, 9, {"kernel": "Linux 6"}),
        CallGraph("read", "p", ("a",), -9, "6.1", (KernelStep(0.0, "p", 1, 0, "function", "f", "call"),), {"k": "v"}),
    ],
)
def test_answers_come_back_as_they_were(answer: Ended | Entry | CallGraph | str) -> None:
    assert from_json(to_json(answer)) == answer


def test_without_box_and_recordings_the_way_to_one_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "FOLDER", tmp_path)
    monkeypatch.setattr(warm.Places, "usual", lambda: Places(tmp_path))
    with pytest.raises(UnsupportedError, match="labkit box build"):
        warm._possible()
