"""Reads pyproject.toml and the lock files for the tests that compare them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def requirements(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: labkit's own dependencies and those of the dependency groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [
        *project["project"]["dependencies"],
        *(line for name in groups for line in project["dependency-groups"][name]),
    ]
    return [Requirement(line) for line in lines]


def direct(*groups: str) -> list[str]:
    """The names of `requirements`, as locks spell them."""
    return [canonicalize_name(requirement.name) for requirement in requirements(*groups)]


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, continuation lines joined."""
    joined = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip()]


def locked(lock: str) -> dict[str, str]:
    """The version of each package in a lock file that this interpreter would install."""
    versions = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            (pin,) = requirement.specifier
            versions[canonicalize_name(requirement.name)] = pin.version
    return versions
