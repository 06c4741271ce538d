"""The exercise of lecture 06 on a server that is always on: its FIFO is at its end whenever the last client leaves."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.printed import prints
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import own_calls, touched
from labkit.model import Event, Recording

_STARTER = """\
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int serve(void)
{
    char name[16];
    int count = 0;
    int from = open("requests", O_RDONLY);
    if (from < 0)
        return fail("requests");
    while (read(from, name, sizeof name) == sizeof name && strcmp(name, "stop") != 0)
        if (dprintf(STDOUT_FILENO, "%d %s\\n", ++count, name) < 0)
            return fail("print");
    return close(from) < 0 ? fail("close") : 0;
}

static int ask(const char *who)
{
    char name[16] = "";
    strncpy(name, who, sizeof name - 1);
    int to = open("requests", O_WRONLY);
    if (to < 0 || write(to, name, sizeof name) != sizeof name || close(to) < 0)
        return fail("ask");
    return 0;
}

static int clients(char **names)
{
    int status;
    for (; *names != NULL; names++) { // each client comes when the last has gone
        pid_t client = fork();
        if (client < 0)
            return fail("fork");
        if (client == 0)
            return ask(*names);
        if (waitpid(client, &status, 0) < 0 || status != 0)
            return 1;
        usleep(20000);
    }
    return ask("stop");
}

int main(int argc, char **argv)
{
    int status;
    if (argc < 1 || mkfifo("requests", 0600) < 0)
        return fail("requests");
    pid_t others = fork();
    if (others < 0)
        return fail("fork");
    if (others == 0)
        return clients(argv + 1);
    if (serve() != 0)
        return 1;
    return waitpid(others, &status, 0) < 0 || status != 0;
}
"""


def _of(says: str, *names: str) -> Situation:
    return Situation(says, names, recorded=True, in_turn=True, events=400, seconds=1.0)


_NONE, _ONE = _of("With no client"), _of("With one client", "ann")
_MANY = _of("With three clients, one after the other", "ann", "bob", "cyd")


def _server(recording: Recording) -> int:
    """The process that reads from the FIFO, or opens it to read; 0 if none does."""
    seen = touched(recording)
    for event in recording.calls("read"):
        if (hit := seen[event.index]) is not None and hit.inode.kind in ("pipe", "fifo"):
            return event.pid
    return 0


def _took_nobody_for_the_end(observation: Observation) -> Finding | None:
    """The server ended when its read returned 0, and a client waits for somebody who reads."""
    recording = observation.recording
    server = _server(recording)
    waiting = [e for e in recording.calls("open", "openat") if e.end is None and e.wait is not None]
    reads = _reads(recording, server)
    if waiting and reads and reads[-1].result == 0:
        says = (
            "read returned 0 when the client had gone: no write end was open any more. The server took that for the "
            "end of all work and left; the next client waits in open for somebody who reads. Something has to keep a "
            "write end open, or the server opens the FIFO anew."
        )
        return Finding("took-0-for-the-end", told(observation.situation, says), exactly(reads[-1]))
    return None


def _reads(recording: Recording, server: int) -> list[Event]:
    seen = touched(recording)
    return [
        event
        for event in own_calls(recording, "read")
        if event.pid == server and (hit := seen[event.index]) is not None and hit.inode.kind in ("pipe", "fifo")
    ]


def _waits_for_itself(observation: Observation) -> Finding | None:
    """The server waits in open for somebody at the other end, who could only be the server itself, or comes later."""
    recording = observation.recording
    for event in own_calls(recording, "open", "openat"):
        flags = next((argument.text for argument in event.args if argument.name == "flags"), "")
        if event.end is None and event.pid == recording.events[0].pid and "O_WRONLY" in flags:
            before = [e for e in own_calls(recording, "open", "openat") if e.pid == event.pid and e.index < event.index]
            if before or recording.calls("write"):
                continue
            says = (
                "the server waits in open: to open a FIFO for writing waits until somebody opens it for reading, and "
                "that would be the server itself, a line later. First read, then write; or O_RDWR, which on Linux "
                "never waits."
            )
            return Finding("waits-for-itself", told(observation.situation, says), exactly(event))
    return None


def _spins(observation: Observation) -> Finding | None:
    """The server reads again and again, and gets 0 or EAGAIN each time."""
    recording = observation.recording
    vain = [e for e in _reads(recording, _server(recording)) if e.result == 0 or e.errno == "EAGAIN"]
    if len(vain) > 12:
        why = "fails with EAGAIN" if vain[-1].errno else "returns 0"
        says = (
            f"with no client there, read {why} at once, again and again: the server keeps a processor busy with "
            "asking. While somebody has a write end open, a read that may wait sleeps."
        )
        return Finding("polls", told(observation.situation, says), exactly(vain[12]))
    return None


def _by_the_clock(observation: Observation) -> Finding | None:
    """The server sleeps for a fixed time between its questions."""
    recording = observation.recording
    server = _server(recording)
    naps = [event for event in own_calls(recording, "clock_nanosleep", "nanosleep") if event.pid == server]
    if naps:
        says = (
            "the server sleeps for a fixed time and asks again. A read that may wait is woken when a request is there."
        )
        return Finding("sleeps-by-the-clock", told(observation.situation, says), exactly(naps[0]))
    return None


def _one_server(observation: Observation) -> Finding | None:
    """One process answers all clients."""
    recording = observation.recording
    seen = touched(recording)
    servers = {
        event.pid
        for event in recording.calls("read")
        if (hit := seen[event.index]) is not None and hit.inode.kind in ("pipe", "fifo") and (event.result or 0) > 0
    }
    if len(servers) > 1:
        return Finding(
            "several-servers", told(observation.situation, "several processes read the requests; one is to serve all.")
        )
    return None


def _clients_as_before(observation: Observation) -> Finding | None:
    """Each client still opens the FIFO for itself and closes it before the next one comes."""
    recording = observation.recording
    seen = touched(recording)
    asked = {e.pid for e in recording.calls("write") if (hit := seen[e.index]) and hit.inode.kind in ("pipe", "fifo")}
    if len(asked) < len(observation.situation.args) + 1:
        says = "the clients do not ask one after the other, each a process of its own. Leave them as they are."
        return Finding("clients-changed", told(observation.situation, says))
    return None


_STUCK = (_took_nobody_for_the_end, _waits_for_itself, _spins)


def _counts(situation: Situation) -> Requirement:
    wanted = "".join(f"{number} {name}\n" for number, name in enumerate(situation.args, 1)).encode()
    return Requirement("answers every client", situation, all_of(prints(wanted), ends_well), stuck=_STUCK)


ALWAYS_ON = Exercise(
    name="always-on",
    lecture=6,
    topics=("client-server", "pipe"),
    kind="find and mend the fault",
    question=(
        "A server reads requests from a FIFO and counts its clients, who come one after the other; the request `stop` "
        "ends it. It serves the first client, and the second waits for ever. Mend the server, so that it is there also "
        "between two clients, asleep; leave the clients as they are."
    ),
    done="The FIFO has a writer also when no client is there, or is opened anew: to the server 0 is not the end.",
    starter=_STARTER,
    requirements=(
        _counts(_NONE),
        _counts(_ONE),
        _counts(_MANY),
        Requirement("sleeps between two clients", _MANY, all_of(_by_the_clock, _spins)),
        Requirement("one server for all clients", _MANY, all_of(_one_server, _clients_as_before)),
    ),
)
