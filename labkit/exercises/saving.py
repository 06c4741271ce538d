"""The exercise of lecture 02 on saying that data are saved only when they are."""

from __future__ import annotations

from labkit.exercises.conduct import goes_on_after_short_write
from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well, fails_aloud, leaves
from labkit.exercises.requirement import Finding, Judge, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.stream_errors import failure, reports
from labkit.exercises.touched import own_calls
from labkit.model import Event, Fault, Recording

_STARTER = """\
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: save TEXT\\n");
        return 2;
    }

    // your turn: save the text in the file notes, as a line

    puts("saved");
    return 0;
}
"""
_SHORT = "remember the milk"
_LONG = "".join(f"{number:04d} " for number in range(1_800))  # more than two buffers of a stream
_PERCENT = "50 % done, %d left, 100 %% of it"


def _saving(says: str, text: str = _SHORT, *, before: bytes | None = None, faults: tuple[Fault, ...] = ()) -> Situation:
    files = () if before is None else (("notes", before),)
    return Situation(says, (text,), files=files, faults=faults, recorded=True)


def _says_saved(observation: Observation) -> Finding | None:
    said = observation.seen.output(1)
    if said.split() == [b"saved"]:
        return None
    return Finding("not-said", told(observation.situation, "it should print saved, and nothing else, on stdout."))


def _write(recording: Recording) -> Event | None:
    writes = [event for event in own_calls(recording, "write") if event.args and event.args[0].value not in (1, 2)]
    return writes[0] if writes else next(reversed(own_calls(recording)), None)


def _format(observation: Observation) -> Finding | None:
    """A text with % in it is saved as it is."""
    left = observation.left.get("notes")
    if left is None or not left.size or left.data.rstrip(b"\n") == _PERCENT.encode():
        return None
    says = (
        f"notes does not hold the text {_PERCENT!r} as it was given: % means something where fprintf expects its "
        'format. The text is data: fprintf(f, "%s", text), or fputs.'
    )
    return Finding("text-as-format", told(observation.situation, says), _write)


def _older(observation: Observation) -> Finding | None:
    left = observation.left.get("notes")
    if left is not None and b"older" in left.data:
        says = "what notes held before is still in it. Which mode of fopen empties the file?"
        return Finding("old-kept", told(observation.situation, says))
    return None


def _no_newline(observation: Observation) -> Finding | None:
    left = observation.left.get("notes")
    if left is not None and left.data == observation.situation.args[0].encode() and left.data:
        return Finding("no-newline", told(observation.situation, "no newline ends the line in notes."), _write)
    return None


def _saves(situation: Situation, *first: Judge) -> Requirement:
    wanted = leaves("notes", situation.args[0].encode() + b"\n")
    # what the fault did is told before what came of it
    judge = all_of(*first, ends_well, _no_newline, wanted, _says_saved)
    return Requirement("saves the text", situation, judge, (goes_on_after_short_write,) if situation.faults else ())


def _honest(call: str, errno: str, reason: str) -> Judge:
    """When `call` failed, it does not claim to have saved, and says why not: the system's own words for `errno`."""
    aloud = reports(f"failed-{call}-ignored", call)

    def judge(observation: Observation) -> Finding | None:
        situation, failed = observation.situation, failure(observation.recording, call)
        if (finding := aloud(observation)) is not None or failed is None:
            return finding
        if b"saved" in observation.seen.output(1):
            says = "it had printed saved before it found that it had not: only when the stream is closed is it known."
            return Finding("claims-saved", told(situation, says), exactly(failed))
        if reason.encode() not in observation.errors:
            says = (
                f"it does not say why: {reason} ({errno}). Call perror at once after what failed; calls in between "
                "change errno."
            )
            return Finding("other-reason", told(situation, says), exactly(failed))
        return None

    return judge


def _full(nth: int, text: str) -> Requirement:
    fault = Fault("write", nth, errno="ENOSPC")
    return Requirement(
        "says that the device is full",
        _saving("When the device is full", text, faults=(fault,)),
        _honest("write", "ENOSPC", "No space left on device"),
    )


SAVED_OR_NOT = Exercise(
    name="saved-or-not",
    lecture=2,
    topics=("paranoia", "fopen-modes", "stream-ops"),
    kind="complete a program",
    question=(
        "`save TEXT` makes the file `notes` hold the text as its only line, and then prints `saved`. If anything "
        "fails, it must not print that, but say why on stderr and end with a status that is not 0. A device that is "
        "full is noticed late."
    ),
    done="It says saved when the kernel has every byte, and else why not.",
    starter=_STARTER,
    requirements=(
        _saves(_saving("With no file notes at first")),
        _saves(
            _saving("With a file notes that was there before", before=b"older and longer than the new text\n"), _older
        ),
        _saves(_saving("With an empty text", "")),
        _saves(_saving("With % in the text", _PERCENT), _format),
        _saves(_saving("With a text of 9,000 characters", _LONG)),
        _saves(_saving("When write takes fewer bytes than it is told", faults=(Fault("write", 1, length=3),))),
        Requirement(
            "reports a file that it cannot open",
            Situation("When notes is a folder", (_SHORT,), files=(("notes/page", b""),), recorded=True),
            fails_aloud("failed-open-ignored", "open", "EISDIR"),
        ),
        _full(1, _SHORT),
        _full(2, _SHORT),
        _full(2, _LONG),
        _full(3, _LONG),
        Requirement(
            "says that closing failed",
            _saving("When the data are lost at close", faults=(Fault("close", 1, errno="EIO"),)),
            _honest("close", "EIO", "Input/output error"),
        ),
    ),
)
