"""What the course teaches, in order: its lectures, their topics and the misconceptions they refute. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lecture:
    """One lecture: the file that teaches it is `stem`.ipynb; `topics` and `cards` are the ids of its tags."""

    stem: str
    title: str
    topics: tuple[str, ...]
    cards: tuple[str, ...]

    @property
    def number(self) -> int:
        """The lecture's number, as the file's name says.

        >>> LECTURES[3].number
        4
        """
        return int(self.stem[:2])

    @property
    def name(self) -> str:
        """Number and title, as in links and as the notebook's own title.

        >>> LECTURES[1].name
        '02 Streams'
        """
        return f"{self.stem[:2]} {self.title}"


def _lecture(stem: str, title: str, topics: str, cards: str) -> Lecture:
    return Lecture(stem, title, tuple(topics.split()), tuple(cards.split()))


LECTURES = (
    _lecture(
        "01-everything-is-a-file",
        "Everything is a file",
        "structure waist composition open-first bytes close kernel-read kernel-write layers filesystem paths",
        "m-empty-pipe m-close-ends",
    ),
    _lecture(
        "02-streams",
        "Streams",
        "fopen-modes std-streams stream-ops copy-chars copy-blocks paranoia positioning",
        "",
    ),
    _lecture(
        "03-file-descriptors",
        "File descriptors",
        "open-flags std-fds low-ops lowio lowio-std copy-fd fd-table dup append",
        "m-two-opens m-fork-offset m-exec-fds m-full-count",
    ),
    _lecture(
        "04-buffering-and-time",
        "Buffering and time",
        "user-buffer fd-now flush where-bytes durable cost",
        "m-newline m-fork-twice m-exit m-on-disk",
    ),
    _lecture(
        "05-from-syscall-to-driver",
        "From system call to driver",
        "syscall struct-file vfs-read file-ops driver halves lifecycle beyond",
        "m-syscall-call",
    ),
    _lecture("06-processes-that-talk", "Processes that talk", "channel pipe req-resp client-server", ""),
    _lecture(
        "07-sockets",
        "Sockets",
        "socket echo assumptions namespaces setup handshake five-tuple client-proto server-proto",
        "m-one-send m-accept",
    ),
    _lecture("08-servers", "Servers", "v1 v2 v3 beyond-v3 web-server", "m-concurrent m-v2"),
)

# What each card is about, in the words of the table in 00-start.
ABOUT = {
    "m-empty-pipe": "when `read` waits, and when it returns 0",
    "m-close-ends": "the ends of a pipe that a process does not use",
    "m-two-opens": "what two descriptors share",
    "m-fork-offset": "the file offset after `fork`",
    "m-exec-fds": "descriptors across `exec`",
    "m-full-count": "the count that `read` and `write` return",
    "m-newline": "line and full buffering",
    "m-fork-twice": "the buffer at `fork`",
    "m-exit": "two ways to end, and the buffer",
    "m-on-disk": "the page cache",
    "m-syscall-call": "what a system call is",
    "m-one-send": "message boundaries",
    "m-accept": "the socket that `accept` makes",
    "m-concurrent": "the listen queue",
    "m-v2": "a parent that waits",
}
