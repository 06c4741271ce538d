"""The story of a recording: one plain sentence for each step, with the facts of this run.

Walks through the states once, and leaves the words to the table of calls and the table of other happenings.
"""

from __future__ import annotations

from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.decode.story import stdio
from labkit.decode.story.entering import enters
from labkit.decode.story.failures import failed
from labkit.decode.story.happenings import HAPPENINGS
from labkit.decode.story.past import Past
from labkit.decode.story.scene import Scene
from labkit.decode.story.table import returned
from labkit.decode.story.words import sentence
from labkit.decode.wakings import wakings
from labkit.model import Process, Recording

# Sentences on these tell of the streams' bytes themselves.
_TELL_OF_STREAMS = frozenset(("write", "read", "exit_group", "fork", "clone", "clone3", "vfork", "execve"))


def story(recording: Recording) -> tuple[str, ...]:
    """One sentence for each step of `labkit.decode.replay.steps(recording)`, in the same order.

    Names are those of `labkit.decode.names`: two runs of a program that does the same have the same sentences. Every
    sentence is safe to show as text, and at most about 280 characters long.
    """
    known, past, woken = names(recording), Past(recording.folder), wakings(recording)
    programs = _several_programs(recording)
    sentences = []
    for step, before, after in replay(recording).walk():
        scene = Scene(recording, known, step, before, after, past, woken, programs)
        sentences.append(known.steady(scene.event, sentence(_clauses(scene))))
        past.learn(scene.event, step, after)
    return tuple(sentences)


def _several_programs(recording: Recording) -> bool:
    """Whether processes of the recording run different programs, the names of which then help to tell them apart."""
    changes = (change.value for event in recording.events for change in event.entered + event.changes)
    return len({value.name for value in changes if isinstance(value, Process) and value.name}) > 1


def _clauses(scene: Scene) -> list[str]:
    event = scene.event
    happening = HAPPENINGS.get(event.kind)
    if happening is not None:
        return happening(scene)
    if scene.step.part == "enters":
        return enters(scene)
    clauses = failed(scene) if event.errno else returned(scene)
    return [*clauses, *_meanwhile(scene)]


def _meanwhile(scene: Scene) -> list[str]:
    """Bytes that came into a buffer since the last step, where the call itself has nothing to do with them."""
    event = scene.event
    if event.call in _TELL_OF_STREAMS or scene.step.part != "whole" or not event.entered:
        return []
    old = scene.before.streams.get(event.pid, {})
    return [
        f"meanwhile {len(stream.pending):,} bytes wait in {stdio.buffer(stream)}"
        for address, stream in scene.streams.items()
        if stream.pending and (address not in old or old[address].pending != stream.pending) and len(stream.pending) > 1
    ]
