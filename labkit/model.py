"""Every noun of labkit, as frozen values that know nothing of the kernel, of drawing or of Jupyter.

What `capture` saw is kept in these values, `decode` reasons about them, `draw` draws them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

REPORT_FORMAT = 1


@dataclass(frozen=True)
class Program:
    """A compiled C program: `path` of the executable, its `source` text and the `name` it is known by."""

    name: str
    source: str
    path: Path
    flags: tuple[str, ...] = ()
    warnings: str = ""


@dataclass(frozen=True)
class Limits:
    """What one run may use before it is ended: seconds of wall time, live processes, and bytes of the rest."""

    seconds: float = 10.0
    processes: int = 64
    memory: int = 512 << 20
    output: int = 1 << 20
    file_size: int = 64 << 20


@dataclass(frozen=True)
class Chunk:
    """Bytes that left the program together: `at` seconds after its start, through descriptor `fd`."""

    at: float
    fd: int
    data: bytes


@dataclass(frozen=True)
class Span:
    """The first process of a run was seen asleep in system call `call` from `start` to `end` (seconds)."""

    start: float
    end: float
    call: str


@dataclass(frozen=True)
class LeftFile:
    """A file the program left in its working folder; `data` is the beginning of it, `size` the whole, in bytes."""

    name: str
    size: int
    data: bytes


@dataclass(frozen=True)
class Run:
    """One run of a program, untraced, at its real speed.

    `stdout` and `stderr` say what descriptors 1 and 2 led to: "terminal", "pipe" or "file". Exactly one of `status`
    (as passed to exit) and `signal` (by name) is set. `ended_by` names the field of `limits` that ended it, "" if none
    did; `left_running` counts the processes that had to be ended. `wiring`: where descriptors 0 to 2 led at the start.
    `duration` is in seconds, from just before execve(2) to the end of the first process.
    """

    name: str
    args: tuple[str, ...]
    stdout: str
    stderr: str
    chunks: tuple[Chunk, ...]
    status: int | None
    signal: str | None
    duration: float
    limits: Limits = Limits()
    ended_by: str = ""
    left_running: int = 0
    spans: tuple[Span, ...] = ()
    files: tuple[LeftFile, ...] = ()
    wiring: dict[int, str] = field(default_factory=dict)

    def output(self, *fds: int) -> bytes:
        """All bytes that left through `fds` (default: stdout, 1), in the order they left."""
        wanted = fds or (1,)
        return b"".join(chunk.data for chunk in self.chunks if chunk.fd in wanted)


@dataclass(frozen=True)
class Probe:
    """One thing the course needs, tried on this machine.

    `works` is the answer and `detail` what was seen (for a refusal the call and its errno, errno(3)). `purpose` says
    what the course uses it for, `instead` what is shown where it does not work, `enable` how to get it on this machine
    ("" when it works). Without an `essential` one nothing in the course can be run live.
    """

    name: str
    works: bool
    detail: str
    purpose: str
    instead: str
    enable: str = ""
    essential: bool = False


@dataclass(frozen=True)
class Report:
    """What one machine allows: every probe, always in the same order."""

    probes: tuple[Probe, ...]

    def __getitem__(self, name: str) -> Probe:
        """The probe called `name`; KeyError names the ones there are."""
        for probe in self.probes:
            if probe.name == name:
                return probe
        raise KeyError(f"no probe {name!r}; there are: {', '.join(probe.name for probe in self.probes)}")

    def __iter__(self) -> Iterator[Probe]:
        return iter(self.probes)

    @property
    def ready(self) -> bool:
        """Programs can be compiled and run live: everything essential works."""
        return all(probe.works for probe in self.probes if probe.essential)

    def summary(self) -> str:
        """One line that is the same on every machine, so that it can be stored in a notebook.

        >>> Report((Probe("pty", True, "", "", ""),)).summary()
        'labkit doctor: 1 thing tried'
        """
        return f"labkit doctor: {len(self.probes)} thing{'' if len(self.probes) == 1 else 's'} tried"

    def to_json(self) -> str:
        """The report as JSON text, one object a probe, with the version of this format."""
        probes = [asdict(probe) for probe in self.probes]
        return json.dumps(
            {"format": REPORT_FORMAT, "ready": self.ready, "probes": probes}, ensure_ascii=False, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> Report:
        """The report that `to_json` wrote; ValueError if it is not one of this format."""
        saved = json.loads(text)
        if not isinstance(saved, dict) or saved.get("format") != REPORT_FORMAT:
            raise ValueError(
                f"not a labkit doctor report of format {REPORT_FORMAT}: write it again with `labkit doctor --json`"
            )
        return cls(tuple(Probe(**probe) for probe in saved["probes"]))
