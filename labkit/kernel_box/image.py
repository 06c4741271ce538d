"""Makes the box's image, as an ordinary user: the distribution's kernel, our first process, a shell and a disk.

Every part is made in a folder of its own and moved into place when it is whole, so that a build that was stopped goes
on where it was. Boots nothing; `labkit.kernel_box.warm` tries the image.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.errors import LabkitError, UnsupportedError
from labkit.kernel_box import emulator
from labkit.kernel_box.apt import Apt, Told, unpack
from labkit.kernel_box.cpio import archive
from labkit.kernel_box.places import Places
from labkit.kernel_box.recipe import BOOT, COMMANDS, DISK_MEGABYTES, FLAVOURS, MODULES, SHELL

GUEST = Path(__file__).parent / "guest"
TOOLS = Path(__file__).parent / "tools"
_COMPILE = ("-static", "-O2", "-Wall", "-Wextra")
_SEED = {"greeting": b"Hello from the disk of the box.\n", "numbers": b"".join(b"%07d\n" % n for n in range(32_768))}


def build(places: Places, told: Told) -> dict[str, str]:
    """Make what is missing of the box and return its manifest; `told` hears what is being done.

    The kernel is fetched once; where only labkit's own part is newer, only that is made again. Raises UnsupportedError
    where something the machine should have is missing (an apt client, a C compiler, mke2fs), LabkitError when a step
    fails; then the next attempt goes on there.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    with _alone(places):
        return _built(places, told)


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """One build at a time: whoever comes second waits, and finds what the first has made (flock(2))."""
    with (places.root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _built(places: Places, told: Told) -> dict[str, str]:
    apt = Apt(places.apt)
    if not (places.kernel / "origin.json").exists():
        apt.update(told)
        _kernel(places, apt, told)
    try:
        emulator.find(places)
    except UnsupportedError:
        apt.update(told)
        emulator.fetch(places, apt, told)
    if not is_current(places):
        told("Making the image")
        _image(places)
    shutil.rmtree(places.apt, ignore_errors=True)
    return manifest(places)


def manifest(places: Places) -> dict[str, str]:
    """What the image is made of, by name; empty when there is none."""
    try:
        found = json.loads(places.manifest.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_current(places: Places) -> bool:
    """Whether the image is there, whole, and made by this labkit from the kernel that is there."""
    made = manifest(places)
    if made.get("recipe") != _digest() or made.get("kernel sha256") != _origin(places).get("kernel sha256"):
        return False
    return all((places.image / name).exists() for name in ("initrd", "disk", "vmlinuz"))


def clean(places: Places) -> None:
    """Remove the box from the cache, with everything that was fetched for it."""
    shutil.rmtree(places.root, ignore_errors=True)


def size(places: Places) -> int:
    """Bytes on the disk that the box takes."""
    return sum(path.lstat().st_blocks * 512 for path in places.root.rglob("*") if path.is_file())


def _origin(places: Places) -> dict[str, str]:
    try:
        return dict(json.loads((places.kernel / "origin.json").read_text()))
    except (OSError, ValueError):
        return {}


def _digest() -> str:
    """Of everything of ours that the image is made from."""
    made = hashlib.sha256(repr((MODULES, COMMANDS, DISK_MEGABYTES, BOOT, _SEED, _COMPILE)).encode())
    for path in sorted([*GUEST.iterdir(), *TOOLS.iterdir()]):
        made.update(path.name.encode() + b"\0" + path.read_bytes())
    return made.hexdigest()[:24]


def _kernel(places: Places, apt: Apt, told: Told) -> None:
    """Fetch the kernel, its headers and the shell, and keep of them what a box needs."""
    flavour = next((one for one in FLAVOURS if apt.version(one.kernel)), None)
    if flavour is None:
        names = ", ".join(one.kernel for one in FLAVOURS)
        raise UnsupportedError(f"The distribution has none of the kernels that a box can be made from: {names}.")
    kernel = _concrete(apt, flavour.kernel, "linux-image-")
    headers = _concrete(apt, flavour.headers, "linux-headers-")
    beside = [name for name in apt.depends(headers) if re.match(r"linux-(headers|kbuild)-", name)]
    debs = apt.fetch([kernel, headers, *beside, SHELL], told)
    fresh = places.kernel.with_name(f"kernel.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    told("Unpacking the kernel")
    unpack(debs[kernel], fresh / "all")
    unpack(debs[SHELL], fresh / "shell")
    told("Unpacking what drivers are built with")
    for package in (headers, *beside):
        unpack(debs[package], fresh / "headers")
    _keep(fresh, places.kernel)
    vmlinuz = fresh / "vmlinuz"
    origin = {
        "kernel package": f"{kernel} {apt.version(kernel)}",
        "kernel sha256": hashlib.sha256(vmlinuz.read_bytes()).hexdigest(),
        "release": kernel.removeprefix("linux-image-"),
    }
    (fresh / "origin.json").write_text(json.dumps(origin, indent=1))
    shutil.rmtree(places.kernel, ignore_errors=True)
    fresh.rename(places.kernel)


def _concrete(apt: Apt, package: str, prefix: str) -> str:
    """The package with a version in its name behind one that always means the newest."""
    found = next((name for name in apt.depends(package) if name.startswith(prefix) and re.search(r"\d", name)), None)
    if found is None:
        raise LabkitError(f"The package {package} names no {prefix} package with a version; labkit does not know this.")
    return found


def _keep(fresh: Path, final: Path) -> None:
    """From the unpacked packages to: vmlinuz, modules/, busybox, headers/ with paths that hold where it will stand."""
    kernels = sorted((fresh / "all" / "boot").glob("vmlinuz-*"))
    if not kernels:
        raise LabkitError("The kernel's package holds no boot/vmlinuz; labkit does not know this kind of package.")
    kernels[-1].rename(fresh / "vmlinuz")
    (fresh / "modules").mkdir()
    for name in MODULES:
        for module in (fresh / "all").rglob(f"{name}.ko"):
            module.rename(fresh / "modules" / module.name)
    shell = next(path for path in (fresh / "shell").rglob("busybox") if path.is_file() and "bin" in path.parts)
    shell.rename(fresh / "busybox")
    for makefile in (fresh / "headers" / "usr" / "src").glob("linux-headers-*/Makefile"):
        text = makefile.read_text()
        if "/usr/src/" in text:
            makefile.write_text(re.sub(r"(?<=\s)/usr/(?=src/)", f"{final.resolve()}/headers/usr/", text))
    shutil.rmtree(fresh / "all")
    shutil.rmtree(fresh / "shell")


def _image(places: Places) -> None:
    fresh = places.image.with_name(f"image.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / "vmlinuz").hardlink_to(places.kernel / "vmlinuz")
    files = {
        "init": _compiled(sorted(GUEST.glob("*.c")), fresh / "init"),
        "bin/busybox": (places.kernel / "busybox").read_bytes(),
    }
    files |= {f"bin/{tool.stem}": _compiled([tool], fresh / tool.stem) for tool in sorted(TOOLS.glob("*.c"))}
    modules = [name for name in MODULES if (places.kernel / "modules" / f"{name}.ko").exists()]
    files |= {f"lib/{name}.ko": (places.kernel / "modules" / f"{name}.ko").read_bytes() for name in modules}
    files["lib/modules.list"] = "".join(f"{name}\n" for name in modules).encode()
    (fresh / "initrd").write_bytes(archive(files, {f"bin/{command}": "busybox" for command in COMMANDS}))
    _disk(fresh, _SEED)
    made = {**_origin(places), "recipe": _digest()}
    (fresh / "manifest.json").write_text(json.dumps(made, indent=1))
    shutil.rmtree(places.image, ignore_errors=True)
    fresh.rename(places.image)


def _compiled(sources: Sequence[Path], program: Path) -> bytes:
    """A program of ours for the box, which has no libraries: linked statically. The file is taken away again."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise UnsupportedError("The box's own programs are compiled here, and there is no gcc: `sudo apt install gcc`.")
    command = [compiler, *_COMPILE, "-o", str(program), *map(str, sources)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise LabkitError(f"The box's {program.name} does not compile here:\n{ran.stderr.strip()}")
    content = program.read_bytes()
    program.unlink()
    return content


# Else the kernel goes on making the file system for seconds after it is mounted, in between what is to be seen.
_AT_ONCE = "lazy_itable_init=0,lazy_journal_init=0"


def _disk(folder: Path, files: Mapping[str, bytes]) -> None:
    """A disk with an ext4 file system that holds `files`; mke2fs(8) needs no root for it."""
    maker = shutil.which("mke2fs") or shutil.which("mke2fs", path="/sbin:/usr/sbin")
    if maker is None:
        raise UnsupportedError("The box's disk is made by mke2fs, which is not here: `sudo apt install e2fsprogs`.")
    seed = folder / "seed"
    seed.mkdir()
    for name, content in files.items():
        (seed / name).write_bytes(content)
    command = [maker, "-q", "-t", "ext4", "-E", _AT_ONCE, "-d", str(seed), str(folder / "disk"), f"{DISK_MEGABYTES}M"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    shutil.rmtree(seed)
    if ran.returncode != 0:
        raise LabkitError(f"mke2fs cannot make the box's disk:\n{ran.stderr.strip()}")
