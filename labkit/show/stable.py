"""Makes an executed notebook the same bytes each time: chance names become numbered ones, what no one sees goes.

Pure: from a notebook to text. Runs nothing and reads no file. A page needs the stepper's style and script only once.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import nbformat

from labkit.draw.stepper import page

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
CHANCE = ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
REFERENCE = re.compile(r"IPY_MODEL_([0-9a-f]{32})")


def name_cells(raw: dict[str, Any]) -> None:
    """Give every cell without an id one made from its place, `cell-7`; ids that are there stay."""
    taken = {cell.get("id") for cell in raw["cells"]}
    for number, cell in enumerate(raw["cells"], 1):
        if not cell.get("id"):
            name = f"cell-{number}"
            while name in taken:
                name += "b"
            taken.add(name)
            cell["id"] = name
    raw["nbformat_minor"] = max(5, raw.get("nbformat_minor", 5))  # ids came with format 4.5


def text(notebook: Any) -> str:
    """The file's text for the executed `notebook`: equal for two runs whose cells show the same."""
    clean = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in clean.cells:
        for key in CHANCE:
            cell.metadata.pop(key, None)
    _keep_code_once(clean)
    clean.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, **_widgets(clean)}
    written = nbformat.writes(nbformat.from_dict(clean))
    for number, model in enumerate(reachable(clean)):
        written = written.replace(model, hashlib.md5(f"model-{number}".encode()).hexdigest())
    # The state's keys were sorted by their chance names when written: read and write once more to sort by the new ones.
    return str(nbformat.writes(nbformat.reads(written, as_version=4))).rstrip("\n") + "\n"


def _keep_code_once(notebook: Any) -> None:
    """Leave the stepper's style and script in the first output that has them."""
    code, seen = page.code(), False
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if code not in html:
                continue
            if seen:
                output.data["text/html"] = html.replace(code, "")
            else:
                before, _, after = html.partition(code)
                output.data["text/html"] = before + code + after.replace(code, "")
                seen = True


def models(notebook: Any) -> dict[str, Any]:
    """The stored widget models of `notebook`, by model id."""
    found: dict[str, Any] = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    return found


def shown(notebook: Any) -> Iterator[str]:
    """The ids of the widget models the outputs show, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(VIEW)
            if view:
                yield view["model_id"]


def reachable(notebook: Any) -> list[str]:
    """The ids of all models a shown one leads to, in an order that does not depend on the ids themselves."""
    state = models(notebook)
    found: dict[str, None] = {}

    def visit(model: str) -> None:
        if model in found or model not in state:
            return
        found[model] = None
        for other in REFERENCE.findall(json.dumps(state[model], sort_keys=True)):
            visit(other)

    for model in shown(notebook):
        visit(model)
    # A link hangs from no widget: it joins two, and matters where one of them is shown.
    for model in [name for name in state if state[name]["model_name"] in ("LinkModel", "DirectionalLinkModel")]:
        if any(other in found for other in REFERENCE.findall(json.dumps(state[model]))):
            visit(model)
    return list(found)


def _widgets(notebook: Any) -> dict[str, Any]:
    """The notebook's widget metadata with only the models a reader can reach; nothing where there are none."""
    state = models(notebook)
    kept = {name: _short(state[name]) for name in reachable(notebook)}
    return {"widgets": {STATE: {"state": kept, "version_major": 2, "version_minor": 0}}} if kept else {}


def _short(model: dict[str, Any]) -> dict[str, Any]:
    """A layout without the forty properties it leaves to the page: what is missing is None when it is read again."""
    if model["model_name"] != "LayoutModel":
        return model
    return {**model, "state": {key: value for key, value in model["state"].items() if value is not None}}
