"""Several ladders of one recording one below another on one canvas, with their headings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from labkit.decode.names import Names, names
from labkit.decode.tcp_connections import CLIENT, SERVER, Connection, connections
from labkit.decode.text import one_line
from labkit.draw.ladder.drawing import WIDTH, Drawing
from labkit.draw.ladder.folding import folded
from labkit.draw.ladder.rungs import LATER, Bar, Rungs, rungs
from labkit.draw.ladder.words import carried, numbered
from labkit.draw.picture import Canvas
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


@dataclass(frozen=True)
class Drawn:
    """One ladder of a sheet: what it shows, where it is drawn, and its heading as a line of text."""

    made: Rungs
    drawing: Drawing
    heading: str

    @property
    def rows(self) -> range:
        """The numbers of its rows."""
        return range(len(self.made.rows))


class Sheet:
    """The ladders of `chosen` connections, drawn on `canvas`, which is `height` high; `rest` says what is not there.

    With `go`, the first step of each event, calls lead there, and each ladder has an empty rect of class "band-now"
    behind it, and a "veil" before it: `bands` and `veils`.
    """

    def __init__(
        self, recording: Recording, chosen: Sequence[Connection], *, go: Mapping[int, int] | None = None
    ) -> None:
        count, called = len(connections(recording)), names(recording)
        self.title = f"The ladder of {one_line(recording.title)}"
        self.canvas = Canvas(WIDTH)
        self.canvas.hatching()
        self.drawn: list[Drawn] = []
        self.bands = [self._empty("band-now") for _ in chosen if go]
        top = 0.0
        for one in chosen:
            made = folded(rungs(recording, one), recording.segments)
            heads = {side: _head(recording, called, made, side) for side in (CLIENT, SERVER)}
            of = f"connection {one.number} of {count}, " if count > 1 else ""
            drawing = Drawing(self.canvas, made, recording.segments, top, go or {})
            drawing.draw(heads, ("the wire", of + wire(recording)))
            ends = " and ".join(f"{who} ({where})" for who, where in heads.values())
            self.drawn.append(Drawn(made, drawing, of + ends))
            top = drawing.bottom + 26
        self.rest: tuple[str, ...] = ()
        if count > len(chosen) > 1:
            words = f"{count - MOST} more; labkit.ladder(recording, connection={MOST + 1}) draws the next."
            self.canvas.text(WIDTH / 2, top, words, "dim", "middle")
            self.rest = (words,)
            top += 20
        self.veils = [self._empty("veil") for _ in chosen if go]
        self.height = top - 18

    def _empty(self, look: str) -> Element:
        return self.canvas.add("rect", x=0, y=0, width=WIDTH, height=0, class_=look)


def legend(recording: Recording) -> str:
    """How to read it."""
    return _LEGEND + (_INFERRED if recording.wire == "inferred" else "")


def wire(recording: Recording) -> str:
    """How its segments are known, as it is written on the picture."""
    return "captured" if recording.wire == "captured" else "inferred, not captured"


def row_line(recording: Recording, made: Rungs, row: int, upto: tuple[int, int] | None = None) -> str:
    """What is in a row of a ladder, as a line of text, and which states that led to; with `upto`, as far as by then."""

    def by_then(when: tuple[int, int] | None) -> bool:
        return upto is None or (when is not None and when <= upto)

    said = [", ".join(made.folds[row])] if row in made.folds else []
    begun = [bar for bar in made.bars if bar.first == row and bar.asked]
    said += [f"{bar.side}: {_asked(made, bar, returned=by_then(bar.until))}" for bar in begun]
    number = made.rows[row]
    if number is not None and by_then((recording.segments[number].moment, LATER)):
        segment = recording.segments[number]
        arrow = "client → server" if made.connection.from_client(segment) else "client ← server"
        said.append(f"{arrow}  {carried(segment)}  ({numbered(made.connection.relative(segment))})")
    over = [bar for bar in made.bars if bar.last == row and bar.apart and bar.given and by_then(bar.until)]
    said += [f"{bar.side}: {_who(made, bar)}{bar.call} {bar.given}" for bar in over]
    states = [
        f"{one.end} {one.state}{'' if one.told else ' (by the rules)'}"
        for one in made.stood
        if one.row == row and by_then(one.when)
    ]
    return "; ".join(said) + (f"  ⇒ {', '.join(states)}" if states else "")


def _asked(made: Rungs, bar: Bar, *, returned: bool) -> str:
    given = f" {bar.given}" if returned and not bar.apart else ""
    return f"{_who(made, bar)}{bar.asked}{given}".rstrip() + (f", waits for {bar.asleep}" if bar.asleep else "")


def _who(made: Rungs, bar: Bar) -> str:
    return f"{bar.who} " if len(made.people[bar.side]) > 1 else ""


def _head(recording: Recording, called: Names, made: Rungs, side: str) -> tuple[str, str]:
    """Who is on this side, and the address of its end."""
    address = called.address(made.connection.client if side == CLIENT else made.connection.server)
    if address.endswith(":0"):
        address = f"{address.removesuffix(':0')}, port not known"
    by_program: dict[str, list[str]] = {}
    for name in made.people.get(side, ()):
        by_program.setdefault(_program(recording, called, name), []).append(name)
    who = " and ".join(f"{', '.join(several)} {program}".rstrip() for program, several in by_program.items())
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
