"""The set-up says in one sentence what a machine lacks and what to do, under any Python from 3.6 on."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit import bootstrap

SCRIPT = Path(bootstrap.__file__)
OLD = [
    name
    for name in ("python3.6", "python3.7", "python3.8", "python3.9", "python3.10")
    if bootstrap.python_version(name)
]


def test_its_syntax_is_that_of_python_3_6() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names
    assert "labkit" not in imported


@pytest.mark.parametrize(("system", "called"), [("Darwin", "macOS"), ("Windows", "Windows"), ("FreeBSD", "FreeBSD")])
def test_another_system_is_told_where_the_course_runs(system: str, called: str) -> None:
    with pytest.raises(bootstrap.Stop, match=f"This is {called}, .* Linux kernel.*Binder"):
        bootstrap.check_system(system)
    bootstrap.check_system("Linux")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    bootstrap.check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    # Root may write anywhere but here: a folder of the kernel's own.
    with pytest.raises(bootstrap.Stop, match=r"Cannot write in /proc/self .*cp -r /proc/self ~/labkit"):
        bootstrap.check_writable(Path("/proc/self"))


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.Stop, match=r"No C compiler .*apt install gcc libc6-dev.*dnf install gcc"):
        bootstrap.check_compiler()


def test_a_compiler_without_headers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bootstrap.check_compiler()
    gcc = script(tmp_path / "gcc", "echo '<stdin>:1:10: fatal error: stdio.h: No such file or directory'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(bootstrap.Stop, match=rf"{gcc} cannot compile .*stdio\.h.*apt install gcc libc6-dev"):
        bootstrap.check_compiler()


def test_this_python_is_used_if_it_will_do() -> None:
    assert bootstrap.suitable_python(sys.version_info[:3]) == sys.executable


def test_an_old_python_looks_for_a_newer_one_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path / "python3.14", "exit 127")  # as pyenv's shim for a version that is switched off
    script(tmp_path / "python3.13", "echo 3 13")
    script(tmp_path / "python3.12", "echo 3 12")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert bootstrap.suitable_python((3, 8, 1)) == str(tmp_path / "python3.13")


def test_only_an_old_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.Stop, match=r"Python 3\.11 to 3\.14 is needed; .* is 3\.8\.1.*PYTHON=/path"):
        bootstrap.suitable_python((3, 8, 1))


def test_python_without_ensurepip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    python = script(
        tmp_path / "python3", 'case "$1" in -m) echo "ensurepip is not available"; exit 1;; *) echo 3 11;; esac'
    )
    with pytest.raises(bootstrap.Stop, match=r"without venv and ensurepip.*apt install python3\.11-venv"):
        bootstrap.make_venv(str(python))


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        ("connection broken by 'NewConnectionError(...): Network is unreachable'", "Is the network up?"),
        ("ERROR: No matching distribution found for jupyterlab==4.6.6", "Is the network up?"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not what was locked"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: something nobody thought of", "make clean"),
    ],
)
def test_what_pip_told_is_turned_into_advice(told: str, advice: str) -> None:
    assert advice in bootstrap.remedy(told)


def test_without_a_network_pips_words_and_ours_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", Path(sys.executable))
    nowhere = ["--no-index", "--find-links", str(tmp_path), "no-such-package-here==1.0"]
    with pytest.raises(bootstrap.Stop) as stop:
        bootstrap.pip_install("the packages", nowhere, 1)
    assert "pip: ERROR: No matching distribution found" in str(stop.value)
    assert "pip could not install the packages. Is the network up?" in str(stop.value)
    assert capsys.readouterr().out == "Installing the packages\n"


def test_the_second_start_does_nothing() -> None:
    # This test runs in .venv as `make test` made it, so setup has nothing to do and says nothing.
    if bootstrap.stamped(bootstrap.STAMP) != bootstrap.fingerprint("requirements-test.lock", sys.version_info[:2]):
        pytest.skip("NOT TESTED: these tests do not run in the .venv that make test makes, as it makes it now")
    command = [sys.executable, str(SCRIPT), "test"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not OLD, reason="NOT TESTED: no Python older than 3.11 runs here")
def test_a_really_old_python_says_one_sentence(tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / "labkit").mkdir(parents=True)
    shutil.copy(SCRIPT, course / "labkit")
    python = shutil.which(OLD[0])
    assert python
    env = {name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": str(tmp_path)}
    done = subprocess.run(
        [python, "labkit/bootstrap.py", "lab"],
        cwd=course,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11 to 3.14 is needed" in done.stderr and "Traceback" not in done.stderr


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path
