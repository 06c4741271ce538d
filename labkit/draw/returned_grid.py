"""What each call of a program returned, as tables: call by call, and one call in several runs side by side. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labkit.decode.call_findings import asked, own_calls
from labkit.decode.call_line import call_line, result_line
from labkit.decode.names import Names, names
from labkit.decode.provenance import notes
from labkit.decode.return_words import return_words
from labkit.draw.grid import Cell, Grid, cells
from labkit.errors import LabkitError
from labkit.model import Event, Recording

_AT = "AT_FDCWD, "  # the C library's open is the kernel's openat from the current folder


def returned(recording: Recording, *calls: str) -> Grid:
    """The program's own calls, all or those of the names given, each with what it returned and what that says.

    LabkitError if there is none.
    """
    found = own_calls(recording, *calls)
    if not found:
        raise LabkitError(f"{recording.name} makes no such call: {', '.join(calls) or 'any'}.")
    called = names(recording)
    several = len({event.pid for event in found}) > 1
    head = ("line", *(["process"] if several else []), "call", "returned", "which says")
    rows = tuple(
        (
            Cell("" if event.place.line is None else str(event.place.line)),
            *cells(*([called.process(event.pid)] if several else []), _call(called, event)),
            Cell(_result(called, event), refused=bool(event.errno)),
            Cell(return_words(event), refused=bool(event.errno)),
        )
        for event in found
    )
    caption = f"What the calls of {recording.title} returned"
    return Grid(caption, head, rows, notes([recording]), right=frozenset({len(head) - 2}))


def counts(call: str, *recordings: Recording, labels: Sequence[str] = ()) -> Grid:
    """What each `call` (read or write) returned, a row a recording; `labels` name them (default: where stdin was from).

    LabkitError if one of them never made that call.
    """
    rows = []
    for label, recording in zip(labels or [one.stdin for one in recordings], recordings, strict=True):
        found = own_calls(recording, call)
        if not found:
            raise LabkitError(f"{recording.name} never calls {call}.")
        told = dict.fromkeys(f"{count:,}" for event in found if (count := asked(event)) is not None)
        total = sum(max(0, event.result or 0) for event in found)
        rows.append(cells(label, ", ".join(told), ", ".join(map(_shown, found)), f"{total:,}"))
    head = ("", "bytes asked for" if call == "read" else "bytes given", f"each {call} returned", "in all")
    return Grid(f"{call} in {recordings[0].name}", head, tuple(rows), notes(recordings))


_ESCAPE = re.compile(r'\\(n|"|\\|x[0-9a-f]{2}|u[0-9a-f]{4}|.)')


def _call(called: Names, event: Event) -> str:
    """The call as C has it; of its bytes, newlines are ↵, others that cannot be seen a dot."""
    line = call_line(called, event).rpartition(" = ")[0]
    plain = _ESCAPE.sub(lambda found: {"n": "↵", '"': '"', "\\": "\\"}.get(found[1], "·"), line)
    return plain.replace(f"{event.call}({_AT}", "open(", 1)


def _result(called: Names, event: Event) -> str:
    return "-1" if event.errno else result_line(called, event)


def _shown(event: Event) -> str:
    return event.errno or ("?" if event.result is None else f"{event.result:,}")
