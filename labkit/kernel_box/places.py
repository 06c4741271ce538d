"""Where the box's parts are kept on the host: all under one folder of labkit's cache. Makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labkit.capture.build import cache_folder


@dataclass(frozen=True)
class Places:
    """The parts of the box under `root`."""

    root: Path

    @classmethod
    def usual(cls) -> Places:
        """In labkit's cache, as compiled programs are."""
        return cls(cache_folder() / "box")

    @property
    def apt(self) -> Path:
        """Lists of packages and packages on their way; not needed once the box is built."""
        return self.root / "apt"

    @property
    def kernel(self) -> Path:
        """The distribution's kernel with the modules that are needed, the shell, and what modules are built with."""
        return self.root / "kernel"

    @property
    def emulator(self) -> Path:
        """QEMU, where the machine has none."""
        return self.root / "emulator"

    @property
    def image(self) -> Path:
        """What is booted: the first file system, the disk, and the manifest."""
        return self.root / "image"

    @property
    def manifest(self) -> Path:
        """What the box is made of; it is written last, so that a box with a manifest is whole."""
        return self.image / "manifest.json"
