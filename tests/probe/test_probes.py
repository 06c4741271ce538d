"""Each probe beside a second source that knows the same fact from elsewhere, and with the thing taken away."""

import os
import re
import shutil
import subprocess
import sys
from errno import EMFILE, ENOSYS, EPERM
from functools import partial
from pathlib import Path

import pytest

from labkit.probe import compiler
from labkit.probe.line_table import LINES_WITH_CODE
from labkit.probe.table import ENTRIES
from tests.ordinary import environment, python_for_nobody
from tests.probe.doctor import doctor, program
from tests.restrict import NOBODY, docker_default, docker_without_io_uring, refuse

NAMESPACES = ("user namespace", "network namespace", "packets (own network)")
REFUSED_BY_DOCKER = ("kcmp", "pidfd_getfd", *NAMESPACES)
QUICK = tuple(entry.name for entry in ENTRIES if entry.name not in ("Chromium", "QEMU"))


def works(command: list[str], **more) -> bool:
    """Does another program manage it? Skips, saying so, where that program is missing."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"NOT COMPARED: there is no {command[0]} here to compare with")
    return subprocess.run(command, capture_output=True, timeout=60, **more).returncode == 0


def test_ptrace_works_where_strace_works():
    assert doctor("ptrace")["ptrace"].works == works(["strace", "-f", "-o", os.devnull, "true"])


def test_the_seccomp_filter_works_where_strace_uses_one():
    command = ["strace", "-f", "--seccomp-bpf", "-e", "trace=write", "-o", os.devnull, "true"]
    assert doctor("seccomp filter")["seccomp filter"].works == works(command)


def test_namespaces_work_where_unshare_works():
    report = doctor(*NAMESPACES)
    assert report["user namespace"].works == works(["unshare", "--user", "true"])
    assert report["network namespace"].works == works(
        ["unshare", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"]
    )


def test_packets_here_follow_the_capability():
    capabilities = int(re.search(r"CapEff:\s*(\w+)", Path("/proc/self/status").read_text())[1], 16)
    assert doctor("packets (machine)")["packets (machine)"].works == bool(capabilities >> 13 & 1)  # CAP_NET_RAW


def test_terminals_work_where_script_makes_one():
    report = doctor("terminal")
    assert report["terminal"].works == works(["script", "--quiet", "--return", "--command", "test -t 1", os.devnull])


def test_the_lines_are_those_objdump_reads(tmp_path):
    _, made = compiler.make(tmp_path)
    if shutil.which("objdump") is None:
        pytest.skip("NOT COMPARED: there is no objdump here to compare with")
    listing = subprocess.run(["objdump", "--dwarf=decodedline", made], capture_output=True, text=True).stdout
    lines = {int(line) for line in re.findall(r"^answer\.c\s+(\d+)\s+0x", listing, re.MULTILINE)}
    assert lines == LINES_WITH_CODE
    assert doctor("line tables")["line tables"].works


def test_the_version_is_the_one_lab_says():
    command = [sys.executable, "-m", "jupyterlab", "--version"]
    version = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    assert f"version {version}," in doctor("JupyterLab")["JupyterLab"].detail


def test_under_dockers_profile():
    """kcmp, pidfd_getfd and namespaces go, with their error; all the rest stays as it is without it."""
    free, held = doctor(*QUICK), doctor(*QUICK, restricted=docker_default)
    for probe in held:
        if probe.name in REFUSED_BY_DOCKER:
            assert (probe.works, "EPERM (Operation not permitted)" in probe.detail) == (False, True)
            assert "seccomp=unconfined" in probe.enable
        elif probe.name != "tracefs":
            assert (probe.name, probe.works) == (probe.name, free[probe.name].works)
    assert held["kcmp"].detail.startswith("kcmp: ")
    assert held["pidfd_getfd"].detail.startswith("pidfd_getfd: ")
    assert held["user namespace"].detail.startswith("unshare: ")
    assert held.ready


def test_under_dockers_newer_profile():
    refused = doctor("io_uring", restricted=docker_without_io_uring)["io_uring"]
    assert (refused.works, refused.detail) == (False, "io_uring_setup: EPERM (Operation not permitted)")


@pytest.mark.parametrize(
    ("name", "call", "number", "detail"),
    [
        ("ptrace", "ptrace", EPERM, "ptrace: EPERM (Operation not permitted)"),
        ("seccomp filter", "ptrace", EPERM, "ptrace: EPERM (Operation not permitted)"),
        ("process_vm_readv", "process_vm_readv", ENOSYS, "process_vm_readv: ENOSYS (Function not implemented)"),
        ("kcmp", "kcmp", ENOSYS, "kcmp: ENOSYS (Function not implemented)"),
        ("pidfd_getfd", "pidfd_open", ENOSYS, "pidfd_open: ENOSYS (Function not implemented)"),
        ("inotify", "inotify_init1", EMFILE, "inotify_init1: EMFILE (Too many open files)"),
        ("io_uring", "io_uring_enter", ENOSYS, "io_uring_enter: ENOSYS (Function not implemented)"),
        ("user namespace", "unshare", EPERM, "unshare: EPERM (Operation not permitted)"),
    ],
)
def test_one_call_taken_away(name, call, number, detail):
    if not (free := doctor(name)[name]).works:
        pytest.skip(f"NOT TESTED: {name} does not work here anyway ({free.detail})")
    probe = doctor(name, restricted=partial(refuse, {call: number}))[name]
    assert (probe.works, probe.detail) == (False, detail)


def test_a_call_that_kills_is_a_row():
    from tests.restrict import KILL

    report = doctor("kcmp", "ptrace", restricted=partial(refuse, {"kcmp": KILL}))
    assert (report["kcmp"].works, report["kcmp"].detail) == (False, "the process that tried it was ended by SIGSYS")
    assert report["ptrace"].works


def test_as_an_ordinary_user():
    """What a learner has: all of it without root, except the machine's own packets and its kernel's events."""
    report = doctor(*QUICK, python=python_for_nobody(), user=NOBODY)
    root_cannot = {probe.name for probe in doctor(*QUICK) if not probe.works}
    refused = {probe.name for probe in report if not probe.works}
    if not works(["unshare", "--user", "--net", "true"], **NOBODY):
        root_cannot |= {*NAMESPACES}
    assert refused == root_cannot | {"packets (machine)", "tracefs"}
    assert "EPERM" in report["packets (machine)"].detail
    assert all(probe.enable for probe in report if not probe.works)


def test_as_an_ordinary_user_under_dockers_profile():
    report = doctor(*QUICK, python=python_for_nobody(), user=NOBODY, restricted=docker_default)
    root_cannot = {probe.name for probe in doctor(*QUICK) if not probe.works}
    refused = {probe.name for probe in report if not probe.works}
    assert refused == root_cannot | {*REFUSED_BY_DOCKER, "packets (machine)", "tracefs"}


def test_no_compiler(tmp_path):
    report = doctor("C compiler", "line tables", "terminal", PATH=str(tmp_path))
    assert [probe.works for probe in report] == [False, False, True]
    assert report["C compiler"].detail == "no cc, gcc or clang on PATH"
    assert report["C compiler"].enable
    assert not report.ready


def test_a_compiler_that_cannot_link(tmp_path):
    program(tmp_path, "cc", "echo '<b>ld</b>: cannot find crt1.o' >&2; exit 1")
    probe = doctor("C compiler", PATH=str(tmp_path))["C compiler"]
    assert (probe.works, probe.detail) == (False, "cc: <b>ld</b>: cannot find crt1.o")


def test_a_compiler_whose_programs_do_not_do_what_they_say(tmp_path):
    program(tmp_path, "cc", '/bin/cp /bin/true "$4"; /bin/chmod 755 "$4"')
    probe = doctor("C compiler", PATH=str(tmp_path))["C compiler"]
    assert (probe.works, probe.detail) == (False, "the program it made wrote '' and ended with 0, not 'ready' and 7")


def test_a_compiler_without_debug_information(tmp_path):
    program(tmp_path, "cc", f'shift; exec {shutil.which("cc")} -g0 -s "$@"')
    report = doctor("C compiler", "line tables", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert report["C compiler"].works
    assert report["line tables"].detail == "the compiler accepts -g and writes no debug information"


@pytest.mark.parametrize(
    ("module", "detail"),
    [
        (
            "raise ImportError('libcgraph.so.6: cannot open shared object file')",
            "ImportError: libcgraph.so.6: cannot open",
        ),
        ("import ctypes; ctypes.string_at(0)", "the process that tried it was ended by SIGSEGV"),
    ],
)
def test_a_broken_graphviz_is_a_row(tmp_path, module, detail):
    (tmp_path / "pygraphviz.py").write_text(module)
    path = f"{tmp_path}:{environment()['PYTHONPATH']}"
    probe = doctor("Graphviz", PYTHONPATH=path)["Graphviz"]
    assert not probe.works
    assert probe.detail.startswith(detail)


def test_qemu_that_does_not_boot(tmp_path):
    program(tmp_path, "qemu-system-x86_64", "echo \"'edu' is not a valid device model name\" >&2; exit 1")
    probe = doctor("QEMU", PATH=str(tmp_path))["QEMU"]
    assert not probe.works
    assert probe.detail == "qemu-system-x86_64 ended with 1, not 33: 'edu' is not a valid device model name"


def test_qemu_boots():
    """The probe's machine code on the real QEMU."""
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("NOT TESTED: there is no qemu-system-x86_64 here")
    assert doctor("QEMU")["QEMU"].works


