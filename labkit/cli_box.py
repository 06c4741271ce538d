"""The verbs `labkit box build`, `status` and `clean`: their arguments, and what they print.

`labkit.cli` makes the parser and calls; nothing here knows the other verbs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from labkit.errors import UnsupportedError
from labkit.kernel_box import emulator, image
from labkit.kernel_box.machine import Machine
from labkit.kernel_box.places import Places

_MEGABYTE = 1_000_000


def add_box_command(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `box` to the commands of a parser; its own verbs set `act`, which gives the exit status."""
    text = "a Linux kernel in a box, to look into: make it, see what there is, remove it"
    parser = verbs.add_parser("box", help=text, description=text.capitalize() + ".")
    own = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, help_text, act in (
        ("build", "make what is missing of the box, and boot it once; needs no root", built),
        ("status", "say what there is of the box, and what it takes of the disk", told_status),
        ("clean", "remove the box and everything that was fetched for it", cleaned),
    ):
        verb = own.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        verb.set_defaults(act=act)


def built(arguments: argparse.Namespace) -> int:
    """`labkit box build`: raises LabkitError, UnsupportedError as `image.build`."""
    places, told = Places.usual(), _teller()
    made = image.build(places, told)
    told("Booting it once")
    machine = Machine(places.image, emulator.find(places))
    try:
        release = machine.run("uname -r").text.strip()
        seconds = machine.boot_seconds
    finally:
        machine.close()
    told("")
    print(f"The box is ready: Linux {release} ({made['kernel package']}), booted in {seconds:.1f} s.")
    print(f"It takes {image.size(places) // _MEGABYTE} MB in {places.root}; `labkit box clean` removes it.")
    return 0


def told_status(arguments: argparse.Namespace) -> int:
    """`labkit box status`: 0 when it can be used, else 1."""
    places = Places.usual()
    try:
        program = emulator.find(places).program
    except UnsupportedError:
        program = "none; `labkit box build` fetches one"
    made, current = image.manifest(places), image.is_current(places)
    state = "ready" if current else ("older than this labkit; `labkit box build` renews it" if made else "not built")
    print(f"image     {state}")
    print(f"kernel    {made.get('kernel package', 'none; `labkit box build` fetches one')}")
    print(f"emulator  {program}")
    print(f"disk      {image.size(places) // _MEGABYTE} MB in {places.root}")
    return 0 if current else 1


def cleaned(arguments: argparse.Namespace) -> int:
    """`labkit box clean`."""
    places = Places.usual()
    freed = image.size(places)
    image.clean(places)
    print(f"Removed {places.root}: {freed // _MEGABYTE} MB.")
    return 0


def _teller() -> Callable[[str], None]:
    """Says what is being done: on a terminal in one line that changes, else a line for each new thing."""
    begun = time.monotonic()
    said = ""

    def told(words: str) -> None:
        nonlocal said
        if sys.stderr.isatty():
            print(
                f"\r\033[K{words and f'{time.monotonic() - begun:4.0f} s  {words}'}",
                end="",
                file=sys.stderr,
                flush=True,
            )
        elif words and words.partition(",")[0] != said.partition(",")[0]:
            print(words, file=sys.stderr, flush=True)
        said = words

    return told
