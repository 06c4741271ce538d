"""Binder and conda get the same environment as everybody else, and repo2docker reads it the way mybinder.org does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.locks import direct, locked

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"


def test_both_environment_files_are_the_same() -> None:
    # A symbolic link would be neater, and breaks in zip downloads and Windows checkouts.
    assert (ROOT / "environment.yml").read_bytes() == (BINDER / "environment.yml").read_bytes()


def test_conda_installs_the_locked_versions_of_every_direct_dependency() -> None:
    recipe = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pinned,) = [entry["pip"] for entry in recipe["dependencies"] if isinstance(entry, dict)]
    versions = dict(line.split("==") for line in pinned)
    lock = locked("requirements.lock")
    assert versions == {name: lock[name] for name in direct("build")}


def test_no_dot_program_is_asked_for() -> None:
    # pygraphviz lays out everywhere: two engines would mean two pictures (README, "One layout engine").
    recipe = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert [entry for entry in recipe["dependencies"] if isinstance(entry, str)] == ["python=3.12", "pip"]
    assert "graphviz" not in (BINDER / "apt.txt").read_text()


def test_repo2docker_builds_from_binder() -> None:
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--Repo2Docker.default_buildpack=None"]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, timeout=100, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    assert "Building conda environment for python=3.12" in said
    assert '--file "binder/environment.yml"' in said  # not the file at the top, not a default
    wanted = (BINDER / "apt.txt").read_text().split()
    packages = re.search(rf"apt-get install --yes --no-install-recommends ({wanted[0]} .*)", said)
    assert packages and packages.group(1).split()[: len(wanted)] == wanted
    assert "RUN ./binder/postBuild" in said


def test_post_build_is_a_script_that_stops_at_the_first_error() -> None:
    script = BINDER / "postBuild"
    assert script.read_text().startswith("#!/bin/bash\nset -euo pipefail\n")
    assert script.stat().st_mode & 0o111 == 0o111
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=10)
    assert [path.name for path in BINDER.iterdir() if b"\r" in path.read_bytes()] == []
