"""The lock files hold what pyproject.toml asks for, each with its hashes, and no word of where it came from."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.locks import ROOT, entries, locked, requirements

LOCKS = {"requirements.lock": ("build",), "requirements-test.lock": ("build", "test")}
ENTRY = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; [^-]*(?:-(?!-hash)[^-]*)*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_to_a_version_it_allows(lock: str) -> None:
    versions = locked(lock)
    wrong = [
        f"{requirement}: locked {versions.get(canonicalize_name(requirement.name))}"
        for requirement in requirements(*LOCKS[lock])
        if versions.get(canonicalize_name(requirement.name), "") not in requirement.specifier
    ]
    assert wrong == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_a_name_a_version_and_hashes(lock: str) -> None:
    assert [entry for entry in entries(lock) if not ENTRY.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_host_or_path_is_in_it(lock: str) -> None:
    assert re.findall(r".*(?:://|--index|--find-links|file:|\.org|\.com|/home|/opt).*", (ROOT / lock).read_text()) == []


def test_the_test_lock_holds_the_courses_lock() -> None:
    course, tests = (set(entries(lock)) for lock in LOCKS)
    assert course <= tests


def test_what_runs_here_is_what_is_locked() -> None:
    lock = locked("requirements-test.lock")
    here = {canonicalize_name(found.name): found.version for found in distributions()}
    assert {name: here.get(name) for name in lock} == lock


def test_make_lock_writes_both_files() -> None:
    recipe = (Path(ROOT) / "Makefile").read_text()
    assert {name for name in LOCKS if f"--output-file {name}" in recipe} == set(LOCKS)
