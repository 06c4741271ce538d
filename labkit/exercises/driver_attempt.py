"""A learner's driver being tried: built, loaded into the box's kernel, used, unloaded. Knows nothing of an exercise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from labkit.capture.build import read_source
from labkit.decode.kernel_brief import shown_only
from labkit.decode.kernel_sleep import leaves
from labkit.errors import CompileError, LabkitError, UnsupportedError
from labkit.exercises.driver_part import ANSWER, DriverPart, Facts, Shown, Trial
from labkit.exercises.exercise import Exercise
from labkit.exercises.feedback import Feedback
from labkit.exercises.mishap import not_compiled
from labkit.exercises.requirement import Finding
from labkit.kernel_box.live import LiveBox
from labkit.kernel_box.machine import BoxGone
from labkit.kernel_box.warm import Box, box
from labkit.model import CallGraph, Program

_UNLOADS = "can be unloaded again"
_UNLOAD = "if grep -q '^lab ' /proc/modules; then rmmod lab && ! test -e /dev/lab; fi"
_MARK = "labkit: a driver is tried"
_COMPLAINT = re.compile(r"WARNING:|BUG:|INFO:|DEBUG_LOCKS")
_FUNCTION = re.compile(r"RIP: \S*?:(?P<name>\w+)\+|RIP: (?P<alone>\w+)\+")


def driver_judged(exercise: Exercise, answer: Program | str | Path, told: Callable[[str], None]) -> Feedback:
    """What `exercise` says to a driver, or to the part of it that was asked for: C text, a file, a `Program`.

    If it passes, it is loaded in the box afterwards, else the course's own driver. Raises UnsupportedError where there
    is no box, LabkitError for a file that cannot be read.
    """
    assert exercise.driver is not None
    here = needed(exercise.name)
    text = answer.source if isinstance(answer, Program) else read_source(answer)[0]
    whole = exercise.driver.whole(text)
    try:
        feedback = _tried(exercise, exercise.driver, here, whole, told)
    except BoxGone as err:
        feedback = Feedback(exercise.name, False, _gone(str(err)), "hangs-kernel" if _hung(str(err)) else "crash")
    if feedback.passed:
        here.load(whole)
    else:
        _cleared(here.live)
        here.load()
    return feedback


def needed(name: str) -> Box:
    """The box, running here; raises UnsupportedError, which says what it is needed for, where there is none."""
    try:
        here = box()
        here.live  # noqa: B018  # raises where there is none
    except UnsupportedError as err:
        raise UnsupportedError(
            f"{name} cannot be checked on this machine, right or wrong: it is judged in a running kernel, the box.\n"
            f"{err}"
        ) from err
    return here


def _tried(exercise: Exercise, part: DriverPart, here: Box, whole: str, told: Callable[[str], None]) -> Feedback:
    def refused(finding: Finding, missed: str = "") -> Feedback:
        kept = tuple(wants for wants in dict.fromkeys(met) if wants != missed)
        return Feedback(exercise.name, False, finding.says, finding.cause, kept, missed)

    live, met = here.live, list[str]()
    seen: dict[tuple[str, ...], Facts | Finding] = {}  # what was done in the driver stays there: nothing is done twice
    told("Building your driver")
    _cleared(live)
    try:
        live.load(whole)
    except CompileError as err:
        return refused(Finding("does-not-compile", not_compiled(own_line(str(err)))))
    except BoxGone:
        raise
    except LabkitError as err:
        return refused(Finding("refused", f"The kernel does not take it. {_tail(str(err))}"))
    live.run(f"echo '{_MARK}' > /dev/kmsg")  # of what is no error, the console hears nothing
    for trial in part.trials:
        told(f"Your driver is loaded; whether it {trial.wants}")
        asked = (trial.program, *trial.args)
        if asked not in seen:
            seen[asked] = _facts(live, trial)
        fact = seen[asked]
        if (finding := fact if isinstance(fact, Finding) else trial.judge(fact)) is not None:
            return _with_path(refused(finding, trial.wants), part.shown, live, whole)
        met.append(trial.wants)
    ended = live.run(_UNLOAD, seconds=5)
    if ended.status != 0 or ended.late:
        words = ended.text.strip() or "/dev/lab is still there."
        return refused(Finding("does-not-unload", f"It cannot be unloaded: {words}"), _UNLOADS)
    if complaint := _COMPLAINT.search(said := live.run("dmesg").text.rpartition(_MARK)[2]):
        return refused(Finding("kernel-complains", f"The kernel complains: {_tail(said[complaint.start() :])}"))
    return Feedback(exercise.name, True, exercise.done, met=tuple(dict.fromkeys([*met, _UNLOADS])))


def own_line(message: str) -> str:
    """The compiler's message from its first error on, which is told of the answer's line that a macro stood in.

    >>> own_line("asm/uaccess.h:196:18: error: void\\nanswer.c:9:10: note: in expansion of macro 'put_user'")
    'answer.c:9:10: error: void'
    """
    error = re.search(r"^(?P<at>\S+?:\d+:\d+): (?:fatal )?error: [^\n]+", message, re.MULTILINE)
    own = None if error is None else re.search(rf"^({ANSWER}:\d+:\d+): ", message[error.start() :], re.MULTILINE)
    if error is None or own is None or error["at"].startswith(ANSWER):
        return message
    return error[0].replace(error["at"], own[1])


def _facts(live: LiveBox, trial: Trial) -> Facts | Finding:
    ended = live.run(" ".join([live.program(trial.program), *trial.args]), seconds=trial.seconds)
    if ended.late:
        says = (
            f"The program that uses it did not end within {trial.seconds:g} s: a call into the driver does not return."
        )
        return Finding("hangs", says)
    return facts(ended.text)


def facts(text: str) -> Facts:
    """The facts that a program of a trial printed.

    >>> facts("got=3\\ntext=a=b\\nnothing\\n")
    {'got': '3', 'text': 'a=b'}
    """
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, equals, value in pairs if equals}


def _with_path(feedback: Feedback, shown: Shown | None, live: LiveBox, whole: str) -> Feedback:
    """With the call's way through the kernel where that shows it; without, where it cannot be recorded just now."""
    if shown is None or feedback.cause != shown.cause:
        return feedback
    try:
        _cleared(live)  # results that were not fetched go with it
        live.load(whole)
        graph = shown_only(live.path(shown.program))
    except LabkitError:
        return feedback
    return replace(feedback, recording=graph, step=asleep_after(graph, shown.function))


