"""What to do, for machines that are not at hand. Only sentences: whether a thing works is found by trying."""

import errno

import pytest

from labkit.probe import remedy
from labkit.probe.machine import Machine, this_machine

COMPILER = remedy.install("cc", apt="gcc", dnf="gcc-fedora", conda="gcc_linux-64")


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        (Machine(distributions=("debian",)), "sudo apt install gcc"),
        (Machine(distributions=("debian",), root=True), "apt install gcc"),
        (Machine(distributions=("linuxmint", "ubuntu", "debian")), "sudo apt install gcc"),
        (Machine(distributions=("rocky", "rhel", "fedora")), "sudo dnf install gcc-fedora"),
        (Machine(distributions=("arch",)), "install the package of your system that has cc"),
        (Machine(), "install the package of your system that has cc"),
        (Machine(distributions=("debian",), conda=True), "conda install -c conda-forge gcc_linux-64"),
    ],
)
def test_install(machine, sentence):
    assert COMPILER(machine, None) == sentence


@pytest.mark.parametrize(
    ("judge", "machine", "number", "words"),
    [
        (remedy.trace_children, Machine(yama="2"), errno.EPERM, "sudo sysctl kernel.yama.ptrace_scope=1"),
        (remedy.trace_children, Machine(yama="3"), errno.EPERM, "reboot"),
        (remedy.trace_children, Machine(yama="1", seccomp=True), errno.EPERM, "--security-opt"),
        (remedy.trace_children, Machine(kernel="4.4.0"), errno.ENOSYS, "this is 4.4.0"),
        (remedy.in_kernel_with("CONFIG_KCMP"), Machine(seccomp=True), errno.EPERM, "--security-opt"),
        (remedy.in_kernel_with("CONFIG_KCMP"), Machine(), errno.ENOSYS, "CONFIG_KCMP"),
        (remedy.in_kernel_with("CONFIG_KCMP"), Machine(), errno.EPERM, "security module"),
        (remedy.allow_namespaces, Machine(max_userns="0"), errno.ENOSPC, "user.max_user_namespaces"),
        (remedy.allow_namespaces, Machine(debian_userns="0"), errno.EPERM, "unprivileged_userns_clone=1"),
        (remedy.allow_namespaces, Machine(apparmor_userns="1"), errno.EACCES, "apparmor_restrict"),
        (remedy.allow_namespaces, Machine(apparmor_userns="1", root=True, seccomp=True), errno.EPERM, "--security-opt"),
        (remedy.allow_packets, Machine(), errno.EPERM, "NET_RAW"),
        (remedy.allow_tracefs, Machine(), None, "sudo mount -t tracefs"),
        (remedy.allow_tracefs, Machine(), errno.EACCES, "sudo labkit doctor"),
        (remedy.allow_tracefs, Machine(root=True), errno.EPERM, "locked down"),
        (remedy.allow_io_uring, Machine(io_uring_disabled="2"), errno.EPERM, "kernel.io_uring_disabled=0"),
        (remedy.allow_io_uring, Machine(io_uring_disabled="0", seccomp=True), errno.EPERM, "--security-opt"),
        (remedy.mount_devpts, Machine(), errno.ENOENT, "mount -t devpts"),
        (remedy.mount_devpts, Machine(), errno.ENOSPC, "kernel.pty.max"),
        (remedy.raise_inotify_limits, Machine(), errno.EMFILE, "fs.inotify.max_user_instances"),
    ],
)
def test_sentences(judge, machine, number, words):
    assert words in judge(machine, number)


def test_this_machine_agrees_with_the_kernel():
    import os

    machine = this_machine()
    assert machine.system == os.uname().sysname
    assert machine.kernel == os.uname().release
    assert machine.root == (os.geteuid() == 0)
