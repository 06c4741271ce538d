"""The circumstances under which an answer is tried: arguments, input, files, faults. A value; runs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.exercises.clients import Act
from labkit.model import Fault

EVENTS = 20_000  # more than any right answer makes when it copies a few kilobytes byte by byte


@dataclass(frozen=True)
class Other:
    """A program that runs together with the learner's: one of the course by its name, or C text under a `name`.

    `{port}` in one of `args` is the TCP port on which a program started before it listens.
    """

    program: str
    args: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Situation:
    """One way to run a learner's program; `says` tells it in words that go in front of a sentence: "With no input".

    `files` are (name, content) in the working folder; where it is recorded, `folders` are made, too, `links` (new name,
    name of a file) by link(2) and `symlinks` (new name, text) by symlink(2). `stdin` is as for `labkit.run`. With
    `recorded` the program runs under the tracer, which `faults` and `lines` need, else at its own speed; its processes
    at the same time, or `in_turn`, as for `labkit.record`. `timed`: what is judged is when bytes left, so that the run
    itself is shown, never a slower recording. `seconds` is how long it may take on a machine that has time for it,
    `events` how many system calls it may make while it is recorded. `signal`: the one, by name, that is to end it here,
    so that it is no crash.

    `before` and `after` are programs that are started before and after the learner's, each when all earlier ones wait
    or have ended: one of the course with its arguments, as in a shell ("echo_server 0"), or an `Other`. Together they
    are always recorded, and what `labkit.record_together` says holds: a server is ended by SIGTERM when all others have
    ended, which is then its `signal`. A judge sees the learner's share of it (`labkit.exercises.share`).

    With a `script` the answer is a server: at its own speed the clients of `labkit.bouts` make these moves; the
    programs `after` it take their place where it is recorded, to be shown.
    `asked`: it is a server, and clients do this to it through real sockets, whether it is recorded or not; after the
    last act it is ended by SIGTERM. A judge sees what they got in `Observation.served`.
    """

    says: str = ""
    args: tuple[str, ...] = ()
    stdin: bytes | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    symlinks: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    recorded: bool = False
    in_turn: bool = False
    timed: bool = False
    lines: bool = False
    events: int = EVENTS
    seconds: float = 1.5
    signal: str = ""
    before: tuple[str | Other, ...] = ()
    after: tuple[str | Other, ...] = ()
    script: str = ""
    asked: tuple[Act, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the learner's program is the only one."""
        return not (self.before or self.after)


def told(situation: Situation, sentence: str) -> str:
    """`sentence` (its first letter small) after the words for the situation.

    >>> told(Situation("With no input"), "it should end."), told(Situation(), "it should end.")
    ('With no input, it should end.', 'It should end.')
    """
    if situation.says:
        return f"{situation.says}, {sentence}"
    return sentence[:1].upper() + sentence[1:]
