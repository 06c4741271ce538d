"""Asks the helper process to try things, and freezes its answers.

Knows neither the single probes nor how they are drawn.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from labkit.errors import LabkitError
from labkit.model import Probe, Report
from labkit.probe.entry import Entry, Trial
from labkit.probe.machine import Machine, this_machine
from labkit.probe.table import ENTRIES

TryAll = Callable[[list[Entry]], tuple[dict[str, Trial], str]]

# Not "-m labkit.probe" alone: the helper finds labkit where we found it, behind everything else on its path, and (-P)
# takes no module from the folder it happens to be started in, where a learner may keep a file called select.py.
_START = "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module('labkit.probe', run_name='__main__')"
_GRACE = 5.0  # seconds, for the helper to start and to clean up


def examine(*names: str) -> Report:
    """Try what the course needs (or only `names`) on this machine, and report; takes a second or two.

    Nothing is changed on the machine, and nothing is left running. LabkitError for a name that is not in the table.
    """
    known = {entry.name for entry in ENTRIES}
    for name in names:
        if name not in known:
            raise LabkitError(
                f"labkit doctor knows no {name!r}; it knows: {', '.join(entry.name for entry in ENTRIES)}."
            )
    wanted = [entry for entry in ENTRIES if not names or entry.name in names]
    return report(wanted, this_machine(), _try_in_helper)


def report(entries: Iterable[Entry], machine: Machine, try_all: TryAll) -> Report:
    """The report on `entries` for `machine`; `try_all` is asked for the trials only where they can be made."""
    entries = list(entries)
    if machine.system == "Linux":
        trials, missing = try_all(entries)
    else:
        trials, missing = {}, f"not tried: needs Linux, this is {machine.system or 'an unknown system'}"
    return Report(tuple(_probe(entry, trials.get(entry.name, Trial(False, missing)), machine) for entry in entries))


def _probe(entry: Entry, trial: Trial, machine: Machine) -> Probe:
    if trial.works:
        enable = ""
    elif machine.system != "Linux":
        enable = "open the course on Binder, or in a Linux virtual machine (Windows: WSL 2)"
    else:
        enable = entry.enable(machine, trial.errno)
    return Probe(entry.name, trial.works, trial.detail, entry.purpose, entry.instead, enable, entry.essential)


def _try_in_helper(entries: list[Entry]) -> tuple[dict[str, Trial], str]:
    """The trials by name, and what to say about those that the helper did not get to."""
    home_of_labkit = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", _START, home_of_labkit, *(entry.name for entry in entries)]
    limit = _GRACE + sum(entry.seconds for entry in entries)
    try:
        # A session of its own: Jupyter's interrupt goes to a whole process group, and must reach us and not the helper.
        helper = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise LabkitError(f"labkit could not start its helper {sys.executable}: {error.strerror}.") from error
    with helper:
        try:
            said, complaint = _listen(helper, time.monotonic() + limit)
        finally:
            _let_go(helper)
    trials = {}
    for line in said.splitlines():
        name, works, detail, number = json.loads(line)
        trials[name] = Trial(works, detail, number)
    last_words = (complaint.decode(errors="replace").strip().splitlines() or [f"status {helper.returncode}"])[-1]
    return trials, f"not tried: labkit's helper process ended early ({last_words})"


def _listen(helper: subprocess.Popen[bytes], until: float) -> tuple[bytes, bytes]:
    """What the helper writes on stdout and stderr, until it has closed both or the time (monotonic seconds) is up."""
    assert helper.stdout is not None
    assert helper.stderr is not None
    heard = {helper.stdout: bytearray(), helper.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in heard:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                stream = helper.stdout if key.fileobj is helper.stdout else helper.stderr
                more = stream.read1(1 << 16)  # type: ignore[attr-defined]
                heard[stream] += more
                if not more:
                    selector.unregister(stream)
    return bytes(heard[helper.stdout]), bytes(heard[helper.stderr])


def _let_go(helper: subprocess.Popen[bytes]) -> None:
    """End the helper: by closing its lifeline, so that it cleans up; by force if it does not."""
    assert helper.stdin is not None
    helper.stdin.close()
    try:
        helper.wait(_GRACE)
    except subprocess.TimeoutExpired:
        helper.kill()
