"""Hidden is what the loader, the library and the shell do for themselves; never what the program does."""

import pytest

from labkit.decode.background import background, visible
from labkit.decode.background_ids import background_ids
from labkit.decode.replay import steps
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Place, Process
from tests.decode.happenings import START, interleaved, recording, writes


def call(index, name, *args, via=(), line=None, phase="", result=0, errno="", pid=100, detail="", changes=()):
    file, function = ("prog.c", "main") if line else ("", "")
    return Event(index, "call", pid, pid, 2 * index, 2 * index + 1, 0.0, 0.0, Place(file, line, function, via, phase),
                 name, args, -1 if errno else result, errno, detail, changes=changes)  # fmt: skip


def argument(name, value, kind="int", text=""):
    return Argument(name, kind, value, text or str(value))


def why(*events, program="prog"):
    """Why each of these calls of one process is background."""
    start = (*START, Change("processes", (100,), Process(100, 0, program, 1)))
    return background(recording(events, start))


def fstat(index, fd=1, **more):
    return call(index, "newfstatat", argument("dirfd", fd, "fd"), argument("path", "", "path"), **more)


def stat(index, path, **more):
    return call(index, "newfstatat", argument("dirfd", -100, "fd"), argument("path", path, "path"), **more)


def mmap(index, flags, result=4096, **more):
    return call(index, "mmap", argument("addr", 0), argument("flags", 0, "flags", flags), result=result, **more)


def test_what_the_loader_does_is_start_up_but_not_what_it_tells_people():
    loader = {"phase": "before main"}
    assert why(
        call(0, "execve"),
        call(1, "openat", **loader),
        call(2, "read", **loader),
        call(3, "write", **loader),
        call(4, "exit_group", **loader),
    ) == ("", "start-up", "start-up", "", "")
    assert why(call(0, "openat", line=3, phase="before main")) == ("",)  # a constructor of the program's own


def test_what_a_library_function_needs_is_background_wherever_it_was_called():
    assert why(
        call(0, "openat", via=("setlocale", "open"), line=4, errno="ENOENT"),
        call(1, "openat", via=("fopen", "open"), line=5, errno="ENOENT"),
        call(2, "read", via=("localtime_r", "fread_unlocked", "read"), line=6),
        call(3, "connect", via=("getpwuid", "getpwuid_r", "connect"), errno="ENOENT"),
        call(4, "openat", argument("path", "/usr/share/locale/C/x.mo", "path"), via=("error", "open"), errno="ENOENT"),
    ) == ("locale", "", "time zone", "user names", "locale")


def test_stdio_asks_about_its_stream_once_and_the_program_asks_itself():
    assert why(
        fstat(0, via=("printf", "fstatat"), line=7),
        fstat(1, via=("fstat", "fstatat"), line=8),
        fstat(2, via=("fstat", "fstatat")),
        stat(3, "a", via=("stat", "fstatat"), line=9, errno="ENOENT"),
        call(4, "lseek", via=("dprintf", "lseek"), line=10, errno="ESPIPE"),
        call(5, "lseek", via=("rewind", "lseek"), line=11),
        call(6, "write", via=("printf", "write"), line=12),
    ) == ("stdio set-up", "", "housekeeping", "", "stdio set-up", "", "")


def test_memory_is_background_unless_the_program_maps_it_itself():
    assert why(
        call(0, "getrandom", via=("puts", "malloc", "getrandom"), line=3),
        call(1, "getrandom", via=("getrandom",), line=3),
        mmap(2, "MAP_PRIVATE|MAP_ANONYMOUS", via=("pthread_create", "mmap"), line=4),
        mmap(3, "MAP_PRIVATE|MAP_ANONYMOUS", via=("mmap",), line=5),
        mmap(4, "MAP_SHARED", via=("mmap",)),
        mmap(5, "MAP_PRIVATE|MAP_ANONYMOUS", result=8192, via=("mmap",)),
    ) == ("memory", "", "memory", "", "", "memory")


def test_an_unmapping_is_what_its_mapping_was():
    unmap = argument("addr", 4096)
    assert why(mmap(0, "MAP_SHARED"), call(1, "munmap", unmap)) == ("", "")
    assert why(mmap(0, "MAP_ANONYMOUS"), call(1, "munmap", unmap)) == ("memory", "memory")


