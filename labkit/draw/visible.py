"""Makes foreign text safe to print: whatever a program or a file name contains, a terminal only shows it. Pure."""


def visible(text: str) -> str:
    """`text` on one line, every sign that would be obeyed and not shown replaced by U+FFFD.

    >>> visible("red\\x1b[31m\\nnext")
    'red\ufffd[31m next'
    """
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))
