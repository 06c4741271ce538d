"""From the table to the report: the helper's failures, its end, and the learner's surroundings."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.probe import examine as examining
from labkit.probe.entry import Trial
from labkit.probe.examine import examine, report
from labkit.probe.machine import Machine
from labkit.probe.table import ENTRIES
from tests.marked import processes_with
from tests.ordinary import environment
from tests.probe.doctor import doctor, program


def never(entries):
    raise AssertionError("something was tried")


def test_all_of_it_in_the_tables_order():
    assert [probe.name for probe in examine("kcmp", "C compiler", "ptrace")] == ["C compiler", "ptrace", "kcmp"]


def test_the_whole_report():
    probes = examine().probes
    assert [probe.name for probe in probes] == [entry.name for entry in ENTRIES]
    assert all(probe.detail for probe in probes)
    assert all(bool(probe.enable) != probe.works for probe in probes)


def test_an_unknown_name_says_the_known_ones():
    with pytest.raises(LabkitError, match="knows no 'ptrac'.*C compiler, .*kcmp"):
        examine("ptrac")


def test_nothing_is_tried_on_another_system():
    for probe in report(ENTRIES, Machine(system="Darwin"), never):
        assert (probe.works, probe.detail) == (False, "not tried: needs Linux, this is Darwin")
        assert "Binder" in probe.enable


def test_what_the_helper_did_not_get_to_says_so():
    first, second = ENTRIES[:2]
    rows = report([first, second], Machine(), lambda entries: ({first.name: Trial(True, "seen")}, "not tried: it died"))
    assert [(row.works, row.detail) for row in rows] == [(True, "seen"), (False, "not tried: it died")]


def test_a_helper_that_cannot_start(monkeypatch):
    monkeypatch.setattr(examining.sys, "executable", "/nowhere/python")
    with pytest.raises(LabkitError, match=r"could not start its helper /nowhere/python: No such file"):
        examine("terminal")


def test_a_helper_that_dies_is_a_report(monkeypatch):
    monkeypatch.setattr(examining, "_START", "raise SystemExit('no labkit here')")
    row = examine("terminal")["terminal"]
    assert (row.works, row.detail) == (False, "not tried: labkit's helper process ended early (no labkit here)")


def test_a_helper_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(examining, "_GRACE", 0.5)
    monkeypatch.setattr(examining, "_START", "import signal; signal.pause()")
    row = examine("terminal")["terminal"]
    assert not row.works
    assert "ended early" in row.detail


def test_no_folder_to_write_in():
    """A full or read-only machine: each row says so and the doctor goes on."""
    run = subprocess.run(
        [sys.executable, "-c", "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
         "from labkit.cli import main; sys.exit(main(['doctor', 'C compiler', 'kcmp']))"],
        capture_output=True, text=True, env=environment(), timeout=60,
    )  # fmt: skip
    assert run.stderr == ""
    assert "✗ no    C compiler" in run.stdout


def test_files_of_the_learner_are_not_taken_for_modules(tmp_path):
    """The notebook's folder may hold a select.py or a json.py, and the helper is started from there."""
    for name in ("select.py", "json.py", "labkit.py", "tempfile.py"):
        (tmp_path / name).write_text("raise SystemExit('a file of the learner was run')")
    code = (
        f"import os; from labkit.probe.examine import examine; os.chdir({str(tmp_path)!r}); print(*examine('terminal'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert run.stderr == ""
    assert "works=True" in run.stdout


def test_labkit_is_found_where_it_was_imported_from(tmp_path):
    """Not installed, only on the path of the one who asks: the helper finds it all the same."""
    root = Path(examining.__file__).parents[2]
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = f"import sys; sys.path.append({str(root)!r}); from labkit.probe.examine import examine; "
    code += "print(*examine('terminal'))"
    run = subprocess.run([sys._base_executable, "-c", code], capture_output=True, text=True, env=bare, cwd=tmp_path)
    assert "works=True" in run.stdout, run.stderr


HANGING = 'echo ready > "$FIFO"; trap "" TERM INT HUP; (setsid sleep 1000 & ) ; sleep 1000 & wait; sleep 1000'


@pytest.fixture
def hanging(tmp_path):
    """A PATH on which QEMU is a program that says "ready" and hangs, deaf, with descendants; and where it says so."""
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "qemu-system-x86_64", HANGING)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    return {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "FIFO": str(fifo)}


def started(hanging: dict[str, str]) -> subprocess.Popen[bytes]:
    """A doctor that is now waiting for the hanging program."""
    ready = os.open(hanging["FIFO"], os.O_RDONLY | os.O_NONBLOCK)
    command = [sys.executable, "-m", "labkit", "doctor", "QEMU"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**hanging))
    assert select.select([ready], [], [], 30)[0]
    os.close(ready)
    return running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_doctor_that_is_stopped_takes_everything_with_it(hanging, spotless, number):
    with started(hanging) as running:
        assert len(processes_with(spotless)) >= 4
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert running.returncode == (130 if number == signal.SIGINT else -number)
    assert (out, err) == (b"", b"")


@pytest.mark.slow
def test_a_program_that_hangs_is_cut_off(hanging):
    ready = os.open(hanging["FIFO"], os.O_RDWR)
    rows = doctor("QEMU", "kcmp", **hanging)
    os.close(ready)
    assert (rows["QEMU"].works, rows["QEMU"].detail) == (False, "no answer within 8 s: cut off")
    assert rows["kcmp"].detail == doctor("kcmp")["kcmp"].detail
