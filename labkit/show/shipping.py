"""Keeps the recordings shipped with labkit: those a notebook's own run made, each stored once and left as it is.

Two recordings of the same run differ in times, process ids and addresses. The one that is there stays as long as a
reader could not tell it from the new one, so that the files change only when something did.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labkit.capture.twins import COUNTED, LEFT, SUFFIX, counted, left
from labkit.decode.box_store import Answer
from labkit.decode.replay import slept
from labkit.decode.strace import ended
from labkit.draw.crossings import crossings_text
from labkit.draw.entry_grid import registers_grid, way_grid
from labkit.draw.kernel_files_grid import kernel_files_grid
from labkit.draw.kernel_path import followed
from labkit.draw.stepper import page
from labkit.draw.stepper.stepped import stepped
from labkit.errors import LabkitError
from labkit.kernel_box import answers
from labkit.model import CallGraph, Crossings, Entry, Event, KernelFiles, Layout, Recording
from labkit.saved import load_recording
from labkit.show import kernel_stepper

_RANDOM = ("/dev/urandom", "/dev/random")
_IDS = ("getpid", "getppid", "gettid", "getpgrp", "getsid", "fork", "vfork", "clone", "clone3", "wait4")
_TIME = re.compile(rb"\d+ ns")  # as programs that measure print it
_ADDRESSES = 1 << 32  # and above: no count or position in a notebook's files is as large


def ship(fresh: Path, kept: Path, private: Sequence[str] = (), anew: bool = False) -> bool:
    """Make `kept` the folder of the recordings in `fresh`, changing no file that tells the same; whether any changed.

    What is no longer among them goes; with `anew`, those that tell the same change, too. Raises LabkitError, with
    nothing changed, if one shows a `private` path.
    """
    kinds = (SUFFIX, COUNTED, answers.SUFFIX)
    made = {path.name: path for kind in kinds for path in sorted(fresh.glob(f"*{kind}"))}
    for path in made.values():
        _refuse_private(_loaded(path), private)
    changed = [name for name, path in made.items() if anew or not _same(kept / name, path)]
    wanted = {beside for name in made for beside in (name, _left(name)) if (fresh / beside).exists()}
    gone = [path for path in kept.glob("*") if path.name not in wanted]
    if changed:
        kept.mkdir(parents=True, exist_ok=True)
    for name in changed:
        for beside in {name, _left(name)} & wanted:
            shutil.copyfile(fresh / beside, kept / beside)
    for path in gone:
        path.unlink()
    if kept.exists() and not any(kept.iterdir()):
        kept.rmdir()
    return bool(changed or gone)


def _left(name: str) -> str:
    """The name of what stands beside a recording: what its program left behind."""
    return name.removesuffix(SUFFIX) + LEFT


def _loaded(path: Path) -> Recording | Crossings | Answer:
    """What is in a file, by the end of its name."""
    if path.name.endswith(COUNTED):
        return counted(path)
    return answers.load(path) if path.name.endswith(answers.SUFFIX) else load_recording(path)


def _refuse_private(recording: Recording | Crossings | Answer, private: Sequence[str]) -> None:
    for path in private:
        if path in repr(recording):
            name = recording.name if isinstance(recording, Recording | Crossings) else "the box"
            raise LabkitError(f"The recording of {name} holds a path of this computer, {path}")


def _same(kept: Path, fresh: Path) -> bool:
    """Whether a reader could not tell the two recordings apart; one that cannot be read is another."""
    if kept.name.endswith(COUNTED):
        return kept.exists() and crossings_text(counted(kept)) == crossings_text(counted(fresh))
    try:
        if fresh.name.endswith(answers.SUFFIX):
            return answered(answers.load(kept)) == answered(answers.load(fresh))
        old = load_recording(kept)
    except LabkitError:
        return False
    new = load_recording(fresh)
    if left(kept) != left(fresh):
        return False
    return told(old) == told(new) and (_by_chance(new) or shown(old) == shown(new))


def answered(answer: Answer) -> object:
    """What a reader sees of what a box answered: without addresses, times and numbers of tasks."""
    if isinstance(answer, CallGraph):
        return (answer.result, repr(kernel_stepper.follow(answer, 1, followed.PANELS, "shown")))
    if isinstance(answer, KernelFiles):
        return str(kernel_files_grid(answer))
    if isinstance(answer, Entry):
        return repr(registers_grid(answer)), repr(way_grid(answer))
    return answer if not isinstance(answer, Layout) else (answer.size, answer.members)


def told(recording: Recording) -> list[object]:
    """What happened, without what is chance: the calls in order and their answers, the output, how it ended."""
    happened: list[object] = [
        (event.kind, event.call, event.errno, event.place.line, None if _chance(event) else event.result)
        for event in recording.events
    ]
    return [*happened, _TIME.sub(b"", recording.output(1, 2)), ended(recording), recording.missing, recording.sources]


def shown(recording: Recording) -> str:
    """All the stepper shows of it, pictures and texts, but for waits that are seen or not by chance."""
    events = (event if event.wait is None or slept(event) else replace(event, wait=None) for event in recording.events)
    return json.dumps(page.data([stepped(replace(recording, events=tuple(events)))]), sort_keys=True)


def _chance(event: Event) -> bool:
    """Whether what a call returned is an address, the id of a process or the length of a time, others in each run."""
    if event.call in _IDS or (event.result is not None and event.result >= _ADDRESSES):
        return True
    return any(isinstance(argument.value, bytes) and _TIME.search(argument.value) for argument in event.args)


def _by_chance(recording: Recording) -> bool:
    """Whether the bytes that went through it, or the moments they came, are others each time: measured, read, typed."""
    opened = (argument.value for event in recording.calls() for argument in event.args)
    timed = _TIME.search(recording.output(1, 2)) is not None
    return timed or recording.stdin == "terminal" or any(name in _RANDOM for name in opened)
