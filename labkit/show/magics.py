"""The `%%c` cell magic: the cell is a C program; write it, build it, run it, and see when its bytes left."""

from __future__ import annotations

import codecs
import shlex
from typing import Any, cast

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from labkit.capture.build import build
from labkit.capture.run import Target, run_on
from labkit.decode.verdict import verdict
from labkit.draw.timeline import timeline
from labkit.show.listing import listing


@magics_class
class LabkitMagics(Magics):  # type: ignore[misc]  # IPython has no types
    """The cell magics of labkit."""

    @magic_arguments()
    @argument("name", nargs="?", default="", help="keep the program under this name, for cells that follow")
    @argument("--on", default="pipe", help="where stdout leads: terminal, pipe, file, or several with commas")
    @argument("--args", default="", help='arguments of the program: --args "one two"')
    @argument("--stdin", default=None, help=r'text for its standard input, with \n for a newline: --stdin "one\ntwo\n"')
    @argument("--flags", default="", help='more flags for the compiler: --flags "-O2 -lm"')
    @argument("--seconds", type=float, default=None, help="how long it may run (default: 10)")
    @argument("--beat", type=float, default=None, help="draw to so many seconds (default: 1)")
    @argument("--build", action="store_true", help="only build it")
    @argument("--quiet", action="store_true", help="with --build: do not show it again")
    @argument("--driver", action="store_true", help="it is for the box's kernel: keep the text, build it when loaded")
    @cell_magic("c")
    def c(self, line: str, cell: str) -> None:
        """Build and run the C program in this cell, and draw when its bytes left it."""
        options = parse_argstring(self.c, line)
        name = _plain(options.name)
        if name and not name.isidentifier():
            raise UsageError(f"{name!r} cannot be a name in Python; use letters, digits and _.")
        if options.driver:
            if not name:
                raise UsageError("Give the driver a name, to load or check it: %%c mine --driver")
            self.shell.user_ns[name] = cell.rstrip("\n") + "\n"
            return
        program = build(cell + "\n", flags=shlex.split(_plain(options.flags)), name=name)
        if name:
            self.shell.user_ns[name] = program
        if program.warnings:
            print(f"The compiler warns:\n{program.warnings.strip()}")
        if options.build:
            if not options.quiet:
                display(listing(program))
            return
        limits: dict[str, Any] = {} if options.seconds is None else {"seconds": options.seconds}
        stdin = None if options.stdin is None else codecs.decode(_plain(options.stdin), "unicode_escape")
        targets = cast(list[Target], _plain(options.on).split(","))  # run() checks them
        runs = run_on(program, *targets, args=_plain(options.args), stdin=stdin, **limits)
        beat = {} if options.beat is None else {"beat": options.beat}
        display(timeline(*runs, **beat))
        for text in dict.fromkeys(verdict(run) for run in runs if run.status != 0 or run.ended_by):
            print(text)


def _plain(word: str) -> str:
    """IPython leaves the quotes on an argument that has them."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" else word
