"""Who stops often shares the tracer's processor, and cannot tell."""

import os

import pytest
from tracing import alone, compiled, printed, traced

pytestmark = pytest.mark.ptrace


def test_a_program_may_run_where_it_could_alone(tmp_path):
    """Its answer to `kept` is 0 only if it was kept to one processor at some moment, which /proc shows."""
    path = compiled("processors", "-pthread")
    several = len(os.sched_getaffinity(0)) > 1
    result, _ = traced([path, "kept" if several else ""], stdout="file", cwd=tmp_path)
    assert (printed(result), result.status) == (alone([path], tmp_path)[0], 0)
    assert printed(result).count(b"\n") == 32


def test_a_choice_of_the_programs_is_kept(tmp_path):
    first = min(os.sched_getaffinity(0))
    script = f"taskset -cp {first} $$ > /dev/null; for i in $(seq 300); do echo > /dev/null; done; taskset -cp $$"
    result, _ = traced(["/bin/sh", "-c", script], cwd=tmp_path)
    assert printed(result).decode().split(": ")[1].strip() == str(first)
