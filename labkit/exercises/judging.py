"""From an exercise and an answer to feedback: builds, tries one requirement after another, stops at the first not met.

Decides nothing that a requirement could decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from labkit.capture.build import build
from labkit.errors import CompileError, UnsupportedError
from labkit.exercises.attempt import Attempt
from labkit.exercises.exercise import Exercise
from labkit.exercises.feedback import Feedback
from labkit.exercises.mishap import mishap, not_compiled
from labkit.exercises.observation import Observation
from labkit.exercises.path_order import first_out_of_order
from labkit.exercises.predicted import first_difference, guesses
from labkit.exercises.refusals import first_other, foreseen
from labkit.exercises.requirement import Finding, Requirement
from labkit.exercises.touched import step_of
from labkit.kernel_box.warm import box
from labkit.model import Program, Run

_NO_STEP = "(Which step it was cannot be shown: this machine does not let programs be recorded.)"
_NO_END = ("hangs", "endless-loop", "flood")


def judged(exercise: Exercise, answer: Program | str | Path, told: Callable[[str], None]) -> Feedback:
    """What `exercise` says to the program `answer`; `told` hears what is being tried.

    A program that does not compile gets an answer, too. Raises LabkitError, UnsupportedError as `build` and `record`.
    """
    try:
        program = answer if isinstance(answer, Program) else build(answer)
    except CompileError as err:
        return Feedback(exercise.name, False, not_compiled(str(err)), "does-not-compile")
    try:
        return _tried(exercise, program, told)
    except UnsupportedError as err:
        raise UnsupportedError(
            f"{exercise.name} cannot be checked on this machine, right or wrong: it is judged by a recording of your "
            f"program.\n{err}"
        ) from err


def _tried(exercise: Exercise, program: Program, told: Callable[[str], None]) -> Feedback:
    """The answer to a program that compiles."""
    attempt = Attempt(program, told)
    met: list[str] = []
    for requirement in exercise.requirements:
        observation = attempt.observe(requirement.when)
        finding = mishap(attempt, observation) or requirement.judge(observation)
        if finding is not None:
            return _refused(exercise, attempt, requirement, observation, finding, tuple(dict.fromkeys(met)))
        met.append(requirement.wants)
    run = observation.seen if isinstance(observation.seen, Run) and observation.situation.timed else None
    return Feedback(exercise.name, True, exercise.done, met=tuple(dict.fromkeys(met)), run=run)


def refused(exercise: Exercise, finding: Finding) -> Feedback:
    """The answer to what could not even be tried."""
    return Feedback(exercise.name, False, finding.says, finding.cause)


def foretold(exercise: Exercise, answer: str, told: Callable[[str], None]) -> Feedback:
    """What `exercise` says to the predicted trace `answer`, set against its own program recorded now."""
    when = exercise.calls or exercise.results
    assert when is not None
    guessed, said = guesses(answer), foreseen(answer)
    if isinstance(unreadable := said if exercise.calls is None else guessed, Finding):
        return refused(exercise, unreadable)
    recording = Attempt(build(exercise.starter), told).observe(when.when).recording
    if exercise.calls is not None and not isinstance(guessed, Finding):
        finding = first_difference(exercise.calls, guessed, recording)
        if finding is not None and not guessed:  # the run would be the answer, to one who has not tried
            return refused(exercise, finding)
    elif exercise.results is not None and not isinstance(said, Finding):
        finding = first_other(exercise.results, said, recording)
    if (
        finding is not None and finding.cause == "nothing-predicted"
    ):  # the run would be the answer, to who has not tried
        return refused(exercise, finding)
    if finding is None:
        return Feedback(exercise.name, True, exercise.done, recording=recording)
    event = finding.at(recording)
    step = None if event is None else step_of(recording, event)
    return Feedback(exercise.name, False, finding.says, finding.cause, recording=recording, step=step)


def arranged(exercise: Exercise, numbers: Sequence[int], told: Callable[[str], None]) -> Feedback:
    """What `exercise` says to its stages in this order, set against a call followed through the box's kernel now.

    Raises UnsupportedError where there is no box, and labkit has no recording of one either.
    """
    order = exercise.order
    assert order is not None
    told("Following a read through the kernel")
    graph = box().path(order.program, order.args, asleep=True)
    found = first_out_of_order(order, numbers, graph)
    if found is None:
        return Feedback(exercise.name, True, exercise.done, recording=graph)
    finding, step = found
    return Feedback(exercise.name, False, finding.says, finding.cause, recording=graph, step=step)


def _refused(
    exercise: Exercise,
    attempt: Attempt,
    requirement: Requirement,
    observation: Observation,
    finding: Finding,
    met: tuple[str, ...],
) -> Feedback:
    kept = tuple(wants for wants in met if wants != requirement.wants)
    feedback = Feedback(exercise.name, False, finding.says, finding.cause, kept, requirement.wants)
    if observation.situation.timed:
        return replace(feedback, run=observation.run)
    # what it did last before it crashed, or does over and over, may be no call: then its lines are events, too
    by_line = finding.cause in ("crash", "hangs") or (finding.cause == "endless-loop" and _without_calls(observation))
    try:
        recorded = attempt.recorded(observation.situation, lines=by_line, briefly=finding.cause in _NO_END)
    except UnsupportedError:
        return replace(feedback, reason=f"{feedback.reason} {_NO_STEP}")
    stuck = requirement.stuck
    causes = {"hangs": stuck, "endless-loop": stuck, "crash": (), "flood": ()}.get(finding.cause, requirement.causes)
    finding = next((why for cause in causes if (why := cause(recorded)) is not None), finding)
    recording = recorded.recording
    event = finding.at(recording)
    step = None if event is None else step_of(recording, event)
    return replace(feedback, reason=finding.says, cause=finding.cause, recording=recorded.shown, step=step)


def _without_calls(observation: Observation) -> bool:
    """It was ended by the clock, not by the number of its calls."""
    return observation.seen.ended_by != "events"
