"""Runs `labkit doctor --json` as a command of its own: elsewhere restricted, as somebody else, with another PATH."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.model import Report
from tests.ordinary import environment


def doctor(
    *names: str, python: str = sys.executable, restricted: Callable[[], None] | None = None,
    before: tuple[str, ...] = (), user: dict[str, Any] | None = None, **variables: str,
) -> Report:  # fmt: skip
    """The report of a doctor started anew."""
    command = [*before, python, "-m", "labkit", "doctor", "--json", *names]
    run = subprocess.run(
        command,
        preexec_fn=restricted,
        env=environment(**variables),
        cwd="/",
        capture_output=True,
        timeout=60,
        **user or {},
    )  # noqa: PLW1509
    assert run.stderr == b""
    report = Report.from_json(run.stdout.decode())
    assert run.returncode == (0 if report.ready else 1)
    return report


def program(folder: Path, name: str, text: str) -> Path:
    """An executable shell script called `name`, in `folder`, that stands in for a real program."""
    script = folder / name
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    return script
