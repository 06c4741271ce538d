"""Two runs differ in chance names only, and `stable` takes just those away."""

from __future__ import annotations

import json
import random
from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st

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
