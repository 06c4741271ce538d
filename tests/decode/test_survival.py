"""Where bytes are and what would be left of them: against the program's own fate, and a program for each rule."""

from dataclasses import replace

import pytest

import labkit
from labkit.decode.store import from_json, to_json
from labkit.decode.survival import survival
from labkit.model import Wait

pytestmark = pytest.mark.ptrace
PROGRAM = """
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{{
{body}
    return 0;
}}
"""


def recorded(body, **options):
    return labkit.record(PROGRAM.format(body="\n".join(f"    {line}" for line in body)), lines=True, **options)


def rows(found):
    return [(moment.buffer, moment.kernel, moment.storage) for moment in found]


def test_a_line_of_the_diary_goes_down_step_by_step():
    found = survival(labkit.record("diary", lines=True), "diary")
    safe = (0, 0, 13) if not found.in_memory else (0, 13, 0)
    later = [(13, *safe[1:]), (0, 26 - safe[2], safe[2])]
    assert rows(found) == [(13, 0, 0), (0, 13, 0), *([safe] if not found.in_memory else []), *later]
    assert found.after("fputs").kept("kill -9") == "the first 13 of 26 bytes"
    assert found.after("fflush").kept("kill -9") == "all of it" and found.after("fflush").kept("power cut") == "nothing"
    assert found.named


def test_a_file_system_that_is_memory_outlives_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", "/dev/shm")
    found = survival(labkit.record("diary", lines=True), "diary")
    assert found.filesystem == "tmpfs" and found.in_memory
    assert {moment.left("power cut") for moment in found} == {0}
    assert found.after("fclose").left("kill -9") == 26


ENDS = {"return": "all of it", "exit": "all of it", "_exit": "nothing", "abort": "nothing", "kill": "nothing"}


@pytest.mark.parametrize("way", ENDS)
def test_what_is_said_to_be_left_is_what_did_come_out(way):
    """The row before the end says what each end would leave; the run that ends so leaves it."""
    found = survival(labkit.record("ends", [way], lines=True), "stdout")
    foretold = found.after("printf").left("exit" if ENDS[way] == "all of it" else "kill -9")
    assert len(labkit.run("ends", [way]).output()) == foretold
    assert ("lost" in found.moments[-1].after) == (foretold == 0)


def test_fork_doubles_what_is_in_the_buffer():
    found = survival(labkit.record("before_fork", lines=True, in_turn=True), "stdout")
    assert [found.after(words).buffer for words in ('printf("before', "fork()")] == [7, 14]
    assert rows(found)[-1] == (0, 27, 0)


def test_what_is_read_from_a_pipe_was_not_lost():
    recording = labkit.record("three_ways", lines=True)
    assert rows(survival(recording, "pipe A")) == [(3, 0, 0), (0, 3, 0)]
    assert rows(survival(recording, "socket A")) == [(3, 0, 0), (0, 3, 0)]
    assert [kind.in_memory for kind in (survival(recording, "pipe A"), survival(recording, "socket A"))] == [True] * 2


WRITE = 'int fd = open("f", O_RDWR | O_CREAT | {flags}, 0600); if (write(fd, "abcdef", 6) != 6) return 1;'


def storage(body, **options):
    found = survival(recorded(body, **options), "f")
    if found.in_memory:
        pytest.skip("temporary files are on a file system that is memory: nothing reaches storage")
    return found


@pytest.mark.parametrize("call", ["fsync(fd)", "fdatasync(fd)", "syncfs(fd)", "sync()"])
def test_each_call_that_makes_sure(call):
    assert rows(storage(["#define _GNU_SOURCE", "int syncfs(int);", WRITE.format(flags=0), f"{call};"]))[-1] == (
        0,
        0,
        6,
    )


def test_a_call_that_failed_makes_nothing_sure():
    fault = [labkit.Fault("fsync", errno="EIO")]
    found = storage([WRITE.format(flags=0), "if (fsync(fd) == 0) return 1;"], inject=fault)
    assert rows(found)[-1] == (0, 6, 0)


def test_another_file_made_sure_is_another_file():
    body = [WRITE.format(flags=0), 'int other = open("g", O_RDWR | O_CREAT, 0600);', "fsync(other);"]
    assert rows(storage(body))[-1] == (0, 6, 0)


def test_o_sync_makes_each_write_sure():
    assert rows(storage([WRITE.format(flags="O_SYNC")]))[-1] == (0, 0, 6)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('if (pwrite(fd, "X", 1, 2) != 1) return 1;', (0, 4, 2)),
        ("if (ftruncate(fd, 4) < 0) return 1;", (0, 0, 4)),
        ('if (write(fd, "gh", 2) != 2) return 1;', (0, 2, 6)),
    ],
)
def test_what_is_written_over_or_cut_off_is_no_longer_safe(line, left):
    assert rows(storage([WRITE.format(flags=0), "fsync(fd);", line]))[-1] == left


def test_the_name_is_made_sure_by_syncing_the_folder():
    body = [WRITE.format(flags=0), "fsync(fd);"]
    assert storage(body).named
    assert not storage([*body, 'int folder = open(".", O_RDONLY);', "fsync(folder);"]).named


def test_a_name_that_is_not_there():
    recording = labkit.record("diary", lines=True)
    with pytest.raises(labkit.LabkitError, match="called 'dairy'"):
        survival(recording, "dairy")
    with pytest.raises(labkit.LabkitError, match="No bytes moved for diary"):
        survival(recording, "diary").after("printf")


def test_that_storage_took_its_time_changes_nothing():
    """Whether fsync is caught asleep is chance; what is told must not be."""
    recording = labkit.record("diary", lines=True)
    (sync,) = recording.calls("fsync")
    told, steps = [], []
    for wait in (None, Wait("the disk", None, "folio_wait_bit_common", "D")):
        events = [*recording.events]
        events[sync.index] = replace(sync, wait=wait)
        slept = from_json(to_json(replace(recording, events=tuple(events))))
        told.append(str(labkit.step(slept)))
        steps.append([moment.step for moment in survival(slept, "diary")])
    assert told[0] == told[1] and steps[0] == steps[1]
    interruptible = replace(sync, wait=Wait("the disk", None, "", "S"))
    events = (*recording.events[: sync.index], interruptible, *recording.events[sync.index + 1 :])
    assert "falls asleep" in str(labkit.step(replace(recording, events=events)))
