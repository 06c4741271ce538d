"""What iovec, msghdr and mmsghdr hold: data, addresses, descriptors passed (readv(2), cmsg(3), unix(7)).

Gets the pieces that were copied of one argument: the structures themselves and what they point to. Knows no call.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.decode import sockaddr
from labkit.decode.flags import names
from labkit.decode.quoting import quoted
from labkit.model import Value

if TYPE_CHECKING:
    from labkit.capture.rawlog import Memory

SOL_SOCKET, SCM_RIGHTS, SCM_CREDENTIALS = 1, 1, 2


def iovec(pieces: Sequence[Memory], filled: int | None) -> tuple[Value, str] | None:
    """The data of an iovec as a tuple of bytes, and its text; of a read only the first `filled` bytes are real."""
    array = next((piece for piece in pieces if piece.part == "iov"), None)
    if array is None:
        return None
    data = {piece.index: piece for piece in pieces if piece.part == "data"}
    values: list[Value] = []
    texts = []
    left = filled
    for index, (_, length) in enumerate(struct.iter_unpack("<QQ", array.data[: len(array.data) & ~15])):
        size = length if left is None else min(length, left)
        left = None if left is None else left - size
        piece = data.get(index)
        kept = piece.data[:size] if piece else b""
        values.append(kept)
        texts.append(f"{{iov_base={quoted(kept[:33], size)}, iov_len={length}}}")
    return tuple(values), f"[{', '.join(texts)}]"


def message(pieces: Sequence[Memory], filled: int | None) -> tuple[dict[str, Value], str] | None:
    """struct msghdr: value has "iov", "name", "rights" (descriptors passed) and "flags"; None if it was not copied."""
    header = next((piece for piece in pieces if piece.part in ("msghdr", "mmsghdr")), None)
    if header is None or len(header.data) < 52:
        return None
    return _message(header.data, pieces, filled)


def _message(header: bytes, pieces: Sequence[Memory], filled: int | None) -> tuple[dict[str, Value], str]:
    name_at, name_length, _, count, _, control_length, flags = struct.unpack_from("<QI4xQQQQI", header)
    name = next((piece for piece in pieces if piece.part == "name"), None)
    control = next((piece for piece in pieces if piece.part == "control"), None)
    value: dict[str, Value] = {}
    words = []
    if name is not None and len(name.data) >= 2:
        address, text = sockaddr.address(name.data)
        value["name"] = dict(address)
        words.append(f"msg_name={text}")
    else:
        words.append(f"msg_name={f'{name_at:#x}' if name_at else 'NULL'}")
    words.append(f"msg_namelen={name_length}")
    parts = iovec(pieces, filled)
    if parts is not None:
        value["iov"] = parts[0]
        words += [f"msg_iov={parts[1]}", f"msg_iovlen={count}"]
    if control is not None and control_length:
        rights, text = ancillary(control.data[:control_length])
        value["rights"] = rights
        words.append(f"msg_control={text}")
    words += [f"msg_controllen={control_length}", f"msg_flags={names('msg', flags)}"]
    value["flags"] = flags
    return value, "{" + ", ".join(words) + "}"


def several(pieces: Sequence[Memory], count: int | None) -> tuple[Value, str] | None:
    """Array of struct mmsghdr (sendmmsg(2)): a message each, with the length the kernel filled in."""
    arrays = sorted((piece for piece in pieces if piece.part == "mmsghdr"), key=lambda piece: piece.message)
    if not arrays:
        return None
    headers = [array.data[at : at + 64] for array in arrays for at in range(0, len(array.data) - 63, 64)]
    values: list[Value] = []
    texts = []
    for number, header in enumerate(headers if count is None else headers[:count]):
        length = struct.unpack_from("<I", header, 56)[0]
        own = [piece for piece in pieces if piece.part != "mmsghdr" and piece.message == number]
        value, text = _message(header, own, length if count is not None else None)
        values.append({**value, "len": length})
        texts.append(f"{{msg_hdr={text}, msg_len={length}}}")
    return tuple(values), f"[{', '.join(texts)}]"


def ancillary(control: bytes) -> tuple[tuple[int, ...], str]:
    """The descriptors passed in SCM_RIGHTS messages, and the text of all control messages."""
    rights: list[int] = []
    texts = []
    at = 0
    while at + 16 <= len(control):
        length, level, kind = struct.unpack_from("<Qii", control, at)
        if length < 16 or at + length > len(control):
            break
        data = control[at + 16 : at + length]
        if (level, kind) == (SOL_SOCKET, SCM_RIGHTS):
            fds = struct.unpack(f"<{len(data) // 4}i", data[: len(data) & ~3])
            rights += fds
            shown, what = f"[{', '.join(map(str, fds))}]", "SCM_RIGHTS"
        elif (level, kind) == (SOL_SOCKET, SCM_CREDENTIALS) and len(data) >= 12:
            pid, uid, gid = struct.unpack_from("<iii", data)
            shown, what = f"{{pid={pid}, uid={uid}, gid={gid}}}", "SCM_CREDENTIALS"
        else:
            shown, what = quoted(data), f"{kind:#x}"
        texts.append(f"{{cmsg_len={length}, cmsg_level={names('sol', level)}, cmsg_type={what}, cmsg_data={shown}}}")
        at += (length + 7) & ~7
    return tuple(rights), f"[{', '.join(texts)}]"
