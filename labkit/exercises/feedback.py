"""The answer to an attempt: passed or not, the reason in the learner's own terms, and the run that shows it.

A value; how it looks in a notebook is `labkit.show.feedback`'s affair.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model import CallGraph, Recording, Run


@dataclass(frozen=True, repr=False)
class Feedback:
    """Whether the attempt does what was asked, and why.

    `cause` is the short name of what is wrong, "" when nothing is. `met` are the requirements seen to be met, in order,
    `missed` the first that is not. `recording` is the learner's own program recorded where it shows, and `step` the
    step to look at, counted from 1: `labkit.step(feedback.recording, at=feedback.step)`. Where the moments matter, it
    is `run` instead, at the program's own speed; of a driver, `recording` is a call's way through the kernel.
    """

    exercise: str
    passed: bool
    reason: str
    cause: str = ""
    met: tuple[str, ...] = ()
    missed: str = ""
    recording: Recording | CallGraph | None = None
    step: int | None = None
    run: Run | None = None

    @property
    def whose(self) -> str:
        """Whose steps they are, in words."""
        if isinstance(self.recording, CallGraph):
            return f"the way of {self.recording.call} through the kernel"
        return "your program" if self.missed else "the program"  # of a prediction, the program is the exercise's

    def __repr__(self) -> str:
        lines = [f"{'Done.' if self.passed else 'Not yet.'} {self.reason}"]
        if self.run is None:  # where the moments matter, the picture of the run says the rest
            lines += [f"  ✓ {wants}" for wants in self.met]
            lines += [f"  ✗ {self.missed}"] if self.missed else []
        if self.step is not None:
            see = "labkit.step(feedback.recording, at=feedback.step)"
            lines.append(f"Look at step {self.step} of {self.whose}: {see}")
        return "\n".join(lines)
