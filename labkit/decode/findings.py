"""What a run shows, in the few words that a prediction is made in."""

from __future__ import annotations

from labkit.decode.moments import BEAT, on_beat
from labkit.model import Run

_TIMES = {0: "never", 1: "once", 2: "twice"}


def when(run: Run, text: str | bytes, beat: float = BEAT) -> str:
    """When `text` had left the program, all of it, through any descriptor: "at once", "after 1 s" or "never"."""
    wanted = text.encode() if isinstance(text, str) else text
    for fd in sorted({chunk.fd for chunk in run.chunks}):
        so_far = b""
        for chunk in run.chunks:
            if chunk.fd == fd:
                so_far += chunk.data
                if wanted in so_far:
                    at = on_beat(chunk.at, beat)
                    return f"after {at:g} s" if at else "at once"
    return "never"


def times(run: Run, text: str | bytes) -> str:
    """How often `text` came out of the program, all descriptors together: "never", "once", "twice", "3 times"."""
    wanted = text.encode() if isinstance(text, str) else text
    count = sum(run.output(fd).count(wanted) for fd in {chunk.fd for chunk in run.chunks})
    return _TIMES.get(count, f"{count} times")


def order(run: Run, *texts: str) -> str:
    """Which of `texts` left first, second, …, on standard output: "A, then B"; what never left is not named."""
    output = run.output(1)
    found = sorted((output.index(text.encode()), text) for text in texts if text.encode() in output)
    return ", then ".join(text.strip(" ,;\n") for _, text in found) or "nothing"
