"""What tests of recording share: a mark that all a recording starts carries, and the check that none of it is left."""

import secrets

import pytest

from tests.marked import NAME, left_after


@pytest.fixture
def marked():
    """An environment for the programs of a test; at its end no process carries the mark in it any more."""
    mark = secrets.token_hex(8)
    yield {NAME: mark, "PATH": "/usr/bin:/bin"}
    assert left_after(mark, 5.0) == []
