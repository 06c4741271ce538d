"""What a program of ours says of itself: lines `name: value` on its standard output, beside the kernel's answers."""

from __future__ import annotations

from labkit.model import Recording


def account(recording: Recording) -> dict[str, str]:
    """The lines `name: value` that were written to descriptor 1, whatever that led to; of equal names the last one."""
    written = b"".join(
        value
        for event in recording.calls("write")
        if event.args[0].value == 1 and isinstance(value := event.args[1].value, bytes)
    )
    return pairs(written)


def pairs(text: bytes) -> dict[str, str]:
    """The lines of the form `name: value`; other lines are left out.

    >>> pairs(b"may read: yes\\nhello\\nfirst position: 5\\n")
    {'may read': 'yes', 'first position': '5'}
    """
    lines = text.decode(errors="replace").splitlines()
    return {name: value for name, colon, value in (line.partition(": ") for line in lines) if colon}
