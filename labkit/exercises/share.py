"""The learner's share of what was recorded of several programs together: its output, its end, its own processes.

Pure. The judges of one program's recording see it as if the program had been recorded alone; what the others did is
still there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from labkit.model import Event, Launched, Process, Recording


@dataclass(frozen=True)
class Share(Recording):
    """All that was recorded, told of one program: `name`, `argv`, `status`, `signal` and `output` are that program's.

    `number` counts it in `programs`, from 0. The events are everybody's; `own` are the ids of its processes.
    """

    number: int = 0
    own: frozenset[int] = frozenset()

    def output(self, *fds: int, program: int | None = None) -> bytes:
        """All bytes that left this program through `fds` (default: stdout, 1), in the order they left."""
        return super().output(*fds, program=self.number if program is None else program)


def share(whole: Recording, number: int) -> Share:
    """The share of program `number` in `whole`."""
    program = whole.programs[number]
    kept = {one.name: getattr(whole, one.name) for one in fields(Recording)}
    kept |= {"name": program.name, "argv": program.argv, "status": program.status, "signal": program.signal}
    return Share(**kept, number=number, own=family(whole, program))


def family(recording: Recording, program: Launched) -> frozenset[int]:
    """The first process of `program`, all that it made, and what these made."""
    found = {program.pid}
    for event in recording.events:
        for change in (*event.entered, *event.changes):
            if isinstance(change.value, Process) and change.value.parent in found:
                found.add(change.value.pid)
    return frozenset(found)


def own_events(recording: Recording) -> Iterator[Event]:
    """The events of the program that is judged: of a share those of its processes, else all."""
    own = recording.own if isinstance(recording, Share) else None
    return (event for event in recording.events if own is None or event.pid in own)
