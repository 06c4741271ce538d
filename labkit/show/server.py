"""`labkit.server`: a server that a notebook's cells can ask, and how it and its pages look there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from labkit.capture.build import build
from labkit.capture.serving import Server
from labkit.draw.style import CSS, needed
from labkit.model import Fetched, Program

_SECONDS, _PROCESSES = 600.0, 400  # what a server may have, unless the caller says otherwise
_started: WeakValueDictionary[Any, ShownServer] = WeakValueDictionary()  # by what was asked for
_HERE = (
    "The link works in a browser on the machine where this notebook's kernel runs. On Binder or a hub that is another "
    "machine than yours: there, ask with <code>.get(path)</code> and look with <code>.page(path)</code>."
)


class ShownServer(Server):
    """A server that shows itself in a notebook as a link to its first page."""

    def page(self, path: str = "/") -> Page:
        """The page at `path`, fetched here and shown here, wherever the browser is."""
        return Page(self.get(path))

    def _repr_html_(self) -> str:
        if not self.open:
            return f'<div class="lk">{escape(repr(self))}</div>'
        link = f'<a href="{self.url}" target="_blank" rel="noopener">{self.url}</a>'
        names = ", ".join(f"<code>{escape(name)}</code>" for name in self.files) or "an empty folder"
        body = (
            f'<div class="lk"><b>{escape(self.name)}</b> serves {names}: '
            f'<table class="labkit grid unsteady"><tbody><tr><td>{link}</td></tr></tbody></table>'
            f'<p style="color:var(--lk-dim);margin:4px 0;max-width:70ch">{_HERE}</p></div>'
        )
        return f"<style>{needed(CSS, body)}</style>{body}"


@dataclass(frozen=True, repr=False)
class Page:
    """A fetched page as a browser draws it; scripts in it do not run, and what it links to is not loaded."""

    fetched: Fetched

    def _repr_html_(self) -> str:
        kind = self.fetched.headers.get("content-type", "")
        text = self.fetched.body.decode(errors="replace")
        if not kind.startswith("text/html"):
            return f'<pre class="lk">{escape(repr(self.fetched))}</pre>'
        # An attribute's text is escaped, and an empty sandbox allows nothing (HTML, 4.8.5).
        return (
            f'<iframe sandbox="" srcdoc="{escape(text, quote=True)}" title="{escape(self.fetched.path, quote=True)}" '
            'style="width:100%;max-width:720px;height:220px;border:1px solid #888;background:#fff"></iframe>'
        )

    def __repr__(self) -> str:
        return repr(self.fetched)


def server(
    program: Program | str | Path = "webserver",
    args: Sequence[str] | str = ("0",),
    *,
    files: Mapping[str, str | bytes] | None = None,
    seconds: float = _SECONDS,
    processes: int = _PROCESSES,
    **options: Any,
) -> ShownServer:
    """Start a program that serves, wait until it listens, and return it: `.port`, `.url`, `.get(path)`, `.page(path)`.

    `program` is as for `build`, `args` are the server's: "0" for the port, so that the kernel chooses one. It runs in a
    new folder with `files` in it, at its own speed; `options` are those of `labkit.run`. It ends with `.close()`, at
    the end of a `with` block, after `seconds`, when its cell is run again, when nobody refers to it any more, and with
    the notebook's kernel: then nothing listens. Raises LabkitError when it does not come to listen, CompileError when
    it does not compile.
    """
    program = program if isinstance(program, Program) else build(program)
    same = (program.path, str(args), tuple(sorted((files or {}).items())), str(options))
    if (earlier := _started.get(same)) is not None:
        earlier.close()  # IPython's Out would keep it
    made = ShownServer(program, args, files=files, seconds=seconds, processes=processes, **options)
    _started[same] = made
    return made
