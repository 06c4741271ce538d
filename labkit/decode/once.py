"""Work done once a recording: the same answer again for the same recording, as long as it is alive.

Recordings are kept apart by identity: comparing two would cost more than most answers. Knows nothing of what is asked.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Asked = TypeVar("Asked")  # a recording of a program or of a way through the kernel
Answer = TypeVar("Answer")


def once(function: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """`function`, which is asked again only for another recording; its answers must be frozen values.

    >>> from labkit.model import Recording
    >>> length = once(lambda recording: [len(recording.events)])
    >>> empty = Recording("prog", ("prog",), "null", "pipe", "pipe", ())
    >>> length(empty) is length(empty)
    True
    """
    answers: dict[int, tuple[weakref.ref[Asked], Answer]] = {}

    @wraps(function)
    def asked(recording: Asked) -> Answer:
        key = id(recording)
        known = answers.get(key)
        if known is not None and known[0]() is recording:
            return known[1]
        answer = function(recording)
        answers[key] = (weakref.ref(recording, lambda _: answers.pop(key, None)), answer)
        return answer

    return asked