def test_a_browser_that_shows_nothing(tmp_path):
    program(tmp_path, "chromium", "echo '<p id=p>not run</p>'")
    probe = doctor("Chromium", PATH=str(tmp_path))["Chromium"]
    assert not probe.works
    assert "the page's script did not run" in probe.detail


@pytest.mark.browser
def test_the_browser():
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        pytest.skip("NOT TESTED: there is no Chromium here")
    assert doctor("Chromium")["Chromium"].works


def test_tracefs_where_it_is_mounted():
    """Mounted in a mount namespace of our own, so that the machine stays as it is."""
    mounted = ("unshare", "--mount", "sh", "-c", 'mount -t tracefs nodev /sys/kernel/tracing && exec "$@"', "sh")
    if os.geteuid() != 0 or not works([*mounted, "true"]):
        pytest.skip("NOT TESTED: only root can mount tracefs, and not everywhere")
    instances = [*mounted, "ls", "/sys/kernel/tracing/instances"]
    before = subprocess.run(instances, capture_output=True, text=True).stdout
    probe = doctor("tracefs", before=mounted)["tracefs"]
    assert (probe.works, probe.detail) == (
        True,
        "/sys/kernel/tracing reported a system call of ours from inside the kernel",
    )
    assert subprocess.run(instances, capture_output=True, text=True).stdout == before


def test_tracefs_where_it_is_not():
    unmounted = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/kernel && exec "$@"', "sh")
    if os.geteuid() != 0 or not works([*unmounted, "true"]):
        pytest.skip("NOT TESTED: only root can cover /sys/kernel, and not everywhere")
    probe = doctor("tracefs", before=unmounted)["tracefs"]
    assert (probe.works, probe.detail) == (False, "no tracefs at /sys/kernel/tracing")
    assert probe.enable == "mount -t tracefs nodev /sys/kernel/tracing"


def test_no_terminals():
    covered = (
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount -t tmpfs none /dev/pts && mount --bind /dev/null /dev/ptmx && exec "$@"',
        "sh",
    )
    if os.geteuid() != 0 or not works([*covered, "true"]):
        pytest.skip("NOT TESTED: only root can cover /dev/pts, and not everywhere")
    report = doctor("terminal", before=covered)
    assert not report["terminal"].works
    assert "mount -t devpts" in report["terminal"].enable
    assert not report.ready
