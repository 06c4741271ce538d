"""What the measured costs of copying show, in words that are the same each time: orderings, never times. Pure."""

from __future__ import annotations

from labkit.model import CopyCosts

MIDDLE = 64 << 10  # bytes: a buffer with which the system calls no longer count
FAR, APART = 10, 1.5  # how many times as long: of less, nothing is said, since it would be chance


def findings(costs: CopyCosts) -> tuple[str, ...]:
    """A sentence for each way that small buffers make slow, and one for a way that stays slow with large ones.

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
    times = {way: costs[way, MIDDLE].nanoseconds_a_byte for way in costs.ways}
    for way, large in times.items():
        small = costs[way, smallest].nanoseconds_a_byte
        if small is not None and large and small > FAR * large:
            compared = f"with a buffer of {size_label(smallest)}, a byte takes more than {FAR} times as long"
            said.append(f"{way}: {compared} as with {size_label(MIDDLE)}.")
    known = sorted(((time, way) for way, time in times.items() if time is not None), reverse=True)
    if len(known) > 1 and known[0][0] > APART * known[1][0]:
        said.append(f"{known[0][1]}: with {size_label(MIDDLE)}, a byte takes longer than in any other way.")
    return tuple(said)


def size_label(size: int) -> str:
    """A size in bytes as it is read best.

    >>> size_label(1), size_label(4096), size_label(1 << 20), size_label(1000)
    ('1 B', '4 KiB', '1 MiB', '1,000 B')
    """
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size:,} B"
