"""The box's image, made for real once a session as an ordinary user would; and machines that are gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.kernel_box import emulator, image
from labkit.kernel_box.machine import Machine
from labkit.kernel_box.places import Places


@pytest.fixture(scope="session")
def places() -> Places:
    """Where the image is: it is made if this labkit's is not there."""
    where = Places.usual()
    image.build(where, lambda words: None)
    return where


@pytest.fixture
def machine(places: Places) -> Iterator[Machine]:
    """A box that boots; it is switched off after the test."""
    made = Machine(places.image, emulator.find(places))
    yield made
    made.close()
