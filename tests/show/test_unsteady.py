"""Only what declares itself chance may differ and stay as it was stored."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from labkit.draw.cost_grid import numbers_grid
from labkit.model import CopyCost, CopyCosts
from labkit.show import publish, unsteady

CHART = """
import random
from IPython.display import display
display({"image/png": f"iVBORw0{random.random()}", "text/plain": "a chart"}, raw=True, metadata={"image/png": ABOUT})
"""


def costs(seconds: float, filesystem: str = "ext4") -> CopyCosts:
    """One measured cost."""
    return CopyCosts((CopyCost("read, write", 1, 1000, 3, seconds, 128, 257),), filesystem=filesystem)


def table(html: str) -> Any:
    """An output that shows `html`."""
    return nbformat.v4.new_output("execute_result", data={"text/html": html, "text/plain": "numbers"})


def test_of_a_table_of_times_only_the_numbers_may_differ() -> None:
    html = numbers_grid(costs(0.1))._repr_html_()
    other = numbers_grid(costs(0.7))._repr_html_()
    assert html != other and unsteady.steady(table(html)) == unsteady.steady(table(other))
    for changed in (html.replace("ns a byte", "ns"), html.replace("<tr>", "<tr class='a'>"), html + "<p>more</p>"):
        assert changed != html and unsteady.steady(table(html)) != unsteady.steady(table(changed))
    steady = html.replace(" unsteady", "")
    assert unsteady.steady(table(steady)) != unsteady.steady(table(other.replace(" unsteady", "")))


def test_what_may_stay_is_not_compared_by_nbval_either() -> None:
    rule = re.search(
        r"regex: (.*unsteady.*)\nreplace: (.*)\n", (Path(__file__).parents[1] / "nbval-sanitize.cfg").read_text()
    )
    assert rule
    one, other = (re.sub(rule[1], rule[2], numbers_grid(costs(seconds))._repr_html_()) for seconds in (0.1, 0.7))
    assert one == other and "NUMBERS" in one


def chart(path: Path, about: str) -> Path:
    """A notebook whose one cell shows another picture each time, described by `about`; run and stored."""
    cell = nbformat.v4.new_code_cell(CHART.replace("ABOUT", about), id="chart")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    publish.publish(path)
    return path


def test_a_picture_of_times_stays_while_nothing_else_changed(tmp_path: Path) -> None:
    path = chart(tmp_path / "n.ipynb", '{"unsteady": "drawn so"}')
    before = path.read_bytes()
    assert publish.publish(path) is False and path.read_bytes() == before
    redrawn = nbformat.read(path, as_version=4)
    redrawn.cells[0].source = redrawn.cells[0].source.replace("drawn so", "drawn otherwise")
    nbformat.write(redrawn, path)
    assert publish.publish(path) is True
    assert "iVBORw0" in path.read_text() and path.read_text().count("drawn otherwise") == 2
    picture = nbformat.read(path, as_version=4).cells[0].outputs[0].data["image/png"]
    assert picture not in before.decode()
    assert publish.main([str(path), "--anew"]) == 0
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].data["image/png"] != picture


def test_a_picture_that_declares_nothing_is_stored_anew(tmp_path: Path) -> None:
    assert publish.publish(chart(tmp_path / "n.ipynb", "{}")) is True


def test_the_declaration_tells_drawings_apart(tmp_path: Path) -> None:
    module = ModuleType("drawer")
    module.__file__ = str(tmp_path / "drawer.py")
    said = []
    for text in ("one", "one", "two"):
        (tmp_path / "drawer.py").write_text(text)
        said.append(unsteady.declared((module,), "3.11"))
    assert said[0] == said[1] != said[2] != unsteady.declared((module,), "3.12")


@pytest.mark.ptrace
def test_a_stored_chart_of_costs_is_the_same_bytes_the_next_time(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell(source, id=f"cell-{number}")
        for number, source in enumerate(
            ("import labkit; costs = labkit.copy_costs(sizes=[64]); costs", "costs.numbers")
        )
    ]
    path = tmp_path / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert publish.publish(path) is True
    assert publish.publish(path) is False
    shown = nbformat.read(path, as_version=4).cells[0].outputs[0]
    assert set(shown.data) == {"image/png", "text/plain"} and shown.metadata["image/png"]["unsteady"]


def test_a_link_to_a_server_is_chance_and_what_it_serves_is_not():
    def output(port, name):
        link = f'<table class="labkit grid unsteady"><tr><td><a href="http://127.0.0.1:{port}/">{port}</a></td></tr></table>'
        return {"data": {"text/html": f"<b>{name}</b>{link}"}}

    assert unsteady.steady(output(1, "a")) == unsteady.steady(output(2, "a")) != unsteady.steady(output(1, "b"))
