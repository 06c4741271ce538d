"""A small client of QEMU's debugger stub: stop the box, read its memory and registers, step, let it go on.

The protocol is of the GDB manual, appendix "GDB Remote Serial Protocol". Knows nothing of kernels.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from labkit.errors import LabkitError

REGISTERS = (
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip",
)  # fmt: skip
_PIECE = 2048  # bytes of memory asked for at once; QEMU's packets have at most 4,096 characters
_SECONDS = 20.0
_NUMBERS = 17 * 8
_INTERRUPT = b"\x03"


class Debugger:
    """A connection to the stub at `path`. While it is open the box stands still, but for `go`."""

    def __init__(self, path: Path) -> None:
        self._read = b""
        self._acknowledge = True
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_SECONDS)
        try:
            self._socket.connect(str(path))
            self._receive()  # QEMU stops the machine when a debugger comes, and says so unasked
            self._acknowledge = self.ask("QStartNoAckMode") != "OK"
        except OSError as err:
            self._socket.close()
            raise LabkitError(f"The box's debugger does not answer: {err.strerror or err}.") from err

    def __enter__(self) -> Debugger:
        return self

    def __exit__(self, *_: object) -> None:
        """The box goes on, whatever happened."""
        try:
            self.ask("D")
        except (OSError, LabkitError):
            pass
        finally:
            self._socket.close()

    def memory(self, address: int, count: int) -> bytes:
        """`count` bytes of the kernel's memory; raises LabkitError where there is none."""
        found = b""
        while len(found) < count:
            here = min(_PIECE, count - len(found))
            answer = self.ask(f"m{address + len(found):x},{here:x}")
            if answer.startswith("E") or len(answer) != 2 * here:
                raise LabkitError(f"There is no memory at {address + len(found):#x} in the box.")
            found += bytes.fromhex(answer)
        return found

    def registers(self) -> dict[str, int]:
        """The general registers, rip and eflags, by name."""
        raw = bytes.fromhex(self.ask("g")[: 2 * (_NUMBERS + 4)])
        values = struct.unpack_from("<17Q", raw)
        (flags,) = struct.unpack_from("<I", raw, _NUMBERS)
        return {**dict(zip(REGISTERS, values, strict=True)), "eflags": flags}

    def break_at(self, address: int) -> None:
        """Stop whenever the processor comes to `address`."""
        self.ask(f"Z1,{address:x},1")

    def no_break_at(self, address: int) -> None:
        """No longer."""
        self.ask(f"z1,{address:x},1")

    def step(self) -> None:
        """Let the processor do one instruction."""
        self.ask("s")

    def go(self) -> None:
        """Let the box go on until it comes to a break; `stopped` waits for that."""
        self.step()  # off a break that it stands at
        self._send("c")

    def stopped(self, seconds: float) -> bool:
        """Whether it stopped within `seconds`; if not, it is stopped now."""
        self._socket.settimeout(seconds)
        try:
            self._receive()
            return True
        except TimeoutError:
            self._socket.settimeout(_SECONDS)
            self._socket.sendall(_INTERRUPT)
            self._receive()
            return False
        finally:
            self._socket.settimeout(_SECONDS)

    def ask(self, packet: str) -> str:
        """What the stub answers to `packet`; raises LabkitError when it does not in time."""
        self._send(packet)
        try:
            return self._receive()
        except TimeoutError as err:
            raise LabkitError(f"The box's debugger does not answer to {packet[:20]!r}.") from err

    def _send(self, packet: str) -> None:
        encoded = packet.encode("latin-1")
        self._socket.sendall(b"$" + encoded + b"#%02x" % (sum(encoded) & 255))

    def _receive(self) -> str:
        while True:
            start = self._read.find(b"$")
            end = self._read.find(b"#", start)
            if start >= 0 and 0 <= end <= len(self._read) - 3:
                packet, self._read = self._read[start + 1 : end], self._read[end + 3 :]
                if self._acknowledge:
                    self._socket.sendall(b"+")
                return packet.decode("latin-1")
            piece = self._socket.recv(1 << 16)
            if not piece:
                raise LabkitError("The box's debugger is gone.")
            self._read += piece
