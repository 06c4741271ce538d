"""The corpus recorded as an ordinary user and where a container refuses kcmp, pidfd_getfd, unshare and clone3.

Each program's calls and results, the states at the end of each call, and /proc must be what they are without restraint.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from corpus import PROGRAMS

from labkit.capture.build import build
from tests.ordinary import environment, python_for_nobody
from tests.restrict import NOBODY, docker_default

pytestmark = pytest.mark.ptrace

# What the restraint itself forbids or makes slow to agree on, so that these do something else there.
OTHER = {
    "vfork_exec",
    "clone_files",
    "clone_pidfd",
    "pidfd",
    "spawn",
    "threads",
    "thread_exec",
    "errors",
    "stat_family",
    "locks",
}
# How much waits at the end of a call is for the scheduler to say where two processes talk at the same time.
RACING = {"tcp_echo", "fifo", "orphan", "unix_server"}
CHOSEN = [path for path in PROGRAMS if path.stem not in OTHER]

CODE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from agreement import Agreement
from strace_log import of_recording
from labkit.capture.record import record
from labkit.decode.replay import replay
from labkit.model import Program
told = {}
for path in map(Path, sys.argv[2:]):
    watch = Agreement()
    r = record(Program(path.name, "", path), watch=watch)
    queues = []
    for event in r.events:
        if event.call in ("read", "write", "send", "recvfrom", "sendto") and event.end is not None:
            now = replay(r).at(event.end)
            opened = now.fds(event.pid).get(event.args[0].value)
            inode = now.inodes[now.open_files[opened.open_file].inode] if opened else None
            if inode and inode.kind in ("pipe", "socket"):
                queues.append([inode.kind, event.call, event.result, inode.queue])
    told[path.name] = [of_recording(r), watch.differences, watch.rows > 50, queues, r.status, r.signal]
print(json.dumps(told))
"""


def told(programs, scratch, *, python=sys.executable, **options):
    ran = subprocess.run(
        [python, "-c", CODE, str(Path(__file__).parent), *map(str, programs)],
        env=environment(HOME=str(scratch), TMPDIR=str(scratch), XDG_CACHE_HOME=str(scratch / "cache")),
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=110,
        **options,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def scratch():
    """A folder that everybody may use; the tests' own temporary folder is closed to others."""
    everybodys = Path(tempfile.gettempdir()).parent
    with tempfile.TemporaryDirectory(prefix="labkit-confined-", dir=everybodys) as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


@pytest.fixture(scope="module")
def programs(scratch):
    """Built where everybody may read them."""
    made = []
    for path in CHOSEN:
        target = scratch / path.stem
        target.write_bytes(build(path.read_text(), flags=("-w",), name=path.stem).path.read_bytes())
        target.chmod(0o755)
        made.append(target)
    return made


@pytest.fixture(scope="module")
def free(programs, scratch):
    return told(programs, scratch)


def compare(confined, free):
    assert set(confined) == set(free)
    for name, (calls, differences, enough, queues, status, signal) in confined.items():
        assert differences == [], name
        assert enough, name
        assert (status, signal) == (free[name][4], free[name][5]), name
        assert calls == free[name][0], name
        for ours, theirs in zip(queues, free[name][3], strict=True) if name not in RACING else ():
            # sock_diag(7) does not tell of every socket what waits in it; then nothing is said, which is true, too.
            assert ours == theirs or (ours[0] == "socket" and ours[3] is None), name


def test_in_a_container(programs, scratch, free):
    compare(told(programs, scratch, preexec_fn=docker_default), free)


def test_as_nobody(programs, scratch, free):
    compare(told(programs, scratch, python=python_for_nobody(), **NOBODY), free)


def test_as_nobody_in_a_container(programs, scratch, free):
    compare(told(programs, scratch, python=python_for_nobody(), preexec_fn=docker_default, **NOBODY), free)
