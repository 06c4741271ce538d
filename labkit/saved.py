"""Recordings in files: JSON, compressed when that pays. Works on any system; knows nothing of what they hold.

A recording is of a program (`labkit.record`) or of one system call's way through a kernel (`labkit.box().path`).
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from labkit.decode import graph_store, store
from labkit.decode.pcap import pcap
from labkit.errors import LabkitError
from labkit.model import CallGraph, Recording

COMPRESS_FROM = 32 << 10  # bytes; below, a file one can read in an editor is worth more than the space
_GZIP = b"\x1f\x8b"
_HEAD = 40  # bytes: a file says at its beginning what it is


def save(recording: Recording | CallGraph, path: str | Path) -> Path:
    """Writes the recording to `path`, compressed (gzip) from 32 KiB up or when the name ends in .gz; returns the path.

    Raises LabkitError if the file cannot be written.
    """
    path = Path(path)
    text = graph_store.to_json(recording) if isinstance(recording, CallGraph) else store.to_json(recording)
    data = text.encode("ascii")
    if path.suffix == ".gz" or (len(data) >= COMPRESS_FROM and path.suffix != ".json"):
        # mtime 0: the same recording gives the same file
        data = gzip.compress(data, compresslevel=6, mtime=0)
    try:
        path.write_bytes(data)
    except OSError as err:
        raise LabkitError(f"cannot save the recording as {path}: {err.strerror}; choose another place") from err
    return path


def save_pcap(recording: Recording, path: str | Path) -> Path:
    """Writes the captured segments to `path` as a file that Wireshark, tshark and tcpdump read; returns the path.

    Raises LabkitError if none were captured (a packet that is inferred has no bytes), or if the file cannot be written.
    """
    path = Path(path)
    if recording.wire != "captured":
        why = "are inferred, and what nobody saw has no bytes" if recording.wire else "were not captured"
        raise LabkitError(
            f"The segments of this recording {why}; "
            "record it with wire=True where `labkit doctor` says that packets can be seen."
        )
    try:
        path.write_bytes(pcap(recording.segments))
    except OSError as err:
        raise LabkitError(f"cannot save the segments as {path}: {err.strerror}; choose another place") from err
    return path


def load(path: str | Path) -> Recording | CallGraph:
    """The recording in a file that `save` wrote, compressed or not, of this format or an older one.

    Raises LabkitError if the file cannot be read, is no recording, is damaged, or was written by a newer labkit.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
    except FileNotFoundError as err:
        raise LabkitError(f"there is no recording {path}; make one with `labkit record PROGRAM -o {path}`") from err
    except (OSError, EOFError, zlib.error) as err:
        raise LabkitError(f"cannot read the recording {path}: {err}") from err
    of_kernel = graph_store.WHAT.encode() in data[:_HEAD]
    return graph_store.from_json(data, str(path)) if of_kernel else store.from_json(data, str(path))


def load_recording(path: str | Path) -> Recording:
    """As `load`, where only the recording of a program will do; raises LabkitError for a path through the kernel."""
    found = load(path)
    if isinstance(found, CallGraph):
        raise LabkitError(f"{path} is one system call's path through a kernel, not the recording of a program.")
    return found
