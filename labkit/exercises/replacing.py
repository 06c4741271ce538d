"""The exercise of lecture 04 on saving: the lines that replace a file so that a crash leaves the old or the new one."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.pieces import Pieces
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import WRITING, calls_on, own_calls, touched
from labkit.model import Event, Fault, Recording

_PIECES = Pieces(
    before="""\
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int failed(const char *what)
{
    perror(what);
    return 1;
}

int main(void)
{
""",
    lines=(
        'if (fsync(fileno(out)) < 0) return failed("fsync");',
        'if (rename("note.new", "note") < 0) return failed("rename");',
        'FILE *out = fopen("note", "w");',
        'if (fputs("new\\n", out) == EOF) return failed("fputs");',
        'if (fsync(folder) < 0) return failed("folder");',
        'if (fclose(out) == EOF) return failed("fclose");',
        'FILE *out = fopen("note.new", "w");',
        'if (remove("note") < 0) return failed("remove");',
        'int folder = open(".", O_RDONLY | O_DIRECTORY);',
        'if (fflush(out) == EOF) return failed("fflush");',
        'if (out == NULL) return failed("fopen");',
        'if (folder < 0 || close(folder) < 0) return failed("close");',
    ),
    after="""\
    return 0;
}
""",
)
_OLD_TEXT, _NEW_TEXT = b"the old note\n", b"new\n"
_FILES = (("note", _OLD_TEXT),)
_USUAL = Situation("", files=_FILES, recorded=True)
_FULL = Situation("When the device is full", files=_FILES, faults=(Fault("write", 1, errno="ENOSPC"),), recorded=True)
_TAKEN = Situation("When note.new is a folder", files=(*_FILES, ("note.new/page", b"")), recorded=True)
_SYNCING = ("fsync", "fdatasync")


def _renames(recording: Recording) -> tuple[Event, ...]:
    return tuple(event for event in own_calls(recording, "rename", "renameat", "renameat2") if event.result == 0)


def _bad_descriptor(observation: Observation) -> Finding | None:
    for event in observation.recording.calls():
        if event.errno == "EBADF" and event.place.line is not None:
            says = f"{event.call} failed with EBADF: what it is to work on was closed in a line before."
            return Finding("closed-too-early", says, exactly(event))
    return None


def _gets_its_name(observation: Observation) -> Finding | None:
    """The new file takes the place of the old one, and of its own first name nothing is left."""
    recording = observation.recording
    if "note.new" in observation.left and not _renames(recording):
        return Finding("not-renamed", "note.new is written, but it never takes the place of note: rename(2).")
    return None


def _old_one_stays(observation: Observation) -> Finding | None:
    """At every moment there is a whole file under the name: the old one is neither emptied nor removed first."""
    for event in own_calls(observation.recording):
        path = next((argument.value for argument in event.args if argument.kind == "path"), None)
        if path != "note" or event.errno:
            continue
        if any("O_TRUNC" in argument.text for argument in event.args):
            says = "From here on note is empty: if the machine stops now, the old text is gone and the new is nowhere."
            return Finding("old-emptied", says, exactly(event))
        if event.call in ("unlink", "unlinkat"):
            says = "From here on there is no note: if the machine stops now, neither is. rename replaces it in one act."
            return Finding("old-removed", says, exactly(event))
    return None


def _safe_before_renamed(observation: Observation) -> Finding | None:
    """When the new file gets the name, storage has all its bytes."""
    recording = observation.recording
    renamed = _renames(recording)
    if not renamed:
        return None
    at = renamed[0]
    writes = [event for event in _on_the_new_one(recording, *WRITING) if (event.result or 0) > 0]
    synced = [event for event in _on_the_new_one(recording, *_SYNCING) if event.result == 0]
    late = [event for event in writes if event.index > at.index]
    if late:
        says = (
            "When the new file gets the name note, its text is still in the buffer of the stream; it leaves only here, "
            "later. Until then note is empty."
        )
        return Finding("renamed-before-written", says, exactly(late[0]))
    if not synced:
        says = "When the new file gets the name note, its text is in the page cache; no fsync has made storage have it."
        return Finding("never-synced", says, exactly(at))
    if all(event.index > at.index for event in synced):
        says = (
            "The new file gets the name note before storage has its text: fsync comes later. If the machine stops in "
            "between, note may be empty."
        )
        return Finding("renamed-before-synced", says, exactly(at))
    if all(event.index < writes[-1].index for event in synced):
        says = (
            "When fsync is called, the text is still in the buffer of the stream: there is nothing yet for storage to "
            "get. It leaves only later."
        )
        return Finding("synced-too-early", says, exactly(synced[0]))
    return None


def _on_the_new_one(recording: Recording, *names: str) -> tuple[Event, ...]:
    """The calls on the new file, whatever its name was then."""
    seen = touched(recording)
    ids = {hit.inode.id for event in calls_on(recording, "note.new") if (hit := seen[event.index]) is not None}
    return tuple(
        event for event in recording.calls(*names) if (hit := seen[event.index]) is not None and hit.inode.id in ids
    )


def _name_is_safe(observation: Observation) -> Finding | None:
    """After the rename the folder is synced, too: names are its contents."""
    recording = observation.recording
    seen = touched(recording)
    folders = [
        event
        for event in own_calls(recording, *_SYNCING)
        if event.result == 0 and (hit := seen[event.index]) is not None and hit.inode.kind == "dir"
    ]
    at = _renames(recording)[-1]
    if any(event.index > at.index for event in folders):
        return None
    if folders:
        says = "The folder is synced before the rename: that name is then not on storage for certain. Sync it after."
        return Finding("folder-synced-too-early", says, exactly(folders[-1]))
    says = (
        "Which file has the name note stands in the folder, and nothing made storage have that: sync the folder, too."
    )
    return Finding("folder-never-synced", says, exactly(at))


def _old_one_whole(observation: Observation) -> Finding | None:
    found = leaves("note", _OLD_TEXT)(observation)
    if found is None:
        return None
    says = told(observation.situation, "the old note should still be there, whole.")
    return Finding("old-lost", says, found.at)


SAFE_SAVE = Exercise(
    name="safe-save",
    lecture=4,
    topics=("durable",),
    kind="put lines in order",
    question=(
        "The file `note` is to get a new text, so that whenever the machine stops, `note` afterwards has either the "
        "old text or the new one, whole; and when the program has ended, it is the new one. Put the lines in order; "
        "there are more than are needed. Every order that works is right."
    ),
    done="Whenever the machine stops, one of the two is there, whole.",
    pieces=_PIECES,
    requirements=(
        Requirement(
            "note has the new text afterwards",
            _USUAL,
            all_of(_gets_its_name, ends_well, leaves("note", _NEW_TEXT)),
            (_bad_descriptor,),
        ),
        Requirement("the old one stays until the new one has the name", _USUAL, _old_one_stays),
        Requirement("storage has the new text before it has the name", _USUAL, _safe_before_renamed),
        Requirement("storage has the name, too", _USUAL, _name_is_safe),
        Requirement(
            "says so when the file cannot be made", _TAKEN, fails_aloud("failed-open-ignored", "fopen", "EISDIR")
        ),
        Requirement("keeps the old one when the new one cannot be written", _FULL, _old_one_whole),
    ),
)
