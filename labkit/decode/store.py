"""A recording as JSON text and back, with a format version. Pure: reads and writes no file (`labkit.saved` does).

What repeats is written once: arguments and places in tables of their own, and of a thing that changes only the fields
that changed; of a buffer that grew only the bytes that came. Times are whole nanoseconds. Bytes are text, a character
a byte (Latin-1).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.errors import LabkitError
from labkit.model import (
    Argument,
    Change,
    Chunk,
    Descriptor,
    Event,
    Inode,
    Launched,
    Noun,
    OpenFile,
    Place,
    Process,
    Recording,
    Segment,
    Socket,
    Stream,
    Thread,
    Value,
    Wait,
)

FORMAT = 1

_NOUNS: dict[str, type[Any]] = {
    "processes": Process, "threads": Thread, "tables": Descriptor, "open_files": OpenFile, "inodes": Inode,
    "streams": Stream,
}  # fmt: skip
_FIELDS = {noun: tuple(field.name for field in dataclasses.fields(noun)) for noun in _NOUNS.values()}
_Known = dict[tuple[str, tuple[int, ...]], Noun]


def to_json(recording: Recording) -> str:
    """The recording as JSON text, ASCII only; `from_json` gives an equal one."""
    return json.dumps(_Writer().recording(recording), separators=(",", ":"))


def from_json(text: str | bytes, source: str = "the text") -> Recording:
    """The recording written by `to_json`, of this format or an older one; `source` names it in messages.

    Raises LabkitError if it is no recording, is damaged, or was written by a newer labkit.
    """
    try:
        data = json.loads(text)
    except ValueError as err:
        raise LabkitError(
            f"{source} is not a recording: it is not JSON ({err}); make one with `labkit record`"
        ) from err
    if not isinstance(data, dict) or data.get("what") != "labkit recording":
        raise LabkitError(f"{source} is JSON, but not a recording; make one with `labkit record`")
    version = data.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise LabkitError(
            f"{source} has recording format {version}; this labkit knows formats up to {FORMAT}.\n"
            "It was written by a newer labkit: update this one, or record the program again here."
        )
    try:
        return _Reader(data).recording()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as err:
        raise LabkitError(f"{source} is a damaged recording ({type(err).__name__}: {err}); record it again") from err


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)


def _seconds(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else nanoseconds / 1e9


def _value(value: Value) -> Any:
    """A decoded value as JSON: bytes become {"bytes": text}, tuples lists, dicts {"fields": …}."""
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {"fields": {key: _value(item) for key, item in value.items()}}
    return value


def _unvalue(data: Any) -> Value:
    if isinstance(data, dict):
        if "bytes" in data:
            return str(data["bytes"]).encode("latin-1")
        return {key: _unvalue(item) for key, item in data["fields"].items()}
    if isinstance(data, list):
        return tuple(_unvalue(item) for item in data)
    assert data is None or isinstance(data, int | str)
    return data


def _chunk(chunk: Chunk) -> list[Any]:
    program = [chunk.program] if chunk.program else []
    return [_nanoseconds(chunk.at), chunk.fd, chunk.data.decode("latin-1"), *program]


def _segment(segment: Segment) -> dict[str, Any]:
    """The fields that are not as `Segment` sets them."""
    fields = {
        field.name: getattr(segment, field.name)
        for field in dataclasses.fields(Segment)
        if getattr(segment, field.name) != field.default
    }
    fields["at"] = _nanoseconds(segment.at)
    for name in ("data", "packet"):
        if name in fields:
            fields[name] = fields[name].decode("latin-1")
    return fields


def _unsegment(fields: Mapping[str, Any]) -> Segment:
    text = {name: fields[name].encode("latin-1") for name in ("data", "packet") if name in fields}
    options = tuple((name, value) for name, value in fields.get("options", ()))
    return Segment(**{**fields, "at": fields["at"] / 1e9, "flags": tuple(fields["flags"]), "options": options, **text})


class _Writer:
    def __init__(self) -> None:
        self.places: dict[Place, int] = {}
        self.arguments: dict[str, int] = {}
        self._by_identity: dict[int, int] = {}
        self.known: _Known = {}

    def recording(self, recording: Recording) -> dict[str, Any]:
        start = [self.change(change) for change in recording.start]
        # In the order of moments, since a change is written as the difference to the one before it.
        written: dict[tuple[int, bool], list[Any]] = {}
        for _, index, begins in _in_order(recording.events):
            event = recording.events[index]
            for entered, changes in ((True, event.entered), (False, event.changes)):
                if changes and (entered is begins or event.begin == event.end or (begins and event.end is None)):
                    written[index, entered] = [self.change(change) for change in changes]
        events = [self.event(event, written) for event in recording.events]
        whole: dict[str, Any] = {
            "what": "labkit recording",
            "format": FORMAT,
            "name": recording.name,
            "argv": list(recording.argv),
            "stdin": recording.stdin,
            "stdout": recording.stdout,
            "stderr": recording.stderr,
            "status": recording.status,
            "signal": recording.signal,
            "ended_by": recording.ended_by,
            "duration": _nanoseconds(recording.duration),
            "folder": recording.folder,
            "missing": list(recording.missing),
            "made": recording.made,
            "sources": recording.sources,
            "chunks": [_chunk(chunk) for chunk in recording.chunks],
            "start": start,
            "places": [[p.file, p.line, p.function, list(p.via), p.phase] for p in self.places],
            "arguments": [json.loads(text) for text in self.arguments],
            "events": events,
        }
        if recording.programs:
            whole["programs"] = [dataclasses.astuple(program) for program in recording.programs]
        if recording.wire:
            whole["wire"] = recording.wire
            whole["segments"] = [_segment(segment) for segment in recording.segments]
        return whole

    def event(self, event: Event, written: Mapping[tuple[int, bool], list[Any]]) -> dict[str, Any]:
        data: dict[str, Any] = {
            "kind": event.kind,
            "pid": event.pid,
            "moments": [event.begin, event.end],
            "times": [_nanoseconds(event.at), _nanoseconds(event.until)],
            "place": self.places.setdefault(event.place, len(self.places)),
        }
        if event.tid != event.pid:
            data["tid"] = event.tid
        if event.call:
            data["call"] = event.call
            data["args"] = [self.argument(argument) for argument in event.args]
            data["result"] = event.result
        if event.errno:
            data["errno"] = event.errno
        if event.detail:
            data["detail"] = event.detail
        if event.wait:
            wait = event.wait
            data["wait"] = [wait.on, wait.inode, wait.wchan, *([wait.state] if wait.state else [])]
        if event.entered:
            data["entered"] = written[event.index, True]
        if event.changes:
            data["changes"] = written[event.index, False]
        return data

    def argument(self, argument: Argument) -> int:
        known = self._by_identity.get(id(argument))
        if known is not None:
            return known
        fields = [argument.name, argument.kind, _value(argument.value), argument.text, argument.size, argument.out]
        number = self.arguments.setdefault(json.dumps(fields), len(self.arguments))
        self._by_identity[id(argument)] = number
        return number

    def change(self, change: Change) -> list[Any]:
        key = (change.what, change.key)
        before = self.known.get(key)
        if change.value is None:
            self.known.pop(key, None)
            return [change.what, *change.key, None]
        self.known[key] = change.value
        return [change.what, *change.key, _difference(before, change.value)]


def _in_order(events: Sequence[Event]) -> list[tuple[int, int, bool]]:
    """(moment, event, whether it is its beginning) of all moments."""
    order = [(event.begin, event.index, True) for event in events]
    order += [(event.end, event.index, False) for event in events if event.end is not None and event.end != event.begin]
    return sorted(order)


def _difference(before: Noun | None, after: Noun) -> dict[str, Any]:
    """The fields of `after` that differ from `before`, all of them if there is none."""
    fields: dict[str, Any] = {}
    for name in _FIELDS[type(after)]:
        value = getattr(after, name)
        old = None if before is None else getattr(before, name)
        if before is not None and value == old:
            continue
        if isinstance(value, bytes):
            if old and value.startswith(old):
                fields["+" + name] = value[len(old) :].decode("latin-1")
                continue
            if old and value and old.endswith(value):
                fields["-" + name] = len(old) - len(value)
                continue
            value = value.decode("latin-1")
        elif isinstance(value, Wait | Socket):
            value = dataclasses.astuple(value)
        fields[name] = value
    return fields


class _Reader:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.places = [
            Place(file, line, function, tuple(via), phase) for file, line, function, via, phase in data["places"]
        ]
        self.arguments = [
            Argument(name, kind, _unvalue(value), text, *rest) for name, kind, value, text, *rest in data["arguments"]
        ]
        self.known: _Known = {}

    def recording(self) -> Recording:
        data = self.data
        start = tuple(self.change(change) for change in data["start"])
        order = []
        for index, event in enumerate(data["events"]):
            begin, end = event["moments"]
            order.append((begin, index, "entered"))
            order.append((begin if end is None else end, index, "changes"))
        changes: dict[tuple[int, str], tuple[Change, ...]] = {}
        for _, index, which in sorted(order, key=lambda item: (item[0], item[2] == "changes")):
            written = data["events"][index].get(which)
            if written:
                changes[index, which] = tuple(self.change(change) for change in written)
        return Recording(
            name=data["name"],
            argv=tuple(data["argv"]),
            stdin=data["stdin"],
            stdout=data["stdout"],
            stderr=data["stderr"],
            events=tuple(self.event(index, event, changes) for index, event in enumerate(data["events"])),
            start=start,
            chunks=tuple(Chunk(at / 1e9, fd, text.encode("latin-1"), *rest) for at, fd, text, *rest in data["chunks"]),
            status=data["status"],
            signal=data["signal"],
            ended_by=data["ended_by"],
            duration=data["duration"] / 1e9,
            sources=dict(data["sources"]),
            folder=data.get("folder", ""),  # absent before it was recorded
            missing=tuple(data["missing"]),
            made=dict(data["made"]),
            programs=tuple(
                Launched(pid, name, tuple(argv), *ended) for pid, name, argv, *ended in data.get("programs", ())
            ),
            segments=tuple(_unsegment(segment) for segment in data.get("segments", ())),
            wire=data.get("wire", ""),
        )

    def event(self, index: int, data: dict[str, Any], changes: Mapping[tuple[int, str], tuple[Change, ...]]) -> Event:
        wait = data.get("wait")
        begin, end = data["moments"]
        at, until = data["times"]
        return Event(
            index, data["kind"], data["pid"], data.get("tid", data["pid"]), begin, end, at / 1e9, _seconds(until),
            self.places[data["place"]], data.get("call", ""),
            tuple([self.arguments[number] for number in data.get("args", ())]), data.get("result"),
            data.get("errno", ""), data.get("detail", ""), Wait(*wait) if wait else None,
            changes.get((index, "entered"), ()), changes.get((index, "changes"), ()),
        )  # fmt: skip

    def change(self, data: list[Any]) -> Change:
        what, *numbers, fields = data
        key = tuple(numbers)
        if fields is None:
            self.known.pop((what, key), None)
            return Change(what, key, None)
        noun = _NOUNS[what]
        before = self.known.get((what, key))
        known = {} if before is None else {name: getattr(before, name) for name in _FIELDS[noun]}
        for name, value in fields.items():
            if name[0] == "+":
                known[name[1:]] = known[name[1:]] + value.encode("latin-1")
            elif name[0] == "-":
                known[name[1:]] = known[name[1:]][value:]
            elif name == "socket" and value:
                family, kind, state, local, peer, unsent, backlog, other = value
                known[name] = Socket(
                    family, kind, state, local, peer, unsent, tuple(backlog) if backlog else None, other
                )
            elif name == "wait" and value:
                known[name] = Wait(*value)
            elif noun is Stream and name in ("pending", "readahead"):
                known[name] = value.encode("latin-1")
            else:
                known[name] = value
        after: Noun = noun(**known)
        self.known[what, key] = after
        return Change(what, key, after)
