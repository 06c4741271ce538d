"""`labkit.check` and `labkit.exercise`: all exercises by name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from labkit.errors import LabkitError
from labkit.exercises.accepting import WHICH_SOCKET
from labkit.exercises.adding_lines import LOG_LINES
from labkit.exercises.all_at_once import ALL_AT_ONCE
from labkit.exercises.answering import ANSWER_EACH
from labkit.exercises.appending import NO_LINE_LOST
from labkit.exercises.both_close import BOTH_CLOSE
from labkit.exercises.both_ways import LONG_LETTER
from labkit.exercises.buffering import HALF_LINE_NOW, ONCE_EACH
from labkit.exercises.closing_sides import WHO_CLOSES
from labkit.exercises.cold_read import COLD_READ
from labkit.exercises.comparing_names import SAME_FILE
from labkit.exercises.conversing import ASK_A_COMMAND
from labkit.exercises.copying import COPY_ALL, COUNT_RIGHT
from labkit.exercises.copying_blocks import COUNT_OF_ITEMS
from labkit.exercises.copying_characters import END_OR_BYTE
from labkit.exercises.counting import COUNT_LINES
from labkit.exercises.counting_entries import COUNT_ENTRIES
from labkit.exercises.driver_attempt import driver_judged
from labkit.exercises.echoing import ECHO_EXACTLY
from labkit.exercises.emptying import NOTHING_OR_END
from labkit.exercises.exercise import Exercise
from labkit.exercises.feedback import Feedback
from labkit.exercises.foreseeing import WHICH_WRITES
from labkit.exercises.fork_order import FORK_ORDER
from labkit.exercises.judging import arranged, foretold, judged, refused
from labkit.exercises.last_orders import LAST_ORDERS
from labkit.exercises.leaking import NO_LEAK
from labkit.exercises.leaving import READER_LEAVES
from labkit.exercises.listening_order import SERVER_ORDER
from labkit.exercises.lost_wakeup import LOST_WAKEUP
from labkit.exercises.mapping import COUNT_MAPPED
from labkit.exercises.numbering import LOWEST_FREE
from labkit.exercises.one_for_all import ONE_FOR_ALL
from labkit.exercises.outlasting import GREETS_ON
from labkit.exercises.outliving import LOG_OUTLIVES
from labkit.exercises.pending import IOCTL_PENDING
from labkit.exercises.permitting import FILE_MODE
from labkit.exercises.pieces import chosen, ordered
from labkit.exercises.pipe_ending import END_COMES
from labkit.exercises.plumbing import LEFT_TO_RIGHT
from labkit.exercises.progress import telling
from labkit.exercises.quitting import GOODBYE_ONCE
from labkit.exercises.reading_part import PRINT_PART
from labkit.exercises.redirecting import REDIRECT_BOTH
from labkit.exercises.refused_reads import REFUSED_READS
from labkit.exercises.replacing import SAFE_SAVE
from labkit.exercises.requirement import Finding
from labkit.exercises.reusing import SAME_PORT
from labkit.exercises.saving import SAVED_OR_NOT
from labkit.exercises.seeking import FEW_READS
from labkit.exercises.sleeping import SLEEP_NOT_SPIN
from labkit.exercises.staying import ALWAYS_ON
from labkit.exercises.unlinking import READS_ON
from labkit.exercises.updating import UPDATE_RECORD
from labkit.exercises.web_many import WEB_MANY
from labkit.exercises.web_one_answer import WEB_ONE_ANSWER
from labkit.exercises.web_serve_file import WEB_SERVE_FILE
from labkit.exercises.web_stay_inside import WEB_STAY_INSIDE
from labkit.exercises.whole_answer import WHOLE_ANSWER
from labkit.model import Program

EXERCISES = {
    exercise.name: exercise
    for exercise in (
        PRINT_PART,
        SAME_FILE,
        COUNT_ENTRIES,
        READS_ON,
        LEFT_TO_RIGHT,
        END_COMES,
        SLEEP_NOT_SPIN,
        END_OR_BYTE,
        COUNT_OF_ITEMS,
        COUNT_LINES,
        SAVED_OR_NOT,
        LOG_LINES,
        UPDATE_RECORD,
        FEW_READS,
        COPY_ALL,
        COUNT_RIGHT,
        FILE_MODE,
        NO_LEAK,
        LOWEST_FREE,
        REDIRECT_BOTH,
        NO_LINE_LOST,
        HALF_LINE_NOW,
        ONCE_EACH,
        WHICH_WRITES,
        LOG_OUTLIVES,
        GOODBYE_ONCE,
        SAFE_SAVE,
        REFUSED_READS,
        COLD_READ,
        IOCTL_PENDING,
        LOST_WAKEUP,
        COUNT_MAPPED,
        NOTHING_OR_END,
        ASK_A_COMMAND,
        LONG_LETTER,
        READER_LEAVES,
        ANSWER_EACH,
        ALWAYS_ON,
        SERVER_ORDER,
        WHOLE_ANSWER,
        ECHO_EXACTLY,
        SAME_PORT,
        GREETS_ON,
        WHICH_SOCKET,
        ALL_AT_ONCE,
        BOTH_CLOSE,
        WHO_CLOSES,
        FORK_ORDER,
        LAST_ORDERS,
        ONE_FOR_ALL,
        WEB_ONE_ANSWER,
        WEB_SERVE_FILE,
        WEB_STAY_INSIDE,
        WEB_MANY,
    )
}


def exercise(name: str) -> Exercise:
    """The exercise of that name, which shows what it asks and what to start from; LabkitError if there is none."""
    if name not in EXERCISES:
        near = difflib.get_close_matches(name, EXERCISES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(EXERCISES)}."
        raise LabkitError(f"There is no exercise {name!r}. {hint}")
    return EXERCISES[name]


def check(exercise: str, answer: Program | str | Path | Sequence[int]) -> Feedback:
    """Try `answer` and say whether it does what `exercise` asks, and if not, why, and at which of its own steps.

    A program to be completed or mended is given as for `build` (a `Program` of a `%%c` cell, C text, a path). Lines to
    be put in order are given by their numbers, or as text; a predicted trace as text, one call a line.

    The answer's mistakes, not to compile among them, are told on the Feedback. Raises LabkitError when there is no such
    exercise or the answer is of another kind, UnsupportedError where programs cannot be compiled or recorded.
    """
    asked = _exercise(exercise)
    with telling() as told:
        if asked.calls is not None or asked.results is not None:
            if not isinstance(answer, str):
                raise LabkitError(f"{exercise} asks for a prediction: text, one call a line, as 'open = 3'.")
            return foretold(asked, answer, told)
        if asked.pieces is not None:
            if isinstance(answer, Program | Path):
                raise LabkitError(f"{exercise} asks for lines in order: their numbers, as [2, 1, 3].")
            if asked.order is not None:
                numbers = chosen(asked.pieces, answer)
                return refused(asked, numbers) if isinstance(numbers, Finding) else arranged(asked, numbers, told)
            source = ordered(asked.pieces, answer)
            return refused(asked, source) if isinstance(source, Finding) else judged(asked, source, told)
        if not isinstance(answer, Program | str | Path):
            raise LabkitError(f"{exercise} asks for a program: that of a %%c cell, C text, or a path.")
        return judged(asked, answer, told) if asked.driver is None else driver_judged(asked, answer, told)


_exercise = exercise  # within `check` the name is that of its argument
