"""Prints the recorder's ratios, all of one run: `python -m tests.bench [--quick]`.

Times are medians of interleaved rounds on whatever this machine is doing; only the ratios mean anything.
"""

from __future__ import annotations

import argparse
import gzip
import random
import shutil
import statistics
import sys
import tempfile
import time

from labkit.capture.record import record
from labkit.capture.trace import trace
from labkit.decode.calls import plan
from labkit.decode.replay import Replay
from labkit.decode.store import from_json, to_json
from labkit.model import Recording
from tests.bench.arena import arena
from tests.bench.box import box
from tests.bench.measure import command, interleaved
from tests.bench.programs import LECTURE, program
from tests.bench.stepper import stepper


def main() -> int:
    """Measures and prints; 1 when strace is missing, since every ratio is against it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, and nothing longer than a second")
    quick = parser.parse_args().quick
    if shutil.which("strace") is None:
        print("the bench needs strace to measure against", file=sys.stderr)
        return 1
    rounds = 1 if quick else 3
    record(program("print"), lines=True)  # compiles the tracer, imports, reads libc's tables: not every time's cost
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        one_byte_writes(folder, rounds, 1000 if quick else 10000)
        filtered(folder, rounds)
        many_descriptors(folder, rounds)
        lecture(folder, rounds)
        stepper(rounds, (1000,) if quick else (1000, 10000))
        growth(folder, (100, 1000, 10000) if quick else (100, 1000, 10000, 100000))
    arena(50 if quick else 1000)
    box(3 if quick else 20)
    return 0


def one_byte_writes(folder: str, rounds: int, count: int) -> None:
    """Full and plain recording against strace, and against the strace that shows about as much."""
    writes, number = program("writes"), str(count)
    path = str(writes.path)
    ways = {
        "native": command(path, number, folder=folder),
        "strace -f": command("strace", "-f", "-o", "/dev/null", path, number, folder=folder),
        "strace -f -k -yy": command("strace", "-f", "-k", "-yy", "-o", "/dev/null", path, number, folder=folder),
        "labkit: tracer alone, no streams": lambda: trace([path, number], plan=plan(), stdout="file", streams=False),
        "labkit: tracer alone": lambda: trace([path, number], plan=plan(), stdout="file"),
        "labkit: whole recording": lambda: record(writes, [number], stdout="file"),
        "labkit: whole, and lines": lambda: record(writes, [number], stdout="file", lines=True),
    }
    table(f"{count} one-byte writes", interleaved(ways, rounds), "strace -f", "strace -f -k -yy")


def filtered(folder: str, rounds: int) -> None:
    """100,000 calls that nobody asked about, and 100 that are recorded."""
    quiet = program("quiet")
    path = str(quiet.path)
    ways = {
        "native": command(path, folder=folder),
        "strace --seccomp-bpf": command(
            "strace", "-f", "--seccomp-bpf", "-e", "trace=write", "-o", "/dev/null", path, folder=folder
        ),
        "labkit: tracer alone": lambda: trace([path], plan=plan(), stdout="file"),
        "labkit: whole recording": lambda: record(quiet, stdout="file"),
    }
    table("100,000 calls nobody asked about", interleaved(ways, rounds), "native", "strace --seccomp-bpf")


def many_descriptors(folder: str, rounds: int) -> None:
    """The cost of a call does not grow with the descriptors that are open: 3 against 1,000."""
    many = program("many")
    times = interleaved(
        {
            f"{fds} {calls}": lambda fds=fds, calls=calls: record(many, [str(fds), str(calls)], stdout="file")  # type: ignore[misc]
            for fds in (0, 997)
            for calls in (0, 5000)
        },
        rounds,
    )
    few, lots = times["0 5000"] - times["0 0"], times["997 5000"] - times["997 0"]
    print("\n3 against 1,000 open descriptors, cost of a call beyond start and end of the program")
    print(f"  3 descriptors      {few / 5000 * 1e6:8.1f} us a call")
    print(f"  1,000 descriptors  {lots / 5000 * 1e6:8.1f} us a call   ratio {lots / few:.2f}")


def lecture(folder: str, rounds: int) -> None:
    """The programs lectures show, from the call to the recording in hand."""
    print("\nprograms of lectures          native  strace -f   -k -yy   labkit   with lines     events    JSON      gz")
    for name in LECTURE:
        shown = program(name)
        path = str(shown.path)
        made: list[Recording] = []
        times = interleaved(
            {
                "native": command(path, folder=folder),
                "strace": command("strace", "-f", "-o", "/dev/null", path, folder=folder),
                "stracek": command("strace", "-f", "-k", "-yy", "-o", "/dev/null", path, folder=folder),
                "record": lambda made=made, shown=shown: made.append(record(shown, stdout="file")),  # type: ignore[misc]
                "lines": lambda shown=shown: record(shown, stdout="file", lines=True),  # type: ignore[misc]
            },
            rounds,
        )
        text = to_json(made[-1]).encode()
        print(
            f"  {name:<24} {times['native'] * 1e3:8.1f}ms"
            + "".join(f" {times[way] / times['strace']:8.2f}x" for way in ("strace", "stracek", "record", "lines"))
            + f"   {len(made[-1].events):7} {len(text) >> 10:6}KiB {len(gzip.compress(text)) >> 10:4}KiB"
        )
    print("  (x: times strace -f of the same program)")


def growth(folder: str, counts: tuple[int, ...]) -> None:
    """Ten times the calls must cost ten times as much, in time and in size; and a step in a long recording nothing."""
    writes = program("writes")
    print(
        "\ngrowth, us and bytes an event     record   to JSON  from JSON    replay  |  JSON     gz   | worst step, ms"
    )
    for count in counts:
        start = time.perf_counter()
        made = record(writes, [str(count)], stdout="file", seconds=120, events=2 * count + 1000)
        taken = [time.perf_counter() - start]
        if made.ended_by:
            print(f"  {count:>7}: ended by {made.ended_by}")
            continue
        events = len(made.events)
        start = time.perf_counter()
        text = to_json(made)
        taken.append(time.perf_counter() - start)
        start = time.perf_counter()
        from_json(text)
        taken.append(time.perf_counter() - start)
        start = time.perf_counter()
        replay = Replay(made)
        taken.append(time.perf_counter() - start)
        worst = max(_step(replay, random.randrange(len(replay.steps))) for _ in range(200))
        columns = "".join(f"{seconds / events * 1e6:10.1f}" for seconds in taken)
        sizes = f"{len(text) / events:5.0f} {len(gzip.compress(text.encode())) / events:6.1f}"
        print(f"  {count:>7} writes {'':<14}{columns}  | {sizes}   | {worst * 1e3:.2f}")


def _step(replay: Replay, step: int) -> float:
    """Seconds for one step, the median of three: the others on this machine are not what is measured."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        replay.state(step)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def table(title: str, times: dict[str, float], *against: str) -> None:
    """A line a way: its seconds, and its ratio to each of `against`."""
    print(f"\n{title:<44}{'seconds':>9}" + "".join(f"{'/ ' + name:>22}" for name in against))
    for name, seconds in times.items():
        print(f"  {name:<42}{seconds:9.3f}" + "".join(f"{seconds / times[other]:22.2f}" for other in against))


if __name__ == "__main__":
    sys.exit(main())
