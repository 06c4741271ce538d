"""Load: what the course's web server does under wrk(1), beside servers that serve one at a time, by fork, by threads.

    python -m tests.bench.web [seconds a line]

All serve the same file over the same HTTP, a connection each time. Ratios, since machines differ; `errors` are what
wrk counts: connections refused or broken, and answers that took more than two seconds.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.capture.build import build
from labkit.capture.serving import below, listening
from labkit.model import Program
from tests.exercises.test_web_many import FORKS, LOOP, THREADS, WHOLE, server

PAGE = b"x" * 1000
CONNECTIONS = (1, 10, 100, 1000)


@dataclass(frozen=True)
class Load:
    """One line of the table: requests a second, the median and the slowest hundredth in ms, and errors."""

    rate: float
    median: float
    slow: float
    errors: int


def servers() -> dict[str, tuple[Program, tuple[str, ...]]]:
    """What is measured, by name: the course's own, and the exercise's handler under three kinds of loop."""
    one, forks, threads = (
        text.replace("200 OK\\r\\n", "200 OK\\r\\nConnection: close\\r\\n")
        for text in (server(WHOLE, LOOP), FORKS, THREADS)
    )
    return {
        "webserver (fork)": (build("webserver"), ("0", "10")),
        "one at a time": (build(one, name="one_at_a_time"), ("0", "10")),
        "fork": (build(forks, name="forks"), ("0", "10")),
        "threads": (build(threads, name="threads"), ("0", "10")),
    }


@contextlib.contextmanager
def running(program: Program, arguments: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The server, without anybody who watches over it, and its port."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.txt").write_bytes(PAGE)
        with subprocess.Popen([program.path, *arguments], cwd=folder, stderr=subprocess.DEVNULL) as process:
            try:
                end = time.monotonic() + 10
                while not (ports := listening(process.pid)):
                    if process.poll() is not None or time.monotonic() > end:
                        raise SystemExit(f"{program.name} does not listen")
                    time.sleep(0.01)
                yield process, ports[0]
            finally:
                process.terminate()


def load(port: int, connections: int, seconds: float) -> Load:
    """wrk for so long over so many connections."""
    command = ["wrk", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds:g}s", "--latency"]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/page.txt"],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
    ).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    wrong = sum(map(int, errors.groups())) if errors else 0
    wrong += int(refused[1]) if refused else 0
    return Load(float(found[1]) if found else 0.0, _ms(said, "50%"), _ms(said, "99%"), wrong)


def _ms(said: str, which: str) -> float:
    found = re.search(rf"^\s+{which}\s+([\d.]+)(us|ms|s)\s*$", said, re.M)
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]] if found else 0.0


def main(words: list[str]) -> int:
    """Print the table; 1 where there is no wrk."""
    if shutil.which("wrk") is None:
        print("NOT MEASURED: there is no wrk (sudo apt install wrk).", file=sys.stderr)
        return 1
    seconds = float(words[0]) if words else 4.0
    print(
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {seconds:g} s a line, {len(PAGE):,} bytes a page"
    )
    titles = f"{'/ first':>9}{'requests/s':>12}{'median ms':>11}{'99 % ms':>10}{'errors':>8}"
    print(f"{'server':<18}{'connections':>12}{titles}")
    first = 0.0
    for connections in CONNECTIONS:
        for name, (program, arguments) in servers().items():
            with running(program, arguments) as (process, port):
                seen = load(port, connections, seconds)
                first = first or seen.rate
                end = time.monotonic() + 30
                while list(below(process.pid)) and time.monotonic() < end:
                    time.sleep(0.05)
                left = len(list(below(process.pid)))
                alive = "" if process.poll() is None else "  the server has ended"
            numbers = f"{seen.rate / first:9.2f}{seen.rate:12,.0f}{seen.median:11.2f}{seen.slow:10.1f}{seen.errors:8}"
            print(f"{name:<18}{connections:>12}{numbers}{alive}{f'  {left} left' if left else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
