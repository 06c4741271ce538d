"""Judges of behaviour: how a program ended, what it wrote and where, which files it left. Not how it came about."""

from __future__ import annotations

from labkit.decode.text import quoted
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, last_call
from labkit.exercises.situation import told
from labkit.exercises.touched import WRITING, calls_on
from labkit.model import Event, Recording


def ends_well(observation: Observation) -> Finding | None:
    """It ends with status 0."""
    if observation.status == 0:
        return None
    said = f" It said {quoted(observation.errors)}." if observation.errors else ""
    says = told(observation.situation, f"it should end with status 0, but ended with {observation.status}.{said}")
    return Finding("status", says)


def all_of(*judges: Judge) -> Judge:
    """What the first of `judges` finds that finds anything."""

    def judge(observation: Observation) -> Finding | None:
        return next((found for one in judges if (found := one(observation)) is not None), None)

    return judge


def leaves(file: str, wanted: bytes) -> Judge:
    """It leaves `file` with exactly these bytes; of a run at its own speed the first 64 KiB and the size count."""

    def judge(observation: Observation) -> Finding | None:
        left = observation.left.get(file)
        situation = observation.situation
        if left is None:
            return Finding("no-file", told(situation, f"it should leave a file {file}, and there is none."))
        if left.size == len(wanted) and wanted.startswith(left.data):
            return None
        if not left.size:
            says = f"{file} is empty; it should have {len(wanted):,} bytes."
            return Finding("bytes-missing", told(situation, says), _last_write(file))
        same = _same(left.data, wanted)
        if left.size < len(wanted) and same == len(left.data):
            says = f"{file} has only the first {left.size:,} of {len(wanted):,} bytes."
            return Finding("bytes-missing", told(situation, says), _last_write(file))
        if left.size > len(wanted) and same == len(wanted):
            says = (
                f"{file} has {left.size:,} bytes: {left.size - len(wanted):,} more than the {len(wanted):,} it should."
            )
            return Finding("bytes-too-many", told(situation, says), _last_write(file))
        says = f"byte {same:,} of {file} (counted from 0) is not what it should be; before it all is right."
        return Finding("bytes-changed", told(situation, says), _write_of(file, same))

    return judge


def fails_aloud(cause: str, call: str, errno: str) -> Judge:
    """When `call` failed with `errno`, it ends with a status that is not 0, and has said why on descriptor 2."""

    def failed(recording: Recording) -> Event | None:
        return next((event for event in recording.calls() if event.errno == errno and _is(event, call)), None)

    def judge(observation: Observation) -> Finding | None:
        why = f"{call} failed with {errno}"
        if observation.status == 0:
            says = f"{why}, but the program ended with status 0, as if all were well. Look at what {call} returns."
            return Finding(cause, told(observation.situation, says), failed)
        if not observation.errors:
            says = (
                f"{why}, and the program ended with status {observation.status}, but said nothing on stderr: perror(3)."
            )
            return Finding("silent", told(observation.situation, says), failed)
        return None

    return judge


def _is(event: Event, call: str) -> bool:
    return event.place.line is not None and call in (event.call, *event.place.via)


def _same(one: bytes, other: bytes) -> int:
    """How many bytes at the beginning are the same.

    >>> _same(b"abcd", b"abxd"), _same(b"ab", b"abc"), _same(b"", b"")
    (2, 2, 0)
    """
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _last_write(file: str) -> Pointer:
    def at(recording: Recording) -> Event | None:
        writes = calls_on(recording, file, *WRITING)
        return writes[-1] if writes else last_call(recording)

    return at


def _write_of(file: str, offset: int) -> Pointer:
    """Points at the write that put the byte at `offset` there, if writes followed one another from the beginning."""

    def at(recording: Recording) -> Event | None:
        so_far = 0
        for event in calls_on(recording, file, *WRITING):
            so_far += max(event.result or 0, 0)
            if so_far > offset:
                return event
        return _last_write(file)(recording)

    return at
