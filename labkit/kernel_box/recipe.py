"""What a box is made of, as data: packages, modules, the shell's commands, the machine. Runs nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """A distribution's kernel made for virtual machines, and the headers to build modules for it: names of packages."""

    kernel: str
    headers: str


# The first that the distribution has. They have the function graph tracer, BTF and NVMe.
FLAVOURS = (
    Flavour("linux-image-cloud-amd64", "linux-headers-cloud-amd64"),  # Debian
    Flavour("linux-image-kvm", "linux-headers-kvm"),  # Ubuntu
    Flavour("linux-image-virtual", "linux-headers-virtual"),  # Ubuntu
)
SHELL = "busybox-static"
EMULATOR = "qemu-system-x86"

# In the order in which they need each other; one that the kernel has built in is left out.
MODULES = ("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_console")
COMMANDS = tuple(
    """
    awk cat chmod cp cut date dd dmesg echo env false find free grep head hexdump insmod kill killall ln ls lsmod mkdir
    mknod mount mv od printf ps pwd readlink rm rmdir rmmod sed seq sh sleep sort stat stty sync tail tee test timeout
    touch tr true umount uname uniq wc
    """.split()  # noqa: SIM905  # a list of words is easier to keep
)

DISK_MEGABYTES = 64
MEMORY_MEGABYTES = 256
# One processor and no address randomisation: the same path each time, and addresses that stay. Panic means off.
BOOT = (
    "console=ttyS0 quiet nokaslr mitigations=off tsc=reliable no_timer_check panic=-1 oops=panic audit=0 "
    "cryptomgr.notests i8042.noaux i8042.nokbd random.trust_cpu=on"
)


def machine(files: dict[str, str]) -> list[str]:
    """QEMU's arguments for a machine whose `kernel`, `initrd`, `disk`, `console`, `channel`, `qmp` and `gdb` are paths.

    No network card and no shared folder: what runs in it reaches nothing of the host. What it writes to its disk is
    forgotten when it goes off.

    >>> "-nic" in machine(dict.fromkeys(("kernel", "initrd", "disk", "console", "channel", "qmp", "gdb"), "x"))
    True
    """
    return [
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none"),
        *("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"),
        *("-machine", "pc", "-accel", "tcg,thread=single", "-cpu", "max", "-smp", "1"),
        *("-m", str(MEMORY_MEGABYTES), "-kernel", files["kernel"], "-initrd", files["initrd"], "-append", BOOT),
        *("-chardev", f"file,id=console,path={files['console']}", "-serial", "chardev:console"),
        *("-device", "virtio-serial-pci", "-chardev", f"socket,id=channel,path={files['channel']},server=on,wait=off"),
        *("-device", "virtserialport,chardev=channel,name=labkit", "-device", "vmcoreinfo"),
        *("-qmp", f"unix:{files['qmp']},server=on,wait=off"),
        *("-chardev", f"socket,id=gdb,path={files['gdb']},server=on,wait=off", "-gdb", "chardev:gdb"),
        *("-device", "edu", "-drive", f"file={files['disk']},if=none,id=disk,format=raw,snapshot=on"),
        *("-device", "nvme,drive=disk,serial=labkit"),
    ]
