"""Texts and the room they have: how wide one is, and one that is too long without its middle. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def columns(text: str) -> float:
    """How wide a text is, in characters of usual width: some take more than one, so that none is cut off.

    >>> columns("plain"), columns("日本"), columns("WW")
    (5.0, 4.0, 3.0)
    """
    width = float(len(text))
    if not text.isascii():
        width += sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return width + 0.5 * (text.count("W") + text.count("M") + text.count("@"))


def fitted(text: str, room: int) -> str:
    """`text` in at most `room` columns, its middle left out.

    >>> fitted("a-very-long-file-name.txt", 12), fitted("日本語テキスト", 9)
    ('a-ver…me.txt', '日本…スト')
    """
    if len(text) * 2 <= room or columns(text) <= room:
        return text
    head, tail = text[: room // 2], text[len(text) - room // 2 :]
    while head and columns(head) > (room - 1) // 2:
        head = head[:-1]
    while tail and columns(head) + 1 + columns(tail) > room:
        tail = tail[1:]
    return f"{head}…{tail}"
