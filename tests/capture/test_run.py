"""Running: what the program itself says of its surroundings, against what the `Run` says."""

import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import labkit
from labkit.capture.build import build
from labkit.capture.run import run, run_each, run_on
from labkit.model import Limits

PROGRAMS = Path(__file__).parent / "programs"
TARGETS = ("terminal", "pipe", "file")


def words(result):
    return result.output().decode().splitlines()


@pytest.mark.parametrize("stdout", TARGETS)
@pytest.mark.parametrize("stderr", TARGETS)
def test_the_program_sees_the_descriptors_it_was_given_and_no_others(stdout, stderr):
    result = run(PROGRAMS / "descriptors.c", stdout=stdout, stderr=stderr)
    assert words(result)[:3] == ["0 device", f"1 {stdout}", f"2 {stderr}"]
    assert not any(line.startswith("leaked") for line in words(result))
    assert f"foreground {int(stdout == 'terminal')}" in words(result)
    assert result.wiring[0] == "/dev/null" and (result.stdout, result.stderr) == (stdout, stderr)


def test_arguments_environment_standard_input_and_folder(monkeypatch):
    monkeypatch.setenv("COLOUR", "of the notebook")
    result = run(PROGRAMS / "descriptors.c", "one 'two three'", stdin="x", env={"COLOUR": "blue"})
    assert words(result)[0] == "0 pipe"
    assert [line for line in words(result) if line.startswith("argument")] == ["argument one", "argument two three"]
    assert "colour blue" in words(result)
    assert "colour none" in words(run(PROGRAMS / "descriptors.c"))
    folder = next(line.partition(" ")[2] for line in words(result) if line.startswith("folder"))
    assert folder != str(Path.cwd()) and not Path(folder).exists()


def test_every_signal_is_at_its_default_though_python_ignores_some():
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
    assert words(run(PROGRAMS / "dispositions.c")) == ["looked"]


ECHO = r"""
#include <stdio.h>
int main(void)
{
    int byte;
    while ((byte = getchar()) != EOF)
        putchar(byte);
    return 0;
}
"""


@pytest.mark.parametrize("data", [b"", b"one\ntwo\n", bytes(range(256)), b"x" * 300_000])
@pytest.mark.parametrize("stdout", TARGETS)
def test_bytes_in_are_bytes_out(data, stdout):
    result = run(ECHO, stdin=data, stdout=stdout)
    assert result.output() == data and result.status == 0


def test_a_program_that_does_not_read_its_input_is_not_waited_for():
    assert run("int main(void)\n{\n    return 7;\n}\n", stdin=b"x" * 1_000_000).status == 7


def test_chunks_leave_when_the_program_says_they_do():
    result = run(PROGRAMS / "spoken.c")
    pieces = [chunk for chunk in result.chunks if chunk.fd == 1]
    assert [chunk.data for chunk in pieces] == [b"piece %d\n" % i for i in range(10)]
    said = [int(line) / 1e6 for line in result.output(2).split()]
    starts = [then - chunk.at for then, chunk in zip(said, pieces, strict=True)]
    # The two clocks start at different moments, but it is the same difference for all ten.
    assert max(starts) - min(starts) < 0.02 + result.duration / 4


@pytest.mark.parametrize("stdout", TARGETS)
def test_the_same_bytes_at_other_moments(stdout):
    result = run("newline", stdout=stdout)
    assert result.output() == b"first\nsecond\n"
    assert labkit.when(result, "first\n") == ("at once" if stdout == "terminal" else "after 1 s")
    assert labkit.when(result, "second\n") == "after 1 s"


def test_sleeping_is_seen_with_its_call():
    result = run("pause")
    (span,) = result.spans
    assert span.call == "clock_nanosleep"
    assert span.end - span.start > 0.8 * result.duration


def test_status_and_signal():
    assert (run("ends", ["exit"]).status, run("ends", ["exit"]).signal) == (0, None)
    assert (run("ends", ["kill"]).status, run("ends", ["kill"]).signal) == (None, "SIGKILL")
    assert run("int main(void)\n{\n    return 300 & 255;\n}\n").status == 300 & 255


def test_a_program_that_writes_to_a_pipe_nobody_reads_is_killed_by_sigpipe():
    source = r"""
#include <unistd.h>
int main(void)
{
    int ends[2];
    if (pipe(ends) != 0 || close(ends[0]) != 0)
        return 1;
    return write(ends[1], "x", 1) == 1;
}
"""
    assert run(source).signal == "SIGPIPE"


