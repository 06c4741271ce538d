"""Descriptors on their way from one process to another through a unix socket (SCM_RIGHTS in unix(7)).

A message holds the open file descriptions it carries until it is received, or until the receiving socket is gone. Knows
sockets by the number of their inode; no system call.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.decode.files import Files


@dataclass(frozen=True, slots=True)
class Message:
    """Open file descriptions sent from socket `sender` to socket `receiver` (None: not in the recording)."""

    sender: int
    receiver: int | None
    open_files: tuple[int, ...]


class Passing:
    """The messages with descriptors that are under way, oldest first."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._messages: list[Message] = []

    def send(self, table: int, fd: int, fds: tuple[int, ...]) -> Message | None:
        """The descriptors `fds` leave through socket `fd`; None if one of them is not known."""
        socket = self._files.description(table, fd)
        carried = [self._files.description(table, passed) for passed in fds]
        if socket is None or not fds or any(opened is None for opened in carried):
            return None
        inode = self._files.inodes[socket.inode]
        message = Message(
            inode.id,
            inode.socket.peer_inode if inode.socket else None,
            tuple(opened.id for opened in carried if opened is not None),
        )
        for opened in message.open_files:
            self._files.hold(opened)
        self._messages.append(message)
        return message

    def cancel(self, message: Message) -> None:
        """The call that sent it failed."""
        if message in self._messages:
            self._messages.remove(message)
            self._drop(message)

    def receive(self, table: int, fd: int, fds: tuple[int, ...], *, cloexec: bool, peek: bool = False) -> bool:
        """Descriptors `fds` arrived through socket `fd`; False if no message under way fits: they came from outside."""
        socket = self._files.description(table, fd)
        if socket is None:
            return False
        found = next((message for message in self._messages if self._fits(message, socket.inode, len(fds))), None)
        if found is None:
            return False
        for number, open_file in zip(fds, found.open_files, strict=False):
            self._files.share(table, number, open_file, cloexec)
        if not peek:
            self._messages.remove(found)
            self._drop(found)
        return True

    def _fits(self, message: Message, receiver: int, count: int) -> bool:
        # recv with too little room for the control message gets the first descriptors only (MSG_CTRUNC).
        if count > len(message.open_files):
            return False
        inode = self._files.inodes.get(receiver)
        peer = inode.socket.peer_inode if inode and inode.socket else None
        return receiver == message.receiver or message.sender == peer

    def expire(self) -> None:
        """Drops messages that nobody can receive any more, with what they held."""
        if not self._messages:
            return
        live = self._receivable()
        for message in [message for message in self._messages if message.receiver not in (None, *live)]:
            self.cancel(message)

    def _receivable(self) -> set[int]:
        """The inodes some process can still come by: through a descriptor, or one in a message it can receive.

        A socket under way to itself holds itself alive and nothing else does; the kernel collects it as garbage
        (net/unix/garbage.c).
        """
        held = {row.open_file for rows in self._files.tables.values() for row in rows.values()}
        live = {self._files.open_files[number].inode for number in held}
        waiting = list(self._messages)
        while reached := [message for message in waiting if message.receiver is None or message.receiver in live]:
            waiting = [message for message in waiting if message not in reached]
            live |= {self._files.open_files[number].inode for message in reached for number in message.open_files}
        return live

    def _drop(self, message: Message) -> None:
        for open_file in message.open_files:
            self._files.release(open_file)
