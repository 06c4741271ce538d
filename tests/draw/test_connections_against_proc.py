"""The connection picture says what /proc/net says at the same step: of connections made on purpose, and of random ones.

20 random programs by default; LABKIT_RANDOM_CONNECTIONS=1000 for a long night. Where
it is allowed the programs run in a network of their own (wire=True): /proc/net/tcp of a busy machine skips lines.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from labkit.capture.build import build
from labkit.capture.record import record
from labkit.draw.connections.scene import connections
from tests.draw.oracle_connections import check, checkpoints

pytestmark = [pytest.mark.ptrace, pytest.mark.timeout(3600)]

TALK = (Path(__file__).parent / "programs" / "talk.c").read_text()
COUNT = int(os.environ.get("LABKIT_RANDOM_CONNECTIONS", "20"))
LISTEN = "s4 1 b1 l1 3"

SCRIPTS = {
    "step by step": "s4 1 ? b1 ? l1 3 ? s4 2 ? c2 1 ? a1 3 ? w2 5 ? r3 9 ? w3 7 ? x2 ? x3 ? x1 ?",
    "the queue": f"{LISTEN} s4 2 c2 1 s4 3 c3 1 s4 4 c4 1 w3 10 ? a1 5 ? a1 6 ? r6 4 ? a1 7 ? a1 8 ?",
    "a full queue": "s4 1 b1 l1 0 s4 2 c2 1 ? s4 3 c3 1 ? s4 4 c4 1 ? a1 5 ?",
    "the server closes first": f"{LISTEN} s4 2 c2 1 a1 3 x3 ? r2 1 ? x2 ? x1 ?",
    "half closed": f"{LISTEN} s4 2 c2 1 a1 3 h2 ? w3 9 ? r2 9 ? h3 ? x2 ? x3 ?",
    "half closed by both": f"{LISTEN} s4 2 c2 1 a1 3 h3 ? h2 ? x3 ? x2 ?",
    "closed with bytes unread": f"{LISTEN} s4 2 c2 1 a1 3 w2 9 ? x3 ? r2 1 ? x2 ?",
    "written to nobody": f"{LISTEN} s4 2 c2 1 a1 3 x3 ? w2 9 ? w2 9 ? x2 ?",
    "gone before it is accepted": f"{LISTEN} s4 2 c2 1 w2 3 x2 ? a1 3 ? r3 9 ? x3 ?",
    "gone with the listening socket": f"{LISTEN} s4 2 c2 1 ? x1 ? w2 1 ? x2 ?",
    "refused": "s4 1 b1 s4 2 c2 1 ? l1 2 c2 1 ?",
    "with more bytes than fit": f"{LISTEN} s4 2 c2 1 a1 3 w2 100000 w2 100000 w2 100000 w2 100000 ? r3 50000 ? x2 ? x3 ?",  # noqa: E501
    "shared": f"{LISTEN} s4 2 c2 1 a1 3 f ? x3 ? x2 ? k ?",
    "the number used again": f"{LISTEN} s4 2 c2 1 a1 3 x2 x3 s4 2 c2 1 a1 3 ? x2 x3 ?",
    "version 6": "s6 1 b1 l1 2 s6 2 c2 1 ? a1 3 ? w3 4 ? x3 ? x2 ?",
    "by name": "s1 1 ? b1 ? l1 2 ? s1 2 ? c2 1 ? s1 3 c3 1 ? a1 4 ? w2 3 ? x2 ? x4 ? x1 ? x3 ?",
    "pairs": "p1 2 ? w1 5 ? f ? x1 ? k ? x2 ?",
}  # fmt: skip


@pytest.fixture(scope="module")
def program():
    return build(TALK, flags=("-Wall", "-Wextra"), name="talk")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_picture_says_what_proc_says(program, name):
    recording = record(program, (SCRIPTS[name],), wire=True)
    assert recording.status == 0
    scene = connections(recording)
    found = checkpoints(recording)
    assert len(found) == SCRIPTS[name].count("?")
    assert sum(check(recording, scene, step, told) for step, told in found)


@pytest.mark.parametrize("name", ["a full queue", "the server closes first", "half closed", "version 6", "by name"])
def test_so_it_does_where_sockets_are_only_asked_about(program, name):
    recording = record(program, (SCRIPTS[name],), wire=True, without=("pidfd_getfd",))
    scene = connections(recording)
    assert sum(check(recording, scene, step, told) for step, told in checkpoints(recording))


number = st.integers(1, 6)
OPS = st.one_of(
    st.builds("s{} {} b{} l{} {}".format, st.sampled_from((4, 4, 6, 1)), st.shared(number, key="own"), number, number,
              st.integers(0, 3)),
    st.builds("c{} {}".format, number, number),
    st.builds("s4 {0} c{0} {1}".format, number, number),
    st.builds("a{} {}".format, number, number),
    st.builds("w{} {}".format, number, st.sampled_from((1, 7, 4096))),
    st.builds("r{} {}".format, number, st.sampled_from((1, 7, 4096))),
    st.builds("h{}".format, number),
    st.builds("x{}".format, number),
    st.builds("p{} {}".format, number, number),
    st.sampled_from(("f", "k")),
)  # fmt: skip


def test_so_it_does_of_random_programs(program):
    seen = {"programs": 0, "lines": 0}

    @settings(
        max_examples=COUNT,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        derandomize="LABKIT_RANDOM_CONNECTIONS" not in os.environ,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    @given(st.lists(OPS, min_size=4, max_size=25))
    def check_one(ops):
        script = " ".join(["s4 1 b1 l1 2 s4 2 c2 1 s4 3 c3 1 a1 4", *(f"{op} ?" for op in ops)])
        recording = record(program, (script,), wire=True)
        assert recording.status == 0, (recording.status, recording.signal, script)
        scene = connections(recording)
        for step, told in checkpoints(recording):
            seen["lines"] += check(recording, scene, step, told)
        seen["programs"] += 1

    check_one()
    print("\n", seen)
    assert seen["lines"] > COUNT
