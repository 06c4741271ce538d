"""How much of each file is cached, dirty or being written back: as the program itself is told by cachestat(2)."""

import ctypes
import errno
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tracing import compiled

from labkit.capture.record import record
from labkit.decode.replay import replay
from labkit.decode.store import from_json, to_json
from labkit.model import PAGE_SIZE, Limits
from tests.ordinary import environment, python_for_nobody
from tests.restrict import NOBODY, docker_default, number, refuse

pytestmark = pytest.mark.ptrace
LIMITS = Limits(seconds=60)  # it waits for the disk
TRIES = 3  # the kernel may write a page back between the tracer's look and the program's


def cachestat_is_refused():
    """Why this kernel does not tell, "" if it does."""
    libc = ctypes.CDLL(None, use_errno=True)
    with tempfile.TemporaryFile() as file:
        words = (ctypes.c_ulong * 5)()
        span = (ctypes.c_ulong * 2)(0, 0)
        failed = libc.syscall(number("cachestat"), file.fileno(), span, words, 0)
    return os.strerror(ctypes.get_errno()) if failed else ""


@pytest.fixture
def cachestat():
    if why := cachestat_is_refused():
        pytest.skip(f"NOT TESTED: no cachestat(2) on Linux {platform.release()}: {why}")


def accounts(recording):
    """(what the program was told, what the model says) at each of its accounts: [fd, cached, dirty, writeback]."""
    for event in recording.calls("write"):
        if event.argument("fd") != 2:
            continue
        told = re.match(r"(\d+) (?:errno (\d+)|(\d+) (\d+) (\d+)) after (.*)", event.argument("buf").decode())
        fd, failed, *counts, step = told.groups()
        now = replay(recording).at(event.begin)
        inode = now.inodes[now.open_files[now.fds(event.pid)[int(fd)].open_file].inode]
        ours = [inode.cached, inode.dirty, inode.writeback]
        yield step, int(failed or 0), None if failed else [int(count) for count in counts], ours, inode


@pytest.mark.cachestat
@pytest.mark.parametrize("without", [(), ("pidfd_getfd",)], ids=["by a duplicate", "opened again"])
def test_pages_are_what_the_program_is_told(cachestat, without):
    for left in reversed(range(TRIES)):
        r = record(compiled("cached"), limits=LIMITS, without=without)
        assert r.status == 0, r.output(2)
        seen = list(accounts(r))
        assert len(seen) == 27
        different = [(step, told, ours) for step, failed, told, ours, _ in seen if not failed and told != ours]
        if not different or not left:
            break
    assert different == []
    assert [failed for _, failed, *_ in seen if failed] == [errno.EBADF]  # of a descriptor that is a name only, O_PATH
    assert r.missing == ()
    assert from_json(to_json(r)) == r


def steps_of(recording):
    """The pages of "data" after each step, while it is open."""
    return [(step, *ours) for step, _, _, ours, inode in accounts(recording) if inode.path.endswith("/data")]


@pytest.mark.cachestat
def test_pages_written_are_dirty_until_fsync(cachestat):
    assert os.sysconf("SC_PAGE_SIZE") == PAGE_SIZE
    opened, written, synced, changed, *_ = steps_of(record(compiled("cached"), limits=LIMITS))
    if file_system(tempfile.gettempdir()) == "tmpfs":
        pytest.skip("NOT TESTED: the temporary folder is on tmpfs, where nothing is ever dirty")
    assert opened == ("open", 0, 0, 0)
    assert written == ("write", 3, 3, 0)
    assert synced == ("fsync", 3, 0, 0)
    assert changed[1] == 3 and changed[2] >= 1  # the kernel may keep the three as one


def file_system(folder):
    """The type of the file system, from the table of mounts."""
    device = Path(folder).stat().st_dev
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        front, _, back = line.partition(" - ")
        if front.split()[2] == f"{os.major(device)}:{os.minor(device)}":
            return back.split()[0]
    return ""


def test_the_file_system_is_named():
    r = record("cat /proc/self/comm /sys/kernel/mm/transparent_hugepage/enabled; true", shell=True)
    changes = [change for event in r.events for change in event.changes if change.what == "inodes"]
    inodes = [change.value for change in changes if change.value is not None]
    found = {Path(inode.path).name: inode.fs for inode in inodes if inode.kind == "file" and inode.fs}
    assert found["comm"] == "proc" and found.get("enabled", "sysfs") == "sysfs"
    assert {inode.fs for inode in inodes if inode.kind in ("pipe", "device", "terminal", "socket")} <= {""}
    mine = file_system("/usr")
    ours = next(fs for name, fs in found.items() if name.startswith("libc"))
    assert ours == ("ext4" if mine in ("ext2", "ext3") else mine)


