"""What was seen of a server while scripted clients made their moves: who was answered, who waited and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.model.run import Run


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a script: the clients `who` in order, what they do (`verb`), and what they say, "" for nothing.

    `who` is empty when it is the server that something is done to.
    """

    line: str
    who: tuple[str, ...]
    verb: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client that waits for an answer, and where its words are.

    `where` is "not connected" (the listen queue has no room), "listen queue" (connected by the kernel, not accepted),
    "not read" (accepted; its bytes are in the socket) or "not answered" (read). `holder` names the task that has the
    connection open, "" if none has.
    """

    client: str
    where: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Asleep:
    """A process or thread of the server at rest: `who` it is, the `call` it sleeps in, and on what, in words.

    `who` is "server" (the first process), "child of A", "thread of A" or, without a client, "child" or "thread".
    """

    who: str
    call: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """The server at rest after one move.

    `answered` are the clients that got what they wait for since the move before, in order; `lost` those whose
    connection ended ("refused", "reset", "closed"). `queue` is the number of connections in the listen queue.
    `processes` and `threads` count the living, `zombies` the dead that nobody has waited for, `descriptors` those of
    the first process. `rest`: it did come to rest; else all this is of a moment in the middle of something.
    """

    move: Move
    answered: tuple[str, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    ended: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    asleep: tuple[Asleep, ...] = ()
    queue: int = 0
    processes: int = 0
    threads: int = 0
    zombies: int = 0
    descriptors: int = 0
    alive: bool = True
    rest: bool = True

    def waits(self, client: str) -> Waiting | None:
        """Where `client` waits, None if it does not."""
        return next((one for one in self.waiting if one.client == client), None)


@dataclass(frozen=True)
class Bout:
    """One server under one script. `ending` is how it ended by itself ("SIGABRT", "exit 0"), "" if it had to be ended.

    `descriptors` are how many its first process had open before the first client came. `run` has what it wrote.
    """

    server: str
    script: str
    moments: tuple[Moment, ...]
    ending: str = ""
    descriptors: int = 0
    run: Run | None = field(default=None, compare=False, repr=False)

    def __iter__(self) -> Iterator[Moment]:
        return iter(self.moments)

    def __getitem__(self, line: str) -> Moment:
        """The moment after the only move whose line begins so; KeyError names the lines there are."""
        found = [moment for moment in self.moments if moment.move.line.startswith(line)]
        if len(found) != 1:
            lines = "; ".join(moment.move.line for moment in self.moments)
            raise KeyError(f"{len(found)} moves begin with {line!r}; there are: {lines}")
        return found[0]

    @property
    def order(self) -> tuple[str, ...]:
        """The clients in the order in which they were answered."""
        return tuple(client for moment in self.moments for client in moment.answered)


@dataclass(frozen=True, slots=True)
class Score:
    """What the rounds say of one server.

    `order`: those who spoke in the order C, B, A, in the order they were answered. `at_once`: how many clients that are
    connected at the same time it answers, of `of`. `waited`: where C was while A was silent, in words, "" if it did not
    wait. `processes` and `threads` at the height. `taken`: whom a crash in one handler took along. `survives`: it
    served on after clients that vanished. `deaf`: others are answered while one client reads nothing. `zombies`, and
    `leaked` descriptors of the first process: when all have left. `rest`: it always came to rest.
    """

    server: str
    order: tuple[str, ...]
    at_once: int
    of: int
    waited: str
    processes: int
    threads: int
    taken: tuple[str, ...]
    survives: bool
    deaf: bool
    zombies: int
    leaked: int
    rest: bool = True

    @property
    def concurrent(self) -> bool:
        """Whether nobody has to wait because somebody else is silent."""
        return self.at_once >= self.of


@dataclass(frozen=True)
class Arena:
    """Servers under the same rounds; `bouts` are the rounds behind the scores, by server and name of the round."""

    scores: tuple[Score, ...]
    bouts: dict[tuple[str, str], Bout] = field(default_factory=dict, compare=False, repr=False)

    def __getitem__(self, server: str) -> Score:
        """The score of a server; KeyError names those there are."""
        for one in self.scores:
            if one.server == server:
                return one
        raise KeyError(f"no server {server!r}; there are: {', '.join(one.server for one in self.scores)}")

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)


@dataclass(frozen=True)
class Bouts:
    """Servers under one script."""

    bouts: tuple[Bout, ...]

    def __getitem__(self, server: str) -> Bout:
        """The bout of a server; KeyError names those there are."""
        for bout in self.bouts:
            if bout.server == server:
                return bout
        raise KeyError(f"no server {server!r}; there are: {', '.join(one.server for one in self.bouts)}")

    def __iter__(self) -> Iterator[Bout]:
        return iter(self.bouts)
