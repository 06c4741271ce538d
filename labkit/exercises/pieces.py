"""Lines of C to be put in order (Parsons problems): the learner's order made into a program. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labkit.exercises.requirement import Finding

_GAP = re.compile(r"\s+")


@dataclass(frozen=True)
class Pieces:
    """Shuffled `lines`, numbered from 1, that go between `before` and `after`; not all of them need to be used."""

    before: str
    lines: tuple[str, ...]
    after: str

    def around(self) -> str:
        """The program that the lines go into."""
        return f"{self.before}\n    // the lines, in your order\n\n{self.after}"

    def text(self) -> str:
        """The lines as they are shown, with their numbers."""
        return "\n".join(f"{number:>2}  {line}" for number, line in enumerate(self.lines, 1))


def ordered(pieces: Pieces, answer: Sequence[int] | str) -> str | Finding:
    """The program that `answer` makes: numbers of lines, as a list or in a text, or the lines themselves.

    White space does not count. What is no order of these lines is a Finding.

    >>> two = Pieces("int main(void) {", ("return n;", "int n = 0;"), "}")
    >>> print(ordered(two, [2, 1]))
    int main(void) {
        int n = 0;
        return n;
    }
    >>> ordered(two, "int n=0;\\n return n;") == ordered(two, "2, 1") == ordered(two, (2, 1))
    True
    >>> ordered(two, [2, 2]).says
    'Line 2, `int n = 0;`, is there twice; each line is there once.'
    """
    numbers = chosen(pieces, answer)
    if isinstance(numbers, Finding):
        return numbers
    lines = [f"    {pieces.lines[number - 1]}" for number in numbers]
    return "\n".join([pieces.before.rstrip("\n"), *lines, pieces.after])


def chosen(pieces: Pieces, answer: Sequence[int] | str) -> list[int] | Finding:
    """The numbers of the lines in `answer`; what is no order of these lines is a Finding."""
    numbers = _numbers(pieces, answer)
    if isinstance(numbers, Finding):
        return numbers
    if not numbers:
        return Finding("nothing-ordered", "There is no line in your answer yet: give the numbers in order, as [2, 1].")
    for number in numbers:
        if not 1 <= number <= len(pieces.lines):
            return Finding("no-such-line", f"There is no line {number}; there are 1 to {len(pieces.lines)}.")
        if numbers.count(number) > 1:
            line = pieces.lines[number - 1]
            return Finding("line-twice", f"Line {number}, `{line}`, is there twice; each line is there once.")
    return numbers


def _numbers(pieces: Pieces, answer: Sequence[int] | str) -> list[int] | Finding:
    if not isinstance(answer, str):
        return [int(number) for number in answer]
    if re.fullmatch(r"[\s\d,;\[\]()]*", answer):
        return [int(number) for number in re.findall(r"\d+", answer)]
    known = {_GAP.sub("", line): number for number, line in enumerate(pieces.lines, 1)}
    numbers = []
    for line in answer.splitlines():
        # the number may have been copied along
        bare = _GAP.sub("", re.sub(r"^\s*\d+\s+", "", line))
        if bare and bare not in known:
            return Finding("no-such-line", f"`{line.strip()}` is none of the lines; they are used as they are.")
        if bare:
            numbers.append(known[bare])
    return numbers
