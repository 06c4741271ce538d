"""Says what is being tried while a check takes its time: to whoever listens, and to nobody by default.

Knows nothing of where it is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AFTER = 1.0  # seconds; a check that takes less says nothing but its answer

_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """From now on `listener` hears in words what a check is doing, from its second second on, and "" when it ends."""
    global _listener
    _listener = listener


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """What a check calls with the words for each thing it tries."""
    begun = time.monotonic()
    heard = _listener
    spoke = False

    def told(words: str) -> None:
        nonlocal spoke
        if heard is not None and time.monotonic() - begun > AFTER:
            spoke = True
            heard(words or "Running your program")

    try:
        yield told
    finally:
        if heard is not None and spoke:
            heard("")
