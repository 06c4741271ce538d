"""A stretch of a long recording: which steps of it are enough to see what happened at one, and its films cut to them.

Pure. The steps keep the numbers they have in the whole recording; knows nothing of HTML or of why the step matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

from labkit.decode.background import visible
from labkit.draw.film import GONE, PART, TEXT, Film, Look
from labkit.model import Recording

START, BEFORE, AFTER = 3, 24, 8  # steps at the beginning, before the one meant, and after it
_TOGETHER = 2  # of several programs there is twice as much to draw at each step: half as many


def around(recording: Recording, at: int) -> tuple[int, ...]:
    """The steps (counted from 0) that show what led to step `at` and what came of it, and how the program began.

    Start-up steps are left out, unless `at` is one.
    """
    own = sorted({*visible(recording), at})
    here = own.index(at)
    fewer = _TOGETHER if recording.programs else 1
    first = max(0, here - BEFORE // fewer)
    if first <= START + 1:  # a gap of one step would hide no more than a word about it takes
        first = 0
    return (*own[: min(START, first)], *own[first : here + AFTER // fewer + 1])


def spans(steps: Sequence[int], own: Sequence[int]) -> str:
    """Which of the program's `own` steps these are, in words, counted from 1.

    >>> spans([0, 21, 22, 30, 31], own=[0, 21, 22, 25, 30, 31, 33]), spans([4, 6], own=[4, 6])
    ('1 to 23 and 31 to 32', '5 to 7')
    """
    places = {step: place for place, step in enumerate(own)}
    starts, ends = [steps[0]], []
    for before, after in pairwise(steps):
        if places.get(after, 0) != places.get(before, -1) + 1:
            ends.append(before)
            starts.append(after)
    ends.append(steps[-1])
    words = [
        f"{first + 1:,}" if first == last else f"{first + 1:,} to {last + 1:,}"
        for first, last in zip(starts, ends, strict=True)
    ]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def cut(film: Film, steps: Sequence[int]) -> Film:
    """`film` with these steps only; what is gone at all of them is taken out, what never changes is drawn as it is."""
    root = ElementTree.fromstring(film.markup)
    seen = {part: [film.look(part, step) for step in steps] for part in range(len(film.score))}
    for parent in list(root.iter()):
        for child in list(parent):
            part = child.get(PART)
            if part is not None and all(look.get("class") == GONE for look in seen[int(part)]):
                parent.remove(child)
    kept: list[list[Look]] = []
    for element in root.iter():
        part = element.attrib.pop(PART, None)
        if part is None:
            continue
        looks = seen[int(part)]
        if all(look == looks[0] for look in looks):
            _draw(element, looks[0])
        else:
            element.set(PART, str(len(kept)))
            kept.append(looks)
    for parent in list(root.iter()):
        for child in list(parent):
            if _draws_nothing(child):
                parent.remove(child)
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    score = tuple(tuple(_changes(looks, numbers)) for looks in kept)
    markup = ElementTree.tostring(root, encoding="unicode", short_empty_elements=root.tag == "svg")  # HTML has none
    return Film(film.title, markup, len(steps), tuple(dict(look) for look in numbers), score)


def _draws_nothing(element: ElementTree.Element) -> bool:
    """Whether it is an empty text or bar of an SVG drawing, and stays so."""
    if PART in element.attrib:
        return False
    return (element.tag == "text" and not element.text) or (element.tag == "rect" and element.get("width") == "0")


def _draw(element: ElementTree.Element, look: Look) -> None:
    for key, value in look.items():
        if key == TEXT:
            element.text = value
        elif (key, value) != ("aria-current", "false"):  # which is what it is without the attribute
            element.set(key, value)


def _changes(looks: Sequence[Look], numbers: dict[tuple[tuple[str, str], ...], int]) -> list[tuple[int, int]]:
    """The changes of a part: (step, number of its look), with a number in `numbers` for each look that is used."""
    changes: list[tuple[int, int]] = []
    for step, look in enumerate(looks):
        number = numbers.setdefault(tuple(look.items()), len(numbers))
        if not changes or changes[-1][1] != number:
            changes.append((step, number))
    return changes
