"""One system call of a program in the box, followed through the kernel: arms the tracer, runs, and reads what it wrote.

Needs nothing of the program: labkit/kernel_box/tools/on_call.c turns the tracer on for the chosen call alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.decode.call_path import call_graph
from labkit.decode.numbers import NUMBER
from labkit.errors import LabkitError
from labkit.kernel_box.machine import Machine
from labkit.model import CallGraph

TRACING = "/sys/kernel/tracing"
_OPTIONS = {
    "funcgraph-proc": 1,
    "funcgraph-tail": 1,
    "funcgraph-abstime": 1,
    "funcgraph-cpu": 0,
    "funcgraph-overhead": 0,
}
_EVENTS = (
    "sched/sched_switch", "sched/sched_waking", "block/block_bio_queue", "block/block_rq_issue",
    "block/block_rq_complete", "irq/irq_handler_entry",
)  # fmt: skip
_ROOTS = ("__common_interrupt", "process_one_work")  # besides the call: who else works for it
_BUFFER_KB = 16_384
_ARMED = "/tmp/armed"
_TOOL = "/bin/on_call"
_ARM_SECONDS = 180.0  # a second or two on an idle machine
_HELD = "/tmp/held"


def arm(machine: Machine, call: str) -> None:
    """Make the box's tracer ready to follow `call`; the first time it takes two seconds, for another call half of one.

    Raises LabkitError when the kernel has no function graph tracer or no such call, BoxGone.
    """
    armed = machine.run(f"cat {_ARMED} 2>/dev/null").text.strip()
    if armed == call:  # the kernel goes through all its functions again, even for the same one
        return
    lines = [f"cd {TRACING} && echo 0 > tracing_on"]
    if not armed:
        lines.append(f"echo {_BUFFER_KB} > buffer_size_kb")
        lines += [f"echo {value} > options/{name}" for name, value in _OPTIONS.items()]
        lines += [f"echo 1 > events/{event}/enable" for event in _EVENTS]
        lines.append("echo function_graph > current_tracer")
    roots = (f"__x64_sys_{call}", *_ROOTS)
    lines += [f"echo {root} {'>>' if number else '>'} set_graph_function" for number, root in enumerate(roots)]
    lines.append(f"echo {call} > {_ARMED}")
    ended = machine.run("set -e\n" + "\n".join(lines), seconds=_ARM_SECONDS)
    if ended.late:
        raise LabkitError(f"The box did not make its tracer ready in {_ARM_SECONDS:g} s: is this machine very busy?")
    if ended.status != 0:
        raise LabkitError(f"The box's kernel does not let {call} be followed:\n{ended.text.strip()}")


def follow(
    machine: Machine, program: str, args: Sequence[str], call: str, nth: int, fd: int | None, seconds: float
) -> CallGraph:
    """The way of the `nth` `call` that `program` (a path in the box) makes with `args`, on descriptor `fd` if given.

    Raises LabkitError when the program never makes that call or ends before it, BoxGone.
    """
    if call not in NUMBER:
        raise LabkitError(f"There is no system call {call!r} on x86-64.")
    arm(machine, call)
    words = [_TOOL, "trace", str(NUMBER[call]), str(nth), str(-1 if fd is None else fd), program, *args]
    ended = machine.run(" ".join(map(_quoted, words)), seconds=seconds)
    said = ended.text.splitlines()
    if ended.late or ended.status != 0 or not said:
        what = f"did not end within {seconds:g} seconds" if ended.late else "could not be followed"
        raise LabkitError(f"{Path(program).name} {what} in the box.\n{ended.text.strip()}".strip())
    pid, result, _status = said[-1].split()
    if result == "none":
        which = f"{call} number {nth}" + ("" if fd is None else f" on descriptor {fd}")
        raise LabkitError(f"{Path(program).name} made no {which}; it printed:\n" + "\n".join(said[:-1]))
    text = machine.get(f"{TRACING}/trace").decode(errors="replace")
    release = machine.run("uname -r").text.strip()
    made = {"where": "a kernel in a box", "kernel": release}
    return call_graph(
        text, int(pid), call, int(result), program=Path(program).name, args=tuple(args), kernel=release, made=made
    )


@contextmanager
def held(
    machine: Machine, program: str, args: Sequence[str], call: str, nth: int, fd: int | None, seconds: float = 20.0
) -> Iterator[int]:
    """In the `with` block `program` is stopped at the entry of its `nth` `call`, its pid is given; then it is ended.

    Raises LabkitError when it does not come there, BoxGone.
    """
    if call not in NUMBER:
        raise LabkitError(f"There is no system call {call!r} on x86-64.")
    words = [_TOOL, "hold", str(NUMBER[call]), str(nth), str(-1 if fd is None else fd), program, *args]
    begin = f"rm -f {_HELD}; {' '.join(map(_quoted, words))} > {_HELD} 2>&1 &"
    wait = f"n=0; until test -s {_HELD}; do n=$((n+1)); test $n -gt {int(seconds * 20)} && exit; sleep 0.05; done"
    machine.run(f"{begin}\n{wait}; cat {_HELD}", seconds=seconds + 5)
    try:
        said = machine.get(_HELD).decode(errors="replace").splitlines()
        if not said or not said[-1].isdigit():
            raise LabkitError(f"{Path(program).name} made no {call} number {nth}.\n" + "\n".join(said))
        yield int(said[-1])
    finally:
        machine.run("killall on_call")


def _quoted(word: str) -> str:
    """The word as the box's shell reads it whole.

    >>> _quoted("it's")
    "'it'\\\\''s'"
    """
    return "'" + word.replace("'", "'\\''") + "'"
