"""Sentences on waiting for many descriptors, and on kernel objects that are files.

Sources: poll(2), select(2), epoll(7), eventfd(2), timerfd_create(2), signalfd(2), inotify(7).
"""

from __future__ import annotations

from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, are, listed, seconds, several
from labkit.decode.story.words import fds as fds_of

_SETS = {"readfds": "to read", "writefds": "to write", "exceptfds": "with an exception"}


def asked(scene: Scene) -> list[str]:
    """The descriptors that poll or select was given, as words, in order."""
    entries = scene.value("fds")
    if isinstance(entries, tuple):
        fds = [entry.get("fd") for entry in entries if isinstance(entry, dict)]
        return fds_of(fds)
    words: list[str] = []
    for name in _SETS:
        value = scene.value(name)
        found = value.get("asked") if isinstance(value, dict) else None
        words += fds_of(found) if isinstance(found, tuple) else []
    return list(dict.fromkeys(words))


def _ready(scene: Scene) -> list[str]:
    entries = scene.value("fds")
    if isinstance(entries, tuple):
        found = [(entry.get("fd"), entry.get("revents")) for entry in entries if isinstance(entry, dict)]
        return [f"fd {fd!s} ({what!s})" for fd, what in found if what not in ("0", "", None)]
    words: list[str] = []
    for name, how in _SETS.items():
        value = scene.value(name)
        ready = value.get("ready") if isinstance(value, dict) else None
        words += [f"{fd} {how}" for fd in fds_of(ready)] if isinstance(ready, tuple) else []
    return words


def polled(scene: Scene) -> list[str]:
    """poll and select returned."""
    everything = asked(scene)
    of = f"of {amount(len(everything), 'descriptor')}"
    if scene.result == 0:
        return [
            f"{scene.subject} got 0 from {scene.called}: the time was up before "
            f"{listed(everything, 'or') if everything else 'anything'} was ready"
        ]
    ready = _ready(scene)
    named = f": {several(ready)}" if ready else ""
    return [f"{scene.subject} got from {scene.called} that {scene.result} {of} {are(scene.result)} ready{named}"]


def timeout(scene: Scene) -> str:
    """How long a call is ready to wait; "" for ever."""
    for name, unit in (("timeout", 10**6), ("tmo", 1)):
        number = scene.number(name)
        if number is not None and number >= 0 and scene.text(name) != "NULL":
            return seconds(number * (unit if scene.event.call in ("poll", "epoll_wait", "epoll_pwait") else 1))
    return ""


def epoll_made(scene: Scene) -> list[str]:
    """epoll_create."""
    return [f"{scene.subject} made {scene.thing(scene.result)} as fd {scene.result}: a list of descriptors to wait for"]


def epoll_changed(scene: Scene) -> list[str]:
    """epoll_ctl."""
    fd, event = scene.value("fd"), scene.value("event")
    number = fd if isinstance(fd, int) else -1
    what = f"fd {number} ({scene.thing(number)})"
    events = f" for {event.get('events')!s}" if isinstance(event, dict) else ""
    words = {
        "EPOLL_CTL_ADD": f"added {what} to {scene.thing(scene.fd)}{events}",
        "EPOLL_CTL_DEL": f"took {what} out of {scene.thing(scene.fd)}",
        "EPOLL_CTL_MOD": f"changed what {scene.thing(scene.fd)} waits for at {what}: {events.removeprefix(' for ')}",
    }
    return [f"{scene.subject} {words.get(scene.text('op'), 'changed a list of descriptors')}"]


def epoll_waited(scene: Scene) -> list[str]:
    """epoll_wait returned."""
    if scene.result == 0:
        return [f"{scene.subject} got 0 from epoll_wait: the time was up and nothing was ready"]
    events = scene.value("events")
    names = (
        [str(event.get("events")) for event in events if isinstance(event, dict)] if isinstance(events, tuple) else []
    )
    found = amount(scene.result, "descriptor")
    return [
        f"{scene.subject} got from epoll_wait that {found} of {scene.thing(scene.fd)} {are(scene.result)} ready: "
        f"{several(names)}"
    ]


def eventfd_made(scene: Scene) -> list[str]:
    """eventfd."""
    count = scene.number("initval") or 0
    return [
        f"{scene.subject} made {scene.thing(scene.result)} as fd {scene.result}: a counter in the kernel, now {count:,}"
    ]


def timer_made(scene: Scene) -> list[str]:
    """timerfd_create."""
    return [f"{scene.subject} made {scene.thing(scene.result)} as fd {scene.result}: reading it waits for its timer"]


def timer_set(scene: Scene) -> list[str]:
    """timerfd_settime."""
    new = scene.value("new")
    first, every = (new.get("value"), new.get("interval")) if isinstance(new, dict) else (None, None)
    if not isinstance(first, int) or not first:
        return [f"{scene.subject} turned {scene.thing(scene.fd)} off"]
    again = f", then every {seconds(every)}" if isinstance(every, int) and every else ""
    at = "at a set time" if "ABSTIME" in scene.text("flags") else f"in {seconds(first)}"
    return [f"{scene.subject} set {scene.thing(scene.fd)} to go off {at}{again}"]


def signals_made(scene: Scene) -> list[str]:
    """signalfd."""
    return [
        f"{scene.subject} made {scene.thing(scene.result)} as fd {scene.result}: "
        f"signals {scene.text('mask')} can be read from it"
    ]


def watch_made(scene: Scene) -> list[str]:
    """inotify_init."""
    return [f"{scene.subject} made {scene.thing(scene.result)} as fd {scene.result}: news of files can be read from it"]


def watched(scene: Scene) -> list[str]:
    """inotify_add_watch."""
    return [f"{scene.subject} watches {scene.path()} through {scene.thing(scene.fd)} for {scene.text('mask')}"]
