"""Runs a notebook in JupyterLab and photographs all of it: `python -m tests.browser.shoot NOTEBOOK OUTDIR [--dark]`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.browser import jupyter


def main() -> int:
    """The command line; 1 if a cell failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shoot", description=str(__doc__).splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--stored", action="store_true", help="show the stored outputs, run nothing")
    options = parser.parse_args()
    notebook = options.notebook.resolve()
    with tempfile.TemporaryDirectory(prefix="labkit-shoot-") as scratch:
        course = Path(scratch) / "course"  # a copy: after two minutes JupyterLab saves what it shows
        course.mkdir()
        shutil.copy(notebook, course)
        with (
            jupyter.serving(course, Path(scratch), Path(scratch) / "answers.json") as address,
            jupyter.chromium() as browser,
            jupyter.opened(browser, address, notebook.name, options.dark) as page,
        ):
            problems = [] if options.stored else jupyter.run_all(page)
            name = notebook.stem + ("-dark" if options.dark else "-light")
            print(*jupyter.photograph(page, options.folder, name), sep="\n")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
