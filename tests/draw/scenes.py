"""Recordings that the scenes are tried with: real ones of every kind, and one that is hostile throughout."""

from functools import cache
from xml.etree import ElementTree

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.model import Argument, Event, Place
from tests.capture.corpus import PROGRAMS
from tests.decode.happenings import recording

KINDS = ("pipe_fork", "threads", "killed", "stdio_buffers", "tcp_echo", "sigpipe", "vfork_exec")
EVIL = "</code><script>alert(1)</script>&amp;\x00\x1b\u202e\"'"


@cache
def made(name):
    path = next(path for path in PROGRAMS if path.stem == name)
    return record(build(path.read_text(), flags=("-w",), name=name), lines=True)


def hostile():
    file = f"{EVIL}.c"
    write = Event(
        0, "call", 100, 100, 0, 1, 0.0, 0.1, Place(file, 1, EVIL, (EVIL, "write")), "write",
        (Argument("fd", "fd", 1, "1"), Argument("buf", "bytes", EVIL.encode(), EVIL)), len(EVIL.encode()),
    )  # fmt: skip
    return recording((write,), sources={file: f'{EVIL}\n"<b>"\f\r\n'})


def at(film, step):
    """The film at this step, parsed: an error when it is not well-formed."""
    return ElementTree.fromstring(film.at(step))


def by_class(root, name):
    return [element for element in root.iter() if name in (element.get("class") or "").split()]
