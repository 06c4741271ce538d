"""Looks for JupyterLab and what the notebooks need in it. Imports none of it: that alone would take a second."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jupyter_core.paths import jupyter_path

from labkit.probe.entry import NotWorking

PACKAGES = ("jupyterlab", "ipykernel", "ipywidgets", "anywidget")
WIDGET_EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")


def find_lab(home: Path) -> str:
    """JupyterLab, a Python kernel and the widgets are installed, and Lab's own page and the widgets' code are there."""
    try:
        versions = {name: version(name) for name in PACKAGES}
    except PackageNotFoundError as missing:
        raise NotWorking(f"{missing.name} is not installed in {sys.prefix}") from missing
    needed = [Path("lab/static/index.html"), *(Path("labextensions") / name for name in WIDGET_EXTENSIONS)]
    for file in needed:
        if not any((Path(folder) / file).exists() for folder in jupyter_path()):
            raise NotWorking(f"installed, but {file} is in no folder that Jupyter searches")
    return f"version {versions['jupyterlab']}, with ipykernel {versions['ipykernel']} and the widgets"
