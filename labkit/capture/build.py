"""C source to `Program`, by the machine's own compiler; cached by content and flags. Runs nothing it builds."""

from __future__ import annotations

import contextlib
import difflib
import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from labkit.errors import CompileError, LabkitError, UnsupportedError
from labkit.model import Program

PROGRAMS = Path(__file__).parent.parent / "programs"
FLAGS = ("-std=gnu17", "-g", "-O0", "-Wall", "-Wextra", "-fdiagnostics-color=never")
_SECONDS = 60
_MESSAGE = 64 << 10  # bytes of the compiler's message that are kept


def build(source: str | Path, *, flags: Sequence[str] = (), name: str = "") -> Program:
    """Compile C and return the program.

    `source` is the name of a program of the course ("pause"), the path of a C file, or C text. A folder, by its path or
    as a program of the course, is one program of all C files in it, and one of them is named as the folder is. `flags`
    come after ours (`-std=gnu17 -g -O0 -Wall -Wextra`, for the course's programs also `-Werror`). The same source with
    the same flags and compiler is compiled once.

    Raises CompileError with the compiler's message, UnsupportedError when there is no C compiler, LabkitError when the
    file cannot be found or read.
    """
    text, default_name, ours = read_source(source)
    files = read_files(source)
    name = name or default_name
    flags = (*FLAGS, *(["-Werror"] if ours else []), *flags)
    compiler, version = _compiler()
    texts = [text] if not files else [part for file in files for part in file]
    key = hashlib.sha256("\0".join([version, name, *texts, *flags]).encode()).hexdigest()[:24]
    folder = cache_folder() / "programs" / key
    path = folder / name
    if not path.exists():
        _compile(compiler, dict(files) or {f"{name}.c": text}, name, flags, folder)
    warnings = (folder / "warnings.txt").read_text()
    return Program(name=name, source=text, path=path, flags=tuple(flags), warnings=warnings, files=files)


def sources() -> tuple[str, ...]:
    """The names of the course's own C programs, sorted: files, and folders of several."""
    folders = {path.parent.name for path in PROGRAMS.glob("*/*.c")}
    return tuple(sorted({path.stem for path in PROGRAMS.glob("*.c")} | folders))


@functools.cache
def cache_folder() -> Path:
    """Where compiled programs are kept: $XDG_CACHE_HOME/labkit or ~/.cache/labkit, else in the temporary folder.

    A home that cannot be written to (a read-only image, user `nobody`) is no error: the cache then lasts until the
    machine clears its temporary folder.
    """
    wanted = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "labkit"
    for folder in (wanted, Path(tempfile.gettempdir()) / f"labkit-cache-{os.getuid()}"):
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Somebody else's folder in a shared temporary directory must not feed us programs.
            if folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK):
                return folder
    raise LabkitError(
        f"Compiled programs must be kept, and neither {wanted} nor {tempfile.gettempdir()} can be written to.\n"
        "Set XDG_CACHE_HOME to a folder of yours."
    )


def read_source(source: str | Path) -> tuple[str, str, bool]:
    """The C text, a name for the program, and whether it is one of the course's own; `source` is as for `build`.

    Of a folder it is the text of the first file, the one named as the folder is; "webserver/http" is another of them.
    Raises LabkitError when there is no such program or file, or it cannot be read as text.
    """
    if isinstance(source, str):
        if "\n" in source or "{" in source:
            return source, "program", False
        own = PROGRAMS / f"{source}.c"
        if own.exists():
            return own.read_text(), source, True
        if source in sources():
            return (PROGRAMS / source / f"{source}.c").read_text(), source, True
        if "/" not in source and not source.endswith(".c"):
            near = difflib.get_close_matches(source, sources(), n=3, cutoff=0.4)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"The course has: {', '.join(sources())}."
            raise LabkitError(
                f"The course has no program called {source!r}. {hint}\nA file of yours is given by its path."
            )
    path = Path(source)
    if (first := path / f"{path.name}.c").is_file():
        path = first
    try:
        text = path.read_text()
    except FileNotFoundError as err:
        raise LabkitError(f"There is no file {path} (looked in {Path.cwd()}).") from err
    except UnicodeDecodeError as err:
        raise LabkitError(f"{path} is not C source: it is not UTF-8 text.") from err
    except OSError as err:
        raise LabkitError(f"{path} cannot be read: {err.strerror}.") from err
    return text, path.stem or "program", path.resolve().parent == PROGRAMS.resolve()


