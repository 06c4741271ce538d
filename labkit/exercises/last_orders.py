"""The exercise of lecture 08 on a graceful end: accept nobody new, serve to the end who is there, end with status 0."""

from __future__ import annotations

from labkit.exercises.all_at_once import HELLO, SERVER, TWO, with_clients
from labkit.exercises.bouts import answers_all, of_bout, sleeping
from labkit.exercises.exercise import Exercise
from labkit.exercises.requirement import Finding, Requirement
from labkit.model import Bout

_STARTER = (
    SERVER
    + """\
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            perror("accept");
            return 1;
        }
        if (serve(client) != 0)
            perror("client");
        if (close(client) < 0)
            return 1;
    }
}
"""
)
_IDLE = with_clients(
    "When it is told to end and nobody is there",
    "A connects\nA speaks\nA leaves\nthe server is told to end",
    HELLO,
)
_BUSY = with_clients(
    "When it is told to end while A is being served",
    "A connects\nA says one\nthe server is told to end\nA says two\nA says three\nA leaves",
    HELLO,
)
_QUEUED = with_clients(
    "When it is told to end while A is being served and B waits",
    "A B connect\nA says one\nthe server is told to end\nC connects\nB speaks\nA says two\nA leaves\nB leaves",
    HELLO,
)


def _ends(bout: Bout) -> Finding | None:
    """By the last move, it has ended with status 0."""
    last = bout.moments[-1]
    if last.processes:
        call = next((one.call for one in last.asleep), "")
        inside = f": it sleeps in {call}" if call else ""
        says = (
            f"SIGTERM has come, nobody is being served, and it is still there{inside}. A call that is asleep returns "
            "for a signal only if it is not restarted (SA_RESTART, sigaction(2)), or if what it waits for comes to an "
            "end."
        )
        return Finding("stays", says, sleeping(call))
    if bout.ending == "SIGTERM":
        says = "SIGTERM ended it where it stood: nothing in the program handles the signal."
        return Finding("killed", says)
    if bout.ending != "exit 0":
        says = f"it should end with status 0, and ended otherwise: {bout.ending}. To be told to end is no failure."
        return Finding("status", says)
    return None


def _finishes(bout: Bout) -> Finding | None:
    """A, who is there when the server is told to end, is served until it leaves."""
    for moment in bout:
        if moment.move.line in ("A says two", "A says three") and "A" not in moment.answered:
            gone = f"the server is gone ({bout.ending})"
            how = gone if not moment.alive else "its connection was closed" if _lost(bout) else "no answer comes"
            says = (
                f"A is cut off: {how}. It is served until it leaves. The signal may interrupt read, too (EINTR): that "
                "is no end of what A says."
            )
            return Finding("cut-off", says, sleeping("read"))
    return None


def _lost(bout: Bout) -> bool:
    return any(client == "A" for moment in bout for client, _ in moment.lost)


def _takes_no_more(bout: Bout) -> Finding | None:
    """B, if it waits in the queue, and C, who comes afterwards, are not served any more."""
    queued = bout["A says one"].queue > 0  # a server of many clients has accepted B, and serves it to the end
    for client, came in (("B", "waited in the listen queue"), ("C", "came after it")):
        if client in bout.order and (queued or client == "C"):
            says = f"it was told to end, and then accepted and served {client}, who {came}. First look, then accept."
            return Finding("serves-more", says)
    return None


def _does_not_wait_for_more(bout: Bout) -> Finding | None:
    left = bout["A leaves"]
    if bout["A says one"].queue and any(one.on in ("B", "C") for one in left.asleep):
        says = "it was told to end, and then accepted one more, and waits for its words. First look, then accept."
        return Finding("serves-more", says)
    return None


LAST_ORDERS = Exercise(
    name="last-orders",
    lecture=8,
    topics=("v1", "beyond-v3"),
    kind="complete a program",
    question=(
        "A server is ended by SIGTERM. Let this one end well: it accepts nobody any more, serves to the end the client "
        "that it is serving, and then ends with status 0; at once, if nobody is there."
    ),
    done="Who is being served is served to the end, nobody new is taken, and the status says that all is well.",
    starter=_STARTER,
    requirements=(
        Requirement("serves one client after the other", TWO, of_bout(answers_all)),
        Requirement("ends when nobody is there", _IDLE, of_bout(_ends)),
        Requirement("serves A to the end", _BUSY, of_bout(_finishes)),
        Requirement("takes nobody any more", _QUEUED, of_bout(_takes_no_more)),
        Requirement("takes nobody any more", _QUEUED, of_bout(_does_not_wait_for_more)),
        Requirement("then ends with status 0", _BUSY, of_bout(_ends)),
        Requirement("ends although somebody waits in the queue", _QUEUED, of_bout(_ends)),
    ),
)
