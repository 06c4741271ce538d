"""Bytes as a C string literal, the way strace(1) writes them. Knows nothing of where the bytes came from."""

from functools import lru_cache

SHOWN = 32  # strace -s: how many bytes of a string are printed

_NAMED = {9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_DIGITS = frozenset(b"01234567")


@lru_cache(maxsize=8192)
def quoted(data: bytes, size: int | None = None, shown: int = SHOWN) -> str:
    r"""`data` in quotes, at most `shown` bytes of it; "..." follows when that is not all `size` of them.

    >>> print(quoted(b'say "hi"\n\0' + b"1"))
    "say \"hi\"\n\0001"
    >>> print(quoted(b"x" * 40, shown=4), quoted(b"abc", size=100))
    "xxxx"... "abc"...
    """
    text = []
    head = data[:shown]
    for index, byte in enumerate(head):
        if byte in _NAMED:
            text.append(_NAMED[byte])
        elif 32 <= byte < 127:
            text.append(chr(byte))
        else:
            # The shortest octal escape, unless a digit follows that would become part of it.
            before_digit = index + 1 < len(head) and head[index + 1] in _DIGITS
            text.append(f"\\{byte:03o}" if before_digit else f"\\{byte:o}")
    more = len(head) < (len(data) if size is None else size)
    return '"' + "".join(text) + ('"...' if more else '"')
