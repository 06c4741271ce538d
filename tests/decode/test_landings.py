"""Where writes landed: against the file that was left, for any program of writes, seeks and appends."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labkit
from labkit.decode.landings import EARLIER

pytestmark = pytest.mark.ptrace
HEAD = "#include <fcntl.h>\n#include <unistd.h>\nint main(void)\n{\n"


def recorded(folder, lines, before=b""):
    """The landings in file f of a program made of these lines, and what is in f afterwards."""
    if before:
        (folder / "f").write_bytes(before)
    source = HEAD + "".join(f"    if ({line} < 0) return 1;\n" for line in lines) + "    return 0;\n}\n"
    run = labkit.record(source, folder=folder)
    assert run.status == 0, run.output(2)
    return labkit.landings(run, "f"), (folder / "f").read_bytes()


calls = st.one_of(
    st.builds(
        lambda fd, n, c: f'write({fd}, "{c * n}", {n})',
        st.sampled_from((3, 4)),
        st.integers(1, 6),
        st.sampled_from("abc"),
    ),
    st.builds(lambda fd, at: f"lseek({fd}, {at}, SEEK_SET)", st.sampled_from((3, 4)), st.integers(0, 12)),
    st.builds(lambda at, n: f'pwrite(4, "{"x" * n}", {n}, {at})', st.integers(0, 9), st.integers(1, 4)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(calls, min_size=1, max_size=6), st.sampled_from(("", " | O_APPEND")), st.sampled_from((b"", b"earlier"))
)
def test_the_content_is_that_of_the_file(tmp_path_factory, lines, append, before):
    folder = tmp_path_factory.mktemp("land")
    opens = [f'open("f", O_RDWR | O_CREAT{append}, 0600)', f'open("f", O_RDWR{append})']
    landed, left = recorded(folder, [*opens, *lines, 'write(3, "end", 3)'], before)
    assert len(landed.content) == len(landed.owners) == len(left)
    for place, owner in enumerate(landed.owners):
        if owner == EARLIER and place < len(before):
            assert landed.content[place : place + 1] == b"?" and left[place] == before[place]
        else:
            assert landed.content[place] == left[place], (place, lines)
    for number, write in enumerate(landed.writes):
        assert write.kept == tuple(
            n for n in range(len(write.data)) if write.at + n < len(left) and landed.owners[write.at + n] == number
        )


def test_two_writers_without_and_with_append():
    lost = labkit.landings(labkit.record("append_forgotten", in_turn=True), "log")
    assert (lost.content, lost.lost) == (b"cat 1\ncbird 2\n", 12)
    assert [(write.who, write.at) for write in lost.writes] == [("P1", 0), ("P2", 0), ("P2", 6), ("P1", 7)]
    kept = labkit.landings(labkit.record("append_both", in_turn=True), "log")
    assert (kept.content, kept.lost) == (b"bird 1\ncat 1\ncat 2\nbird 2\n", 0)


def test_what_is_cut_off_is_lost(tmp_path):
    landed, left = recorded(
        tmp_path,
        [
            'open("f", O_WRONLY | O_CREAT, 0600)',
            'write(3, "abcdef", 6)',
            'open("f", O_WRONLY | O_TRUNC)',
            'write(4, "x", 1)',
        ],
    )
    assert landed.content == left == b"x"
    assert landed.lost == 6


def test_a_level_mixed_in():
    assert labkit.landings(labkit.record("levels_mixed"), "list").content == b"2 bread\n1 milk\n3 tea\n"


def test_what_cannot_be_told_is_said(tmp_path):
    run = labkit.record("append_both", in_turn=True)
    with pytest.raises(labkit.LabkitError, match="writes nothing to a file 'other'"):
        labkit.landings(run, "other")
    with pytest.raises(labkit.LabkitError, match="ftruncate, which is not followed"):
        recorded(tmp_path, ['open("f", O_WRONLY | O_CREAT, 0600)', 'write(3, "abc", 3)', "ftruncate(3, 1)"])
    short = labkit.record("append_both", in_turn=True, data_limit=2)
    with pytest.raises(labkit.LabkitError, match="larger data_limit"):
        labkit.landings(short, "log")
