"""A run that cannot be recorded here gives the recording shipped of just that run, marked; any other gives none."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest

import labkit
from labkit.capture import twins
from labkit.capture.build import build
from labkit.capture.contents import contents, put
from labkit.capture.request import Beside, Request
from labkit.decode.provenance import elsewhere
from labkit.model import Fault, Limits, Program
from tests.restrict import KILL, refuse

PLAIN = Request(
    program="mixed",
    args=(),
    shell=False,
    lines=False,
    in_turn=False,
    inject=(),
    stdin=None,
    stdin_from="pipe",
    stdout="pipe",
    stderr="pipe",
    env={},
    files={},
    folder=None,
    limits=Limits(),
    events=100,
    data_limit=100,
    every_call=False,
    without=(),
    watch=None,
)
OTHERS = {
    "program": "pause",
    "args": ["1"],
    "shell": True,
    "lines": True,
    "in_turn": True,
    "inject": (Fault("read", errno="EINTR"),),
    "stdin": b"",
    "stdin_from": "terminal",
    "stdout": "file",
    "stderr": "terminal",
    "env": {"PATH": "/bin"},
    "files": {"a": "b"},
    "limits": Limits(processes=1),
    "events": 99,
    "data_limit": 99,
    "every_call": True,
    "counted": True,
    "wire": True,
    "others": (Beside("pause"),),
}
UNKNOWN = {"folder": "/usr/bin", "without": ("kcmp",), "watch": lambda *_: None}


@pytest.mark.parametrize("field", [field.name for field in fields(Request)])
def test_whatever_changes_the_run_changes_its_key(field: str) -> None:
    if field in UNKNOWN:
        assert replace(PLAIN, **{field: UNKNOWN[field]}).keys() == ("", "")
    else:
        for key, other in zip(PLAIN.keys(), replace(PLAIN, **{field: OTHERS[field]}).keys(), strict=True):
            assert other not in ("", key)


def test_whether_time_ends_a_run_counts_and_not_how_much_there_was() -> None:
    (one, ended), (other, sooner) = PLAIN.keys(), replace(PLAIN, limits=Limits(seconds=1)).keys()
    assert one == other != ended == sooner


def test_a_large_file_takes_no_longer_than_it_must() -> None:
    """The processor's time, so that a busy machine does not matter: it was minutes, and is a tenth of a second."""
    began = time.process_time()
    assert all(replace(PLAIN, files={"large": bytes(1 << 20)}).keys())
    assert time.process_time() - began < 10


def test_what_is_in_its_folder_counts(tmp_path: Path) -> None:
    keys = []
    for text in ("a", "b"):
        (tmp_path / "file").write_text(text)
        keys.append(key(replace(PLAIN, folder=tmp_path)))
    (tmp_path / "file").chmod(0o400)
    keys.append(key(replace(PLAIN, folder=tmp_path)))
    for target in ("file", "nowhere", build("mixed").path, build("pause").path):
        (tmp_path / "link").symlink_to(target)
        keys.append(key(replace(PLAIN, folder=tmp_path)))
        (tmp_path / "link").unlink()
    os.mkfifo(tmp_path / "fifo")
    keys.append(key(replace(PLAIN, folder=tmp_path)))
    assert len({*keys, key(PLAIN), ""}) == 10
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "socket"))
    assert key(replace(PLAIN, folder=tmp_path)) == ""