def read_files(source: str | Path) -> tuple[tuple[str, str], ...]:
    """Name and text of each file of a program that is a folder, the one named as it is first; () for any other."""
    if isinstance(source, str) and ("\n" in source or "{" in source):
        return ()
    own = isinstance(source, str) and not (PROGRAMS / f"{source}.c").exists() and source in sources()
    folder = PROGRAMS / source if own else Path(source)
    if not (folder / f"{folder.name}.c").is_file():
        return ()
    found = sorted(folder.glob("*.[ch]"), key=lambda path: (path.stem != folder.name, path.suffix, path.name))
    return tuple((path.name, path.read_text()) for path in found)


@functools.cache
def _compiler() -> tuple[str, str]:
    """The C compiler's path and what it says of its version."""
    wanted = os.environ.get("CC") or "cc"
    path = shutil.which(wanted) or shutil.which("gcc") or shutil.which("clang")
    if path is None:
        raise UnsupportedError(
            f"There is no C compiler here (looked for {wanted}, gcc and clang on PATH).\n"
            "Install one: `sudo apt install gcc` (Debian, Ubuntu) or `sudo dnf install gcc` (Fedora)."
        )
    version = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    return path, version.stdout


def _compile(compiler: str, files: Mapping[str, str], name: str, flags: Sequence[str], folder: Path) -> None:
    """Compile in a folder of its own and move that into place, so that a cache entry is whole or not there at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="labkit-build-", dir=folder.parent) as scratch:
        work = Path(scratch) / "work"
        work.mkdir()
        for file, text in files.items():
            (work / file).write_text(text)
        # The paths are relative, so that the compiler's message and the debug information name just the file.
        units = [file for file in files if file.endswith(".c")]
        status, message = _bounded([compiler, "-o", name, *units, *flags], work)
        if status != 0:
            raise CompileError(explain(units[0] if len(units) == 1 else name, message))
        (work / "warnings.txt").write_text(message)
        with contextlib.suppress(OSError):  # another process was first: its result is the same
            work.rename(folder)


def explain(file: str, message: str) -> str:
    """What is shown when a program does not compile: a first line of ours, then the compiler's own message.

    >>> print(explain("a.c", "/usr/bin/ld: undefined reference to `main'"))
    a.c has no main function, so there is nothing to start. The linker says:
    /usr/bin/ld: undefined reference to `main'
    """
    message = message.strip() or "(it said nothing)"
    if re.search(r"undefined reference to [`'\"]main['\"]", message):
        return f"{file} has no main function, so there is nothing to start. The linker says:\n{message}"
    return f"{file} does not compile. The compiler says:\n{message}"


def _bounded(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run the compiler within limits of time and of what it prints; its status and message."""
    # A compiler that is killed leaves its temporary files: in a folder that goes away with the build.
    environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(folder.parent)}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        ) as process,
    ):
        try:
            status = process.wait(_SECONDS)
        except subprocess.TimeoutExpired as err:
            raise CompileError(f"The compiler was stopped after {_SECONDS} seconds: {' '.join(command)}") from err
        finally:
            with contextlib.suppress(ProcessLookupError):  # the compiler starts processes of its own
                os.killpg(process.pid, signal.SIGKILL)
        said.seek(0)
        return status, said.read(_MESSAGE).decode(errors="replace")
