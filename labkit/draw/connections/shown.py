"""What the connection picture says at a step, as values in words, and the same as lines of text. Pure; no places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.draw.connections.places import Block, Host
from labkit.draw.film import Key


@dataclass(frozen=True, slots=True)
class Holder:
    """A process and its descriptor: who it is, "fd 3", what it is about; `asleep`: on this very socket."""

    title: str
    fd: str
    doing: str
    asleep: bool
    subject: Key = ()


@dataclass(frozen=True, slots=True)
class EndBox:
    """One end: its name, its state, its address, its bytes; `full`: some wait. `look` is "open", "still" or "lost"."""

    name: str
    state: str
    address: str
    content: str
    full: bool
    look: str
    holders: tuple[Holder, ...]
    subject: Key = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A connection, or a group of alike ones: `wire` says by what protocol, "" where nothing joins the two."""

    left: EndBox | None
    right: EndBox | None
    wire: str
    made: bool  # whether it is complete and neither end is closed
    said: tuple[str, str]  # one end in words, and the other


@dataclass(frozen=True, slots=True)
class QueueBox:
    """A queue of a listening socket: what it is and how many are in it, and the names of the first."""

    title: str
    first: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ListenerBox:
    """A listening socket, the connections asked for, and those that wait for accept."""

    end: EndBox
    asked: QueueBox
    complete: QueueBox
    said: tuple[str, str]  # the socket in words, and its queues


@dataclass(frozen=True, slots=True)
class Shown:
    """One step: listening sockets by block, rows by block and number; `hosts` are the frames that are there."""

    hosts: frozenset[Host]
    listeners: Mapping[Block, ListenerBox]
    rows: Mapping[tuple[Block, int], Row]
    acting: frozenset[Key]


def lines(shown: Shown, titles: Mapping[Host, str]) -> dict[Key, str]:
    """The same as lines of text, by key."""
    said: dict[Key, str] = {}
    for host in shown.hosts:
        said["host", host] = titles[host]
    for block, listener in shown.listeners.items():
        said["listener", block], said["queues", block] = (f"  {line}" for line in listener.said)
    for (block, number), row in shown.rows.items():
        said["left", block, number] = f"    {row.said[0]}"
        if row.said[1]:
            said["right", block, number] = f"      {row.said[1]}"
    return said
