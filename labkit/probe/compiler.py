"""Tries the C compiler: a program is made, with debug information, and run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from labkit.probe.entry import NotWorking

SOURCE = """#include <stdio.h>
int main(void)
{
    puts("ready");
    return 7;
}
"""


def make_and_run(home: Path) -> str:
    """Compile a program and run it: its output and its exit status are as written in its source."""
    compiler, program = make(home)
    ran = subprocess.run([program], capture_output=True, text=True)
    if (ran.stdout, ran.returncode) != ("ready\n", 7):
        raise NotWorking(f"the program it made wrote {ran.stdout!r} and ended with {ran.returncode}, not 'ready' and 7")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout.partition("\n")[0]
    return f"{version}: made a program, and it ran"


def make(home: Path) -> tuple[str, Path]:
    """Compile SOURCE with -g in the folder `home`: the compiler used and the program made; NotWorking if it cannot."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotWorking("no cc, gcc or clang on PATH")
    source, program = home / "answer.c", home / "answer"
    source.write_text(SOURCE)
    made = subprocess.run([compiler, "-g", "-O0", "-o", program, source], capture_output=True, text=True)
    if made.returncode != 0:
        raise NotWorking(
            f"{Path(compiler).name}: {(made.stderr or made.stdout).strip() or f'status {made.returncode}'}"
        )
    return compiler, program
