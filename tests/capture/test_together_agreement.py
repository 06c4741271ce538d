"""Programs recorded together against other sources: strace(1), kcmp and /proc; as another user and in a container."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from agreement import Agreement
from strace_log import of_recording, parse
from talking import CLIENT, PROGRAMS, SERVER, odd

from labkit.capture.build import build
from labkit.capture.surroundings import environment
from labkit.capture.together import record_together
from labkit.decode.calls import CALLS
from tests.marked import NAME, processes_with
from tests.ordinary import environment as with_labkit
from tests.ordinary import python_for_nobody
from tests.restrict import NOBODY, docker_default

pytestmark = pytest.mark.ptrace


@pytest.mark.parametrize("without", [(), ("pidfd_getfd",)])
@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("way", ["threads", "forks", "handles"])
def test_descriptors_are_as_the_kernel_has_them(marked, way, in_turn, without):
    agreement = Agreement()
    record_together(
        odd("server", way), f"{CLIENT} one two", f"{CLIENT} three",
        env=marked, in_turn=in_turn, watch=agreement, without=without,
    )  # fmt: skip
    assert agreement.differences == []
    assert agreement.rows > 100


def listening_port(mark):
    """The port on which a process with this mark listens, as /proc/net/tcp has it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        links = []
        for pid in processes_with(mark):
            for fd in Path(f"/proc/{pid}/fd").glob("*"):
                with contextlib.suppress(OSError):
                    links.append(str(fd.readlink()))
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in links:
                return int(words[1].rpartition(":")[2], 16)
        time.sleep(0.01)
    raise AssertionError("nobody listens")


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
def test_calls_are_those_that_strace_reports_of_each(marked, tmp_path):
    command = ["strace", "-f", "-q", "-e", "signal=none", "-e", f"trace=?{',?'.join(CALLS)}"]
    server, client = (build(PROGRAMS / f"{name}.c").path for name in ("echo_server", "echo_client"))
    env = environment() | marked
    with subprocess.Popen(
        [*command, "-o", tmp_path / "server", server, "0"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as serving:
        try:
            port = listening_port(marked[NAME])
            subprocess.run(
                [*command, "-o", tmp_path / "client", client, str(port), "hello"],
                env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True,
            )  # fmt: skip
        finally:
            for pid in processes_with(marked[NAME]):
                with contextlib.suppress(OSError):
                    if Path(f"/proc/{pid}/exe").readlink() == server.resolve():
                        os.kill(pid, signal.SIGTERM)
            serving.communicate(timeout=30)
    recording = record_together(SERVER, f"{CLIENT} hello", env=marked)
    for program, log in zip(recording.programs, ("server", "client"), strict=True):
        own = replace(recording, events=tuple(event for event in recording.events if event.pid == program.pid))
        assert of_recording(own) == parse((tmp_path / log).read_text(errors="replace"))


CODE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from agreement import Agreement
from labkit.capture.together import record_together
from labkit.decode.story import story
from labkit.draw.stepper import page
from labkit.draw.stepper.stepped import stepped
from labkit.model import Program
server, client = (Program(Path(path).name, "", Path(path)) for path in sys.argv[2:])
watch = Agreement()
r = record_together((server, "forks"), (client, "{port} a"), (client, "{port} b"), in_turn=True, watch=watch)
shown = json.dumps(page.data([stepped(r)]), sort_keys=True)
print(json.dumps([story(r), shown, watch.differences, watch.rows > 100, [[p.status, p.signal] for p in r.programs]]))
"""


@pytest.fixture(scope="module")
def everybodys():
    """A folder that everybody may use, with a server and a client in it."""
    with tempfile.TemporaryDirectory(prefix="labkit-together-", dir=Path(tempfile.gettempdir()).parent) as folder:
        Path(folder).chmod(0o1777)
        for name in ("odd_server", "echo_client"):
            target = Path(folder) / name
            target.write_bytes(build(PROGRAMS / f"{name}.c").path.read_bytes())
            target.chmod(0o755)
        yield Path(folder)


def told(folder, *, python=sys.executable, **options):
    ran = subprocess.run(
        [python, "-c", CODE, str(Path(__file__).parent), folder / "odd_server", folder / "echo_client"],
        env=with_labkit(HOME=str(folder), TMPDIR=str(folder), XDG_CACHE_HOME=str(folder / f"cache-{len(options)}")),
        cwd=folder, capture_output=True, text=True, timeout=110, **options,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_as_nobody_and_in_a_container_all_that_is_shown_is_the_same(everybodys):
    sentences, shown, differences, enough, ended = told(everybodys)
    assert (differences, enough, ended) == ([], True, [[None, "SIGTERM"], [0, None], [0, None]])
    for options in (
        {"preexec_fn": docker_default},
        {"python": python_for_nobody(), **NOBODY},
        {"python": python_for_nobody(), "preexec_fn": docker_default, **NOBODY},
    ):
        confined = told(everybodys, **options)
        assert confined[0] == sentences
        assert confined[1] == shown
        assert confined[2:] == [[], True, ended]
