"""From a driver's C source to a kernel module for the box: built with the kernel's own headers, kept by content."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from labkit.capture.build import cache_folder
from labkit.errors import CompileError, LabkitError, UnsupportedError
from labkit.kernel_box.places import Places

DRIVER = Path(__file__).parent / "driver"
_SECONDS = 120
_OURS = re.compile(r"^(?!make|  (?:CC|MOD|LD|BTF)|warning: the compiler|  (?:The kernel|You are))")


def module(source: str, places: Places, name: str = "lab") -> bytes:
    """The module `name`.ko made from the C text `source`, which may include the files beside the course's driver.

    Raises CompileError with the compiler's message, UnsupportedError where make, a compiler or the kernel's headers are
    missing, LabkitError when it takes too long.
    """
    tree = next(iter((places.kernel / "headers" / "usr" / "src").glob("linux-headers-*[!n]/.config")), None)
    if tree is None:
        raise UnsupportedError("What drivers are built with is not here: run `labkit box build`.")
    for tool in ("make", "gcc"):
        if shutil.which(tool) is None:
            raise UnsupportedError(f"A driver is built with {tool}, which is not here: `sudo apt install {tool}`.")
    beside = {path.name: path.read_bytes() for path in sorted(DRIVER.glob("*.h"))}
    release = (places.kernel / "origin.json").read_bytes()
    key = hashlib.sha256(repr((source, name, sorted(beside.items()), release)).encode()).hexdigest()[:24]
    kept = cache_folder() / "modules" / f"{key}.ko"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="labkit-module-") as folder:
            made = _made(Path(folder), tree.parent, source, name, beside)
            fresh = kept.with_suffix(f".{Path(folder).name}")
            fresh.write_bytes(made)
            fresh.rename(kept)
    return kept.read_bytes()


def _made(folder: Path, tree: Path, source: str, name: str, beside: dict[str, bytes]) -> bytes:
    (folder / f"{name}.c").write_text(source)
    (folder / "Kbuild").write_text(f"obj-m := {name}.o\nccflags-y := -Wall\n")
    for file, content in beside.items():
        (folder / file).write_bytes(content)
    command = ["make", "-s", "-C", str(tree), f"M={folder}", "CC=gcc", "HOSTCC=gcc", "modules"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as err:
        raise LabkitError(f"{name}.c was not compiled within {_SECONDS} seconds.") from err
    if ran.returncode != 0:
        raise CompileError(said(ran.stderr + ran.stdout, str(folder)))
    subprocess.run(["strip", "--strip-debug", str(folder / f"{name}.ko")], check=False, capture_output=True)
    return (folder / f"{name}.ko").read_bytes()


def said(message: str, folder: str) -> str:
    """What the compiler said of the driver, without make's words and without the folder it was built in.

    >>> said("make[1]: x\\n/t/lab.c:3:1: error: y\\n", "/t")
    'lab.c:3:1: error: y'
    """
    lines = [line.replace(f"{folder}/", "") for line in message.splitlines()]
    return "\n".join(line for line in lines if line.strip() and _OURS.match(line))
