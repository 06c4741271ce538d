"""Random programs of descriptor calls over several processes: after every call the model equals /proc and kcmp.

300 programs by default; LABKIT_RANDOM_PROGRAMS=5000 for a long night.
"""

import os

import pytest
from agreement import Agreement
from hypothesis import HealthCheck, given, settings
from scripts import PROGRAMS, interpreter, script

from labkit.capture.record import record
from labkit.decode.replay import replay

pytestmark = [pytest.mark.ptrace, pytest.mark.kcmp, pytest.mark.timeout(3600)]

COUNT = int(os.environ.get("LABKIT_RANDOM_PROGRAMS", "300"))


@pytest.fixture(scope="module")
def program():
    return interpreter()


def test_random_programs_agree_with_the_kernel(program):
    seen = {"programs": 0, "moments": 0, "rows": 0}

    @settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(PROGRAMS)
    def check(steps):
        agreement = Agreement()
        text = script(steps)
        recording = record(
            program, files={"script": text, "one": b"1" * 300, "two": b""}, watch=agreement, data_limit=64
        )
        assert agreement.differences == [], text
        assert not [word for word in recording.missing if word.startswith("descriptors")], (recording.missing, text)
        assert recording.ended_by == "" and recording.status == 0, (recording.ended_by, recording.status, text)
        end = replay(recording).at(replay(recording).moments - 1)
        assert not end.open_files and not end.inodes and not end.tables, "something outlived the last process"
        seen["programs"] += 1
        seen["moments"] += agreement.moments
        seen["rows"] += agreement.rows

    check()
    assert seen["programs"] >= COUNT * 0.9
    print("\n{programs} programs, {moments} moments, {rows} descriptor rows equal the kernel's".format(**seen))
