"""Finds QEMU: the machine's own, or one fetched as packages and unpacked into labkit's cache, which needs no root."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import UnsupportedError
from labkit.kernel_box.apt import Apt, Told, unpack
from labkit.kernel_box.places import Places
from labkit.kernel_box.recipe import EMULATOR

NAME = "qemu-system-x86_64"


@dataclass(frozen=True)
class Emulator:
    """How QEMU is started: the program, words that come first, and what is added to the environment."""

    program: str
    first: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


def find(places: Places) -> Emulator:
    """The machine's own QEMU, else the one in labkit's cache; raises UnsupportedError where there is neither."""
    if own := shutil.which(NAME):
        return Emulator(own)
    unpacked = places.emulator / "usr" / "bin" / NAME
    if unpacked.exists():
        libraries = ":".join(map(str, _libraries(places.emulator)))
        share = places.emulator / "usr" / "share"
        firmware = tuple(word for name in ("qemu", "seabios") for word in ("-L", str(share / name)))
        modules = next(iter(places.emulator.glob("usr/lib/*-linux-gnu*/qemu")), places.emulator)
        return Emulator(str(unpacked), firmware, (("LD_LIBRARY_PATH", libraries), ("QEMU_MODULE_DIR", str(modules))))
    raise UnsupportedError(
        f"There is no {NAME} here. `labkit box build` fetches one without root; "
        f"with root: `sudo apt install --no-install-recommends {EMULATOR}`."
    )


def fetch(places: Places, apt: Apt, told: Told) -> None:
    """Put QEMU and the libraries that this machine lacks into labkit's cache; raises LabkitError."""
    packages = apt.missing(EMULATOR) or (EMULATOR,)
    fresh = places.emulator.with_name(f"emulator.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    debs = apt.fetch(packages, told)
    for number, deb in enumerate(debs.values(), 1):
        told(f"Unpacking QEMU, {number} of {len(debs)}")
        unpack(deb, fresh)
    shutil.rmtree(places.emulator, ignore_errors=True)
    fresh.rename(places.emulator)


def _libraries(root: Path) -> list[Path]:
    """The folders under `root` that hold shared libraries, where the dynamic loader is to look."""
    return sorted({path.parent for path in root.glob("**/*.so*") if path.is_file() or path.is_symlink()})
