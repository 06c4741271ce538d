"""The examples in docstrings are the specification of the pure layers, so they run."""

import doctest
import importlib
import pkgutil

import pytest

import labkit

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(labkit.__path__, "labkit.") if "supervisor" not in module.name
)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
