"""What one machine allows: the report of `labkit doctor`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

REPORT_FORMAT = 1


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
