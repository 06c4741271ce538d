"""One call of `labkit.record` as a value: what is to be run, and all that determines how the run goes."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from labkit.capture.build import FLAGS, read_files, read_source, sources
from labkit.capture.contents import contents
from labkit.decode.assemble import Watching
from labkit.errors import LabkitError
from labkit.model import Fault, Limits, Program

Target = Literal["terminal", "pipe", "file"]


@dataclass(frozen=True, eq=False)
class Beside:
    """A program that is recorded together with the first one."""

    program: Program | str | Path
    args: Sequence[str] | str = ()
    stdin: str | bytes | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments one by one."""
        return tuple(shlex.split(self.args)) if isinstance(self.args, str) else tuple(self.args)

    @property
    def input(self) -> bytes | None:
        """What it reads on descriptor 0, None for nothing at all."""
        return self.stdin.encode() if isinstance(self.stdin, str) else self.stdin


@dataclass(frozen=True, eq=False)
class Request:
    """The arguments of `labkit.record`, which says what each means; `limits` are complete here.

    With `others`, those of `labkit.record_together`.
    """

    program: Program | str | Path
    args: Sequence[str] | str
    shell: bool
    lines: bool
    in_turn: bool
    inject: Sequence[Fault]
    stdin: str | bytes | None
    stdin_from: Target
    stdout: Target
    stderr: Target
    env: Mapping[str, str]
    files: Mapping[str, str | bytes]
    folder: str | Path | None
    limits: Limits
    events: int
    data_limit: int
    every_call: bool
    without: Sequence[str]
    watch: Watching | None
    wire: bool = False
    counted: bool = False  # its instructions, by `labkit.crossings`, of which `events` is the limit
    others: Sequence[Beside] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments one by one."""
        return tuple(shlex.split(self.args)) if isinstance(self.args, str) else tuple(self.args)

    @property
    def input(self) -> bytes | None:
        """What it reads on descriptor 0, None for nothing at all."""
        return self.stdin.encode() if isinstance(self.stdin, str) else self.stdin

    def keys(self) -> tuple[str, str]:
        """Names of the run: the same for calls that make the same run, others for any other; "" if that is not known.

        The first is of a run that ends by itself, the second of one that is ended after `limits.seconds`, however many:
        an exercise gives a busy machine more. Not known is what an executable does that is not found on PATH, or any
        program in a folder that holds much.
        """
        identity = _identity(self.program, shell=self.shell)
        others = [_identity(other.program) for other in self.others]
        there = {} if self.folder is None else contents(Path(self.folder))
        if not identity or not all(others) or there is None or self.without or self.watch is not None:
            return "", ""
        bounds = asdict(self.limits)
        bounds.pop("seconds")
        whole: dict[str, object] = {
            "program": identity,
            "args": self.words,
            "options": [self.lines, self.in_turn, self.every_call, self.events, self.data_limit, self.counted],
            "inject": [asdict(fault) for fault in self.inject],
            "stdin": _text(self.input),
            "descriptors": [self.stdin_from, self.stdout, self.stderr],
            "env": dict(self.env),
            "files": {name: _text(content) for name, content in self.files.items()},
            "folder": None if self.folder is None else there,
            "limits": bounds,
            **({"wire": True} if self.wire else {}),  # only then: what was shipped before keeps its name
        }
        if others:
            whole["others"] = [
                [who, other.words, _text(other.input)] for who, other in zip(others, self.others, strict=True)
            ]
        return _digest(whole), _digest({**whole, "ended": "seconds"})


def _identity(program: Program | str | Path, *, shell: bool = False) -> list[object]:
    """What a program is wherever it is built; of an executable its name, of a command line the line."""
    if shell:
        return ["shell", str(program)]
    if isinstance(program, Program):
        flags = [flag for flag in program.flags if flag not in (*FLAGS, "-Werror")]
        return ["C", program.name, program.source, *flags, *program.files[1:]] if program.source else []
    if is_c(program):
        try:
            text, name, _ = read_source(program)
        except LabkitError:  # whoever runs it says what is wrong
            return []
        return ["C", name, text, *read_files(program)[1:]]
    return ["executable", str(program)] if "/" not in str(program) else []


def _digest(whole: object) -> str:
    text = json.dumps(whole, sort_keys=True)
    if "/labkit/programs/" in text:  # a search of megabytes for what is not there takes minutes
        text = _BUILT.sub(_source_of, text)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


# A folder that labkit built a program in is elsewhere on each machine; what is in it is the source.
_BUILT = re.compile(r'[^":\\]{0,300}/labkit/programs/[0-9a-f]{24}')


def _source_of(folder: re.Match[str]) -> str:
    texts = [path.read_bytes() for path in sorted(Path(folder[0]).glob("*.[ch]"))]
    return f"built {hashlib.sha256(b''.join(texts)).hexdigest()[:20]}"


def is_c(program: str | Path) -> bool:
    """Whether this is C: text, a file's path, or the name of a program of the course.

    >>> is_c("int main(void) {}"), is_c("copy.c"), is_c("mixed"), is_c("ls")
    (True, True, True, False)
    """
    text = str(program)
    if "\n" in text or "{" in text:
        return True
    return text.endswith(".c") or (isinstance(program, str) and program in sources()) or bool(read_files(program))


def _text(data: str | bytes | None) -> str | None:
    return data.decode("latin-1") if isinstance(data, bytes) else None if data is None else _text(data.encode())
