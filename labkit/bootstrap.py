"""Makes `.venv` from the lock, then hands over to it: what `make lab` and `make test` do first.

Runs before anything is installed and under any Python from 3.6 on, so that an old one is told what is missing instead
of shown a syntax error. Knows the standard library only, nothing of labkit: `python3 labkit/bootstrap.py setup`.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-from"
TRUSTED = VENV / "trusted-notebooks"

OLDEST, NEWEST = (3, 11), (3, 14)
PROGRAM = b'#include <stdio.h>\n#include <unistd.h>\nint main(void) { return puts("ready") == EOF; }\n'


class Stop(Exception):
    """The set-up cannot go on; the text says what is wrong, where, and what to do next."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def check_system(system: str) -> None:
    """Raise `Stop` unless `system` (as platform.system() names it) is Linux."""
    if system != "Linux":
        name = {"Darwin": "macOS"}.get(system, system or "an unknown system")
        raise Stop(
            f"This is {name}, and the course runs real programs on the Linux kernel. Use it on Linux, in a Linux "
            "virtual machine (Windows: WSL 2), or on Binder: the link is in README.md."
        )


def check_writable(folder: Path) -> None:
    """Raise `Stop` unless this user can make files in `folder`; it is tried, as a whole mount can be read-only."""
    probe = folder / f".write-test-{os.getpid()}"
    try:
        os.close(os.open(str(probe), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        probe.unlink()
    except OSError as err:
        raise Stop(
            f"Cannot write in {folder} ({err.strerror}), and .venv must be made there. Copy the course to a folder of "
            f"yours: cp -r {folder} ~/labkit && cd ~/labkit && make lab"
        ) from err


def check_compiler() -> None:
    """Raise `Stop` unless there is a C compiler that compiles and links a small program."""
    install = "Install one (Debian, Ubuntu: sudo apt install gcc libc6-dev; Fedora: sudo dnf install gcc), then repeat."
    found = shutil.which("gcc") or shutil.which("cc")
    if not found:
        raise Stop(f"No C compiler (gcc or cc) is on PATH, and the course compiles C programs. {install}")
    command = [found, "-x", "c", "-o", os.devnull, "-"]
    made = subprocess.run(command, input=PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        first = (made.stdout.decode("utf-8", "replace").strip().splitlines() or ["no message"])[0]
        raise Stop(f"{found} cannot compile a small program ({first}). {install}")


def python_version(python: str) -> Optional[Tuple[int, ...]]:
    """(major, minor) of the interpreter `python`, or None if it does not run."""
    ask = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.check_output([python, "-c", ask], stderr=subprocess.DEVNULL, timeout=20)
        return tuple(int(word) for word in answer.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def suitable_python(version: Tuple[int, ...]) -> str:
    """An interpreter the lock was made for: this one if its `version` will do, else the newest on PATH; or `Stop`."""
    if OLDEST <= version[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        # A name on PATH proves nothing (pyenv leaves shims for versions that are switched off), so it is run.
        found = shutil.which(f"python3.{minor}")
        if found and python_version(found) == (3, minor):
            return found
    raise Stop(
        f"Python 3.{OLDEST[1]} to 3.{NEWEST[1]} is needed; {sys.executable} is {'.'.join(map(str, version))}, and no "
        f"python3.{OLDEST[1]} … python3.{NEWEST[1]} is on PATH. Install one (Debian 12, Ubuntu 24.04 or newer: sudo "
        "apt install python3 python3-venv; Fedora: sudo dnf install python3.12), or name yours: "
        "make lab PYTHON=/path/to/python3.12"
    )


def fingerprint(lock: str, version: Tuple[int, ...]) -> str:
    """Changes when `.venv` must be renewed: the lock, labkit's recipe, Python's version, the folder's place."""
    digest = hashlib.sha256()
    for name in (lock, "pyproject.toml", "labkit/show/lab-settings.json"):
        digest.update((ROOT / name).read_bytes())
    # Scripts in .venv/bin begin with its absolute path, so a moved folder needs a new one.
    return f"{digest.hexdigest()} {version} {ROOT}\n"


def stamped(path: Path) -> str:
    """What the stamp file `path` says, "" if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def stamp(path: Path, text: str) -> None:
    """Write the stamp file `path`, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def make_venv(python: str) -> None:
    """A fresh `.venv` with pip; raises `Stop` where Python came without venv or ensurepip, as on plain Debian."""
    say(f"Making .venv with {python}")
    command = [python, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        told = made.stdout.decode("utf-8", "replace").strip()
        if "ensurepip" in told or "No module named venv" in told:
            version = ".".join(map(str, python_version(python) or sys.version_info[:2]))
            raise Stop(
                f"{python} came without venv and ensurepip, which make .venv. Install them (Debian, Ubuntu: sudo apt "
                f"install python{version}-venv), then repeat."
            )
        raise Stop(f"{' '.join(command)} failed:\n{told}")


def remedy(told: str) -> str:
    """What to do next, from what pip `told`; the first cause that fits.

    >>> remedy("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
    'The disk is full: make room (400 MB), then repeat.'
    """
    network = (
        r"NewConnectionError|Connection.*(refused|reset|broken|aborted)|timed out|Name or service|name resolution"
        r"|ProxyError|SSLError|No matching distribution"
    )
    causes = {
        r"No space left": "The disk is full: make room (400 MB), then repeat.",
        r"DO NOT MATCH THE HASHES": "What arrived is not what was locked: a broken download (repeat), or an index that "
        "was tampered with (ask who runs it).",
        network: "Is the network up? Behind a proxy set HTTPS_PROXY, with a mirror set PIP_INDEX_URL; then repeat: "
        "what has arrived is kept.",
    }
    for pattern, advice in causes.items():
        if re.search(pattern, told, re.IGNORECASE):
            return advice
    return "Its own words are above; make clean, then repeat, starts afresh."


def pip_install(what: str, arguments: List[str], total: int) -> None:
    """Run pip in `.venv`, showing how far it is of `total` packages; raises `Stop` with pip's own last lines."""
    pip = [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--progress-bar=off"]
    say(f"Installing {what}")
    told, begun = [], 0
    with subprocess.Popen(pip + arguments, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
        assert running.stdout is not None
        for raw in running.stdout:
            told.append(raw.decode("utf-8", "replace").rstrip())
            begun += told[-1].startswith("Collecting ")
            show_progress(told[-1], begun, total)
    if running.returncode:
        last = "\n".join("  pip: " + line for line in told[-12:])
        raise Stop(f"{last}\npip could not install {what}. {remedy(chr(10).join(told))}")


def show_progress(line: str, begun: int, total: int) -> None:
    """One line that rewrites itself on a terminal, one in 25 packages elsewhere."""
    package = re.match(r"Collecting ([^\s=<>\[]+)", line)
    if sys.stdout.isatty():
        if package:
            print(f"\r  {begun:3d} of {total}  {package.group(1):40.40}", end="", flush=True)
        elif line.startswith("Installing collected"):
            print(f"\r  unpacking them{'':40}", end="", flush=True)
        elif line.startswith("Successfully installed"):
            print(f"\r{'':60}\r", end="", flush=True)
    elif package and begun % 25 == 0:
        say(f"  {begun} of {total}")


def locked(lock: str) -> int:
    """How many packages the file `lock` holds for Linux."""
    other = re.compile(r"== '(darwin|win32|nt)'")
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if re.match(r"[A-Za-z0-9]", line) and not other.search(line))


def trust_notebooks() -> None:
    """Sign the course's stored outputs for this user, so that their pictures show before anything is run."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    digest = hashlib.sha256(os.environ.get("HOME", "").encode())  # signatures are kept for each user
    for path in notebooks:
        digest.update(path.read_bytes())
    if not notebooks or stamped(TRUSTED) == digest.hexdigest():
        return
    command = [str(VENV_PYTHON), "-m", "jupyter", "trust", *map(str, notebooks)]
    if subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).returncode:
        say("Note: the notebooks could not be marked as trusted; their stored pictures appear after Run All.")
        return
    stamp(TRUSTED, digest.hexdigest())


def setup(lock: str) -> None:
    """Bring `.venv` to what the file `lock` says; does nothing, well within a second, when it is there already."""
    check_system(platform.system())
    python = suitable_python(sys.version_info[:3])
    version = python_version(python) or sys.version_info[:2]
    need = fingerprint(lock, version)
    # The test lock holds all of the course's lock: an environment made for the tests also serves the course.
    if stamped(STAMP) not in (need, fingerprint("requirements-test.lock", version)) or not VENV_PYTHON.exists():
        check_writable(ROOT)
        check_compiler()
        if python_version(str(VENV_PYTHON)) != version or not stamped(STAMP).endswith(f" {ROOT}\n"):
            make_venv(python)
        pip_install(f"what {lock} lists (the first time: a minute)", ["--require-hashes", "-r", lock], locked(lock))
        pip_install("labkit itself", ["--no-deps", "--no-build-isolation", "--no-index", "-e", "."], 1)
        stamp(STAMP, need)
    trust_notebooks()


def main(arguments: List[str]) -> int:
    """Do one command; 0 when it worked, 1 after a clear sentence and never a traceback for a cause we know."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description=str(__doc__).splitlines()[0])
    parser.add_argument("command", choices=["setup", "lab", "test"])
    parser.add_argument("--port", default="", help="of the notebook server; empty: the first free one from 8888 up")
    parser.add_argument("--open", default="", help="no: print the address instead of opening a browser")
    options = parser.parse_args(arguments)
    try:
        setup("requirements-test.lock" if options.command == "test" else "requirements.lock")
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Repeat the command: what has arrived is kept.", file=sys.stderr)
        return 130
    if options.command == "lab":
        serve = [str(VENV_PYTHON), "-m", "labkit.show.serve", "--port", options.port, "--open", options.open]
        os.execv(serve[0], serve)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
