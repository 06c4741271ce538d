"""Bytes as text that can be shown: every byte visible, nothing left that a terminal or a browser could act on."""

from __future__ import annotations

import unicodedata

_ESCAPES = dict(zip("\0\a\b\t\v\f\r\x1b\\", "0abtvfre\\", strict=True))
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Unicode categories of what has no shape of its own


def visible(data: bytes | str) -> str:
    r"""UTF-8 as it is, newline as ↵, other control characters and bytes as C writes them (\t, \0, \xff).

    What would reorder or hide text (bidirectional and zero-width marks, lone surrogates) is spelled out too.

    >>> print(visible(b"one\ntwo\x00\x1b[2J \xff"))
    one↵two\0\e[2J \xff
    """
    text = data if isinstance(data, str) else data.decode("utf-8", errors="surrogateescape")
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    code = ord(char)
    if char == "\n":
        return "↵"
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8 (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(char) not in _UNSEEN:
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def readable(text: str) -> str:
    r"""The text of a program's source: lines, tabs and backslashes as they are, everything else as `visible` shows it.

    >>> print(readable('puts("\\n");\r\n\x1b[2J // \u202e'))
    puts("\n");
    \e[2J // \u202e
    """
    if text.isprintable():
        return text
    kept = {"\n", "\t", "\\"}
    return "".join(char if char in kept else _shown(char) for char in text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    r"""`visible` for text that may have been wrapped: runs of white space are one space.

    >>> print(one_line("red\x1b[31m\n  next"))
    red\e[31m next
    """
    return visible(" ".join(text.split()))


_C_ESCAPES = {"\n": "\\n", '"': '\\"'}


def literal(data: bytes, size: int | None = None, most: int = 32) -> str:
    r"""Bytes as a string in C, at most `most` characters of it; "..." follows when that is not all `size` of them.

    UTF-8 stays readable; everything else that is not plain text is an escape, as in `visible`.

    >>> print(literal(b'say "hi"\n\0'), literal("für".encode()), literal(b"abcdef", most=3), literal(b"ab", size=9))
    "say \"hi\"\n\0" "für" "abc"... "ab"...
    """
    head = data[: 4 * most].decode("utf-8", errors="surrogateescape")
    shown = "".join(_C_ESCAPES.get(char) or _shown(char) for char in head[:most])
    more = len(head) > most or len(data) > 4 * most or (size is not None and size > len(data))
    return f'"{shown}"' + ("..." if more else "")


def quoted(data: bytes, most: int = 60) -> str:
    """`visible` in quotes; of more than `most` characters the beginning and how many bytes there are.

    >>> quoted(b"hello"), quoted(b"x" * 100, most=8)
    ('"hello"', '"xxxxxxxx…" (100 bytes)')
    """
    text = visible(data[: 4 * most + 4])
    if len(text) <= most and len(data) <= 4 * most + 4:
        return f'"{text}"'
    return f'"{text[:most]}…" ({len(data):,} bytes)'
