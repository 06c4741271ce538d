"""Which steps are background and hidden at first: what is not the program's own, by the table of `background_table`.

Pure; knows nothing of how steps are hidden or shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from labkit.decode.background_table import ACCESS, ROWS, SHELLS, SHOWN, STAT, Asked, Row
from labkit.decode.once import once
from labkit.decode.replay import steps
from labkit.model import Event, Place, Process, Recording, Value


@once
def background(recording: Recording) -> tuple[str, ...]:
    """For each step of `steps(recording)` why it is background, "" for what the learner came to see.

    Both steps of a call that is told in two have the same answer. Found once a recording; some 5 µs an event.
    """
    reasons = _reasons(recording)
    return tuple(reasons[step.event] for step in steps(recording))


@once
def visible(recording: Recording) -> tuple[int, ...]:
    """The numbers of the steps that are not background, ascending: what the stepper steps through at first."""
    return tuple(number for number, why in enumerate(background(recording)) if not why)


def _reasons(recording: Recording) -> list[str]:
    """By event: why it is background, or ""."""
    commands = _commands(recording)
    mappings: dict[tuple[int, Value], str] = {}  # (process, address) → why the mapping there is background
    rows: dict[tuple[Place, str], tuple[Row, ...]] = {}
    reasons = []
    for event, program in _with_programs(recording):
        why = ""
        if event.kind == "call" and event.call not in SHOWN and not event.detail:  # a detail: a fault was injected
            fitting = rows.get((event.place, event.call))
            if fitting is None:
                fitting = tuple(row for row in ROWS if row.at(event.place, event.call))
                rows[event.place, event.call] = fitting
            if fitting:
                mapped = mappings.get((event.pid, event.args[0].value), "") if event.args else ""
                why = _why(fitting, Asked(event, program, _is_candidate(event, program, commands), mapped))
        if event.call == "mmap" and event.result is not None:
            mappings[event.pid, event.result] = why
        reasons.append(why)
    return reasons


def _why(rows: tuple[Row, ...], call: Asked) -> str:
    return next((row.why for row in rows if row.when is None or row.when(call)), "")


def _with_programs(recording: Recording) -> Iterator[tuple[Event, str]]:
    """Each event with the name of the program that its process runs then."""
    running: dict[int, str] = {}
    for change in recording.start:
        if isinstance(change.value, Process):
            running[change.value.pid] = change.value.name
    for event in recording.events:
        yield event, running.get(event.pid, "")
        for change in event.entered + event.changes:
            if isinstance(change.value, Process):
                running[change.value.pid] = change.value.name


def _tried(event: Event) -> PurePosixPath | None:
    """The absolute path that a call without a line in the program asks about, or executes."""
    if event.place.line is not None or (event.call != "execve" and event.call not in STAT | ACCESS):
        return None
    path = next((argument.value for argument in event.args if argument.kind == "path"), None)
    return PurePosixPath(path) if isinstance(path, str) and path.startswith("/") else None


def _commands(recording: Recording) -> frozenset[str]:
    """The names shells looked for along PATH: tried in several folders, or executed afterwards."""
    folders: dict[str, set[PurePosixPath]] = {}
    executed = set()
    for event, program in _with_programs(recording):
        path = _tried(event)
        if path is None:
            continue
        if event.call == "execve":
            executed.add(path.name)
        elif program in SHELLS:
            folders.setdefault(path.name, set()).add(path.parent)
    return frozenset(name for name, tried in folders.items() if len(tried) > 1 or name in executed)


def _is_candidate(event: Event, program: str, commands: frozenset[str]) -> bool:
    if program not in SHELLS:
        return False
    path = _tried(event)
    return path is not None and path.name in commands
