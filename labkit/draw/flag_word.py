"""The flags word of open(2) as boxes, a bit each, three to an octal digit; from each that is set a line to its name.

Pure; knows what a field is, and nothing of recordings.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.decode.flag_word import Field, FlagWord
from labkit.decode.provenance import elsewhere
from labkit.draw.picture import Canvas, Picture
from labkit.draw.style import CHAR

_BOX, _TALL, _GAP, _TOP = 24.0, 30.0, 12.0, 46.0  # of a bit, between octal digits, and above the boxes
_DIGIT, _FIRST, _ROW = 16.0, 102.0, 30.0  # where the octal digits stand, the first name, and from name to name
_LEAST = 4  # octal digits
_LEGEND = (
    "Each box is a bit of the word, its number above it; three bits are one octal digit, on top. The two lowest bits "
    "are one field, the access mode. From every field that is set, and from the access mode, a line leads to its name, "
    "its octal value, and what it asks for."
)


def flag_picture(word: FlagWord) -> Picture:
    """Draw the word, its highest bit at the left."""
    digits = max(_LEAST, -(-max(field.bits[0] + 1 for field in word.fields) // 3))
    right = digits * (3 * _BOX + _GAP)
    wide = max(len(field.name) for field in word.fields)
    values = right + 20 + (wide + 2) * CHAR
    says = values + (max(len(_octal(field.value)) for field in word.fields) + 2) * CHAR
    canvas = Canvas(says + max(len(field.says) for field in word.fields) * CHAR * 0.86)
    for digit in range(digits):
        _octal_digit(canvas, word, digit, right)
    for row, field in enumerate(word.fields):
        y = _FIRST + row * _ROW
        middle = sum(_left(bit, right) + _BOX / 2 for bit in field.bits) / len(field.bits)
        for bit in field.bits if len(field.bits) > 1 and not _is_access(field) else ():
            canvas.add("path", d=f"M{_left(bit, right) + _BOX / 2:.1f} {_TOP + _TALL:.1f}V{y:.1f}", class_="stem")
        canvas.add("path", d=f"M{middle:.1f} {_TOP + _TALL:.1f}V{y:.1f}H{right + 10:.1f}", class_="stem")
        canvas.text(right + 16, y + 5, field.name, "mono strong")
        canvas.text(values, y + 5, _octal(field.value), "mono")
        canvas.text(says, y + 5, field.says)
    bottom = _FIRST + len(word.fields) * _ROW
    title = f"The flags that open got for {word.path}: {_octal(word.value)}"
    drawn = canvas.finish(bottom, title, _text(title, word, digits), _LEGEND)
    return replace(drawn, where=elsewhere([word.recording]))


def _octal_digit(canvas: Canvas, word: FlagWord, digit: int, right: float) -> None:
    """Three boxes, and the digit they make."""
    for bit in range(3 * digit, 3 * digit + 3):
        x = _left(bit, right)
        value = word.value >> bit & 1
        canvas.text(x + _BOX / 2, _TOP - 7, str(bit), "dim tiny", "middle")
        if bit > 1:
            canvas.add("rect", x=x, y=_TOP, width=_BOX, height=_TALL, class_="new" if value else "box")
        elif bit == 0:  # the access mode, one field
            canvas.add("rect", x=x - _BOX, y=_TOP, width=2 * _BOX, height=_TALL, class_="new", rx=6)
        canvas.text(x + _BOX / 2, _TOP + 20, str(value), "mono strong" if value else "mono dim", "middle")
    shown = word.value >> 3 * digit & 7
    canvas.text(_left(3 * digit + 1, right) + _BOX / 2, _DIGIT, str(shown), "mono strong", "middle")


def _left(bit: int, right: float) -> float:
    """Where the box of a bit begins."""
    return right - (bit + 1) * _BOX - bit // 3 * _GAP


def _is_access(field: Field) -> bool:
    return field.bits == (1, 0)


def _octal(value: int) -> str:
    """As C writes it.

    >>> _octal(0o2101), _octal(0)
    ('02101', '0')
    """
    return f"0{value:o}" if value else "0"


def _text(title: str, word: FlagWord, digits: int) -> str:
    bits = " ".join(f"{word.value >> 3 * digit & 7:03b}" for digit in reversed(range(digits)))
    wide = max(len(field.name) for field in word.fields)
    high = max(len(_octal(field.value)) for field in word.fields)
    rows = [f"  {field.name:<{wide}}  {_octal(field.value):>{high}}  {field.says}" for field in word.fields]
    return "\n".join([title, f"  in binary: {bits}", *rows])
