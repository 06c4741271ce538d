"""What a stepper costs: from a recording to HTML, bytes a step, and how both grow with the recording."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any

import labkit
from labkit.decode.replay import steps
from labkit.decode.store import from_json, to_json
from labkit.draw.stepper import page
from labkit.model import Recording
from tests.bench.programs import program

GALLERY: Mapping[str, Mapping[str, Any]] = {
    "copy_chars": {"stdin": "Hello, I/O!\n", "lines": True},
    "copy_blocks": {"stdin": "Hello, I/O!\n", "lines": True},
    "redirect": {},
    "share_offset": {"files": {"letters": "abcdefghi"}, "in_turn": True},
    "pipe_end": {"in_turn": True},
    "mixed": {"lines": True},
    "ls | wc": {"shell": True, "in_turn": True},
}


def stepper(rounds: int, counts: tuple[int, ...]) -> None:
    """Prints the gallery's programs, their median and worst, and long recordings."""
    print("\nrecording to HTML            steps   record ms   HTML ms     page KiB   bytes a step")
    taken = []
    for name, options in GALLERY.items():
        start = time.perf_counter()
        recording = labkit.record(name, **options)
        recorded = time.perf_counter() - start
        times, html = _to_html(recording, rounds)
        taken += times
        _line(name, recording, recorded, times, html)
    print(f"  all of these: median {statistics.median(taken) * 1e3:.0f} ms, worst {max(taken) * 1e3:.0f} ms")
    for count in counts:
        start = time.perf_counter()
        recording = labkit.record(program("writes"), [str(count)], stdout="file", seconds=120)
        recorded = time.perf_counter() - start
        times, html = _to_html(recording, 1)
        _line(f"{len(recording.events):,} events", recording, recorded, times, html)
    print("  (page: without style and script, which a notebook or page has once)")


def _to_html(recording: Recording, rounds: int) -> tuple[list[float], str]:
    """Seconds of each round, of a recording that nothing is known of yet, and what came out."""
    text, times, html = to_json(recording), [], ""
    for _ in range(rounds):
        fresh = from_json(text)
        start = time.perf_counter()
        html = labkit.step(fresh)._repr_html_()
        times.append(time.perf_counter() - start)
    return times, html


def _line(name: str, recording: Recording, recorded: float, times: list[float], html: str) -> None:
    count = len(steps(recording))
    size = len(html.encode("utf-8", "replace")) - len(page.code())
    print(
        f"  {name:<24} {count:>7} {recorded * 1e3:>11.0f} {statistics.median(times) * 1e3:>9.0f} {size / 1024:>12.1f}"
        f" {size / count:>14.0f}"
    )
