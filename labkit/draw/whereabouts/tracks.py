"""Which streams and descriptors the picture "Where are my bytes?" follows, and what each leads to.

A track is a descriptor of a process together with the thing it leads to; a stdio stream on it belongs to it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from labkit.decode.buffered import borrows
from labkit.decode.names import Names, names
from labkit.decode.replay import step_changes
from labkit.decode.transfers import Transfer, transfers
from labkit.model import Recording, State, Step, Stream

MOST = 6  # tracks in one picture, unless one is chosen

# Functions that read files of the C library, of which the program knows nothing.
_OWN_FILES = frozenset(("setlocale", "bindtextdomain", "gettext", "dcgettext", "tzset", "localtime", "iconv_open"))

Walked = Sequence[tuple[Step, State, State]]


class Track(NamedTuple):
    """Descriptor `fd` of process `pid` while it leads to the thing called `thing`."""

    pid: int
    fd: int
    thing: str


@dataclass(frozen=True)
class Tracks:
    """The tracks of a picture in groups: of those that lead to one thing, or to the two ends of one connection.

    `things` are the names of each group's things, `tracks` those that lead to each of them; `with_stream` those that
    ever had bytes in a stdio buffer; `left_out` how many there are besides.
    """

    groups: tuple[tuple[str, ...], ...]
    tracks: dict[str, tuple[Track, ...]]
    with_stream: frozenset[Track]
    left_out: int


def choose(recording: Recording, walked: Walked, moves: Sequence[tuple[Transfer, ...]], of: str | int | None) -> Tracks:
    """The tracks used most, at most `MOST` of them; with `of`, only those on things that it leads to.

    `moves` are the bytes that each event moved.
    """
    called = names(recording)
    uses: dict[Track, int] = {}
    named: dict[Track, set[str | int]] = {}
    buffered: set[Track] = set()
    peers: dict[str, str] = {}
    borrowing: set[int] = set()
    for step, before, after in walked:
        event = recording.events[step.event]
        if event.kind == "begin" and borrows(event, after, recording.events):
            borrowing.add(event.pid)
        elif event.call in ("execve", "execveat") and event.result == 0:
            borrowing.discard(event.pid)
        if event.kind == "call" and (event.place.phase == "before main" or set(event.place.via) & _OWN_FILES):
            continue
        for change in step_changes(event, step):
            stream = change.value
            if isinstance(stream, Stream) and change.key[0] not in borrowing and _in_use(stream):
                track = track_of(change.key[0], stream.fd, (after, before), called)
                if track is not None:
                    uses[track] = uses.get(track, 0) + 1
                    named.setdefault(track, {stream.fd}).add(stream.name)
                    buffered.add(track)
        moving = transfers(event, under_way=True) if step.part == "enters" else moves[event.index]
        for moved in moving:
            track = track_of(event.pid, moved.fd, (before, after), called)
            if track is None:
                continue
            uses[track] = uses.get(track, 0) + 1
            known = named.setdefault(track, {moved.fd})
            for stream in after.streams.get(event.pid, {}).values():
                if stream.fd == moved.fd:
                    known.add(stream.name)
                    if stream.buffer:
                        buffered.add(track)
            for state in (before, after):
                _join(peers, track, state, called)
    order = list(uses)
    wanted = order
    if of is not None:
        things = {track.thing for track in order if of in named[track]}
        things |= {peers[thing] for thing in things & peers.keys()}
        wanted = [track for track in order if track.thing in things]
    ranked = sorted(wanted, key=lambda track: (-uses[track], order.index(track)))
    place = {pid: number for number, pid in enumerate(called.processes)}
    kept = sorted(ranked[:MOST], key=lambda track: (place.get(track.pid, len(place)), track.fd))
    return _grouped(kept, peers, buffered, len(wanted) - len(kept))


def _in_use(stream: Stream) -> bool:
    return bool(stream.pending or stream.readahead or stream.consumed)


def track_of(pid: int, fd: int, states: Sequence[State], called: Names) -> Track | None:
    """The track of a descriptor in the first of `states` in which it leads to something."""
    for state in states:
        if pid not in state.processes:
            continue
        row = state.fds(pid).get(fd)
        opened = state.open_files.get(row.open_file) if row is not None else None
        if opened is not None and opened.inode in state.inodes:
            return Track(pid, fd, called.inode(opened.inode))
    return None


def _join(peers: dict[str, str], track: Track, state: State, called: Names) -> None:
    """Remember the other end of a connection, while it is there."""
    if track.thing in peers or track.pid not in state.processes:
        return
    row = state.fds(track.pid).get(track.fd)
    opened = state.open_files.get(row.open_file) if row is not None else None
    inode = state.inodes.get(opened.inode) if opened is not None else None
    peer = inode.socket.peer_inode if inode is not None and inode.socket is not None else None
    if peer is not None and peer in state.inodes and called.inode(peer) != track.thing:
        peers[track.thing] = called.inode(peer)
        peers.setdefault(called.inode(peer), track.thing)


def _grouped(kept: Sequence[Track], peers: dict[str, str], buffered: set[Track], left_out: int) -> Tracks:
    tracks: dict[str, tuple[Track, ...]] = {}
    for track in kept:
        tracks[track.thing] = (*tracks.get(track.thing, ()), track)
    groups: list[tuple[str, ...]] = []
    placed: set[str] = set()
    # Standard streams first, then as their processes and numbers come: the same in every run.
    for thing in sorted(tracks, key=lambda thing: min(min(track.fd, 3) for track in tracks[thing])):
        if thing in placed:
            continue
        group: tuple[str, ...] = (thing,)
        if peers.get(thing, thing) not in placed | {thing}:
            group = (thing, peers[thing])
        placed |= set(group)
        groups.append(group)
    for group in groups:
        for thing in group:
            tracks.setdefault(thing, ())
    return Tracks(tuple(groups), tracks, frozenset(buffered & set(kept)), left_out)
