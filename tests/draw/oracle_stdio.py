"""What stdio holds at a step: what is seen of a FILE, and what calls have moved that it has not noted yet."""

READS = {"read": "buf", "pread64": "buf", "recvfrom": "buf", "readv": "iov", "preadv": "iov", "recvmsg": "msg"}
WRITES = {"write": "buf", "pwrite64": "buf", "sendto": "buf", "writev": "iov", "pwritev": "iov", "sendmsg": "msg"}
WITHIN = {"sendfile": ("in_fd", "out_fd"), "splice": ("fd_in", "fd_out"), "tee": ("fd_in", "fd_out"),
          "copy_file_range": ("fd_in", "fd_out"), "vmsplice": (None, "fd")}  # fmt: skip
SEEKS = ("fseek", "fseeko", "fsetpos", "rewind")


class Stdio:
    """Goes along the steps of one recording; `lost` are the numbers of bytes that no process's buffer has any more."""

    def __init__(self):
        self._moved = {}  # (pid, fd) → what the library has moved, and the thread that has not been seen to go on since
        self._left = {}  # (pid, address) → descriptor, and bytes that the kernel has not taken
        self.lost = {}  # pid → how many bytes were lost with a stream, by descriptor
        self._gone = {}  # pid → streams of the program before exec: they stay in `State` until the next stop
        self.just_lost = []  # those of this step: (pid, fd, how many)

    def go_on(self, step, event, after):
        if step.part != "returns":
            self._moved = {key: value for key, value in self._moved.items() if value[1] != event.tid}
        library = event.kind == "call" and (len(event.place.via) > 1 or not event.place.via)
        for into, fd, size, data, asked in moves(event, step) if library else ():
            old = self._moved.get((event.pid, fd), ([], event.tid))[0]
            sought = any(name in SEEKS for name in event.place.via)
            self._moved[event.pid, fd] = ([*old, (into, size, data, asked, sought)], event.tid)
        there = {
            (pid, address): stream
            for pid, own in after.streams.items()
            for address, stream in own.items()
            if not self.gone(pid, stream)
        }
        for key, stream in there.items():
            self._left[key] = (stream.fd, self.holds(key[0], stream)[1])
        for into, fd, size, data, _ in moves(event, step) if library else ():
            for key, (own, left) in self._left.items():
                if key not in there and (key[0], own, into) == (event.pid, fd, True) and left.startswith(data):
                    self._left[key] = (own, left[size:])  # fclose(3) writes what is left when the FILE is off its list
        self.just_lost = []
        ends = event.kind == "exit" or (event.call in ("execve", "execveat") and event.result == 0)
        if ends and step.part != "enters":
            self._gone[event.pid] = after.streams.get(event.pid, {})
            self._lose(event.pid, lambda key, fd: True)
        elif event.call == "close" and step.part != "enters":
            self._lose(event.pid, lambda key, fd: key not in there and fd == event.args[0].value)

    def gone(self, pid, stream):
        """Whether exec took away the memory that the stream was in."""
        return self._gone.get(pid, {}).get(stream.address) is stream

    def _lose(self, pid, which):
        for key, (fd, left) in list(self._left.items()):
            if key[0] == pid and which(key, fd):
                del self._left[key]
                if left:
                    self.lost.setdefault(pid, []).append((fd, len(left)))
                    self.just_lost.append((pid, fd, len(left)))

    def holds(self, pid, stream):
        """How many pending bytes the kernel has taken, those it has not, and those the program has not."""
        handed, ahead = 0, stream.readahead
        for into, size, data, asked, sought in self._moved.get((pid, stream.fd), ((), 0))[0]:
            if into and 0 < asked <= len(stream.pending) - handed and stream.pending[handed:].startswith(data):
                handed += size
            elif not into and asked <= max(stream.buffer, 1):
                ahead = data if sought else ahead + data  # fseek(3) fills the buffer anew
        return handed, stream.pending[handed:], ahead


def moves(event, step):
    """The bytes that crossed the system-call line when the call returned: (into, fd, size, data, asked)."""
    if event.kind != "call" or step.part == "enters" or not event.result or event.result < 0:
        return
    given = given_to(event)
    if event.call in WITHIN:
        for name, into in zip(WITHIN[event.call], (False, True), strict=True):
            if name:
                yield into, given.get(name, given.get("fd")), event.result, b"", event.result
        return
    name = READS.get(event.call) or WRITES.get(event.call)
    if name:
        value = given.get(name)
        pieces = value.get("iov") if isinstance(value, dict) else value
        pieces = pieces if isinstance(pieces, tuple) else (pieces,)
        data = b"".join(piece for piece in pieces if isinstance(piece, bytes))[: event.result]
        asked = given.get("count", given.get("len", event.result))
        yield event.call in WRITES, event.args[0].value, event.result, data, asked


def given_to(event):
    return {argument.name: argument.value for argument in event.args}
