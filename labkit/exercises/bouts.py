"""Judges of servers by what scripted clients met: who was not answered and where it waited, what is left when all left.

Each sees the bout of an observation; none looks at the program's text.
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, exactly
from labkit.exercises.situation import told
from labkit.exercises.touched import number, own_calls
from labkit.model import Bout, Event, Moment, Recording, Waiting

_FOR_A_CHILD = ("wait4", "waitid")
_PLACES = {
    "not connected": "is not even connected: the listen queue is full",
    "listen queue": "waits in the listen queue: its connection has not been accepted",
    "not read": "waits: its connection has been accepted, but what it said has not been read",
    "not answered": "waits: what it said has been read, and no answer comes",
    "no end": "waits for the end",
}


def of_bout(judge: Callable[[Bout], Finding | None]) -> Judge:
    """`judge` of the bout, once the server listens and has kept within its limits."""

    def judged(observation: Observation) -> Finding | None:
        bout = observation.bout
        if bout is None:
            raise TypeError(f"{observation.situation.says!r} has no script")
        finding = _no_server(bout) or judge(bout)
        return finding and Finding(finding.cause, told(observation.situation, finding.says), finding.at)

    return judged


def _no_server(bout: Bout) -> Finding | None:
    if not bout.moments:
        how = f", and it has ended: {bout.ending}" if bout.ending else ""
        says = f"no client can connect: nobody listens at a port of 127.0.0.1{how}."
        return Finding("nobody-listens", says)
    if bout.ending.startswith("limit"):
        return Finding("flood", f"it was ended at a limit ({bout.ending}): what does it start or do without end?")
    return None


def answers_all(bout: Bout) -> Finding | None:
    """Whoever speaks is answered before anybody else makes a move."""
    for moment in bout:
        if moment.move.verb in ("say", "speak") and "!" not in moment.move.words:
            for client in moment.move.who:
                if client not in moment.answered:
                    return not_answered(bout, moment, client)
    return None


def not_answered(bout: Bout, moment: Moment, client: str) -> Finding:
    """Why a client that spoke has no answer after its move."""
    if not moment.alive:
        how = f" ({bout.ending})" if bout.ending else ""
        says = f"after `{moment.move.line}` {client} is not answered: the server is not there any more{how}."
        return Finding("server-ended", says)
    lost = {name: how for one in bout for name, how in one.lost}
    if client in lost:
        says = f"{client} is not answered: its connection was {lost[client]} by the server."
        return Finding("cut-off", says)
    waiting = moment.waits(client)
    if waiting is None:
        return Finding("not-answered", f"after `{moment.move.line}` {client} is not answered.")
    cause, why = _kept_by(waiting, moment)
    says = f"after `{moment.move.line}` {client} {_PLACES[waiting.where]}{why}."
    return Finding(cause, says, sleeping(_sleeps(waiting, moment)[0]))


def _sleeps(waiting: Waiting, moment: Moment) -> tuple[str, str]:
    """What the task that should come sleeps in, and on what."""
    who = waiting.holder or "server"
    return next(((one.call, one.on) for one in moment.asleep if one.who == who), ("", ""))


def _kept_by(waiting: Waiting, moment: Moment) -> tuple[str, str]:
    call, on = _sleeps(waiting, moment)
    if not moment.rest:
        return "never-rests", ", and the server runs on and on"
    if not call:
        return "not-answered", ""
    who = waiting.holder or "server"
    tasks = "the server" if who == "server" else f"the {who}"
    if call in _FOR_A_CHILD:
        return "waits-for-child", f", while {tasks} sleeps in {call} until a child has ended"
    if on == waiting.client:
        return "not-answered", f"; {tasks} sleeps in {call} on its connection"
    if on and on not in ("the listener", "a child"):
        return "one-at-a-time", f", while {tasks} sleeps in {call} on the connection of {on}"
    return "not-answered", f"; {tasks} sleeps in {call}"


def sees_the_end(client: str, line: str) -> Callable[[Bout], Finding | None]:
    """After its move `line`, `client` has been told that nothing more comes."""

    def judge(bout: Bout) -> Finding | None:
        moment = bout[line]
        waiting = moment.waits(client)
        if waiting is None:
            return None
        who = {"": "nobody", "server": "the first process"}.get(waiting.holder, f"the {waiting.holder}")
        says = (
            f"{client} has said that nothing more comes, and waits for the end of the connection. It comes with the "
            f"last descriptor: {who} still has one open."
        )
        return Finding("no-end", says, forks)

    return judge


def closes_again(bout: Bout) -> Finding | None:
    """When all have left, the first process has no more descriptors open than before they came."""
    last = bout.moments[-1]
    more = last.descriptors - bout.descriptors
    if last.alive and more > 0:
        says = (
            f"when all clients have left, the first process has {more} descriptors more than before they came. Each "
            "connection takes one for ever, until accept fails with EMFILE."
        )
        return Finding("descriptors-left", says, forks)
    return None


def ends_its_children(bout: Bout) -> Finding | None:
    """When all have left, no process or thread is there that was not before."""
    last = bout.moments[-1]
    more = last.processes - 1
    if last.alive and more > 0:
        asleep = next((one for one in last.asleep if one.who != "server"), None)
        inside = f" One sleeps in {asleep.call}." if asleep is not None and asleep.call else ""
        says = (
            f"when all clients have left, {more} {'child is' if more == 1 else 'children are'} still running.{inside} "
            "A child that has served its client ends; it does not go back to the loop."
        )
        return Finding("child-goes-on", says)
    return None


def leaves_no_zombies(most: int) -> Callable[[Bout], Finding | None]:
    """When all have left, no more than `most` dead children wait to be waited for."""

    def judge(bout: Bout) -> Finding | None:
        last = bout.moments[-1]
        if last.zombies <= most:
            return None
        says = (
            f"when all clients have left, {last.zombies} dead children are still in the process table: nobody has "
            "waited for them."
        )
        return Finding("zombies", says, forks)

    return judge


def sleeping(call: str) -> Pointer:
    """Points at the call of this name in which the program slept the longest."""

    def at(recording: Recording) -> Event | None:
        found = [event for event in own_calls(recording) if event.wait is not None and event.call == call]
        end = recording.duration
        return max(found, key=lambda event: (event.until or end) - event.at) if found else last(recording)

    return at


def last(recording: Recording) -> Event | None:
    """The last call of the program."""
    own = own_calls(recording)
    return own[-1] if own else None


def forks(recording: Recording) -> Event | None:
    """The last fork of the program, or its last call if there is none."""
    found = own_calls(recording, "fork", "vfork", "clone", "clone3")
    return found[-1] if found else last(recording)


def bad_descriptor(observation: Observation) -> Finding | None:
    """In a recording: a call that failed because its descriptor was closed already, by whoever had it."""
    for event in observation.calls():
        if event.errno == "EBADF":
            fd = number(event, event.args[0].name)
            if event.call in ("accept", "accept4"):
                says = f"accept failed with EBADF: this process has closed the listening socket, descriptor {fd}."
                return Finding("listener-closed", told(observation.situation, says), exactly(event))
            says = (
                f"{event.call} in line {event.place.line} failed with EBADF: descriptor {fd} is not open in this "
                "process any more. Who closes before fork closes for both; after it, each has descriptors of its own."
            )
            return Finding("closed-too-early", told(observation.situation, says), exactly(event))
    return None
