"""What cannot be recorded is refused before it starts, in words that say what to do."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from tracing import PLAN, traced

from labkit.capture.runnable import find_program, why_ptrace_is_refused
from labkit.capture.trace import trace
from labkit.errors import LabkitError, UnsupportedError
from tests.ordinary import environment
from tests.restrict import refuse


def executable(path, content, mode=0o755):
    path.write_bytes(content)
    path.chmod(mode)
    return path


def elf(bits=2, kind=2, machine=62):
    return b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9) + struct.pack("<HH", kind, machine) + bytes(100)


def test_names_are_looked_up_as_a_shell_does(tmp_path):
    executable(tmp_path / "tool", elf())
    assert find_program("tool", tmp_path, f"/nowhere:{tmp_path}") == str(tmp_path / "tool")
    assert find_program("./tool", tmp_path, "") == str(tmp_path / "tool")
    with pytest.raises(LabkitError, match=r"no program called 'tool' on the PATH .* named ./tool"):
        find_program("tool", tmp_path, "/nowhere")


@pytest.mark.parametrize(
    ("content", "mode", "error", "says"),
    [
        (elf(), 0o644, LabkitError, "not executable: its mode is -rw-r--r--. Try: chmod"),
        (elf(bits=1, machine=3), 0o755, UnsupportedError, "32-bit program for 32-bit x86"),
        (elf(machine=183), 0o755, UnsupportedError, "64-bit program for 64-bit ARM"),
        (elf(machine=21), 0o755, UnsupportedError, r"machine 21 of elf\(5\)"),
        (elf(kind=1), 0o755, LabkitError, "object file"),
        (b"echo hello\n", 0o755, LabkitError, "neither an ELF executable nor a script"),
        (b"", 0o755, LabkitError, "neither an ELF executable nor a script"),
    ],
)
def test_files_that_are_no_program_for_us(tmp_path, content, mode, error, says):
    path = executable(tmp_path / "thing", content, mode)
    with pytest.raises(error, match=says):
        find_program(str(path), tmp_path, "")


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(LabkitError, match="no such file: .*/nothing"):
        find_program("./nothing", tmp_path, "")
    with pytest.raises(LabkitError, match="is a folder"):
        find_program(str(tmp_path), tmp_path, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can give a file to somebody else")
def test_a_setuid_program_of_somebody_else(tmp_path):
    path = executable(tmp_path / "thing", elf())
    os.chown(path, 65534, 65534)
    path.chmod(0o4755)
    with pytest.raises(UnsupportedError, match="setuid"):
        find_program(str(path), tmp_path, "")


@pytest.mark.ptrace
def test_a_program_the_kernel_refuses(tmp_path):
    path = executable(tmp_path / "thing", elf())  # the head of a program with nothing behind it
    with pytest.raises(LabkitError, match="thing cannot be executed: "):
        traced([str(path)])
    path = executable(tmp_path / "script", b"#!/no/such/interpreter\n")
    with pytest.raises(LabkitError, match="script cannot be executed: No such file or directory"):
        traced([str(path)])


@pytest.mark.ptrace
def test_a_script_runs_by_its_interpreter(tmp_path):
    path = executable(tmp_path / "script", b"#!/bin/sh\necho from $0\n")
    result, log = traced([str(path)])
    assert result.output[0].data == f"from {path}\n".encode()
    assert Path(next(raw for raw in log if raw.kind == "exec").extra["exe"]).samefile("/bin/sh")


def test_ptrace_refused_is_explained():
    """For real: in a process from which ptrace was taken away."""
    code = f"from labkit.capture.trace import trace\ntrace(['/bin/true'], plan={PLAN!r})"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        preexec_fn=lambda: refuse({"ptrace": 1}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "UnsupportedError: The kernel refuses to let the recorder trace its own child" in ran.stderr
    assert "Operation not permitted" in ran.stderr
    assert "seccomp" in ran.stderr
    assert "recordings shipped with labkit" in ran.stderr


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"/proc/sys/kernel/yama/ptrace_scope": "2"}, "ptrace_scope = 2"),
        ({"/proc/version": "Linux version 4.4.0 (gVisor)"}, "gVisor"),
        ({"/proc/self/status": "Seccomp:\t2\n"}, "--cap-add=SYS_PTRACE"),
        ({}, "emulator"),
    ],
)
def test_why_ptrace_is_refused(monkeypatch, files, says):
    monkeypatch.setattr("labkit.capture.runnable._read", lambda path: files.get(path, ""))
    assert says in why_ptrace_is_refused("Operation not permitted")


def test_no_compiler_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr("labkit.capture.native.cache_folder", lambda: tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnsupportedError, match="needs a C compiler"):
        trace(["/bin/true"], plan=PLAN, env={})


def test_another_machine_is_explained(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(UnsupportedError, match="on Linux on x86_64 only; this is linux on aarch64"):
        trace(["/bin/true"], plan=PLAN)


def test_the_tracer_compiles_without_a_warning(tmp_path, monkeypatch):
    from labkit.capture import native

    monkeypatch.setattr("labkit.capture.native.cache_folder", lambda: tmp_path)
    monkeypatch.setattr("labkit.capture.native.FLAGS", (*native.FLAGS, "-Werror"))
    program = native.tracer()
    assert program.is_file() and program == native.tracer()
    assert len(list((tmp_path / "tracer").iterdir())) == 1
