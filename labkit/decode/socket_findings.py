"""What a recording of sockets shows, in the few words that a prediction is made in. Pure."""

from __future__ import annotations

from labkit.decode.call_findings import kernel_names, own_calls
from labkit.decode.inferred_segments import inferred_segments
from labkit.decode.ports import split
from labkit.decode.replay import replay
from labkit.errors import LabkitError
from labkit.model import Event, Inode, Recording, Segment, Socket

HOSTS = "/etc/hosts"
_NAME_SERVER = 53  # the port of domain name servers (RFC 1035)


def on_the_wire(recording: Recording) -> tuple[Segment, ...]:
    """The segments of the recording: those captured, else those inferred from its calls."""
    return recording.segments if recording.wire else inferred_segments(recording)


def opening(recording: Recording) -> str:
    """How many segments opened the first connection: those before the first that carries data or ends it."""
    wire = on_the_wire(recording)
    first = next((n for n, one in enumerate(wire) if one.length or {"FIN", "RST"} & set(one.flags)), len(wire))
    return str(first)


def answer_to_syn(recording: Recording) -> str:
    """The flags of the segment that answered the first SYN, in the header's order; "nothing" if none did."""
    wire = on_the_wire(recording)
    syn = next((one for one in wire if one.flags == ("SYN",)), None)
    back = (one for one in wire if syn and (one.source, one.target) == (syn.target, syn.source))
    return next((", ".join(one.flags) for one in back), "nothing")


def first_sleep(recording: Recording) -> str:
    """The first call that any of the programs was asleep in; "none" if none slept."""
    asleep = [event for event in recording.calls() if event.wait is not None]
    return min(asleep, key=lambda event: event.begin).call if asleep else "none"


def first_to_return(recording: Recording, *calls: str) -> str:
    """Which of these calls, of any program, returned first; "none" if none did."""
    done = [event for event in recording.calls(*kernel_names(*calls)) if event.end is not None and not event.errno]
    return min(done, key=lambda event: event.end or 0).call if done else "none"


def accepted(recording: Recording, nth: int = 1) -> str:
    """What the `nth` accept gave: "a new socket, the same port", or what else socket and port are.

    Compared with the listening socket: whether it is another one, and whether its local port is another one.
    LabkitError when there are not so many.
    """
    calls = [event for event in own_calls(recording, "accept", "accept4") if not event.errno and event.end is not None]
    if not 1 <= nth <= len(calls):
        raise LabkitError(f"{recording.name} accepts {len(calls)} connections; there is no number {nth}.")
    listening, new = (_socket(recording, calls[nth - 1], fd) for fd in (_fd(calls[nth - 1]), calls[nth - 1].result))
    socket = "a new socket" if new.id != listening.id else "the same socket"
    return f"{socket}, {'the same port' if _port(new) == _port(listening) else 'a new port'}"


def _fd(event: Event) -> int | None:
    """The descriptor that the call was given first."""
    value = event.args[0].value
    return value if isinstance(value, int) else None


def _socket(recording: Recording, event: Event, fd: int | None) -> Inode:
    """What descriptor `fd` leads to when the call has returned."""
    state = replay(recording).at(event.begin if event.end is None else event.end)
    return state.inodes[state.open_files[state.fds(event.pid)[-1 if fd is None else fd].open_file].inode]


def _port(inode: Inode) -> int | None:
    return split(inode.socket.local)[1] if isinstance(inode.socket, Socket) else None


def client_port(recording: Recording) -> int:
    """The local port of the first socket that connected; LabkitError if none did."""
    for event in own_calls(recording, "connect"):
        port = _port(_socket(recording, event, _fd(event))) if event.end is not None and not event.errno else None
        if port is not None:
            return port
    raise LabkitError(f"{recording.name} connected no socket that has a port.")


def looked_up(recording: Recording) -> str:
    """Where getaddrinfo(3) found a name: "/etc/hosts", "a name server", "nowhere" if it asked neither.

    What it asked last is what counts: it goes through the places in the order of nsswitch.conf(5) until one knows.
    """
    found = "nowhere"
    for event in recording.calls("openat", "open", "connect", "sendto", "sendmmsg", "sendmsg"):
        for argument in event.args:
            if argument.kind == "path" and argument.value == HOSTS:
                found = HOSTS
            elif isinstance(argument.value, dict) and argument.value.get("port") == _NAME_SERVER:
                found = "a name server"
    return found
