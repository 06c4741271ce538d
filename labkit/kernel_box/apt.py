"""Gets packages of the machine's own distribution as an ordinary user: nothing is installed, no address is named here.

Debian's and Ubuntu's apt client does the work, with its lists and its cache in a private folder. It checks what it gets
against the distribution's signed lists (apt-secure(8)). Knows nothing of kernels.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import LabkitError, UnsupportedError

_SECONDS = 900
_DAY = 86_400
_PERCENT = re.compile(r"^(?:dl|pm)status:[^:]*:([\d.]+):(.*)$")

Told = Callable[[str], None]


@dataclass(frozen=True)
class Apt:
    """The apt client with everything it writes under `folder`; `status` says what this machine has installed."""

    folder: Path
    status: Path = Path("/var/lib/dpkg/status")

    def update(self, told: Told) -> None:
        """Fetch the lists of packages, unless they were fetched today; raises UnsupportedError, LabkitError."""
        for tool in ("apt-get", "apt-cache", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise UnsupportedError(
                    f"The kernel comes through the machine's own apt client, and there is no {tool} here.\n"
                    "On a system that is not Debian or Ubuntu, lecture 05 shows what was recorded on one."
                )
        for part in ("lists/partial", "cache/archives/partial", "state"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        stamp = self.folder / "updated"
        if stamp.exists() and _age(stamp) < _DAY:
            return
        told("Reading the distribution's lists of packages")
        ran = self._run("apt-get", ["update", "-q"])
        if ran.returncode != 0 or not any((self.folder / "lists").glob("*Packages*")):
            raise LabkitError(
                f"apt-get could not read the distribution's lists of packages; is there a network?\n{_last(ran.stderr)}"
            )
        stamp.touch()

    def version(self, package: str) -> str:
        """The version that the distribution has of `package` now, "" when it has none."""
        shown = self._run("apt-cache", ["show", "--no-all-versions", package]).stdout
        found = re.search(r"^Version: (.+)$", shown, re.M)
        return found[1] if found else ""

    def depends(self, package: str) -> tuple[str, ...]:
        """The packages that `package` names in Depends, in order; of alternatives, the first."""
        lines = self._run("apt-cache", ["depends", package]).stdout.splitlines()
        names, alternative = [], False
        for line in lines[1:]:
            found = re.match(r"^ ( |\|)Depends: <?([^>\s]+)>?", line)
            if found:
                if not alternative:
                    names.append(found[2])
                alternative = found[1] == "|"
        return tuple(names)

    def missing(self, package: str) -> tuple[str, ...]:
        """What an installation of `package` would add to this machine: it, and what it needs that is not there."""
        ran = self._run("apt-get", ["install", "--simulate", "--no-install-recommends", "-y", package])
        return tuple(dict.fromkeys(re.findall(r"^Inst (\S+)", ran.stdout, re.M)))

    def fetch(self, packages: Sequence[str], told: Told) -> dict[str, Path]:
        """The .deb file of each of `packages`; those that are there already and whole are not fetched again.

        Raises LabkitError when one cannot be had; what was fetched is kept, so that the next attempt goes on there.
        """
        debs = self.folder / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        uris = self._run("apt-get", ["--print-uris", "download", *packages])
        names = re.findall(r"^'[^']*' (\S+\.deb) \d+", uris.stdout, re.M)
        if uris.returncode != 0 or len(names) < len(packages):
            raise LabkitError(f"The distribution does not have all of {', '.join(packages)}.\n{_last(uris.stderr)}")
        command = [*self._command("apt-get"), "-o", "APT::Status-Fd=1", "-qq", "download", *packages]
        with subprocess.Popen(command, cwd=debs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as ran:
            assert ran.stdout is not None and ran.stderr is not None
            for line in ran.stdout:
                if at := _PERCENT.match(line.rstrip()):
                    told(f"Fetching packages, {float(at[1]):.0f} %")
            complaint = ran.stderr.read()
            status = ran.wait(_SECONDS)
        files = {name.partition("_")[0]: debs / name for name in names}
        if status != 0 or not all(package in files and files[package].exists() for package in packages):
            raise LabkitError(f"Fetching packages failed; run it again to go on from here.\n{_last(complaint)}")
        return files

    def _run(self, tool: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command(tool), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )

    def _command(self, tool: str) -> list[str]:
        here = self.folder.resolve()
        settings = {
            "Dir::State": here / "state",
            "Dir::State::Lists": here / "lists",
            "Dir::State::status": self.status,
            "Dir::Cache": here / "cache",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
            "Acquire::Retries": "3",
        }
        return [tool, *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]


def unpack(deb: Path, into: Path) -> None:
    """Put the files of a package under `into`; raises LabkitError when it is damaged."""
    into.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(["dpkg-deb", "-x", str(deb), str(into)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        deb.unlink(missing_ok=True)
        raise LabkitError(f"{deb.name} is damaged and was removed; run it again.\n{_last(ran.stderr)}")


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _last(text: str, lines: int = 4) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])
