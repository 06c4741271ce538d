"""The lecture map in 00-start: every topic of the syllabus is there; what is linked exists and has a live run."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SYLLABUS = """
structure waist composition open-first bytes close kernel-read kernel-write layers filesystem paths
fopen-modes std-streams stream-ops copy-chars copy-blocks paranoia positioning
open-flags std-fds low-ops lowio lowio-std copy-fd fd-table dup append
user-buffer fd-now flush where-bytes durable cost
syscall struct-file vfs-read file-ops driver halves lifecycle beyond
channel pipe req-resp client-server
socket echo assumptions namespaces setup handshake five-tuple client-proto server-proto
v1 v2 v3 beyond-v3 web-server
""".split()


def cells(path):
    return json.loads(path.read_text())["cells"]


def the_map():
    return next("".join(c["source"]) for c in cells(NOTEBOOKS / "00-start.ipynb") if "lecture-map" in c["metadata"].get("tags", []))


LINKED = re.findall(r"\[([\w-]+)\]\(([\w.-]+\.ipynb)#([^)]+)\)", the_map())


def test_every_topic_is_on_the_map_once():
    table = "\n".join(line for line in the_map().splitlines() if line.startswith("| [") or re.match(r"\| \d\d ", line))
    topics = [re.sub(r"\[([\w-]+)\]\([^)]*\)", r"\1", word).strip() for row in table.splitlines() for word in row.split("|")[2].split("·")]
    assert topics == SYLLABUS


def test_some_topics_are_taught():
    assert {"user-buffer", "fd-now", "flush"} <= {topic for topic, _, _ in LINKED}


@pytest.mark.parametrize(("topic", "file", "heading"), LINKED)
def test_a_linked_topic_has_a_section_with_prediction_and_live_run(topic, file, heading):
    all_cells = cells(NOTEBOOKS / file)
    start = next(n for n, c in enumerate(all_cells) if f"topic:{topic}" in c["metadata"].get("tags", []))
    first_line = "".join(all_cells[start]["source"]).splitlines()[0]
    assert first_line.startswith("## ") and first_line[3:].replace(" ", "-") == heading
    section = []
    for cell in all_cells[start + 1 :]:
        if cell["cell_type"] == "markdown" and "".join(cell["source"]).startswith(("# ", "## ")):
            break
        section.append("".join(cell["source"]) if cell["cell_type"] == "code" else "")
    code = "\n".join(section)
    assert re.search(r"labkit\.run(_on)?\(|%%c", code), "no live run"
    assert "labkit.predict(" in code and ".beside(" in code


@pytest.mark.parametrize("name", ["m-newline", "m-fork-twice", "m-exit"])
def test_a_misconception_is_refuted_by_a_run(name):
    all_cells = cells(NOTEBOOKS / "04-buffering-and-time.ipynb")
    start = next(n for n, c in enumerate(all_cells) if f"misconception:{name}" in c["metadata"].get("tags", []))
    code = ["".join(c["source"]) for c in all_cells[start : start + 8] if c["cell_type"] == "code"]
    assert "Many believe" in "".join(all_cells[start]["source"])
    assert any("labkit.run" in text for text in code) and any(".beside(" in text for text in code)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_links_between_notebooks_resolve(path):
    for text in ("".join(c["source"]) for c in cells(path) if c["cell_type"] == "markdown"):
        for file, heading in re.findall(r"\]\(([\w.-]+\.ipynb)(?:#([^)]+))?\)", text):
            headings = re.findall(r"^#+ (.*)$", "\n".join("".join(c["source"]) for c in cells(NOTEBOOKS / file)), re.M)
            assert not heading or heading in [title.replace(" ", "-") for title in headings]
