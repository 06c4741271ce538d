"""Sentences on what is no call: lines reached, processes and threads that begin and end, signals, stops.

Sources: fork(2), wait(2), signal(7).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labkit.decode.story import stdio
from labkit.decode.story.callers import called
from labkit.decode.story.gone import ends_gone
from labkit.decode.story.scene import Scene
from labkit.decode.story.words import amount, several
from labkit.decode.text import visible
from labkit.model import Stream

_LINE = 50  # characters of a source line
_STDIO = re.compile(
    r"\b(v?f?printf|f?puts|f?putc|putchar|fwrite|fread|f?getc|getchar|fgets|f?scanf|getline|ungetc|fflush|fclose|fopen|"
    r"setvbuf|fseek|rewind|perror|fdopen|freopen)\s*\("
)
_SEEKS = frozenset(("fseek", "rewind"))
# signal(7): what happens where there is no handler, other than ending the process.
_IGNORED = frozenset(("SIGCHLD", "SIGURG", "SIGWINCH"))
_STOPPING = frozenset(("SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"))
_SIGNAL = re.compile(r"(?P<name>\S+) \((?P<code>[^)]*)\)(?: from (?P<sender>\d+))?")


def line(scene: Scene) -> list[str]:
    """The program comes to a line; what the line before it did to the buffers of stdio comes first."""
    place = scene.event.place
    number, text = place.line or 0, _source(scene, place.file, place.line or 0)
    now = f"line {number}: {text}" if text else f"line {number}"
    sought = bool(_functions(scene) & _SEEKS)
    done = stdio.news(dict(scene.before.streams.get(scene.event.pid, {})), _streams(scene), sought=sought)
    if not done:
        return [f"{scene.who} comes to {now}"]
    return [f"{_doer(scene)} {done[0]}", *(f"it {verb}" for verb in done[1:2]), f"{scene.who} comes to {now}"]


def _streams(scene: Scene) -> dict[int, Stream]:
    return dict(scene.after.streams.get(scene.event.pid, {}))


def _doer(scene: Scene) -> str:
    """The line before, with the function of stdio in it where it is the only one."""
    before = scene.past.lines.get(scene.event.tid)
    if before is None:
        return scene.who
    found = _functions(scene)
    return f"line {before[1]}'s {found.pop()}" if len(found) == 1 else f"line {before[1]}"


def _functions(scene: Scene) -> set[str]:
    """The functions of stdio that are named in the line before."""
    before = scene.past.lines.get(scene.event.tid)
    return set() if before is None else set(_STDIO.findall(_source(scene, *before, whole=True)))


def _source(scene: Scene, file: str, number: int, *, whole: bool = False) -> str:
    lines = scene.recording.sources.get(file, "").splitlines()
    if not 0 < number <= len(lines):
        return ""
    text = visible(lines[number - 1].split("// step:")[0].strip().encode("utf-8", "replace")).replace("\\\\", "\\")
    return text if whole or len(text) <= _LINE else text[:_LINE] + "…"


def began(scene: Scene) -> list[str]:
    """A process or thread begins."""
    event = scene.event
    if event.tid != event.pid:
        return [
            f"{scene.who} begins, a thread of {scene.person(event.pid)}: they share memory, descriptors and buffers"
        ]
    process = scene.after.processes.get(event.pid)
    if scene.started_outside:
        return [f"{scene.who} begins: the next program is started, now that all before it wait or have ended"]
    if process is None or process.parent not in scene.names.processes:
        return [f"{scene.who} begins"]
    parent = scene.person(process.parent)
    rows = scene.after.tables.get(process.table, {})
    if scene.after.processes[process.parent].table == process.table:
        table = "they share one descriptor table"
    else:
        files = list(dict.fromkeys(scene.names.open_file(row.open_file) for _, row in sorted(rows.items())))
        table = f"its {amount(len(rows), 'descriptor')} lead to the same open file descriptions ({several(files, 6)})"
        if len(rows) == 1:
            table = f"its 1 descriptor leads to the same open file description ({files[0]})"
    if _memory_is_shared(scene, process.parent):
        scene.past.borrowing.add(event.pid)
        return [f"{scene.who} begins in the memory of {parent}, which waits until it runs a program or ends", table]
    held = stdio.unflushed(dict(scene.after.streams.get(event.pid, {})))
    copied = f"{stdio.waiting_in(scene, held)} {stdio.are(held)} copied, so both processes hold them" if held else ""
    return [f"{scene.who} begins, a copy of {parent}; {table}", copied]


def _memory_is_shared(scene: Scene, parent: int) -> bool:
    return any(
        thread.pid == parent and (event.call == "vfork" or any("CLONE_VM" in argument.text for argument in event.args))
        for thread, event in scene.others_inside()
    )


def ended(scene: Scene) -> list[str]:
    """A process or thread ends."""
    event = scene.event
    if event.tid != event.pid:
        return [f"{scene.who}, a thread of {scene.person(event.pid)}, {event.detail.removeprefix('thread ')}"]
    how = event.detail.replace("killed by", "was killed by").removesuffix(" (core dumped)")
    before, process = scene.before.processes.get(event.pid), scene.after.processes.get(event.pid)
    streams = dict(scene.before.streams.get(event.pid, {})) if "killed" in how else {}
    lost = stdio.lost(scene, streams, "the process had no chance to flush") if streams else ""
    closing = "its descriptors are closed"
    parent = before.parent if before is not None else 0
    if process is not None and process.state == "zombie" and parent in scene.names.processes:
        name = scene.person(parent)
        woken = _wakes_parent(scene, parent)
        state = (
            f"it is a zombie until {name} waits for it" if not woken else f"{name} was asleep in {woken} and wakes up"
        )
    else:
        state = ""
    return [f"{scene.who} {how}: {closing}", state, lost, *ends_gone(scene)]


def _wakes_parent(scene: Scene, parent: int) -> str:
    for thread, event in scene.others_inside():
        if thread.pid == parent and event.call in ("wait4", "waitid") and event.wait is not None:
            return called(event)
    return ""


def signalled(scene: Scene) -> list[str]:
    """A signal is delivered."""
    found = _SIGNAL.match(scene.event.detail)
    if found is None:
        return [f"a signal reaches {scene.who}"]
    name = found["name"]
    return [f"{name} reaches {scene.who}{_cause(scene, found)}", _reaction(scene, name)]


def _cause(scene: Scene, found: re.Match[str]) -> str:
    sender = int(found["sender"]) if found["sender"] else 0
    if found["code"] in _CHILD and sender:
        return f": its child {scene.person(sender)} {_CHILD[found['code']]}"
    if not sender:
        return ", from the kernel" if found["code"] == "SI_KERNEL" else ""
    if sender == scene.event.pid:
        return ", for its own write" if found["name"] == "SIGPIPE" else ", from itself"
    return f", from {scene.person(sender)}" if sender in scene.names.processes else ", from outside"


_CHILD = {
    "CLD_EXITED": "has exited", "CLD_KILLED": "was killed", "CLD_DUMPED": "was killed", "CLD_STOPPED": "was stopped",
    "CLD_CONTINUED": "goes on",
}  # fmt: skip


def _reaction(scene: Scene, name: str) -> str:
    handler = scene.past.handler(scene.event.pid, name)
    if name == "SIGSTOP":
        return "it cannot be handled or ignored: the process stops"
    if handler == "handler":
        return "its handler runs now"
    if handler == "SIG_IGN":
        return "it is ignored, as asked"
    if name in _IGNORED:
        return "nothing handles it, and by default it is ignored"
    if name == "SIGCONT":
        return "a stopped process goes on"
    if name in _STOPPING:
        return "nothing handles it, so the process stops"
    return "nothing handles it, so it ends the process"


def stopped(scene: Scene) -> list[str]:
    """Stopped by a signal."""
    return [f"{scene.who} is {scene.event.detail} and does nothing until SIGCONT comes"]


def continued(scene: Scene) -> list[str]:
    """Continued by SIGCONT."""
    return [f"{scene.who} goes on after having been stopped"]


HAPPENINGS: dict[str, Callable[[Scene], list[str]]] = {
    "line": line,
    "begin": began,
    "exit": ended,
    "signal": signalled,
    "stop": stopped,
    "continue": continued,
}
