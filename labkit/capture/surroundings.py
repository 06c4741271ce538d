"""What a program finds around it: an environment, a working folder with the files it was given."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from labkit.errors import LabkitError


def environment() -> dict[str, str]:
    """The same for everybody, so that a program's behaviour does not hang on the notebook's own environment."""
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


def _sweep() -> None:
    for path in Path(tempfile.gettempdir()).glob("labkit-*-*-*"):
        owner = path.name.split("-")[2]
        with contextlib.suppress(OSError):
            if owner.isdigit() and path.lstat().st_uid == os.getuid() and not Path(f"/proc/{int(owner)}").exists():
                shutil.rmtree(path, ignore_errors=True)
