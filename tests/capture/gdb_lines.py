"""Runs inside gdb: the second source for lines. Prints one row a system call entered by the program.

Usage: gdb -batch -nx -ex "python OUT='file'" -x gdb_lines.py PROGRAM
"""

from pathlib import Path

import gdb

OUT = globals()["OUT"]
SKIP = ("libc.so", "ld-linux", "ld-musl", "libpthread")


def place():
    """Line and function of the innermost frame that has a line and is not in a library, as gdb sees it."""
    frame = gdb.newest_frame()
    depth = 0
    while frame is not None and depth < 300:
        sal = frame.find_sal()
        library = gdb.solib_name(frame.pc()) or ""
        if sal.symtab is not None and sal.line and not any(name in library for name in SKIP):
            source = Path(sal.symtab.filename)
            if not source.is_relative_to("/usr"):
                return f"{source.name}:{sal.line}:{frame.name()}"
        frame = frame.older()
        depth += 1
    return "-"


def main():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set debuginfod enabled off")
    gdb.execute("set backtrace past-main on")
    gdb.execute("handle all nostop noprint pass")
    gdb.execute("set startup-with-shell off")
    gdb.execute("set follow-fork-mode parent")
    gdb.execute("set detach-on-fork on")
    gdb.execute("catch syscall")
    rows, entered = [], True
    gdb.execute("run")
    while gdb.selected_inferior().pid:
        where = place()
        if entered:
            number = int(gdb.parse_and_eval("$orig_rax"))
            rows.append(f"{number} {where}")
        # execve is the first stop gdb sees at its return; after that entries and returns alternate
        entered = not entered
        gdb.execute("continue", to_string=True)
    Path(OUT).write_text("\n".join(rows))


main()
