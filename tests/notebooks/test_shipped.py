"""The recordings shipped with labkit: those of the notebooks, small, whole, and nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.capture import twins
from labkit.decode.provenance import MARK, elsewhere, shown_instead
from labkit.saved import load
from labkit.show import publish

SHIPPED = sorted(twins.FOLDER.glob(f"*/*{twins.SUFFIX}"))


def test_they_are_the_notebooks_and_small() -> None:
    notebooks = {path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb")}
    assert {path.parent.name for path in SHIPPED} <= notebooks and SHIPPED
    assert sum(path.stat().st_size for path in SHIPPED) < 2_000_000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.name[:6]}")
def test_one_opens_says_where_it_was_made_and_shows_nobodys_paths(path: Path) -> None:
    recording = load(path)
    assert MARK not in recording.made and elsewhere([recording]) == ""
    assert elsewhere([shown_instead(recording)]).endswith("not on this machine")
    assert not [private for private in (*publish.private_paths(), "/root/", "/home/") if private in repr(recording)]
