"""The same recordings for an ordinary user, and where a container refuses kcmp, pidfd_getfd, unshare and clone3."""

import json
import subprocess
import sys

import pytest
from tracing import PLAN, compiled

from tests.ordinary import environment, python_for_nobody
from tests.restrict import NOBODY, docker_default, refuse

pytestmark = pytest.mark.ptrace

CODE = """
import json, os, sys
from labkit.capture.trace import trace
from labkit.capture.rawlog import records
plan, *argv = sys.argv[1:]
result = trace(argv, plan=plan, stderr="pipe")
log = list(records(result.log))
print(json.dumps({
    "uid": os.getuid(),
    "output": b"".join(chunk.data for chunk in result.output if chunk.fd == 1).decode(),
    "told": b"".join(chunk.data for chunk in result.output if chunk.fd == 2).decode(),
    "status": result.status,
    "capabilities": dict(result.capabilities),
    "queues": [[fd.fd, fd.queue] for raw in log for fd in raw.fds if fd.link.startswith("pipe") and raw.nr in (0, 1)],
    "positions": [fd.pos for raw in log for fd in raw.fds if fd.link.endswith("/file")],
    "blocked": sorted({raw.extra["wchan"] != "" for raw in log if raw.kind == "blocked"}),
    "maps": sum(raw.maps is not None for raw in log),
    "files": max(len(raw.files or ()) for raw in log),
}))
"""


def told(argv, folder, *, nobody=False, before=None):
    python = python_for_nobody() if nobody else sys.executable
    options = NOBODY if nobody else {}
    ran = subprocess.run(
        [python, "-c", CODE, PLAN, *argv],
        cwd=folder,
        env=environment(HOME=str(folder), XDG_CACHE_HOME=str(folder / "cache")),
        preexec_fn=before,
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("open")
    path.chmod(0o777)
    for parent in list(path.parents)[:-2]:
        if parent.stat().st_mode & 0o005 != 0o005 and parent.owner() == path.owner():
            parent.chmod(0o755)
    return path


def copy(name, folder, *flags):
    """A program the user nobody may run."""
    program = folder / name
    program.write_bytes(open(compiled(name, *flags), "rb").read())  # noqa: PTH123, SIM115
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("nobody", [False, True], ids=["same user", "nobody"])
@pytest.mark.parametrize("before", [None, docker_default], ids=["free", "docker"])
def test_recorded_alike(folder, nobody, before):
    seen = told([copy("descriptor_facts", folder)], folder, nobody=nobody, before=before)
    assert seen["status"] == 0
    assert (seen["uid"] == 65534) == (nobody or seen["uid"] == 65534)
    if before is docker_default:
        assert not seen["capabilities"]["kcmp"] and not seen["capabilities"]["pidfd_getfd"]
    assert [queue for fd, queue in seen["queues"] if fd != 2] == [60, 35]
    assert seen["positions"][:5] == [0, 10, 3, 7, 7]
    assert seen["maps"] >= 2 and seen["files"] >= 3


@pytest.mark.parametrize("nobody", [False, True], ids=["same user", "nobody"])
def test_torture_in_a_container(folder, nobody):
    program = copy("torture", folder, "-pthread")
    want = subprocess.run([program], cwd=folder, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    seen = told([program], folder, nobody=nobody, before=docker_default)
    assert seen["output"] == want
    assert seen["blocked"] == [True]


def test_without_process_vm_readv(folder):
    """Some sandboxes refuse it: the tracer then reads /proc/PID/mem."""
    seen = told([copy("descriptor_facts", folder)], folder, before=lambda: refuse({"process_vm_readv": 1}))
    assert seen["status"] == 0 and seen["files"] >= 3
    assert seen["positions"][:5] == [0, 10, 3, 7, 7]
