"""An exercise as a value: what it asks, what the learner starts from, what an answer must do. Runs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labkit.exercises.driver_part import DriverPart
from labkit.exercises.path_order import PathOrder
from labkit.exercises.pieces import Pieces
from labkit.exercises.predicted import Calls
from labkit.exercises.refusals import Results
from labkit.exercises.requirement import Requirement

Kind = Literal["predict a trace", "put lines in order", "complete a program", "find and mend the fault"]


@dataclass(frozen=True)
class Exercise:
    """One exercise. `topics` are ids of the syllabus, `question` may hold `code`; `done` is said of a right answer.

    `starter` is C text: to be completed, mended, or, of a prediction, the program whose `calls` are predicted. Of lines
    to be put in order, `pieces` are what there is. A `driver` is tried in the box; lines that are an `order` are set
    against a path recorded there; of `results`, what the calls of `starter` return is predicted.
    """

    name: str
    lecture: int
    topics: tuple[str, ...]
    kind: Kind
    question: str
    done: str
    starter: str = ""
    requirements: tuple[Requirement, ...] = ()
    pieces: Pieces | None = None
    calls: Calls | None = None
    driver: DriverPart | None = None
    order: PathOrder | None = None
    results: Results | None = None