def asleep_after(graph: CallGraph, function: str) -> int | None:
    """The step, counted from 1, at which the caller falls asleep although `function` was there before."""
    names = [step.name for step in graph.steps]
    if function not in names:
        return None
    for number, step in enumerate(graph.steps[names.index(function) :], names.index(function) + 1):
        if leaves(graph, step) == "asleep":
            return number
    return None


def _cleared(live: LiveBox) -> None:
    """No driver is loaded; a box from which it does not go (a reader is stuck in it) is switched off."""
    try:
        ended = live.run(_UNLOAD, seconds=5)
    except BoxGone:
        return
    if ended.status != 0 or ended.late:
        live.close()


def _hung(words: str) -> bool:
    return words.startswith("The box does not answer")


def _gone(words: str) -> str:
    """The end of a kernel in a sentence, then the kernel's own words.

    >>> _gone("The box is gone over `x`. It was\\nBUG: kernel NULL pointer\\nRIP: 0010:lab_read+0x1/0x2 [lab]")
    'The kernel crashed in lab_read; it was started anew, nothing else was lost. Its words: BUG: kernel NULL pointer'
    """
    if _hung(words):
        return (
            "The kernel does not answer any more: the driver keeps the only processor for itself (a loop that waits "
            "without sleeping), or sleeps where it must not. The box was switched off and started anew."
        )
    found = _FUNCTION.search(words)
    where = f" in {found['name'] or found['alone']}" if found else ""
    first = next((line for line in words.splitlines()[1:] if line.strip()), "").strip()
    return f"The kernel crashed{where}; it was started anew, nothing else was lost. Its words: {first}"


def _tail(words: str, most: int = 4) -> str:
    lines = [re.sub(r"^\[ *[\d.]+\] ", "", line).strip() for line in words.splitlines() if line.strip()]
    return " ".join(lines[:most])