@pytest.mark.cachestat
def test_on_tmpfs_nothing_is_dirty(cachestat):
    if not Path("/dev/shm").is_dir() or file_system("/dev/shm") != "tmpfs":
        pytest.skip("NOT TESTED: /dev/shm is no tmpfs here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        r = record(compiled("cached"), folder=folder, limits=LIMITS)
    assert r.status == 0, r.output(2)
    seen = list(accounts(r))
    assert {inode.fs for *_, inode in seen} == {"tmpfs"}
    assert all(told == ours for _, failed, told, ours, _ in seen if not failed)
    assert max(ours[0] for *_, ours, _ in seen) == 5 and {ours[1] for *_, ours, _ in seen} == {0}


@pytest.mark.cachestat
def test_a_large_file_is_counted_only_where_it_matters(cachestat):
    r = record(r"""#include <fcntl.h>
    #include <unistd.h>
    int main(void)
    {
        int fd = open("large", O_RDWR | O_CREAT, 0600);
        write(fd, "x", 1);
        pwrite(fd, "x", 1, 17 << 20);
        fsync(fd);
        return pread(fd, &fd, 1, 0) != 1;
    }""", limits=LIMITS)  # fmt: skip
    pages = []
    for event in r.calls("write", "pwrite64", "fsync", "pread64"):
        if event.place.phase == "before main":
            continue
        (inode,) = [i for i in replay(r).at(event.end).inodes.values() if i.path.endswith("/large")]
        pages.append((inode.cached is not None, inode.dirty is not None))
    assert r.status == 0 and pages == [(True, True), (False, False), (True, True), (False, False)]
    assert [line for line in r.missing if line.startswith("page cache") and "/large" in line]


@pytest.mark.parametrize("without", [(), ("pidfd_getfd",), ("cachestat",), ("pidfd_getfd", "cachestat")], ids=str)
def test_the_program_does_not_notice(tmp_path, without):
    program = compiled("watched")
    alone = subprocess.run([program], cwd=tmp_path, capture_output=True, timeout=20)
    assert alone.returncode == 0 and alone.stdout.count(b"event") >= 2
    r = record(program, without=without)
    assert r.output() == alone.stdout
    assert any("inotify" in line for line in r.missing) == bool(without)


CODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_page_cache import accounts
from labkit.capture.record import record
from labkit.model import Limits
r = record(sys.argv[2], sys.argv[3:], limits=Limits(seconds=60))
told = [[step, failed, told, ours, inode.fs] for step, failed, told, ours, inode in accounts(r)]
calls = [[e.call for e in r.calls() if e.pid == pid] for pid in dict.fromkeys(e.pid for e in r.events)]
print(json.dumps([told, r.status, r.missing, calls, r.output(2).decode()]))
"""


def told(*argv, python=sys.executable, **options):
    everybodys = os.environ["PYTEST_DEBUG_TEMPROOT"]  # the tests' own temporary folder is closed to others
    with tempfile.TemporaryDirectory(prefix="labkit-pages-", dir=everybodys) as folder:
        Path(folder).chmod(0o1777)
        program = Path(folder) / "cached"
        program.write_bytes(Path(compiled("cached")).read_bytes())
        program.chmod(0o755)
        ran = subprocess.run(
            [python, "-c", CODE, str(Path(__file__).parent), program, *argv],
            env=environment(HOME=folder, TMPDIR=folder, XDG_CACHE_HOME=f"{folder}/cache"),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=110,
            **options,
        )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("answer", [errno.EPERM, errno.ENOSYS], ids=["forbidden", "an old kernel"])
@pytest.mark.parametrize("more", [{}, {"kcmp": 1, "pidfd_getfd": 1}], ids=["", "and no pidfd_getfd"])
def test_where_cachestat_is_refused(answer, more):
    """What is in memory comes from mincore(2), what is dirty is not known, and all else is as ever."""
    free = told()
    seen = told(preexec_fn=lambda: refuse({"cachestat": answer, **more}))
    assert (seen[1], seen[3]) == (free[1], free[3]) == (0, free[3])
    assert {failed for _, failed, *_ in seen[0]} == {answer}
    assert {(dirty, writeback) for *_, (_, dirty, writeback), _ in seen[0]} == {(None, None)}
    cached = [ours[0] for _, _, _, ours, _ in seen[0]]
    assert cached[:4] == [0, 3, 3, 3] and cached[7] == 0
    if not cachestat_is_refused():
        assert cached == [ours[0] for _, _, _, ours, _ in free[0]]
    assert [line for line in seen[2] if "dirty is not known" in line]


@pytest.mark.cachestat
@pytest.mark.parametrize("before", [None, docker_default], ids=["free", "docker"])
def test_as_nobody(cachestat, before):
    """Of own files all is told; of another's what the kernel tells the program (since 6.13: nothing)."""
    seen, status, missing, *_ = told("/etc/passwd", python=python_for_nobody(), preexec_fn=before, **NOBODY)
    assert status == 0
    others = [account for account in seen if account[0] == "read"]
    for step, failed, program, ours, _ in seen:
        if failed != errno.EBADF:
            assert ours == ([None] * 3 if failed else program), step
    assert len(others) == 1 and any("/etc/passwd" in line for line in missing) == (others[0][1] == errno.EPERM)
