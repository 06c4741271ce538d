"""Counted runs against programs whose instructions are known one by one, and against the recorder and strace."""

import re
import shutil
import subprocess

import pytest

import labkit
from labkit.capture.counting import count
from tests.ordinary import ROOT, environment, python_for_nobody
from tests.restrict import NOBODY

pytestmark = pytest.mark.ptrace

BARE = ["-nostdlib", "-static", "-fno-pie", "-no-pie"]
# 2 for the registers, 2 a round, the nops, 3 to leave: every instruction is written out here.
KNOWN = """
void _start(void)
{
    __asm__ volatile (
        "mov $1000, %ecx\\n"
        "1: dec %ecx\\n"
        "jnz 1b\\n"
        ".rept 123\\n nop\\n .endr\\n"
        MORE
        "mov $0, %edi\\n"
        "mov $231, %eax\\n"
        "syscall\\n");
}
"""
WRITES = '"mov $39, %eax\\n" "syscall\\n" ".rept 10\\n nop\\n .endr\\n"'  # getpid
REPEATS = '"lea -600(%rsp), %rdi\\n" "mov $400, %ecx\\n" "cld\\n" "rep stosb\\n"'
LOOPS = """
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    __asm__ volatile ("1: dec %0\\n jnz 1b\\n" : "+r"(rounds));
    return puts("done") == EOF;
}
"""


def known(more):
    frame = "-fomit-frame-pointer"
    return labkit.build(KNOWN.replace("MORE", more or '""'), flags=[*BARE, frame, "-O2"], name="known")


@pytest.mark.parametrize(
    ("more", "stretches"),
    [
        ("", [(1 + 2000 + 123 + 3, "exit_group")]),
        (WRITES, [(1 + 2000 + 123 + 2, "getpid"), (10 + 3, "exit_group")]),
        (REPEATS, [(1 + 2000 + 123 + 4 + 3, "exit_group")]),
    ],
    ids=["a loop and nops", "a call between", "a repeated instruction counts once"],
)
def test_every_instruction_of_a_known_program_is_counted(more, stretches):
    seen = count(known(more))
    assert [(dict(stretch.instructions), stretch.call) for stretch in seen.stretches] == [
        ({"the program": number}, call) for number, call in stretches
    ]
    assert (seen.status, seen.ended_by) == (0, "")


def test_a_loop_in_a_usual_program_is_the_program_s_own():
    program = labkit.build(LOOPS)
    few, more = (count(program, [str(rounds)]) for rounds in (1001, 3001))
    assert more.by_owner["the program"] - few.by_owner["the program"] == 2 * 2000
    assert few.calls == more.calls
    assert few.by_owner["the dynamic loader"] > 10_000


def test_the_crossings_are_those_the_recorder_sees():
    seen = count("hello")
    recording = labkit.record("hello", every_call=True, stdout="file")
    calls = [event.call for event in recording.calls() if event.call != "execve"]
    assert list(seen.calls) == calls


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="NOT TESTED against strace: it is not installed")
def test_the_crossings_are_those_strace_sees(tmp_path):
    program = labkit.build(SIGNALS)
    command = ["strace", "-f", "-o", tmp_path / "log", program.path]
    subprocess.run(command, env={"LANG": "C.UTF-8"}, check=True, stdout=subprocess.DEVNULL)
    calls = re.findall(r"^\d+ +(\w+)\(", (tmp_path / "log").read_text(), re.MULTILINE)
    assert list(count(program).calls) == calls[1:]  # not the execve that made it


SIGNALS = """
#include <signal.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t seen;
static void handler(int number) { seen = number; }
int main(void)
{
    if (signal(SIGUSR1, handler) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return 1;
    if (raise(SIGUSR1) != 0 || raise(SIGCHLD) != 0 || seen != SIGUSR1)
        return 1;
    return getppid() == 0;
}
"""


def test_the_time_is_asked_of_the_vdso():
    asks = """
    #include <time.h>
    int main(void)
    {
        struct timespec now;
        for (int i = 0; i < 10; i++)
            if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
                return 1;
        return 0;
    }
    """
    seen = count(asks)
    if "clock_gettime" in seen.calls:
        pytest.skip("NOT TESTED: this machine's clock cannot be read without a system call")
    assert seen.by_owner["the vDSO"] >= 10


@pytest.mark.parametrize(
    ("body", "limits", "facts"),
    [
        ("for (;;) { }", {"instructions": 20_000}, ("instructions", None, None)),
        ("abort();", {}, ("", None, "SIGABRT")),
        ("return 7;", {}, ("", 7, None)),
    ],
    ids=["no end", "killed", "a status"],
)
def test_how_a_run_ends_is_told(body, limits, facts):
    seen = count(f"#include <stdlib.h>\n#include <unistd.h>\nint main(void) {{ {body} }}", **limits)
    assert (seen.ended_by, seen.status, seen.signal) == facts
    assert "instructions" not in limits or seen.instructions == limits["instructions"]


def test_a_program_that_sleeps_for_ever_is_ended_in_its_sleep():
    seen = count(known('"mov $34, %eax\\n" "syscall\\n"'), seconds=1.0)  # pause
    assert (seen.ended_by, seen.status, seen.signal) == ("seconds", None, None)
    assert (seen.calls, seen.stretches[0].result) == (("pause",), None)


def test_what_it_starts_runs_along_uncounted():
    forks = """
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void)
    {
        pid_t child = fork();
        if (child == 0)
            return execl("/bin/true", "true", NULL);
        return child < 0 || wait(NULL) != child;
    }
    """
    seen = count(forks)
    assert (seen.others, seen.status) == (1, 0)
    assert "wait4" in seen.calls


def test_input_files_and_arguments_reach_it():
    reads = '#include <stdio.h>\nint main(int c, char **v) { return getchar() + (c > 1 && fopen(v[1], "r")); }'
    assert count(reads, "here", stdin=b"\5", files={"here": ""}).status == 6


def test_errors_say_what_is_wrong():
    with pytest.raises(labkit.LabkitError, match="no such file"):
        count("./nothing")
    with pytest.raises(labkit.LabkitError, match="above 0"):
        count("hello", instructions=0)
    with pytest.raises(labkit.LabkitError, match="no argument 'colour'"):
        count("hello", colour=1)


def test_an_ordinary_user_counts_the_same():
    python = python_for_nobody()
    ran = subprocess.run(
        [python, "-c", "import labkit; print(labkit.crossings('hello'))"],
        **NOBODY,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stdout == f"{labkit.crossings('hello')}\n", ran.stderr
