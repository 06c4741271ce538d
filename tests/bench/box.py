"""What a box costs: image, boot, a call followed, a driver. Also by itself: `python -m tests.bench.box`."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from labkit.errors import LabkitError
from labkit.kernel_box import emulator, image
from labkit.kernel_box.machine import Machine
from labkit.kernel_box.module import DRIVER
from labkit.kernel_box.places import Places
from labkit.kernel_box.warm import Box


def box(boots: int) -> None:
    """Prints seconds, and how many of `boots` came up; says so where there can be no box."""
    print("\na kernel in a box, without KVM                     median s     worst s")
    with tempfile.TemporaryDirectory(prefix="labkit-bench-box-") as folder:
        places = Places(Path(folder) / "box")
        try:
            _line("image, with what is fetched for it", [_timed(lambda: image.build(places, lambda words: None))])
            _line(f"boot to first answer, {boots} of {boots}", [_boot(places) for _ in range(boots)])
            live = Box(places)
            try:
                live.run("true")
                _line("tracer made ready, once a box", [_timed(lambda: live.path("one_read", ["/dev/zero"]))])
                _line("one traced read, warm", [_timed(lambda: live.path("one_read", ["/dev/zero"])) for _ in range(9)])
                changed = (DRIVER / "lab.c").read_text() + f"/* {time.time_ns()} */\n"
                _line("driver built and loaded", [_timed(lambda: live.load(changed))])
                _line("the same again: built before", [_timed(lambda: live.load(changed)) for _ in range(3)])
                print(f"  {'memory of the host, MB':<48} {live.live.machine.resident() // 1_000_000:>9}")
            finally:
                live.close()
        except LabkitError as err:
            print(f"  NOT MEASURED: {err}")


def _boot(places: Places) -> float:
    machine = Machine(places.image, emulator.find(places))
    try:
        machine.run("true")
        return machine.boot_seconds
    finally:
        machine.close()


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _line(what: str, seconds: list[float]) -> None:
    print(f"  {what:<48} {statistics.median(seconds):>9.2f}   {max(seconds):>9.2f}", flush=True)


if __name__ == "__main__":
    box(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
