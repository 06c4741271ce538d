"""Positions of a stream, against what ftell and lseek told the same program."""

import random

import pytest

import labkit
from labkit.decode.positions import positions
from labkit.errors import LabkitError

pytestmark = pytest.mark.ptrace
HEAD = """#include <stdio.h>
#include <unistd.h>
int main(void)
{
    char some[64];
    FILE *f = fopen("letters", "MODE");
    if (f == NULL)
        return 1;
"""
TAIL = """    some[0] = 0;
    return fclose(f) == EOF;
}
"""
TELL = '    printf("%ld %ld\\n", ftell(f), (long)lseek(3, 0, SEEK_CUR));\n'


def operations(seed, size):
    """Reads, writes and seeks in random order, with the seek C11 asks for where the direction changes."""
    chance = random.Random(seed)
    made, last = [], "seek"
    for _ in range(14):
        kind = chance.choice(["read", "write", "seek"])
        if {kind, last} == {"read", "write"}:
            made.append("if (fseek(f, 0, SEEK_CUR) != 0) return 1;")
        made.append(
            {
                "read": chance.choice(
                    ["if (fgetc(f) == EOF && 0) return 1;", "if (fread(some, 1, 7, f) > 7) return 1;"]
                ),
                "write": chance.choice(
                    ["if (fputc('X', f) == EOF) return 1;", 'if (fputs("four", f) == EOF) return 1;']
                ),
                "seek": chance.choice(
                    ["rewind(f);", f"if (fseek(f, {chance.randrange(size)}, SEEK_SET) != 0) return 1;"]
                ),
            }[kind]
        )
        last = kind
    return made


@pytest.mark.parametrize("mode", ["r+", "w+", "a+"])
@pytest.mark.parametrize(("seed", "size"), [(1, 26), (2, 26), (3, 10_000), (4, 10_000)])
def test_ftell_and_lseek_say_the_same(mode, seed, size):
    made = operations(seed, size)
    head, letters = HEAD.replace("MODE", mode), "abcdefghij" * (size // 10 + 1)
    quiet = head + "".join(f"    {one}\n" for one in made) + TAIL
    found = positions(labkit.record(quiet, files={"letters": letters}, lines=True))
    telling = labkit.run(head + "".join(f"    {one}\n{TELL}" for one in made) + TAIL, files={"letters": letters})
    said = [tuple(map(int, line.split())) for line in telling.output().decode().splitlines()]
    assert len(said) == len(made)
    rows = {row.line: row for row in found}
    row = found.rows[0]
    first = head.count("\n") + 1
    for number, (told, one) in enumerate(zip(said, made, strict=True), first):
        row = rows.get(number, row)
        # in a stream that appends, ftell(3) itself moves the kernel's offset to the end
        assert (row.file, row.kernel if mode != "a+" else told[1]) == told, (number, one)


@pytest.mark.parametrize("mode", ["r+", "a+"])
def test_the_stepper_says_ftell_where_the_table_does(mode):
    made = operations(5, 26)
    recording = labkit.record(
        HEAD.replace("MODE", mode) + "".join(f"    {one}\n" for one in made) + TAIL,
        files={"letters": "abcdefghijklmnopqrstuvwxyz"},
        lines=True,
    )
    from labkit.decode.line_stretches import stretches
    from labkit.decode.replay import replay

    at = {step.moment: number for number, step in enumerate(replay(recording).steps, 1)}
    ends = {stretch.line: stretch.end for stretch in stretches(recording)}
    said = 0
    for row in positions(recording):
        text = labkit.picture(recording, "bytes", at=at[ends[row.line]]).text
        told = [line.split()[1] for line in text.splitlines() if line.strip().startswith("ftell ")]
        assert told in ([], [f"{row.file:,}"]), (row, text)
        said += len(told)
    assert said > 8


def test_a_stream_that_has_no_position_or_no_lines():
    with pytest.raises(LabkitError, match="lines=True"):
        positions(labkit.record("copy_chars", stdin="a"))
    with pytest.raises(LabkitError, match="no stream on descriptor 0 that has a position"):
        positions(labkit.record("copy_chars", stdin="a", lines=True), fd=0)
