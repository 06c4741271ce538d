"""Writes what binds the notebooks together: the map of lectures, the table of cards, the lines of navigation.

`python -m labkit.show.course_map notebooks`. Links only what is there, so any subset of the lectures will do. Changes
text cells only: outputs stay as they are stored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from labkit.show import course, stable
from labkit.show.course import Cell
from labkit.show.syllabus import ABOUT, LECTURES, Lecture

START = "00-start"
HOME = f"[All lectures]({START}.ipynb#The-lectures)"
Lectures = Mapping[str, Sequence[Cell]]


def lecture_map(there: Lectures) -> str:
    """The table of lectures and topics; `there` are the cells of the notebooks that exist, by stem.

    >>> print(lecture_map({}).splitlines()[3])
    | 02 Streams | fopen-modes · std-streams · stream-ops · copy-chars · copy-blocks · paranoia · positioning |
    """
    rows = [f"| {_title(lecture, there)} | {' · '.join(_topics(lecture, there))} |" for lecture in LECTURES]
    return "\n".join(["| lecture | topics |", "| --- | --- |", *rows])


def _title(lecture: Lecture, there: Lectures) -> str:
    return f"[{lecture.name}]({lecture.stem}.ipynb)" if lecture.stem in there else lecture.name


def _topics(lecture: Lecture, there: Lectures) -> list[str]:
    cells = there.get(lecture.stem, ())
    where = course.places(cells, "topic")
    return [_link(topic, lecture, cells, where[topic][0]) if topic in where else topic for topic in lecture.topics]


def _link(text: str, lecture: Lecture, cells: Sequence[Cell], start: int) -> str:
    return f"[{text}]({lecture.stem}.ipynb#{course.anchor(course.link_to(cells, start))})"


def card_table(there: Lectures) -> str:
    """The table of the cards that exist: what many believe, what it is about, and where a run refutes it."""
    rows = []
    for lecture in LECTURES:
        cells = there.get(lecture.stem, ())
        where = course.places(cells, "misconception")
        for name in [name for name in lecture.cards if name in where]:
            said = course.claim(cells[where[name][0]]).replace("|", r"\|")
            rows.append(f"| {said} | {ABOUT[name]} | {_link(lecture.name, lecture, cells, where[name][0])} |")
    return "\n".join(["| many believe | it is about | see |", "| --- | --- | --- |", *rows])


def navigation(stem: str, stems: Sequence[str]) -> str:
    """The line that leads from the lecture `stem` to the one before, the map, and the one after, of those in `stems`.

    >>> navigation("03-file-descriptors", ["03-file-descriptors", "04-buffering-and-time"])
    '[All lectures](00-start.ipynb#The-lectures) · [04 Buffering and time →](04-buffering-and-time.ipynb)'
    """
    order = [lecture for lecture in LECTURES if lecture.stem in stems]
    here = [lecture.stem for lecture in order].index(stem)
    before = [f"[← {lecture.name}]({lecture.stem}.ipynb)" for lecture in order[:here][-1:]]
    after = [f"[{lecture.name} →]({lecture.stem}.ipynb)" for lecture in order[here + 1 :][:1]]
    return " · ".join([*before, HOME, *after])


def navigated(text: str, line: str) -> str:
    """A text cell with `line` as its line of navigation, in place of the one it has, or else at its end.

    >>> navigated("# 02 Streams\\n\\n" + HOME, "here")
    '# 02 Streams\\n\\nhere'
    >>> navigated("# 02 Streams", "here")
    '# 02 Streams\\n\\nhere'
    """
    lines = text.splitlines()
    places = [number for number, old in enumerate(lines) if HOME in old]
    if not places:
        return f"{text}\n\n{line}".strip()
    lines[places[-1]] = line
    return "\n".join(lines)


def bound(notebooks: Mapping[str, Any]) -> dict[str, Any]:
    """The notebooks' JSON, by stem, with all generated cells as they must be.

    In the start page these are the cells tagged `lecture-map` and `cards`; in a lecture the line of navigation at the
    end of its first cell and in a cell of its own at the end, which is added where it is missing.
    """
    fresh = {stem: json.loads(json.dumps(notebook)) for stem, notebook in notebooks.items()}
    there = {lecture.stem: course.cells(fresh[lecture.stem]) for lecture in LECTURES if lecture.stem in fresh}
    for stem in there:
        cells, line = fresh[stem]["cells"], navigation(stem, list(there))
        _write(cells[0], navigated("".join(cells[0]["source"]), line))
        if cells[-1]["cell_type"] != "markdown" or HOME not in "".join(cells[-1]["source"]):
            metadata = {"slideshow": {"slide_type": "skip"}}
            cells.append(
                {"cell_type": "markdown", "id": f"cell-{len(cells) + 1}", "metadata": metadata, "source": HOME}
            )
        _write(cells[-1], navigated("".join(cells[-1]["source"]), line))
    for raw in fresh.get(START, {"cells": []})["cells"]:
        tags = raw["metadata"].get("tags", [])
        if "lecture-map" in tags:
            _write(raw, lecture_map(there))
        if "cards" in tags:
            _write(raw, card_table(there))
    return fresh


def _write(raw: dict[str, Any], text: str) -> None:
    raw["source"] = text.splitlines(keepends=True)


def read(folder: Path) -> dict[str, Any]:
    """The JSON of all notebooks of `folder`, by stem."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.ipynb"))}


def main(words: Sequence[str] | None = None) -> int:
    """The command line; writes the notebooks that change, and returns 0."""
    parser = argparse.ArgumentParser(prog="python -m labkit.show.course_map", description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(words).folder
    old = read(folder)
    for stem, notebook in bound(old).items():
        if notebook != old[stem]:
            text = stable.text(nbformat.reads(json.dumps(notebook), as_version=4))
            (folder / f"{stem}.ipynb").write_text(text, encoding="utf-8")
            print(f"{folder / stem}.ipynb: map, cards or navigation written", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
