"""Kernel paths in files: written and read back equal; what is damaged, newer or something else is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import labkit
from labkit.decode.graph_store import FORMAT, from_json, to_json
from labkit.errors import LabkitError
from labkit.model import CallGraph
from tests.decode.happenings import writes
from tests.decode.kernel_graphs import NAMES, graph


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_is_loaded(name: str, tmp_path: Path) -> None:
    made = graph(name)
    assert from_json(to_json(made)) == made
    assert to_json(made) == to_json(from_json(to_json(made)))
    for file in ("path.json", "path.json.gz"):
        back = labkit.load(labkit.save(made, tmp_path / file))
        assert isinstance(back, CallGraph) and back == made and back.functions() == made.functions()


def test_it_is_small_and_recordings_of_programs_are_told_apart(tmp_path: Path) -> None:
    assert labkit.save(graph("disk_numbers_cold"), tmp_path / "cold.gz").stat().st_size < 16 << 10
    recording = writes(3)
    assert labkit.load(labkit.save(recording, tmp_path / "recording.json")) == recording


def test_what_is_no_path_is_refused_in_words(tmp_path: Path) -> None:
    text = to_json(graph("pipe"))
    with pytest.raises(LabkitError, match="is no path through the kernel: it is not JSON"):
        from_json("<html>", "page")
    with pytest.raises(LabkitError, match="no path through the kernel; labkit.box"):
        from_json('{"what": "labkit recording"}')
    newer = {**json.loads(text), "format": FORMAT + 1}
    with pytest.raises(LabkitError, match=f"format {FORMAT + 1}; this labkit knows formats up to {FORMAT}"):
        from_json(json.dumps(newer))
    with pytest.raises(LabkitError, match="written by a newer labkit"):
        labkit.load(_file(tmp_path, json.dumps(newer, separators=(",", ":"))))
    with pytest.raises(LabkitError, match="not JSON"):
        labkit.load(_file(tmp_path, text[: len(text) // 2]))


def _file(folder: Path, text: str) -> Path:
    path = folder / "file.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize("key", [key for key in json.loads(to_json(graph("pipe"))) if key not in ("what", "format")])
def test_a_damaged_one_is_refused_in_words(key: str) -> None:
    whole = json.loads(to_json(graph("pipe")))
    gone = {name: value for name, value in whole.items() if name != key}
    for damaged in (gone, {**whole, key: None}, {**whole, key: [[-1]]}):
        with pytest.raises(LabkitError, match="damaged path through the kernel"):
            from_json(json.dumps(damaged))


def test_numbers_that_lead_nowhere_are_damage() -> None:
    whole = json.loads(to_json(graph("pipe")))
    for place in (1, 4, 5, 6, 8, 9):
        for number in (-1, 999, "x"):
            steps = [[*whole["steps"][0]], *whole["steps"][1:]]
            steps[0][place] = number
            with pytest.raises(LabkitError, match="damaged"):
                from_json(json.dumps({**whole, "steps": steps}))
