"""The exercise of lecture 07 on a server that cannot be started again: an ended connection still holds its port."""

from __future__ import annotations

from labkit.exercises.exercise import Exercise
from labkit.exercises.observation import Observation
from labkit.exercises.outcomes import all_of, ends_well
from labkit.exercises.requirement import Finding, Requirement, exactly
from labkit.exercises.serving import last_sent
from labkit.exercises.situation import Situation, told
from labkit.model import Event

_STARTER = """\
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in own = { .sin_family = AF_INET };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* Start the server; the first time at a port that the kernel chooses, from then on at the same one. */
static int start(void)
{
    socklen_t size = sizeof own;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0)
        return -1;
    if (bind(server, (struct sockaddr *)&own, size) < 0)
        return -1;
    if (listen(server, 5) < 0 || getsockname(server, (struct sockaddr *)&own, &size) < 0)
        return -1;
    return server;
}

/* Serve one client: it gets a word, and that was all. */
static int serve(int server)
{
    int client = accept(server, NULL, NULL);
    if (client < 0)
        return fail("accept");
    if (write(client, "welcome", 7) != 7)
        return fail("write");
    return close(client) < 0 ? fail("close") : 0;
}

int main(void)
{
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 2; i++) {
        int server = start();
        if (server < 0)
            return fail("start");
        if (serve(server) != 0)
            return 1;
        if (close(server) < 0)
            return fail("close");
    }
    return 0;
}
"""
_TWO = Situation(
    "With two clients, and a start in between",
    after=("wait_for_word {port}", "wait_for_word {port}"),
    in_turn=True,
    seconds=1.5,
)


def _argument(event: Event, name: str) -> str:
    return next((argument.text for argument in event.args if argument.name == name), "")


def _binds(observation: Observation) -> tuple[Event, ...]:
    return observation.calls("bind")


def _in_use(observation: Observation) -> Finding | None:
    """The port is still taken at the second start."""
    for event in _binds(observation):
        if event.errno != "EADDRINUSE":
            continue
        options = [e for e in observation.calls("setsockopt") if not e.errno]
        reuse = [e for e in options if _argument(e, "optname") == "SO_REUSEADDR" and _argument(e, "optval") != "[0]"]
        made = max(e.index for e in observation.calls("socket") if e.index < event.index)
        if any(made < e.index < event.index for e in reuse):
            says = (
                "SO_REUSEADDR is set only now. The connection that still holds the port has its own setting, from the "
                "socket that listened then: set it from the first start on, before bind."
            )
            return Finding("reuse-too-late", told(observation.situation, says), exactly(event))
        if reuse:
            says = "bind was refused with EADDRINUSE: SO_REUSEADDR is set only after bind, which is what asks for it."
            return Finding("set-after-bind", told(observation.situation, says), exactly(event))
        if options:
            says = (
                "bind was refused with EADDRINUSE, although an option is set. Which one allows it is in socket(7), and "
                "what it must be set to."
            )
            return Finding("other-option", told(observation.situation, says), exactly(event))
        says = (
            "bind was refused with EADDRINUSE. The server closed first, so its end of the connection stays in "
            "TIME_WAIT for a minute and holds the port. Which option allows bind nevertheless?"
        )
        return Finding("in-use", told(observation.situation, says), exactly(event))
    return None


def _same_port(observation: Observation) -> Finding | None:
    """The second start is at the port of the first: clients know no other."""
    ports: dict[int, Event] = {}
    for event in observation.calls("getsockname"):
        address = event.argument("addr")
        if isinstance(address, dict) and isinstance(port := address.get("port"), int):
            ports.setdefault(port, event)
    if len(ports) > 1:
        says = "the second start is at another port than the first: whoever knows the server's port finds nobody there."
        return Finding("other-port", told(observation.situation, says), exactly(tuple(ports.values())[1]))
    return None


def _starts_twice(observation: Observation) -> Finding | None:
    listens = [event for event in observation.calls("listen") if not event.errno]
    if len(listens) >= 2:
        return None
    says = "it should start twice, each time with socket, bind and listen; it did so once."
    return Finding("not-started-again", told(observation.situation, says))


def _welcomes(observation: Observation) -> Finding | None:
    """Both clients get the word, whole."""
    for number, which in enumerate(("first", "second")):
        client = observation.other(number)
        if client is None:
            says = f"the {which} client finds nobody who listens."
            return Finding("nobody-listens", told(observation.situation, says))
        said = client.output(1)
        if b"reset" in client.output(2):
            says = (
                f"the connection of the {which} client was reset: it cannot know whether it got all that was sent. "
                "Free the port in another way."
            )
            return Finding("reset", told(observation.situation, says), last_sent)
        if said == b"welcome":
            continue
        says = f"the {which} client should get `welcome`, and got {said.decode(errors='replace') or 'nothing'}."
        return Finding("no-welcome", told(observation.situation, says), last_sent)
    return None


SAME_PORT = Exercise(
    name="same-port",
    lecture=7,
    topics=("namespaces", "handshake", "server-proto"),
    kind="find and mend the fault",
    question=(
        "A server that gives each client a word. After the first client it is started again, at the same port, and "
        "cannot. Mend it: both clients get their word, and the port stays the same."
    ),
    done="The port is bound again although an ended connection still holds it; nobody lost a byte for it.",
    starter=_STARTER,
    requirements=(
        Requirement("starts again", _TWO, all_of(_in_use, _starts_twice)),
        Requirement("at the same port", _TWO, _same_port),
        Requirement("gives both clients their word", _TWO, _welcomes),
        Requirement("ends with status 0", _TWO, ends_well),
    ),
)
