"""Timing of commands and functions: each way once a round, rounds interleaved, medians. Knows no program."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable


def interleaved(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way; one round of all before the next, so that a slow minute is shared by all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def command(*argv: str, folder: str) -> Callable[[], object]:
    """Runs a command with its output thrown into a file, as the recorder does."""

    def run() -> object:
        with open(f"{folder}/output", "wb") as out:  # noqa: PTH123
            return subprocess.run(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False, timeout=300, cwd=folder
            )

    return run
