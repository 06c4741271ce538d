"""Numbers, lists and names as English. Knows nothing of recordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LIMIT = 240  # characters: a clause that would make a sentence longer than this is left out
_LONGEST_NAME = 60
_OF_THE_RECORDING = ("input ", "output ", "error ")


def amount(count: int, what: str = "byte", plural: str = "") -> str:
    """A number of things, with commas in it.

    >>> amount(1), amount(65536), amount(2, "process", "processes")
    ('1 byte', '65,536 bytes', '2 processes')
    """
    return f"{count:,} {what if count == 1 else plural or what + 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words in a row.

    >>> listed(["P1"]), listed(["P1", "P2"]), listed(["fd 3", "fd 4", "fd 5"], "or")
    ('P1', 'P1 and P2', 'fd 3, fd 4 or fd 5')
    """
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else "nothing"


def several(words: Sequence[str], most: int = 4) -> str:
    """`listed`, or how many there are when there are more than `most`.

    >>> several(["fd 3", "fd 4"]), several(["fd 3"] * 9)
    ('fd 3 and fd 4', 'fd 3 and 8 more')
    """
    return listed(words) if len(words) <= most else f"{words[0]} and {len(words) - 1} more"


def the(name: str) -> str:
    """A name as it stands in a sentence: "pipe A", but "the terminal".

    >>> the("pipe A"), the("terminal"), the("output pipe"), the("terminal B")
    ('pipe A', 'the terminal', 'the output pipe', 'terminal B')
    """
    name = short(name)
    return f"the {name}" if name == "terminal" or name.startswith(_OF_THE_RECORDING) else name


def short(name: str) -> str:
    """A name that may be a long path: of that, the end.

    >>> short("out.txt"), len(short("x" * 1000))
    ('out.txt', 60)
    """
    return name if len(name) <= _LONGEST_NAME else "…" + name[-_LONGEST_NAME + 1 :]


def are(count: int) -> str:
    """The verb for so many.

    >>> are(1), are(0)
    ('is', 'are')
    """
    return "is" if count == 1 else "are"


def fds(values: Iterable[object]) -> list[str]:
    """Descriptors as words.

    >>> fds([3, 4])
    ['fd 3', 'fd 4']
    """
    return [f"fd {value}" for value in values if isinstance(value, int)]


def seconds(nanoseconds: int) -> str:
    """A span of time in the unit that reads best.

    >>> seconds(1_500_000_000), seconds(20_000_000), seconds(1000), seconds(0)
    ('1.5 s', '20 ms', '1 µs', '0 s')
    """
    for size, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.4g} {unit}"
    return f"{nanoseconds} ns" if nanoseconds else "0 s"


def sentence(clauses: Iterable[str]) -> str:
    """One sentence of a main clause and what follows from it, as many of these as it can carry.

    >>> sentence(["P1 closed fd 3", "", "pipe A has no writer any more"])
    'P1 closed fd 3; pipe A has no writer any more'
    """
    text = ""
    for clause in clauses:
        if not text:
            text = clause
        elif clause and len(text) + len(clause) + 2 <= LIMIT:
            text = f"{text}; {clause}"
    return text