def test_files_put_there_and_files_left():
    source = r"""
#include <stdio.h>
int main(void)
{
    char word[16] = "";
    FILE *in = fopen("in.txt", "r"), *out = fopen("out.txt", "w");
    if (!in || !out || fscanf(in, "%15s", word) != 1)
        return 1;
    fprintf(out, "%s again", word);
    return fclose(out) != 0;
}
"""
    result = run(source, files={"in.txt": "hello there"})
    assert result.status == 0
    assert [(file.name, file.size, file.data) for file in result.files] == [("out.txt", 11, b"hello again")]


def test_what_is_wrong_with_a_call_is_said():
    with pytest.raises(labkit.LabkitError, match=r'leads to "terminal", "pipe" or "file", not to .screen'):
        run("pause", stdout="screen")
    with pytest.raises(labkit.LabkitError, match="no argument 'second'"):
        run("pause", second=3)
    with pytest.raises(labkit.LabkitError, match="must be above 0"):
        run("pause", seconds=0)
    with pytest.raises(labkit.LabkitError, match="outside the program's working folder"):
        run("pause", files={"../x": "y"})
    with pytest.raises(labkit.LabkitError, match="E2BIG"):
        run("pause", ["x" * 3_000_000])


def test_a_program_that_is_gone_or_no_program(tmp_path):
    from dataclasses import replace

    program = build("pause")
    with pytest.raises(labkit.LabkitError, match="No such file or directory"):
        run(replace(program, path=tmp_path / "gone"))
    text = tmp_path / "text"
    text.write_text("this is no program")
    text.chmod(0o755)
    with pytest.raises(labkit.LabkitError, match="no program for this machine"):
        run(replace(program, path=text))


def test_run_on_is_one_run_for_each_target():
    results = run_on("mixed", "terminal", "file", args=["a"], limits=Limits(seconds=5))
    assert [(r.stdout, r.args, r.limits.seconds) for r in results] == [("terminal", ("a",), 5), ("file", ("a",), 5)]
    assert {r.output() for r in results} == {b"write, printf, printf again\n"}


MEETS = r"""
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    // each gives its own name away and waits for the other's: one after another they would never end
    FILE *mine = fopen(argv[1], "w"), *own = fopen("mine", "wx");
    if (argc < 4 || mine == NULL || own == NULL)
        return 1;
    while (access(argv[2], F_OK) < 0)
        usleep(1000);
    printf("%s met\n", argv[3]);
    return 0;
}
"""


def test_runs_of_one_program_go_on_at_the_same_time_each_in_a_folder_of_its_own(tmp_path):
    one, other = (str(tmp_path / name) for name in ("one", "other"))
    results = run_each(MEETS, [one, other, "A"], [other, one, "B"], limits=Limits(seconds=8))
    assert [(r.output(), r.status, r.ended_by) for r in results] == [(b"A met\n", 0, ""), (b"B met\n", 0, "")]
    assert [[left.name for left in r.files] for r in results] == [["mine"], ["mine"]]
    assert run_each("ends", "_exit", ["return"])[1].output() == b"still in the buffer"
    assert run_each("ends") == () == run_on("ends")


def test_a_mistake_in_one_ends_them_all(tmp_path):
    with pytest.raises(labkit.LabkitError, match="not to 'printer'"):
        run_on("pause", "pipe", "printer")
    missing = labkit.build("pause")
    with pytest.raises(labkit.LabkitError, match="was not started"):
        run_each(replace(missing, path=tmp_path / "gone"), "", "")


FLOOD = r"""
#include <stdio.h>
int main(void)
{
    for (int i = 0; i < 60000; i++)
        printf("ten bytes\n");
    return 0;
}
"""


def test_one_that_says_much_does_not_hold_up_the_others():
    results = run_on(FLOOD, "pipe", "file", "terminal", limits=Limits(seconds=8))
    assert [(len(r.output()), r.status) for r in results] == [(600_000, 0)] * 3


@pytest.mark.strace
def test_chunks_are_the_writes_that_strace_sees(tmp_path):
    import shutil
    import subprocess

    if not shutil.which("strace"):
        pytest.skip("strace is not installed (apt install strace)")
    program = build("modes")
    log = tmp_path / "log"
    command = ["strace", "-e", "trace=write", "-o", log, program.path, "none"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=30)
    seen = re.findall(r'write\(1, "((?:[^"\\]|\\.)*)"', log.read_text())
    pieces = [text.encode().decode("unicode_escape").encode() for text in seen]
    assert b"".join(pieces) == run(program, ["none"]).output()
    # strace sees two writes where printf("two\nth") makes them; what leaves within one beat is one chunk or more
    chunks = [chunk.data for chunk in labkit.run(program, ["none"]).chunks]
    assert b"".join(chunks) == b"".join(pieces) and len(chunks) <= len(pieces)
