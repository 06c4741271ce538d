"""The answer to an attempt: passed or not, and the reason in the learner's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from labkit.draw.picture import Picture


@dataclass(frozen=True, repr=False)
class Feedback:
    """Whether the attempt does what was asked, why, and the picture of the run that shows it."""

    passed: bool
    reason: str
    picture: Picture

    def _repr_html_(self) -> str:
        head = "✓ Done." if self.passed else "✗ Not yet."
        return f'<div class="lk"><b>{head}</b> {escape(self.reason)}</div>{self.picture._repr_html_()}'

    def __repr__(self) -> str:
        return f"{'Done.' if self.passed else 'Not yet.'} {self.reason}\n{self.picture}"
