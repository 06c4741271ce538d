"""What a web server answered, read strictly; and judges of it. Pure: bytes in, findings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from labkit.decode.text import quoted
from labkit.exercises.clients import Act, Reply, Served, visit
from labkit.exercises.observation import Observation
from labkit.exercises.requirement import Finding, Judge, Pointer, last_call
from labkit.exercises.situation import Situation, told
from labkit.exercises.touched import own_calls
from labkit.model import Event, Recording

_STATUS = re.compile(r"HTTP/1\.[01] (\d{3})( [^\r\n]*)?")
_SHOWN = 24  # bytes of an answer that are quoted


@dataclass(frozen=True)
class Answer:
    """One answer of a server: its status, header fields (names in small letters), and content."""

    status: int
    fields: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


def read_answer(data: bytes) -> Answer | tuple[str, str]:
    """The answer in `data` (RFC 9112, 4 to 6), or the short name of what is wrong with it and a sentence.

    >>> read_answer(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi")
    Answer(status=200, fields={'content-length': '2'}, content=b'hi')
    >>> read_answer(b"HTTP/1.1 200 OK\\n\\nhi")[0], read_answer(b"hi")[0]
    ('bare-newline', 'no-status-line')
    """
    if not data:
        return "no-answer", "nothing came back."
    head, middle, content = data.partition(b"\r\n\r\n")
    if not data.startswith(b"HTTP/1."):
        return (
            "no-status-line",
            f"an answer begins with a status line, HTTP/1.1 200 OK; this began {quoted(data[:_SHOWN])}.",
        )
    bare = b"\n" in head.replace(b"\r\n", b"") if middle else b"\n\n" in data or b"\r\n" not in data
    if bare:
        return "bare-newline", "the lines of an answer's head end with \\r\\n, and here some end with \\n alone."
    if not middle:
        return "no-empty-line", "the head of an answer ends with an empty line, \\r\\n\\r\\n; there is none."
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _STATUS.fullmatch(first)
    if found is None:
        return "no-status-line", f"the first line should be like HTTP/1.1 200 OK, not {quoted(first.encode())}."
    fields = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            return "bad-field", f"a header field is name: value, and this is not: {quoted(line.encode())}."
        fields[name.lower()] = value.strip()
    length = fields.get("content-length", "")
    if not length.isdecimal():
        return "no-length", "the answer should say with Content-Length how many bytes of content follow."
    if int(length) != len(content):
        says = f"Content-Length says {int(length):,} bytes, and {len(content):,} came after the head."
        return "length-wrong", says
    return Answer(int(found[1]), fields, content)


def served(observation: Observation) -> Served:
    """What the clients saw; TypeError if there were none, which is an exercise's own mistake."""
    if observation.served is None:
        raise TypeError(f"{observation.situation.says!r} has no clients")
    return observation.served


def listens(observation: Observation) -> Finding | None:
    """It comes to listen, at 127.0.0.1 only."""
    seen = served(observation)
    if not seen.listens:
        status = observation.status
        how = f" It ended with status {status}." if status is not None else ""
        says = f"it does not listen at any port.{how} socket, bind and listen, with the port from argv[1], come first."
        return Finding("does-not-listen", told(observation.situation, says))
    if not seen.alone:
        says = (
            "it listens at every address of the machine: whoever reaches it may ask. Bind it to INADDR_LOOPBACK, "
            "127.0.0.1."
        )
        return Finding("all-addresses", told(observation.situation, says), last_of("bind"))
    return None


def last_of(*names: str) -> Pointer:
    """Points at the last call of these names that a line of the program made, or at the last call of all."""

    def at(recording: Recording) -> Event | None:
        found = own_calls(recording, *names)
        return found[-1] if found else last_call(recording)

    return at


def answer_of(observation: Observation, number: int, wants: str) -> Answer | Finding:
    """What client `number` got, as an answer, or what is wrong with it; `wants` says what it asked for."""
    found = listens(observation)
    if found is not None:
        return found
    seen = served(observation)
    reply = seen.replies[number]
    how = _broken(reply, number, seen)
    if how is not None:
        cause, says = how
        return Finding(
            cause, told(observation.situation, f"{wants}: {says}"), last_of("accept", "accept4", "close", "send")
        )
    answer = read_answer(reply.data)
    if isinstance(answer, tuple):
        cause, says = answer
        return Finding(
            cause, told(observation.situation, f"{wants}: {says}"), last_of("write", "send", "sendto", "writev")
        )
    return answer


def _broken(reply: Reply, number: int, seen: Served) -> tuple[str, str] | None:
    """What is wrong with how an answer ended."""
    if reply.ended == "refused" or (not reply.data and number > 0 and not seen.alive):
        if number > 0:
            return "ends-after-one", "nobody listens any more. A server goes on: accept again when a client is served."
        return "does-not-listen", "nobody listens at its port."
    if not reply.data and reply.ended in ("closed", "reset"):
        return "no-answer", "nothing came back."
    if reply.ended == "reset":
        says = (
            "the connection was broken off (a reset), which may cost the client the answer. That happens when a server "
            "ends, or closes before it has read all of the request."
        )
        return "reset", says
    if reply.ended == "silent" and not reply.data:
        return "no-answer", f"the client waited {reply.seconds:.1f} s, and nothing came."
    if reply.ended == "silent":
        whole = not isinstance(read_answer(reply.data), tuple)
        if whole:
            return "not-closed", "the answer came, but the connection was not closed after it, and the client waits."
        return "unfinished", f"after {len(reply.data):,} bytes no more came, and the connection stayed open."
    return None


def answers(number: int, wants: str, *judges: Callable[[Answer], tuple[str, str] | None]) -> Judge:
    """Client `number`, who asked for what `wants` says, got a good answer that none of `judges` finds fault with.

    A fault is a short name and a sentence.
    """

    def judge(observation: Observation) -> Finding | None:
        answer = answer_of(observation, number, wants)
        if isinstance(answer, Finding):
            return answer
        fault = next((found for one in judges if (found := one(answer)) is not None), None)
        if fault is None:
            return None
        return Finding(
            fault[0], told(observation.situation, f"{wants}: {fault[1]}"), last_of("write", "send", "sendto")
        )

    return judge


def has(status: int, content: bytes | None = None) -> Callable[[Answer], tuple[str, str] | None]:
    """The answer has this status, and this content."""

    def fault(answer: Answer) -> tuple[str, str] | None:
        if answer.status != status:
            return "status-wrong", f"the status should be {status}, not {answer.status}."
        if content is None or answer.content == content:
            return None
        got = answer.content
        if content.startswith(got):
            nul = content[len(got) : len(got) + 1] == b"\0"
            if nul:
                return "stops-at-nul", f"only {len(got):,} of {len(content):,} bytes came, up to the first that is 0."
            return "content-short", f"only the first {len(got):,} of {len(content):,} bytes of the file came."
        return "content-wrong", f"the content should be {quoted(content[:_SHOWN])}, not {quoted(got[:_SHOWN])}."

    return fault


def refused(*statuses: int) -> Callable[[Answer], tuple[str, str] | None]:
    """The answer has one of these statuses."""

    def fault(answer: Answer) -> tuple[str, str] | None:
        if answer.status in statuses:
            return None
        wanted = " or ".join(map(str, statuses))
        return "status-wrong", f"the status should be {wanted}, not {answer.status}."

    return fault


def asking(says: str, *acts: Sequence[Act], recorded: bool = False, **more: object) -> Situation:
    """A server asked by clients who do `acts`, one client's after the other's."""
    flat = tuple(act for one in acts for act in one)
    options: dict[str, object] = {"args": ("0",), "seconds": 20.0, "signal": "SIGTERM", **more}
    return Situation(says, asked=flat, recorded=recorded, **options)  # type: ignore[arg-type]


def get(path: str, method: str = "GET") -> bytes:
    """A request as a browser sends it, in short.

    >>> get("/a")
    b'GET /a HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n'
    """
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()


def visits(*paths: str) -> tuple[tuple[Act, ...], ...]:
    """One client after another, each with a request for one of `paths`."""
    return tuple(visit(number, get(path)) for number, path in enumerate(paths))
