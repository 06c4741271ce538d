"""The calls of a recording that slept: on what, where in the kernel, what ran meanwhile, who ended it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.decode.background import visible
from labkit.decode.call_findings import kernel_names, own_calls
from labkit.decode.names import names
from labkit.decode.replay import steps
from labkit.decode.wakings import wakings
from labkit.errors import LabkitError
from labkit.model import Event, Recording, Wait


@dataclass(frozen=True)
class Sleep:
    """A call that was asleep: `who` made it, `on` says for what, `function` is where in the kernel ("" if not told).

    `state` is the kernel's letter for it, see `Wait`.

    `meanwhile` are the steps that others took while it slept, as calls and what became of processes, background left
    out; `woken_by` is the last of them that was needed, "" if nothing in the recording woke it. `ended` is what the
    call returned, "" if it never did.
    """

    who: str
    call: str
    on: str
    function: str
    state: str
    meanwhile: tuple[str, ...]
    woken_by: str
    ended: str


def sleeps(recording: Recording, *calls: str) -> tuple[Sleep, ...]:
    """Every call of these names (as in C; none: all) that slept, in the order in which they fell asleep."""
    called, woken = names(recording), wakings(recording)
    seen = list(dict.fromkeys(steps(recording)[number].event for number in visible(recording)))
    found = []
    for event in recording.calls(*kernel_names(*calls)):
        if event.wait is None:
            continue
        others = [recording.events[n] for n in seen if _during(recording.events[n], event)]
        waker = woken.get(event.index)
        found.append(
            Sleep(
                who=called.thread(event.tid),
                call=event.call,
                on=event.wait.on,
                function=_function(event.wait),
                state=event.wait.state,
                meanwhile=tuple(f"{called.thread(other.tid)} {other.call or other.kind}" for other in others),
                woken_by="" if waker is None else _deed(recording, waker),
                ended="" if _cut_off(recording, event) else event.errno or called.result(event),
            )
        )
    return tuple(found)


def outcome(recording: Recording, call: str, nth: int = 1) -> str:
    """How the program's own `nth` `call` went: "returns 5 at once", "waits, then returns 5", "never returns".

    LabkitError when there are not so many.
    """
    made = own_calls(recording, call)
    if not 1 <= nth <= len(made):
        raise LabkitError(f"{recording.name} calls {call} {len(made)} times; there is no number {nth}.")
    event = made[nth - 1]
    if _cut_off(recording, event):
        return "never returns"
    returned = f"fails with {event.errno}" if event.errno else f"returns {names(recording).result(event)}"
    return f"waits, then {returned}" if event.wait is not None else f"{returned} at once"


def _cut_off(recording: Recording, event: Event) -> bool:
    """Whether the program never saw the call return: it was ended inside, by a limit or by a signal.

    A call that a signal interrupts gets an ERESTART error, which no program ever sees: the call is made again or fails
    with EINTR (signal(7)), or the process ends before that.
    """
    if event.end is None:
        return True
    restarts = event.errno.startswith("ERESTART")
    return restarts and not any(later.tid == event.tid and later.index > event.index for later in recording.calls())


def _during(other: Event, sleep: Event) -> bool:
    """Whether something another thread did happened, all of it, while a call was asleep."""
    if other.tid == sleep.tid or other.kind == "line" or other.end is None or other.begin < sleep.begin:
        return False
    return other.end < sleep.end if sleep.end is not None else not _killed(other)


def _killed(event: Event) -> bool:
    """Whether it is an end by SIGKILL: that of a recording which reached a limit, with calls still asleep."""
    return event.kind in ("exit", "signal") and "SIGKILL" in event.detail


def _deed(recording: Recording, index: int) -> str:
    """Who did what: "P1 write", "P2 exit"."""
    event = recording.events[index]
    return f"{names(recording).thread(event.tid)} {event.call or event.kind}"


def _function(wait: Wait) -> str:
    """The kernel's name for where it sleeps; "" where proc_pid_wchan(5) gives none.

    >>> _function(Wait("time", wchan="hrtimer_nanosleep")), _function(Wait("time", wchan="0"))
    ('hrtimer_nanosleep', '')
    """
    return "" if wait.wchan == "0" else wait.wchan
