"""The picture of time of a recording: a lane for every process and thread, calls as bars, who woke whom, what came out.

Pure: a recording in, a `Scene` out; what there is to show is `timetable`'s, where it goes `lanes_drawing`'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.decode.text import one_line
from labkit.draw.film import Key, Lines, Scene
from labkit.draw.lanes.drawing import Drawing
from labkit.draw.lanes.timetable import timetable
from labkit.model import Recording

_LEGEND = (
    "From left to right is the order in which things happened, not seconds: tracing slows some calls down much more "
    "than others. A lane is a process (P1.2: its second thread), joined to the one that made it, and after its end its "
    "exit status or signal; dashed while it is a zombie. A bar is a system call; hatched, it is asleep, and says what "
    "for; an arrow comes from the call that woke it. Rounded: a signal. Below the dashed line are the bytes that left "
    "the programs (2: through standard error). The band marks this step, what is pale comes later. Background (the "
    "loader's calls and the like) takes no room; in a long recording neighbouring calls share a bar. Click on a bar to "
    "go to its step."
)
_SEVERAL = "What left a program has the name of its first process in front."


def lanes(recording: Recording, subjects: Mapping[Key, int] | None = None) -> Scene:
    """The picture of time at every step, laid out once; `subjects` gives ("process", pid) its number to follow."""
    title = f"Time in {one_line(recording.title)}, by order"
    table, called, count = timetable(recording), names(recording), len(steps(recording))
    drawing = Drawing(table, called, subjects or {})
    legend = f"{_LEGEND} {_SEVERAL}" if len(recording.programs) > 1 else _LEGEND
    twin = Lines()
    twin.declare(
        dict.fromkeys([*(("lane", tid) for tid in table.lives), *(key for said in table.said for key in said)])
    )
    for number, step in enumerate(steps(recording)):
        drawing.step(number, recording.events[step.event].tid)
        twin.step(number, table.said[number])
    return Scene("time", "time", drawing.end(title, count), twin.end(title, count), legend)
