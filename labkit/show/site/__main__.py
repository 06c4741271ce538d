"""`python -m labkit.show.site NOTEBOOKS SITE`, which `make site` runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from labkit.errors import LabkitError
from labkit.show import site
from labkit.show.site.build import build


def main(words: Sequence[str] | None = None) -> int:
    """The command line; returns 0, or 1 with a sentence if the site cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m labkit.show.site", description=site.__doc__)
    parser.add_argument("notebooks", type=Path)
    parser.add_argument("site", type=Path)
    options = parser.parse_args(words)
    try:
        written = build(options.notebooks, options.site)
    except (LabkitError, OSError) as err:
        print(f"make site: {err}", file=sys.stderr)
        return 1
    print(f"{len(written)} pages; open {written[-1].resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
