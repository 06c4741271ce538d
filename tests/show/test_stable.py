"""Two runs differ in chance names only, and `stable` takes just those away."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from labkit.draw.stepper import page
from labkit.show import stable


def executed(seed: int, children: list[list[int]]) -> Any:
    """A notebook as a run leaves it: a cell for each widget, whose `children` are others; ids from `seed`."""
    chance = random.Random(seed)
    ids = [f"{chance.getrandbits(128):032x}" for _ in children]
    state = {
        ids[number]: {
            "model_name": "BoxModel",
            "model_module": "m",
            "state": {"place": number, "children": [f"IPY_MODEL_{ids[child]}" for child in below]},
        }
        for number, below in enumerate(children)
    }
    entries = list(state.items())
    chance.shuffle(entries)
    view = {stable.VIEW: {"model_id": ids[0], "version_major": 2, "version_minor": 0}, "text/plain": "Box()"}
    output = nbformat.v4.new_output("execute_result", data=view, execution_count=1)
    cell = nbformat.v4.new_code_cell("box", outputs=[output], execution_count=1, id="one")
    cell.metadata["execution"] = {"shell.execute_reply": f"{seed}"}
    whole = {"version_major": 2, "version_minor": 0, "state": dict(entries)}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {stable.STATE: whole}, "run": seed})


trees = st.integers(1, 6).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size)
)


@given(trees, st.integers(0, 2**32), st.integers(0, 2**32))
def test_two_runs_become_one_text(children: list[list[int]], one: int, two: int) -> None:
    assert stable.text(executed(one, children)) == stable.text(executed(two, children))


@given(trees, st.integers(0, 2**32))
def test_a_second_pass_changes_nothing(children: list[list[int]], seed: int) -> None:
    text = stable.text(executed(seed, children))
    assert stable.text(nbformat.reads(text, as_version=4)) == text


@given(trees, st.integers(0, 2**32))
def test_what_can_be_seen_is_kept_and_every_reference_leads_somewhere(children: list[list[int]], seed: int) -> None:
    clean = nbformat.reads(stable.text(executed(seed, children)), as_version=4)
    seen, todo = set(), [0]
    while todo:
        number = todo.pop()
        if number not in seen:
            seen.add(number)
            todo += children[number]
    state = stable.models(clean)
    assert sorted(model["state"]["place"] for model in state.values()) == sorted(seen)
    assert set(stable.REFERENCE.findall(json.dumps(state))) <= set(state)
    assert list(stable.shown(clean)) == [name for name in state if state[name]["state"]["place"] == 0]


def test_another_result_is_another_text() -> None:
    notebook = executed(1, [[]])
    text = stable.text(notebook)
    notebook.cells[0].outputs[0].data["text/plain"] = "Box(1)"
    assert stable.text(notebook) != text


def stepper(sentence: str) -> str:
    """The HTML of a small stepper."""
    return page.stepper({"title": "program", "runs": []}, [sentence])


def with_steppers(*html: str) -> Any:
    """An executed notebook with one output a cell."""
    cells = [
        nbformat.v4.new_code_cell(
            "step", outputs=[nbformat.v4.new_output("execute_result", data={"text/html": text}, execution_count=1)]
        )
        for text in html
    ]
    return nbformat.v4.new_notebook(cells=cells)


def outputs(text: str) -> list[str]:
    """The HTML of each cell in a notebook's text."""
    return [cell.outputs[0].data["text/html"] for cell in nbformat.reads(text, as_version=4).cells]


def sanitized(html: str) -> str:
    """What nbval compares of it with this course's settings, read as nbval reads them."""
    settings = (Path(__file__).parents[1] / "nbval-sanitize.cfg").read_text()
    for pattern, replacement in re.findall("^regex: (.*)$\n^replace: (.*)$", settings, re.MULTILINE):
        html = re.sub(pattern, replacement, html)
    return html


def test_style_and_script_are_kept_in_the_first_output_that_has_them_and_nowhere_else() -> None:
    made = ["<p>no stepper</p>", stepper("one"), stepper("two"), stepper("three") + stepper("four")]
    kept = outputs(stable.text(with_steppers(*made)))
    assert [html.count(page.code()) for html in kept] == [0, 1, 0, 0]
    assert kept == [made[0], made[1], *(html.replace(page.code(), "") for html in made[2:])]
    assert outputs(stable.text(with_steppers(*kept))) == kept
    assert outputs(stable.text(with_steppers(made[3])))[0].count(page.code()) == 1


def test_nbval_compares_all_of_a_stepper_but_style_and_script() -> None:
    made = stepper("one")
    kept = made.replace(page.code(), "")
    assert page.code() in made and sanitized(made) == sanitized(kept) == kept
    assert sanitized(stepper("another")) != sanitized(made)
    assert sanitized(made + "<style data-labkit='style'>a</style>") == kept + "<style data-labkit='style'>a</style>"


def test_what_only_root_is_told_is_not_compared() -> None:
    said = "not seen: page cache: the kernel tells nothing of files that one may not write (/etc/a, …)"
    assert sanitized(f"last step\n{said}\nls | wc exited with 0") == "last step\nls | wc exited with 0"
    assert sanitized("a\nnot seen: page cache: else\nb") == "a\nnot seen: page cache: else\nb"


def test_a_layout_keeps_only_what_it_sets():
    none = {
        "model_name": "LayoutModel",
        "model_module": "m",
        "state": {"width": None, "height": "3px", "_view_count": None},
    }
    other = {"model_name": "HTMLModel", "model_module": "m", "state": {"value": "x", "tooltip": None}}
    assert stable._short(none)["state"] == {"height": "3px"}
    assert stable._short(other) is other
