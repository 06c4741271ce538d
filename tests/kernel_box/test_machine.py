"""A box is booted for real: what it answers, what it refuses, how it ends, and what it cannot reach."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.kernel_box import emulator, image
from labkit.kernel_box import machine as machine_module
from labkit.kernel_box.machine import BoxGone, Machine, last_words
from labkit.kernel_box.places import Places

pytestmark = pytest.mark.box


def test_it_runs_the_distributions_kernel_that_the_manifest_names(machine: Machine, places: Places) -> None:
    assert machine.run("uname -r").text.strip() == image.manifest(places)["release"]
    assert "function_graph" in machine.get("/sys/kernel/tracing/available_tracers").decode()
    assert "/dev/nvme0n1 /disk ext4" in machine.get("/proc/mounts").decode()
    assert machine.get("/disk/greeting") == b"Hello from the disk of the box.\n"


def test_commands_answer_with_status_output_and_end(machine: Machine) -> None:
    ended = machine.run("echo out; echo err >&2; exit 3")
    assert (ended.status, ended.late, ended.text) == (3, False, "out\nerr\n")
    assert machine.run("kill -9 $$").status == -signal.SIGKILL
    late = machine.run("echo begun; sleep 60", seconds=0.5)
    assert (late.status, late.late, late.text) == (-signal.SIGKILL, True, "begun\n")
    assert machine.run("yes", seconds=0.3, most=6).output == b"y\ny\ny\n"
    assert machine.run("sleep 60 & echo left").text == "left\n"  # what it leaves behind is not waited for
    assert machine.run("true").status == 0


def test_files_of_every_size_go_in_and_come_back(machine: Machine) -> None:
    for size in (0, 1, 4095, 65_536, 65_537, 3_000_000):
        content = os.urandom(size)
        machine.put("/tmp/with space", content, mode=0o640)
        assert machine.get("/tmp/with space") == content
    assert machine.run("stat -c %a '/tmp/with space'").text == "640\n"
    with pytest.raises(LabkitError, match=r"/nowhere/x cannot be written in the box: .*ENOENT"):
        machine.put("/nowhere/x", b"x" * 100_000)
    with pytest.raises(LabkitError, match=r"/tmp cannot be read in the box: .*EISDIR"):
        machine.get("/tmp")
    assert machine.run("true").status == 0  # and the channel is still in step


def test_the_guests_disk_can_be_filled_and_is_as_before_next_time(places: Places, machine: Machine) -> None:
    before = (places.image / "disk").read_bytes()
    full = machine.run("cat /dev/zero > /disk/all; df /disk >&2; exit 0; ", seconds=30)
    assert "No space left on device" in full.text
    with pytest.raises(LabkitError, match="ENOSPC"):
        machine.put("/disk/more", b"x" * 100_000)
    machine.close()
    assert (places.image / "disk").read_bytes() == before
    again = Machine(places.image, emulator.find(places))
    assert again.run("ls /disk").text.split() == ["greeting", "lost+found", "numbers"]
    again.close()


def test_a_panic_is_told_in_the_kernels_own_words(machine: Machine) -> None:
    with pytest.raises(BoxGone, match=r"gone over `echo c > /proc/sysrq-trigger`.*\n.*sysrq triggered crash"):
        machine.run("echo c > /proc/sysrq-trigger", seconds=5)
    assert not machine.alive()


def test_a_kernel_that_hangs_is_told_and_switched_off(machine: Machine) -> None:
    machine.run("true")
    os.kill(machine.pid, signal.SIGSTOP)  # nothing in it moves any more
    machine._channel._connection.settimeout(1)  # type: ignore[union-attr]
    with pytest.raises(BoxGone, match="does not answer"):
        machine.run("true", seconds=-4.0)
    assert not machine.alive()


def test_three_at_once_do_not_disturb_each_other(places: Places) -> None:
    machines = [Machine(places.image, emulator.find(places)) for _ in range(3)]
    for number, machine in enumerate(machines):
        machine.put("/disk/mine", str(number).encode())
    assert [machine.get("/disk/mine") for machine in machines] == [b"0", b"1", b"2"]
    for machine in machines:
        machine.close()


def test_nothing_of_the_host_can_be_reached(machine: Machine) -> None:
    assert machine.run("ls /sys/class/net").text.split() == ["lo"]
    mounts = [line.split()[2] for line in machine.get("/proc/mounts").decode().splitlines()]
    assert set(mounts) <= {"rootfs", "devtmpfs", "proc", "sysfs", "devpts", "tmpfs", "tracefs", "debugfs", "ext4"}
    assert machine.run("ls /sys/block").text.split() == ["nvme0n1"]


_OWNER = """
import sys, time
from pathlib import Path
from labkit.kernel_box import emulator
from labkit.kernel_box.machine import Machine
from labkit.kernel_box.places import Places
places = Places.usual()
machine = Machine(places.image, emulator.find(places))
machine.run("true")
print(machine.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_with_the_process_that_started_it_even_if_that_is_killed(places: Places, tmp_path: Path) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True, env=env) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert "qemu" in Path(f"/proc/{pid}/exe").readlink().name
        owner.kill()
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "qemu" in Path(f"/proc/{pid}/cmdline").read_text():
        assert time.monotonic() < until, "QEMU outlives the process that started it"
        time.sleep(0.01)
    left = list(Path("/tmp").glob(f"labkit-box-{owner.pid:07d}-*"))
    assert len(left) == 1  # killed, it could not remove it: the next box does
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(machine_module, "_place", lambda: "/tmp")
        machine_module.sweep()
    assert not left[0].exists()


def test_last_words_begin_where_the_crash_begins() -> None:
    assert last_words("a\n[    1.0] b\n") == "a\nb"
    assert (
        last_words("a\n[    1.0] Kernel panic - not syncing: x\n[    1.1] y\n", most=1)
        == "Kernel panic - not syncing: x"
    )
