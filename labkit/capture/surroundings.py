"""What a program finds around it: an environment, a working folder with the files it was given, limits."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import labkit
from labkit.errors import LabkitError
from labkit.model import Limits


def environment() -> dict[str, str]:
    """The same for everybody, so that a program's behaviour does not hang on the notebook's own environment.

    PATH stays the user's: a command line finds here what it finds in their terminal. Where even the search has to be
    the same everywhere, as in stored notebooks, the caller names a PATH (`env={"PATH": "/usr/bin:/bin"}`).
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {"LANG": "C.UTF-8", "TERM": "dumb", **kept}


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A new temporary folder, named by `kind` and this process (always as long a name), for the `with` block.

    What a killed process left behind (after SIGKILL nobody cleans up) is removed on the way.
    """
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"labkit-{kind}-{os.getpid():07d}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


def place(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Put `files` (name to content) into `folder`; LabkitError for a name that leads out of it."""
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise LabkitError(f"The file {name!r} would lie outside the program's working folder.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def made() -> dict[str, str]:
    """With what something is recorded here and now: labkit's version, the kernel, the processor, the C library."""
    return {
        "labkit": labkit.__version__,
        "kernel": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "times": "under tracing",
    }


def limits_with(limits: Limits | None, verb: str, changed: Mapping[str, float]) -> Limits:
    """`limits` (default: the usual ones) with those in `changed` replaced; LabkitError for a name that is no limit."""
    limits = limits or Limits()
    known = asdict(limits)
    for name, value in changed.items():
        if name not in known:
            raise LabkitError(f"{verb}() has no argument {name!r}; the limits are {', '.join(known)}.")
        if value <= 0:
            raise LabkitError(f"The limit {name} must be above 0, not {value}.")
    return replace(limits, **changed)  # type: ignore[arg-type]  # names and signs were checked above


def _sweep() -> None:
    for path in Path(tempfile.gettempdir()).glob("labkit-*-*-*"):
        owner = path.name.split("-")[2]
        with contextlib.suppress(OSError):
            if owner.isdigit() and path.lstat().st_uid == os.getuid() and not Path(f"/proc/{int(owner)}").exists():
                shutil.rmtree(path, ignore_errors=True)