def test_signals_of_the_program_are_its_own_and_those_of_system_are_not():
    assert why(
        call(0, "rt_sigaction", via=("signal", "sigaction"), line=3),
        call(1, "rt_sigaction", via=("system", "sigaction"), line=4),
        call(2, "rt_sigaction", via=("sigaction",)),
        call(3, "getpid", via=("getpid",), line=5),
        call(4, "getpid", via=("raise", "getpid"), line=6),
        call(5, "tgkill", via=("raise",), line=6),
    ) == ("", "housekeeping", "housekeeping", "", "housekeeping", "")


def test_a_shell_searches_along_path_and_tests_a_file():
    search = [stat(at, f"/{place}/ls", errno=errno) for at, (place, errno) in enumerate([("a", "ENOENT"), ("b", "")])]
    test = stat(2, "/etc/motd", errno="ENOENT")
    assert why(*search, test, program="dash") == ("command search", "command search", "")
    assert why(*search, test, program="prog") == ("", "", "")
    found = stat(0, "/bin/ls"), call(1, "execve", argument("path", "/bin/ls", "path"))
    assert why(*found, program="bash") == ("command search", "")


def test_forks_execs_waits_and_injected_faults_are_never_hidden():
    shown = [call(at, name) for at, name in enumerate(("clone", "vfork", "execve", "wait4", "exit_group", "pipe2"))]
    assert set(why(*shown, program="dash")) == {""}
    assert why(fstat(0, via=("printf", "fstatat"), errno="EIO", detail="fault injected")) == ("",)
    nothing_left = argument("options", 1, "flags", "WNOHANG")
    assert why(call(0, "wait4", nothing_left, errno="ECHILD"), call(1, "wait4", nothing_left)) == ("housekeeping", "")


def test_one_answer_a_step_and_the_same_again():
    made = interleaved()
    assert len(background(made)) == len(steps(made))
    assert background(made) is background(made)
    assert visible(made) == tuple(range(len(steps(made))))


def opened(index, number, inode, *, closed=False, **more):
    values = (None, None, None) if closed else (
        OpenFile(number, inode, "O_RDONLY", 0), Inode(inode, "file", f"/{inode}"), Descriptor(number))  # fmt: skip
    keys = (("open_files", (number,)), ("inodes", (inode,)), ("tables", (1, 9)))
    changed = tuple(Change(what, key, value) for (what, key), value in zip(keys, values, strict=True))
    name = "close" if closed else "openat"
    return call(index, name, argument("fd", 9, "fd"), result=0 if closed else 9, changes=changed, **more)


def test_ids_of_what_only_background_steps_touch():
    hidden, shown = {"via": ("setlocale", "open")}, {"via": ("open",)}

    def ids(*events):
        found = background_ids(recording(events))
        return set(found.open_files), set(found.inodes)

    assert ids(opened(0, 7, 8, **hidden), opened(1, 7, 8, closed=True, **hidden)) == ({7}, {8})
    assert ids(opened(0, 7, 8, **shown), opened(1, 7, 8, closed=True, **shown)) == (set(), set())
    assert ids(opened(0, 7, 8, **hidden)) == (set(), set())  # still there at the end
    used = call(1, "read", argument("fd", 9, "fd"), line=3)
    assert ids(opened(0, 7, 8, **hidden), used, opened(2, 7, 8, closed=True, **hidden)) == (set(), set())
    assert ids(*writes(3).events) == (set(), set())


@pytest.mark.ptrace
def test_of_real_programs_what_the_learner_came_for_is_left():
    from labkit.capture.record import record

    made = record("cat a | sort", shell=True, files={"a": "b\na\n"})
    left = [made.events[steps(made)[number].event] for number in visible(made)]
    calls = {event.call for event in left if event.kind == "call"}
    assert {"execve", "pipe2", "dup2", "close", "read", "write", "openat", "wait4", "exit_group"} <= calls
    assert not calls & {"mmap", "munmap", "brk", "rt_sigaction", "getrandom", "fstat", "newfstatat", "prlimit64"}
    paths = {event.argument("path") for event in left if event.call == "openat"}
    assert paths == {"a"}
    assert len(background_ids(made).open_files) > 10


@pytest.mark.ptrace
def test_of_a_program_of_ones_own_all_is_left_that_it_does():
    from labkit.capture.build import build
    from labkit.capture.record import record

    body = 'close(99);\nprintf("hi\\n");\nreturn getpid() < 0;'
    made = record(build(f"#include <stdio.h>\n#include <unistd.h>\nint main(void) {{\n{body}\n}}\n", name="own"))
    left = [made.events[steps(made)[number].event] for number in visible(made)]
    assert [event.call for event in left] == ["execve", "close", "getpid", "write", "exit_group", ""]
