"""The ladder of a recording as a picture: `labkit.ladder`. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labkit.decode.inferred_segments import inferred_segments
from labkit.decode.names import Names, names
from labkit.decode.provenance import elsewhere
from labkit.decode.tcp_connections import CLIENT, SERVER, connections
from labkit.decode.text import one_line
from labkit.draw.ladder.drawing import WIDTH, Drawing
from labkit.draw.ladder.folding import folded
from labkit.draw.ladder.rungs import Bar, Rungs, rungs
from labkit.draw.ladder.words import carried, numbered
from labkit.draw.picture import Canvas, Picture
from labkit.errors import LabkitError
from labkit.model import Recording

MOST = 3  # connections in one picture
_LEGEND = (
    "Time goes down, in the order of what happened, not in seconds. Left is the client, right the server: outside the "
    "dashed system-call line its calls, hatched while they are asleep; inside it its end of the connection with the "
    "TCP state, upright where the kernel told it, in italics where it follows from RFC 9293. Between them the "
    "segments, with flags, bytes of data, and numbers counted from each end's SYN. Acknowledgements of data that come "
    "alone are left out: when they come depends on timers."
)
_INFERRED = " The segments were not captured: they follow from the calls and what the kernel told of the sockets."


def ladder(recording: Recording, connection: int | None = None) -> Picture:
    """The TCP connections of `recording` as ladders: both programs' calls, the segments between, the state of each end.

    `connection` is the number of one, from 1 in the order they were opened; without it the first three are drawn, one
    below another. Segments that were not captured are inferred (`labkit.decode.inferred_segments`), and the picture
    says so. Raises LabkitError if there is no such connection, or none at all.
    """
    if not recording.wire:
        recording = replace(recording, segments=inferred_segments(recording), wire="inferred")
    found = connections(recording)
    if not found:
        raise LabkitError(f"{one_line(recording.name)} opened no TCP connection, so that there is nothing to draw.")
    if connection is not None and not 1 <= connection <= len(found):
        raise LabkitError(f"There is no connection {connection}: {one_line(recording.name)} has 1 to {len(found)}.")
    chosen = found[:MOST] if connection is None else (found[connection - 1],)
    called = names(recording)
    title = f"The ladder of {one_line(recording.name)}"
    canvas = Canvas(WIDTH)
    canvas.hatching()
    lines = [f"{title}, {_wire(recording)}"]
    top = 0.0
    for one in chosen:
        made = folded(rungs(recording, one), recording.segments)
        heads = {side: _head(recording, called, made, side) for side in (CLIENT, SERVER)}
        of = f"connection {one.number} of {len(found)}, " if len(found) > 1 else ""
        drawing = Drawing(canvas, made, recording.segments, top)
        drawing.draw(heads, ("the wire", of + _wire(recording)))
        top = drawing.bottom + 26
        lines += _told(recording, made, heads, of)
    if len(found) > len(chosen) and connection is None:
        more = f"{len(found) - MOST} more; labkit.ladder(recording, connection={MOST + 1}) draws the next."
        canvas.text(WIDTH / 2, top, more, "dim", "middle")
        lines.append(more)
        top += 20
    legend = _LEGEND + (_INFERRED if recording.wire == "inferred" else "")
    return replace(canvas.finish(top - 18, title, "\n".join(lines), legend), where=elsewhere([recording]))


def _wire(recording: Recording) -> str:
    return "captured" if recording.wire == "captured" else "inferred, not captured"


def _head(recording: Recording, called: Names, made: Rungs, side: str) -> tuple[str, str]:
    """Who is on this side, and the address of its end."""
    address = called.address(made.connection.client if side == CLIENT else made.connection.server)
    who = " and ".join(f"{name} {_program(recording, called, name)}".rstrip() for name in made.people.get(side, ()))
    if not who:
        who = "nobody listens here" if side == SERVER and made.ends.listener is None else "outside the recording"
    return who, f"{side}, {address}"


def _program(recording: Recording, called: Names, name: str) -> str:
    """The program that a process or thread ran last."""
    process = name.partition(".")[0]
    ran = ""
    for change in [*recording.start, *(c for event in recording.events for c in event.entered + event.changes)]:
        if change.what == "processes" and called.process(change.key[0]) == process and change.value is not None:
            ran = getattr(change.value, "name", ran)
    return one_line(ran)


# ---- the text twin


def _told(recording: Recording, made: Rungs, heads: dict[str, tuple[str, str]], of: str) -> Iterator[str]:
    """The ladder as lines: what happens in each row, and the states it leads to."""
    yield f"  {of}{heads[CLIENT][0]} ({heads[CLIENT][1]}) and {heads[SERVER][0]} ({heads[SERVER][1]})"
    for row, number in enumerate(made.rows):
        said = [", ".join(made.folds[row])] if row in made.folds else []
        said += [f"{bar.side}: {_call(made, bar)}" for bar in made.bars if bar.first == row and bar.asked]
        if number is not None:
            segment = recording.segments[number]
            from_client = made.connection.from_client(segment)
            said.append(
                f"{'client → server' if from_client else 'client ← server'}  {carried(segment)}  "
                f"({numbered(made.connection.relative(segment))})"
            )
        said += [
            f"{bar.side}: {_call(made, bar, end=True)}"
            for bar in made.bars
            if bar.last == row and bar.apart and bar.given
        ]
        states = [
            f"{one.end} {one.state}{'' if one.told else ' (by the rules)'}" for one in made.stood if one.row == row
        ]
        yield "    " + "; ".join(said) + (f"  ⇒ {', '.join(states)}" if states else "")


def _call(made: Rungs, bar: Bar, end: bool = False) -> str:
    several = f"{bar.who} " if len(made.people[bar.side]) > 1 else ""
    if end:
        return f"{several}{bar.call} {bar.given}"
    asleep = f", asleep until there is: {bar.asleep}" if bar.asleep else ""
    return f"{several}{bar.asked}{'' if bar.apart else ' ' + bar.given}{asleep}".rstrip()
