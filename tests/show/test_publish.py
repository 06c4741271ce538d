"""The builder stores the same bytes each time, and leaves the file as it was when something is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.capture import twins
from labkit.errors import LabkitError
from labkit.show import publish

WIDGETS = """
import anywidget, ipywidgets, traitlets
class Dot(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) { el.textContent = model.get('name') } }"
    name = traitlets.Unicode("dot").tag(sync=True)
    def __repr__(self):
        return "Dot()"
unseen = ipywidgets.Text("nobody shows me")
left, right = ipywidgets.IntSlider(), ipywidgets.IntText()
link = ipywidgets.jslink((left, "value"), (right, "value"))
ipywidgets.VBox([ipywidgets.RadioButtons(options=["at once", "after 1 s"], value=None), left, right, Dot()])
"""


def notebook(path: Path, *sources: str, tags: tuple[str, ...] = ()) -> Path:
    """A notebook file with a code cell for each source; `tags` go to the last one."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].metadata["tags"] = list(tags)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def stored(path: Path) -> Any:
    """The notebook as it is in the file."""
    return nbformat.read(path, as_version=4)


def test_two_runs_store_the_same_bytes(tmp_path: Path) -> None:
    path = notebook(
        tmp_path / "n.ipynb", WIDGETS, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('out')"
    )
    assert publish.publish(path) is True
    first = path.read_bytes()
    assert publish.publish(path) is False
    assert path.read_bytes() == first
    assert first.startswith(b'{\n "cells": [') and first.endswith(b"}\n") and not first.endswith(b"\n\n")
    models = stored(path).metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    names = sorted(model["model_name"] for model in models.values())
    assert "LinkModel" in names and "RadioButtonsModel" in names and "AnyModel" in names
    assert "TextModel" not in names  # nobody can see it
    text, _ = stored(path).cells[1].outputs
    assert text.text == "out\nout\n"


def test_the_metadata_says_nothing_of_this_run(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "1 + 1")
    publish.publish(path)
    assert sorted(stored(path).metadata) == ["kernelspec", "language_info"]
    assert stored(path).metadata.language_info == {"name": "python"}
    assert stored(path).cells[0].metadata == {"tags": []}


def test_cell_ids_stay_and_missing_ones_come_from_the_place(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "1", "2", "3")
    raw = json.loads(path.read_text())
    kept = raw["cells"][0]["id"]
    del raw["cells"][1]["id"], raw["cells"][2]["id"]
    path.write_text(json.dumps(raw))
    publish.publish(path)
    assert [cell.id for cell in stored(path).cells] == [kept, "cell-2", "cell-3"]


def test_a_failing_cell_is_refused_and_the_file_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = notebook(tmp_path / "n.ipynb", "1 + 1", "wrong = 1 / 0")
    before = path.read_bytes()
    assert publish.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert f"{path}: refused" in said and "ZeroDivisionError: division by zero" in said and "wrong = 1 / 0" in said
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["n.ipynb"]


def test_one_refusal_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = notebook(tmp_path / "bad.ipynb", "1 / 0"), notebook(tmp_path / "good.ipynb", "1 + 1")
    assert publish.main([str(bad), str(good)]) == 1
    assert f"{good}: written" in capsys.readouterr().out


def test_a_cell_that_is_meant_to_fail_may(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "1 / 0", tags=("raises-exception",))
    publish.publish(path)
    assert stored(path).cells[0].outputs[0].ename == "ZeroDivisionError"


def test_a_cell_left_unrun_is_refused(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "1", "2", tags=("skip-execution",))
    with pytest.raises(LabkitError, match="cell 2 was not run"):
        publish.publish(path)


def test_a_path_of_this_computer_is_refused(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "import labkit; labkit.__file__")
    with pytest.raises(LabkitError, match="cell 1 shows a path of this computer"):
        publish.publish(path)


def test_a_dying_kernel_and_a_cell_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = notebook(tmp_path / "n.ipynb", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(LabkitError, match="kernel died"):
        publish.publish(path)
    monkeypatch.setattr(publish, "CELL_SECONDS", 1)
    path = notebook(tmp_path / "n.ipynb", "while True: pass")
    with pytest.raises(LabkitError, match="did not end within 1 seconds"):
        publish.publish(path)


def test_what_is_no_notebook_is_said(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    for text in ("not json", "[]", '{"cells": 3}'):
        path.write_text(text)
        with pytest.raises(LabkitError, match="cannot be read as a notebook"):
            publish.publish(path)


def test_the_authors_own_answers_and_settings_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "answers.json"
    monkeypatch.setenv("LABKIT_ANSWERS", str(mine))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    path = notebook(tmp_path / "n.ipynb", "import os; os.environ['LABKIT_ANSWERS'] == " + repr(str(mine)))
    publish.publish(path)
    assert stored(path).cells[0].outputs[0].data["text/plain"] == "False"
    assert os.environ["LABKIT_ANSWERS"] == str(mine)
    assert not (tmp_path / "ipython").exists()


@pytest.mark.ptrace
def test_what_a_notebook_of_the_course_records_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course, shipped = tmp_path / "notebooks", tmp_path / "recordings"
    course.mkdir()
    monkeypatch.setattr(publish, "COURSE", course)
    monkeypatch.setattr(twins, "FOLDER", shipped)
    path = notebook(course / "n.ipynb", 'import labkit; labkit.record("mixed")', 'labkit.record("mixed", ["unused"])')
    assert publish.publish(path) is True
    made = {file: file.read_bytes() for file in (shipped / "n").iterdir()}
    assert len(made) == 2
    assert publish.publish(path) is False
    assert {file: file.read_bytes() for file in (shipped / "n").iterdir()} == made
    assert publish.publish(path, anew=True) is True
    assert all(file.read_bytes() != before for file, before in made.items())
    path = notebook(course / "n.ipynb", 'import labkit; labkit.record("mixed")')
    publish.publish(path)
    (left,) = (shipped / "n").iterdir()
    assert left in made
    other = notebook(tmp_path / "mine.ipynb", 'import labkit; labkit.record("mixed")')
    publish.publish(other)
    assert [folder.name for folder in shipped.iterdir()] == ["n"]


def test_a_run_recorded_elsewhere_is_not_stored(tmp_path: Path) -> None:
    path = notebook(tmp_path / "n.ipynb", "print('recorded on Linux 6.18, not on this machine')")
    with pytest.raises(LabkitError, match="cell 1 shows a run recorded elsewhere"):
        publish.publish(path)
