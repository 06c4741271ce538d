"""What is to be seen of a picture at one step: its texts and its boxes, and whether they have their own place."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from xml.etree import ElementTree

from labkit.draw.film import GONE, PART, TEXT

NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
BOXES = {"box", "cell", "call", "new"}  # classes of rects that must not lie on one another; the first in a group


@dataclass(frozen=True)
class Text:
    """A line of text: its classes, and where it is anchored (one place for each character of a row of bytes)."""

    text: str
    classes: frozenset
    xs: tuple
    y: float


@dataclass(frozen=True)
class Group:
    """A box with its texts in the order they are drawn, marks left out."""

    classes: frozenset
    shape: frozenset
    x: float
    y: float
    width: float
    height: float
    texts: tuple

    @property
    def words(self):
        return tuple(text.text for text in self.texts)


class Shown:
    """A film as a browser shows it: parsed once, then changed from step to step; `at` must be asked in order.

    `Film.at`, which makes whole documents, takes ten times as long.
    """

    def __init__(self, film):
        self._film, self._now = film, -1
        self._root = ElementTree.fromstring(film.markup)
        self._parts = {int(e.get(PART)): e for e in self._root.iter() if e.get(PART) is not None}

    def at(self, step):
        """The root of the picture at `step`, a copy without what is not there."""
        for now in range(self._now + 1, step + 1):
            cuts = self._film.cuts[now]
            for part, look in zip(cuts[::2], cuts[1::2], strict=True):
                for key, value in self._film.looks[look].items():
                    assert not NO_XML.search(value), (part, value)
                    if key == TEXT:
                        self._parts[part].text = value
                    else:
                        self._parts[part].set(key, value)
        self._now = step
        return _there(self._root)


def _there(element):
    copy = ElementTree.Element(element.tag, {key: value for key, value in element.attrib.items() if key != PART})
    copy.text = element.text
    copy.extend(_there(child) for child in element if child.get("class") != GONE)
    return copy


def alike(one, other):
    """Whether two trees are the same."""
    return (
        (one.tag, one.attrib, one.text or "", len(one)) == (other.tag, other.attrib, other.text or "", len(other))
    ) and all(map(alike, one, other))


def seen(root):
    """Every text and every group with a box or with text, of a drawing."""
    groups = []
    for group in root.iter("g"):
        rect = next((child for child in group if child.tag == "rect"), None)
        texts = tuple(_text(child) for child in group if child.tag == "text" and child.get("class") != "mark")
        if rect is not None:
            place = [float(rect.get(key)) for key in ("x", "y", "width", "height")]
            groups.append(Group(_classes(group), _classes(rect), *place, texts))
        elif texts:
            groups.append(Group(_classes(group), frozenset(), 0.0, 0.0, 0.0, 0.0, texts))
    texts = [_text(text) for text in root.iter("text") if text.get("class") != "mark" and text.text]
    return texts, groups


def in_place(root, texts, groups):
    """Every text is anchored within the picture, and no two boxes overlap."""
    left, top, width, height = map(float, root.get("viewBox").split())
    for text in texts:
        assert all(left <= x <= left + width for x in text.xs) and top <= text.y <= top + height, text
    boxes = [group for group in groups if group.shape & BOXES]
    for box in boxes:
        assert box.x >= left - 1 and box.x + box.width <= left + width + 1, box
        assert box.y >= top - 1 and box.y + box.height <= top + height + 1, box
    none_overlap(frozenset((box.x, box.y, box.width, box.height) for box in boxes))
    assert len({(box.x, box.y) for box in boxes}) == len(boxes), "one box on another"


@lru_cache(maxsize=4096)  # the same boxes are there at many steps
def none_overlap(boxes):
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other), (one, other)


def overlap(one, other):
    (x, y, width, height), (left, top, wide, high) = one, other
    apart = 0.6  # a stroke, and coordinates that are rounded
    return x + apart < left + wide and left + apart < x + width and y + apart < top + high and top + apart < y + height


def shortened(text, whole):
    """`text` is `whole`, or its beginning and its end."""
    head, dots, tail = text.partition("…")
    return text == whole or bool(dots and len(text) < len(whole) and whole.startswith(head) and whole.endswith(tail))


def same(drawn, expected, where):
    """The drawn rows of text are the expected ones, some perhaps without their middles; both are lists of tuples."""
    extra = list((Counter(drawn) - Counter(expected)).elements())
    lacking = list((Counter(expected) - Counter(drawn)).elements())
    for row in extra:
        found = [other for other in lacking if len(other) == len(row) and all(map(shortened, row, other))]
        assert found, f"{where}: drawn {row}, and not {lacking}"
        lacking.remove(found[0])
    assert not lacking, f"{where}: not drawn: {lacking}"


def _classes(element):
    return frozenset((element.get("class") or "").split())


def _text(element):
    xs = tuple(map(float, element.get("x").split()))
    return Text(element.text or "", _classes(element), xs, float(element.get("y")))
