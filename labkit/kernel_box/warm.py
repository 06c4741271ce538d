"""`labkit.box()`: one box for each notebook. Where there can be none, what labkit ships of one, which says so."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from labkit.decode.box_store import Answer
from labkit.errors import UnsupportedError
from labkit.kernel_box import emulator, image
from labkit.kernel_box.answers import any_shipped, collected, identity, key, shipped
from labkit.kernel_box.live import LiveBox, driver_text
from labkit.kernel_box.machine import OUTPUT, BoxGone
from labkit.kernel_box.places import Places
from labkit.model import CallGraph, Ended, Entry, KernelFiles, Layout, Program

_BUILD = "run `labkit box build` once (no root needed; it fetches about 60 MB through the machine's own apt client)"
_Given = TypeVar("_Given", bound=Answer)


class Box:
    """A Linux kernel of its own, to run programs in and to look into; nothing in it reaches the host.

    The machine behind it is started when the box is made, and again by the next use after it crashed or was closed;
    what was in its memory and on its disk is then as it was at first. Without `places` there is no machine: what is
    asked is answered by what labkit ships, from a box that ran elsewhere, and the answer says so.
    """

    def __init__(self, places: Places | None) -> None:
        self._live = None if places is None else LiveBox(places)
        self._driver = ""

    @property
    def live(self) -> LiveBox:
        """The box that runs here; raises UnsupportedError where there is none."""
        if self._live is None:
            raise UnsupportedError(f"There is no box here, and this cannot be answered without: {_BUILD}.")
        return self._live

    def run(self, command: str, seconds: float = 30.0, most: int = OUTPUT) -> Ended:
        """Run a shell's command line in the box for at most `seconds`; of its output the first `most` bytes are kept.

        What it returns has `status` (minus the signal when one ended it), `late`, `output` and `text`. Raises BoxGone
        when the kernel crashes or hangs over it: the text has the console's words, and the next use starts anew.
        """
        return self._answered("run", [command], lambda live: live.run(command, seconds, most))

    def program(self, source: Program | str | Path) -> str:
        """Bring a C program into the box and return its path there: a program of the course, a file, or C text.

        It is compiled here, statically, because the box has no libraries. Raises CompileError, LabkitError, BoxGone.
        """
        return f"/bin/{identity(source)[0]}" if self._live is None else self._live.program(source)

    def load(self, source: str | Path | None = None) -> str:
        """Build a driver and load it into the box's kernel, in place of one of its name; what the kernel said to it.

        `source` is C text or the path of a C file; without, the course's own (labkit/kernel_box/driver/lab.c). Raises
        CompileError with the compiler's message, LabkitError when the kernel refuses it, BoxGone when it does not
        survive: the text has the kernel's words, and the next use starts anew.
        """
        text = driver_text(source)
        said = self._answered("load", [text], lambda live: live.load(text))
        self._driver = text
        return said

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
        """Follow one system call through the box's kernel: the `nth` `call` of `program`, on descriptor `fd` if given.

        `program` is as for `program`. The first time the kernel's tracer is made ready, which takes two seconds. A
        device may be done before the program is asleep; with `asleep` it is run again until it had to sleep. Raises
        LabkitError when the program makes no such call or does not end within `seconds`, BoxGone as `run`.
        """
        asked = [identity(program), list(args), call, nth, fd, asleep]
        return self._answered(
            "path",
            asked,
            lambda live: live.path(program, args, call=call, nth=nth, fd=fd, seconds=seconds, asleep=asleep),
        )

    def files(
        self,
        program: Program | str | Path,
        args: Sequence[str] = (),
        *,
        call: str = "pause",
        nth: int = 1,
        fd: int | None = None,
    ) -> KernelFiles:
        """What the kernel holds for each open descriptor of `program` when it comes to its `nth` `call`.

        The program is stopped at the call's entry, the machine stands still while its memory is read, and then the
        program is ended. Raises LabkitError when it makes no such call, BoxGone as `run`.
        """
        asked = [identity(program), list(args), call, nth, fd]
        return self._answered("files", asked, lambda live: live.files(program, args, call=call, nth=nth, fd=fd))

    def entry(
        self, program: Program | str | Path, args: Sequence[str] = (), *, call: str = "read", third: int
    ) -> Entry:
        """The registers of a system call of `program` at the kernel's first instruction, and its way to its handler.

        It is the first `call` whose third argument (of read: how many bytes) is `third`; choose one that no other
        program uses. Raises LabkitError when there is none, BoxGone as `run`.
        """
        asked = [identity(program), list(args), call, third]
        return self._answered("entry", asked, lambda live: live.entry(program, args, call=call, third=third))

    def layout(self, struct: str) -> Layout:
        """The members of a structure of the box's kernel, by its own account; raises LabkitError if it has none."""
        return self._answered("layout", [struct], lambda live: live.layout(struct))

    def put(self, path: str, content: str | bytes, mode: int = 0o755) -> None:
        """Make a file in the box; raises LabkitError where it cannot be made, BoxGone as `run`."""
        self.live.put(path, content, mode)

    def get(self, path: str) -> bytes:
        """What a file of the box holds; raises LabkitError where it cannot be read, BoxGone as `run`."""
        return self.live.get(path)

    def close(self) -> None:
        """Switch it off; the next use starts a new one."""
        self._driver = ""
        if self._live is not None:
            self._live.close()

    def __repr__(self) -> str:
        if self._live is None:
            return "No box here: what is asked is answered by what was recorded of one elsewhere"
        return repr(self._live)

    def _answered(self, verb: str, asked: Sequence[object], ask: Callable[[LiveBox], _Given]) -> _Given:
        name = key(self._driver, verb, *asked)
        try:
            if (live := self._live) is not None:
                return collected(name, lambda: ask(live))
            answer = shipped(name)
        except BoxGone:
            self._driver = ""
            raise
        if answer is None:
            raise UnsupportedError(
                f"There is no box here, and labkit has no recorded answer to just this. To ask it: {_BUILD}."
            )
        return cast(_Given, answer)


_boxes: dict[int, Box] = {}


def box() -> Box:
    """The box of this notebook (of this process): started now if it is not running, and ended with the process.

    It boots in the background; the first thing asked of it waits, a second or two. Where no image was built yet, or
    there is no QEMU, what the course asks is answered by what labkit ships of another machine's box, and says so;
    raises UnsupportedError where there is not even that. `labkit box build` makes both, without root.
    """
    if os.getpid() not in _boxes:
        _boxes[os.getpid()] = Box(_possible())
    return _boxes[os.getpid()]


def _possible() -> Places | None:
    """Where the box is, None if there can be none here."""
    places = Places.usual()
    try:
        emulator.find(places)
        if image.is_current(places):
            return places
        why = UnsupportedError(f"There is no image of a box here yet, or it is an older labkit's: {_BUILD}.")
    except UnsupportedError as err:
        why = err
    if not any_shipped():
        raise why
    return None


@atexit.register
def _close_all() -> None:
    for made in _boxes.values():
        made.close()
