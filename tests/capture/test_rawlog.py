"""The reader of the tracer's log: it and the C source agree on every number, and damaged logs do no harm."""

import re
import struct
from pathlib import Path

import pytest
from tracing import compiled, traced

from labkit.capture import rawlog
from labkit.capture.rawlog import KINDS, PARTS, records
from labkit.errors import LabkitError

HEADER = (Path(rawlog.__file__).parent / "tracer" / "tracer.h").read_text()


def enumerators(name):
    body = re.search(rf"enum {name} \{{(.*?)\}}", HEADER, re.S)[1]
    return [word.strip().split(" = ") for word in body.replace("\n", " ").split(",")]


def test_kinds_of_records_are_the_same_in_c():
    assert [name.lower() for (name,) in enumerators("kind")] == list(KINDS)


def test_parts_of_memory_are_the_same_in_c():
    assert [name.removeprefix("PART_").lower() for (name,) in enumerators("part")] == list(PARTS)


def test_tags_of_sections_are_the_same_in_c():
    other = {"FILE_": "FILE", "FORKED": "FORK", "SIGINFO": "SIGNAL", "PRINTED": "OUTPUT", "VERIFIED": "VERIFY"}
    names = [word[0] for word in enumerators("tag")]
    numbers = [getattr(rawlog, f"TAG_{other.get(name, name)}") for name in names]
    assert numbers == list(range(1, 1 + len(names)))


def test_bits_of_descriptor_facts_are_the_same_in_c():
    pairs = re.findall(r"\b(HAVE_\w+|CLOEXEC) = (\d+)", HEADER)
    assert {name: getattr(rawlog, name) for name, _ in pairs} == {name: int(bit) for name, bit in pairs}
    assert len(pairs) == 14


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return traced([compiled("descriptor_facts")], stdout="file", cwd=tmp_path_factory.mktemp("work"))[0].log


@pytest.mark.ptrace
def test_a_log_cut_anywhere_gives_the_records_before(log):
    whole = list(records(log))
    ends, at = [], 0
    while at < len(log):
        at += struct.unpack_from("<I", log, at)[0]
        ends.append(at)
    assert ends[-1] == len(log) and len(ends) == len(whole)
    for count in (0, 1, 5, len(ends) - 1):
        start = ends[count - 1] if count else 0
        for cut in (start, start + 1, start + 23, ends[count] - 1):
            assert list(records(log[:cut])) == whole[:count]


@pytest.mark.ptrace
@pytest.mark.parametrize("size", [1, 7, 24, 1000, 100_000])
def test_a_log_in_parts_gives_the_same_records(log, size):
    parts = [log[at : at + size] for at in range(0, len(log), size)]
    assert list(records(parts)) == list(records(log))


@pytest.mark.ptrace
def test_a_record_is_given_as_soon_as_it_is_whole(log):
    first = struct.unpack_from("<I", log)[0]
    asked = []

    def parts():
        for part in (log[: first - 1], log[first - 1 : first + 30], log[first + 30 :]):
            asked.append(len(part))
            yield part

    coming = records(parts())
    assert next(coming).kind == "start" and len(asked) == 2
    assert next(coming).kind == "entry" and len(asked) == 3


@pytest.mark.ptrace
def test_a_damaged_log_is_an_error_not_a_hang(log):
    for place, junk in ((0, b"\0\0\0\0"), (4, b"\xff\xff")):
        with pytest.raises(LabkitError, match="damaged"):
            list(records(log[:place] + junk + log[place + len(junk) :]))
    behind = struct.unpack_from("<I", log)[0]
    damaged = log[:behind] + b"\0\0\0\0" + log[behind + 4 :]
    with pytest.raises(LabkitError, match=f"byte {behind} "):
        list(records([damaged[: behind - 9], damaged[behind - 9 :]]))


@pytest.mark.ptrace
def test_only_finds_what_records_finds(log):
    some = list(rawlog.only(log, "death", "end"))
    assert [raw.seq for raw in some] == [raw.seq for raw in records(log) if raw.kind in ("death", "end")]
    assert some[-1] == list(records(log))[-1]


WALK = r"""
#include <stdint.h>
#include <unistd.h>

/* Fills `depth` frames with the address of each word in that word, and calls at each depth, going in and coming out. */
static int deeper(int depth)
{
    volatile uint64_t here[40];
    for (int i = 0; i < 40; i++)
        here[i] = (uint64_t)(uintptr_t)&here[i];
    access("x", depth);
    int below = depth ? deeper(depth - 1) : 0;
    here[depth % 40] = (uint64_t)(uintptr_t)&here[depth % 40];
    access("y", depth);
    return below + (int)here[0];
}

int main(void)
{
    deeper(30);
    return 0;
}
"""


@pytest.mark.ptrace
@pytest.mark.parametrize("limit", [512, 4096, 16384])
def test_stacks_put_together_from_differences_are_whole(limit):
    """The program writes into each word of its frames where it stands: so each window can be checked by itself."""
    from labkit.capture.build import build

    _, log = traced([str(build(WALK).path)], stack_limit=limit)
    calls = [raw for raw in log if raw.kind == "entry" and raw.nr == 21][-62:]
    assert [piece.data for raw in calls for piece in raw.memory] == [b"x"] * 31 + [b"y"] * 31
    for raw in calls:
        sp, data = raw.stack
        assert sp == raw.regs[19] and len(data) <= limit
        found = sum(struct.unpack_from("<Q", data, offset)[0] == sp + offset for offset in range(0, len(data), 8))
        frames = 31 - raw.args[1]  # how deep this call is
        assert found >= min(40 * frames, len(data) // 8 * 3 // 4)
