"""A box that runs here: started in the background, kept warm, started again when it is gone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from labkit.capture.build import build
from labkit.decode.btf import Btf
from labkit.decode.call_path import slept, undisturbed
from labkit.errors import LabkitError
from labkit.kernel_box import emulator, image
from labkit.kernel_box.answers import provenance
from labkit.kernel_box.entry import entry
from labkit.kernel_box.gdb import Debugger
from labkit.kernel_box.kernel_files import Memory, Symbols
from labkit.kernel_box.machine import OUTPUT, Machine
from labkit.kernel_box.module import DRIVER, module
from labkit.kernel_box.places import Places
from labkit.kernel_box.tracing import follow, held
from labkit.model import CallGraph, Ended, Entry, KernelFiles, Layout, Program

_TRIES = 20  # of a call that is to sleep: whether the device is slower than the program is chance


class LiveBox:
    """The machine behind a `labkit.kernel_box.warm.Box`, which says what each method does and raises."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._owner = os.getpid()
        self._machine: Machine | None = None
        self._programs: dict[str, str] = {}  # path in the box to digest
        self._types: Btf | None = None
        self.boots = 0
        self._started()

    def run(self, command: str, seconds: float = 30.0, most: int = OUTPUT) -> Ended:
        """As `Box.run`."""
        return self._started().run(command, seconds, most)

    def put(self, path: str, content: str | bytes, mode: int = 0o755) -> None:
        """As `Box.put`."""
        self._started().put(path, content.encode() if isinstance(content, str) else content, mode)

    def get(self, path: str) -> bytes:
        """As `Box.get`."""
        return self._started().get(path)

    def program(self, source: Program | str | Path) -> str:
        """As `Box.program`."""
        name, content = static(source)
        machine = self._started()
        path = f"/bin/{name}"
        digest = hashlib.sha256(content).hexdigest()
        if self._programs.get(path) != digest:
            machine.put(path, content)
            self._programs[path] = digest
        return path

    def load(self, source: str | Path | None = None) -> str:
        """As `Box.load`."""
        text = driver_text(source)
        made = module(text, self._places)
        machine = self._started()
        machine.put("/lib/lab.ko", made)
        before = len(machine.console())
        ended = machine.run("if lsmod | grep -q '^lab '; then rmmod lab; fi; insmod /lib/lab.ko", seconds=60)
        if ended.status != 0:
            raise LabkitError(f"The box's kernel does not take the driver:\n{ended.text}{machine.console()[before:]}")
        return machine.console()[before:].strip()

    def path(
        self,
        program: Program | str | Path,
        args: Sequence[str] = (),
        *,
        call: str = "read",
        nth: int = 1,
        fd: int | None = None,
        seconds: float = 20.0,
        asleep: bool = False,
    ) -> CallGraph:
        """As `Box.path`."""
        path = self.program(program)
        if asleep:  # what is read of the disk only once is in memory then, whichever try it is
            self.run(" ".join([path, *args]), seconds)
        for _ in range(_TRIES if asleep else 1):
            graph = follow(self._started(), path, args, call, nth, fd, seconds)
            if not asleep or (slept(graph) and undisturbed(graph)):
                return replace(graph, made=self._made())
        raise LabkitError(f"In {_TRIES} tries {Path(path).name} did not sleep undisturbed in {call}.")

    def files(
        self,
        program: Program | str | Path,
        args: Sequence[str] = (),
        *,
        call: str = "pause",
        nth: int = 1,
        fd: int | None = None,
    ) -> KernelFiles:
        """As `Box.files`."""
        machine = self._started()
        path, types, symbols = self.program(program), self.types(), self.symbols()
        with held(machine, path, args, call, nth, fd) as pid, Debugger(machine.debugger) as debugger:
            return KernelFiles(Path(path).name, Memory(debugger, types, symbols).files(pid), self._made())

    def entry(
        self, program: Program | str | Path, args: Sequence[str] = (), *, call: str = "read", third: int
    ) -> Entry:
        """As `Box.entry`."""
        path, symbols = self.program(program), self.symbols()
        return replace(entry(self._started(), symbols, path, args, call, third), made=self._made())

    def layout(self, struct: str) -> Layout:
        """As `Box.layout`."""
        types = self.types()
        return Layout(struct, types.size(struct), types.members(struct), self._made())

    def types(self) -> Btf:
        """The types of the box's kernel, as it describes them itself."""
        if self._types is None:
            self._types = Btf(self.get("/sys/kernel/btf/vmlinux"))
        return self._types

    def symbols(self) -> Symbols:
        """The names of the kernel's functions and data, those of loaded drivers among them."""
        return Symbols.read(self.get("/proc/kallsyms").decode())

    def console(self) -> str:
        """What the box's kernel has printed so far."""
        return self._started().console()

    @property
    def machine(self) -> Machine:
        """The machine that runs now, started if need be."""
        return self._started()

    def close(self) -> None:
        """Switch it off; the next use starts a new one."""
        if self._machine is not None and os.getpid() == self._owner:
            self._machine.close()
        self._machine = None

    def __repr__(self) -> str:
        made = image.manifest(self._places)
        state = "running" if self._machine is not None and self._machine.alive() else "off; the next use starts it"
        return f"A box with Linux {made.get('release', '?')}, {state}"

    def _made(self) -> dict[str, str]:
        release = image.manifest(self._places).get("release", "?")
        return provenance(release, datetime.now(UTC).isoformat(timespec="seconds"))

    def _started(self) -> Machine:
        if self._machine is None or not self._machine.alive():
            self.close()
            self._programs.clear()
            self._machine = Machine(self._places.image, emulator.find(self._places))
            self.boots += 1
        return self._machine


def static(source: Program | str | Path) -> tuple[str, bytes]:
    """The name of a program and its executable, linked statically; raises CompileError, LabkitError."""
    if isinstance(source, Program):
        source = source.source if "\n" in source.source else source.path
    made = build(source, flags=("-static",))
    try:
        return made.name, made.path.read_bytes()
    except OSError as err:
        raise LabkitError(f"{made.path} cannot be read: {err.strerror}.") from err


def driver_text(source: str | Path | None) -> str:
    """The C text of a driver: the course's own, that of a file, or the text itself; raises LabkitError."""
    if isinstance(source, str) and "\n" in source:
        return source
    try:
        return Path(DRIVER / "lab.c" if source is None else source).read_text()
    except OSError as err:
        raise LabkitError(f"{source} cannot be read: {err.strerror}.") from err
