"""What the measured costs of copying show, in words that are the same each time: orderings, never times. Pure."""

from __future__ import annotations

from labkit.model import CopyCost, CopyCosts

MIDDLE = 64 << 10  # bytes: a buffer with which the system calls no longer count
FAR = 10  # how many times as long; of less, a busy machine could say the contrary


def findings(costs: CopyCosts) -> tuple[str, ...]:
    """A sentence for each way that small buffers make slow; on any machine, busy or not, it is far slower.

    Where fsync(2) is part of the time, storage decides it, and nothing is said.

    >>> from labkit.model import CopyCost
    >>> made = [CopyCost("read, write", size, 100, 3, t, 10, 20) for size, t in ((1, 1e-4), (MIDDLE, 1e-7))]
    >>> findings(CopyCosts(tuple(made)))
    ('read, write: with a buffer of 1 B, a byte takes more than 10 times as long as with 64 KiB.',)
    """
    if costs.sync or MIDDLE not in costs.sizes:
        return ()
    said = []
    smallest = costs.sizes[0]
    for way in costs.ways:
        small, large = (costs[way, size].nanoseconds_a_byte for size in (smallest, MIDDLE))
        if small is not None and large is not None and small > FAR * large:
            compared = f"with a buffer of {size_label(smallest)}, a byte takes more than {FAR} times as long"
            said.append(f"{way}: {compared} as with {size_label(MIDDLE)}.")
    return tuple(said)


def longest(costs: CopyCosts) -> str:
    """The way in which a byte took longest with large buffers, in this very measurement; "" of less than two times.

    >>> from labkit.model import CopyCost
    >>> made = [CopyCost(way, MIDDLE, 100, 3, t, 10, 20) for way, t in (("fgetc, fputc", 4e-7), ("read, write", 1e-7))]
    >>> longest(CopyCosts(tuple(made)))
    'With 64 KiB, a byte took longest with fgetc, fputc.'
    """
    at = MIDDLE if MIDDLE in costs.sizes else costs.sizes[-1]
    known = [(time, cost.way) for cost in costs if cost.size == at and (time := cost.nanoseconds_a_byte) is not None]
    return f"With {size_label(at)}, a byte took longest with {max(known)[1]}." if len(known) > 1 else ""


def longer(small: CopyCost, large: CopyCost) -> str:
    """How much longer a byte takes in the first way than in the second, in words that a busy machine does not change.

    >>> slow, fast = (CopyCost("read, write", size, 100, 3, t, 10, 20) for size, t in ((1, 1e-4), (4096, 3e-7)))
    >>> longer(slow, fast), longer(fast, fast)
    ('more than 100 times as long', 'less than 10 times as long')
    """
    first, second = small.nanoseconds_a_byte, large.nanoseconds_a_byte
    if first is None or second is None:
        return "not known"
    times = next((times for times in (100, 10) if first > times * second), None)
    return f"more than {times} times as long" if times else "less than 10 times as long"


def size_label(size: int) -> str:
    """A size in bytes as it is read best.

    >>> size_label(1), size_label(4096), size_label(1 << 20), size_label(1000)
    ('1 B', '4 KiB', '1 MiB', '1,000 B')
    """
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size:,} B"