def test_a_fifo_is_kept_and_put_back(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    os.mkfifo(before / "requests", 0o600)
    assert contents(before) == {"requests": ("fifo", 0o600, "")}
    for _ in range(2):  # what is there stays
        put(after, contents(before) or {})
        assert contents(after) == contents(before)


def test_where_a_program_was_built_does_not_count_but_its_source_does(tmp_path: Path) -> None:
    built = [build(name).path.parent for name in ("mixed", "pause")]
    moved = tmp_path / "labkit" / "programs" / ("0" * 24)
    moved.mkdir(parents=True)
    (moved / "mixed.c").write_text(build("mixed").source)
    one, two, three = (key(replace(PLAIN, env={"PATH": f"{folder}:/bin"})) for folder in (*built, moved))
    assert one == three != two


def key(asked: Request) -> str:
    """The name of a run that ends by itself."""
    return asked.keys()[0]


def test_the_same_run_asked_for_in_another_way_has_the_same_key() -> None:
    assert key(PLAIN) == key(replace(PLAIN, program=build("mixed")))
    assert key(PLAIN) != key(replace(PLAIN, program=build("mixed", flags=["-O2"])))
    assert key(replace(PLAIN, args="a 'b c'")) == key(replace(PLAIN, args=["a", "b c"]))
    assert key(replace(PLAIN, stdin="x", files={"a": "b"})) == key(replace(PLAIN, stdin=b"x", files={"a": b"b"}))
    assert key(replace(PLAIN, files={"a": "é"})) != key(replace(PLAIN, files={"a": "é".encode("latin-1")}))


@pytest.mark.parametrize("program", ["./here", "/bin/ls", Path("missing.c"), Program("a", "", Path("/bin/ls"))])
def test_what_may_be_anything_elsewhere_has_no_key(program: str | Path | Program) -> None:
    assert key(replace(PLAIN, program=program)) == ""


CODE = """
import json, sys
from pathlib import Path
import labkit
from labkit.capture import twins
from labkit.decode.provenance import elsewhere
twins.FOLDER = Path(sys.argv[1])
told = {}
for name, asked in json.loads(sys.argv[2]).items():
    try:
        programs = asked.pop("together", ())
        recording = labkit.record_together(*programs, **asked) if programs else labkit.record(**asked)
        told[name] = [elsewhere([recording]), recording.output().decode(), repr(labkit.step(recording))]
    except labkit.LabkitError as err:
        told[name] = [type(err).__name__, str(err), ""]
print(json.dumps(told))
"""


def told(
    folder: Path, asked: dict[str, object], traced: bool = False, answer: int = errno.EPERM, **env: str
) -> dict[str, list[str]]:
    """What `labkit.record` gives in a process of its own, by default where ptrace(2) is refused with `answer`."""
    ran = subprocess.run(
        [sys.executable, "-c", CODE, str(folder), json.dumps(asked)],
        preexec_fn=None if traced else lambda: refuse({"ptrace": answer}),
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.ptrace
def test_where_ptrace_is_refused_the_twin_is_shown_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "lecture").mkdir()
    together = {"together": ["mixed", "hello", "pause 1"], "in_turn": True}
    asked = {
        "course": {"program": "mixed"},
        "line": {"program": "echo a", "shell": True, "env": {"PATH": "/bin"}},
        "together": together,
    }
    here = told(tmp_path, asked, traced=True, **{twins.COLLECT: str(tmp_path / "lecture")})
    assert len(list((tmp_path / "lecture").iterdir())) == 3
    seen = told(
        tmp_path,
        {**asked, "own": {"program": "int main(void) { return 0; }"}, "more": {"program": "mixed", "args": "x"}}
        | {"less": {**together, "together": ["mixed", "hello"]}},
    )
    for name in asked:
        where, output, text = seen[name]
        assert where.startswith("recorded on Linux ") and where.endswith(", not on this machine")
        assert here[name][0] == "" and output == here[name][1]
        head, line, *rest = text.splitlines()
        assert line == where and [head, *rest] == here[name][2].splitlines()
    for name in ("own", "more", "less"):
        kind, words, _ = seen[name]
        assert kind == "UnsupportedError" and "ptrace: Operation not permitted" in words
        assert "but not this one" in words and "labkit.load" in words


@pytest.mark.ptrace
@pytest.mark.parametrize("answer", [errno.EPERM, errno.ENOSYS, errno.EACCES, KILL])
def test_however_it_is_refused(tmp_path: Path, answer: int) -> None:
    (tmp_path / "lecture").mkdir()
    asked = {"course": {"program": "mixed"}}
    told(tmp_path, asked, traced=True, **{twins.COLLECT: str(tmp_path / "lecture")})
    seen = told(tmp_path, {**asked, "own": {"program": "int main(void) { return 0; }"}}, answer=answer)
    assert seen["course"][0].endswith("not on this machine") and seen["own"][0] == "UnsupportedError"


@pytest.mark.ptrace
def test_without_a_compiler_the_twin_is_shown_too(tmp_path: Path) -> None:
    (tmp_path / "lecture").mkdir()
    asked = {"course": {"program": "pause", "seconds": 5}}
    told(tmp_path, asked, traced=True, **{twins.COLLECT: str(tmp_path / "lecture")})
    (tmp_path / "bin").mkdir()
    seen = told(tmp_path, asked, traced=True, PATH=str(tmp_path / "bin"), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert seen["course"][0].endswith("not on this machine")


FOLDER = """
import sys, labkit
from pathlib import Path
from labkit.capture import twins
from labkit.decode.provenance import elsewhere
twins.FOLDER, folder = Path(sys.argv[1]), Path(sys.argv[2])
folder.mkdir()
(folder / "notes").write_text("some notes")
(folder / "old").write_text("to be removed")
(folder / "link").symlink_to("/etc/passwd")
command = "cp notes new; chmod 400 new; rm old; mkdir sub; echo more >> notes"
recording = labkit.record(command, shell=True, folder=folder, env={"PATH": "/usr/bin:/bin"}, seconds=float(sys.argv[3]))
print(elsewhere([recording]))
"""


@pytest.mark.ptrace
def test_a_twin_leaves_in_its_folder_what_the_program_left(tmp_path: Path) -> None:
    (tmp_path / "lecture").mkdir()
    for name, seconds, refused in (("here", "9", False), ("there", "8", True)):
        ran = subprocess.run(
            [sys.executable, "-c", FOLDER, str(tmp_path), str(tmp_path / name), seconds],
            preexec_fn=(lambda: refuse({"ptrace": errno.EPERM})) if refused else None,
            env={**os.environ, **({} if refused else {twins.COLLECT: str(tmp_path / "lecture")})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert ("not on this machine" in ran.stdout) == refused
    here, there = (contents(tmp_path / name) for name in ("here", "there"))
    assert here == there and sorted(here) == ["link", "new", "notes", "sub"]
    assert here["new"] == ("file", 0o400, "some notes") and here["notes"][2] == "some notesmore\n"


@pytest.mark.ptrace
def test_nothing_is_collected_where_it_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(twins.COLLECT, raising=False)
    monkeypatch.chdir(tmp_path)
    assert elsewhere([labkit.record("mixed")]) == "" and list(tmp_path.iterdir()) == []


COUNTED = """
import sys, labkit
from pathlib import Path
from labkit.capture import twins
twins.FOLDER = Path(sys.argv[1])
made = labkit.crossings("int main(void) { return 3; }")
print(repr(made), made._repr_html_(), sep="\\n----\\n")
"""


@pytest.mark.ptrace
def test_a_counted_run_has_a_twin_too(tmp_path: Path) -> None:
    (tmp_path / "lecture").mkdir()
    said = []
    for refused in (False, True):
        ran = subprocess.run(
            [sys.executable, "-c", COUNTED, str(tmp_path)],
            preexec_fn=(lambda: refuse({"ptrace": errno.EPERM})) if refused else None,
            env={**os.environ, **({} if refused else {twins.COLLECT: str(tmp_path / "lecture")})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        said.append(ran.stdout.split("\n----\n"))
    (text, html), (there, there_html) = said
    *same, where = there.splitlines()
    assert same == text.splitlines() and where.endswith("not on this machine")
    assert where not in html and there_html.count(where) == 2  # above the picture and below the table
