"""A box that is running before the first test which needs it, and is not left behind by one that crashed it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import labkit
from labkit.kernel_box import image
from labkit.kernel_box.places import Places


@pytest.fixture(scope="module")
def running() -> Iterator[None]:
    """The box of `labkit.check`, for all tests of a file."""
    image.build(Places.usual(), lambda words: None)
    here = labkit.box()
    here.run("true")
    yield
    here.close()


@pytest.fixture
def boxed(running: None) -> Iterator[None]:
    """The same for one test: a box that was started in it, in place of one that it crashed, is switched off."""
    boots = labkit.box().live.boots
    yield
    if labkit.box().live.boots != boots:
        labkit.box().close()
