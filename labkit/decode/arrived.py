"""What arrived of bytes that were to be copied, in words. Pure."""

from __future__ import annotations


def arrived(data: bytes, came: bytes) -> str:
    """How `came` differs from `data`.

    >>> arrived(b"abcdef", b"abcdef"), arrived(b"abcdef", b"abcd"), arrived(b"abcdef", b"def"), arrived(b"abc", b"")
    ('all', 'the first 4', 'the last 3', 'nothing')
    >>> arrived(b"abcdefg", b"ace"), arrived(b"abc", b"abcbc"), arrived(b"abcdef", b"abX")
    ('one of every 2', 'all, and 2 more', 'the first 2, then others')
    """
    if came == data:
        return "all"
    if not came:
        return "nothing"
    if data.startswith(came):
        return f"the first {len(came):,}"
    if data.endswith(came):
        return f"the last {len(came):,}"
    if came.startswith(data):
        return f"all, and {len(came) - len(data):,} more"
    for every in range(2, len(data)):
        if len(data) // every <= len(came) and data[::every].startswith(came):
            return f"one of every {every:,}"
    same = next(n for n in range(min(len(data), len(came)) + 1) if data[: n + 1] != came[: n + 1])
    return f"the first {same:,}, then others" if same else "other bytes"


def missing(data: bytes, came: bytes) -> int:
    """How many bytes of `data` are not in `came`, if it is a part of `data`; else how many from the first wrong one on.

    >>> missing(b"abcdef", b"abcd"), missing(b"abcdef", b"ace"), missing(b"abc", b"abcbc"), missing(b"abcdef", b"abX")
    (2, 3, 0, 4)
    """
    if came.startswith(data):
        return 0
    if arrived(data, came).endswith(("others", "other bytes")):
        same = next(n for n in range(len(data) + 1) if data[: n + 1] != came[: n + 1])
        return len(data) - same
    return len(data) - len(came)
