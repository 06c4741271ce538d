"""The command line: exit statuses, and no traceback for what a user can cause."""

import json
import subprocess
import sys

import pytest

import labkit
from labkit import cli
from labkit.errors import LabkitError
from labkit.model import Report
from tests.ordinary import environment


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "labkit", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(**variables), timeout=60)


def test_version():
    assert run("--version").stdout == f"labkit {labkit.__version__}\n"


def test_the_installed_command_is_the_module():
    assert subprocess.run([sys.executable, "-m", "labkit", "--help"], capture_output=True).returncode == 0
    assert cli.main.__module__ == "labkit.cli"


def test_doctor_prints_the_table():
    done = run("doctor", "terminal", "C compiler")
    assert done.stderr == ""
    assert done.stdout.startswith("labkit doctor: 2 things tried, 2 work\n")
    assert done.returncode == 0


def test_doctor_writes_json():
    done = run("doctor", "--json", "terminal")
    assert json.loads(done.stdout)["format"] == 1
    assert Report.from_json(done.stdout)["terminal"].works


def test_only_what_is_essential_decides_the_status(tmp_path):
    assert run("doctor", "QEMU", PATH=str(tmp_path)).returncode == 0
    assert run("doctor", "QEMU", "C compiler", PATH=str(tmp_path)).returncode == 1


def test_an_unknown_name_is_one_clear_line():
    done = run("doctor", "ptrac")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("labkit: labkit doctor knows no 'ptrac'; it knows: C compiler, ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("docter",), ("doctor", "--jsn")])
def test_wrong_arguments_show_the_usage(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: labkit")


def test_a_terminal_without_the_signs_still_gets_the_words():
    done = run("doctor", "terminal", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "? works terminal" in done.stdout


def test_a_reader_that_has_enough():
    done = subprocess.run(
        f"{sys.executable} -m labkit doctor terminal kcmp | true; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, env=environment(), timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_what_labkit_cannot_do_is_said_and_a_mistake_is_not_hidden(monkeypatch, capsys):
    def act(error):
        def raise_it(arguments):
            raise error

        return (cli.Verb("run", "run a program", lambda parser: None, raise_it),)

    monkeypatch.setattr(cli, "VERBS", act(LabkitError("no such program: x.c")))
    assert cli.main(["run"]) == 2
    assert capsys.readouterr().err == "labkit: no such program: x.c\n"
    monkeypatch.setattr(cli, "VERBS", act(KeyboardInterrupt()))
    assert cli.main(["run"]) == 130
    monkeypatch.setattr(cli, "VERBS", act(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["run"])
