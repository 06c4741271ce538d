"""What strace(1) says a program did: per process, the calls with their results, in order. A second source.

Processes are named by their place in the tree ("0", "0.1" the first child of it, …), since numbers differ between runs.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field

_LINE = re.compile(r"^(?P<tid>\d+) +(?P<rest>.*)$")
_RESULT = r"\s+= (?P<result>\?|0x[0-9a-f]+|-?\d+)(?: (?P<word>E\w+))?"
_CALL = re.compile(rf"^(?P<name>\w+)\((?P<args>.*)\){_RESULT}")
_UNFINISHED = re.compile(r"^(?P<name>\w+)\((?P<args>.*) <(?:unfinished|pid changed to \d+) \.\.\.>(?:\) += \?)?$")
_RESUMED = re.compile(rf"^<\.\.\. (?P<name>\w+) resumed>(?P<args>.*)\){_RESULT}")
_SUPERSEDED = re.compile(r"^\+\+\+ superseded by execve in pid (\d+) \+\+\+")
FORKS = {"fork", "vfork", "clone", "clone3"}
# The result is an address or a process, which another run gives another number.
UNNUMBERED = {"mmap", "mremap", "brk", "getpid", "getppid", "gettid", "setsid", "getpgrp", "getpgid", "getsid"}
WAITS = {"wait4", "waitid"}


@dataclass
class Told:
    """The calls of one thread: (name, result or errno)."""

    name: str
    calls: list = field(default_factory=list)
    children: int = 0


def strace(executable, argv, calls, folder, env, log):
    """Runs the program under `strace -f` and returns {place in the tree: [(call, result)]}."""
    # Whoever runs the tests may ignore a signal, as nohup(1) does; the program would inherit that from strace.
    command = ["env", "--default-signal", "strace", "-f", "-q", "-o", str(log), "-e", "signal=none", "-e",
               f"trace={','.join(sorted(calls))}",
               *(f"-E{key}={value}" for key, value in env.items()), *_renamed(executable, argv)]  # fmt: skip
    subprocess.run(command, cwd=folder, env={"PATH": os.environ["PATH"]} | env, stdin=subprocess.DEVNULL,
                   capture_output=True, timeout=60, check=False)  # fmt: skip
    return parse(log.read_text(errors="replace"))


def _renamed(executable, argv):
    """strace has no other name for argv[0]; the programs of the corpus do not look at it, the shell does."""
    return [argv[0] if argv[0] == "sh" else executable, *argv[1:]]


def parse(text):
    told, order, pending, aliases, taken = {}, [], {}, {}, {}

    def of(tid):
        if tid not in told:
            told[tid] = Told("")
            order.append(tid)
        return told[tid]

    for line in text.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        tid, rest = int(match["tid"]), match["rest"]
        tid = aliases.get(tid, tid)
        if superseded := _SUPERSEDED.match(rest):
            taken[tid] = int(superseded[1])
            continue
        if call := _CALL.match(rest):
            _add(of(tid), call["name"], call["result"], call["word"])
        elif begun := _UNFINISHED.match(rest):
            entry = [begun["name"], None]
            of(tid).calls.append(entry)
            pending[tid] = entry
        elif resumed := _RESUMED.match(rest):
            if tid in taken:  # the leader gives its number to the thread that called execve (ptrace(2))
                other = taken.pop(tid)
                entry = pending.pop(other)
                of(other).calls.remove(entry)
                of(tid).calls.append(entry)
            else:
                entry = pending.pop(tid)
            entry[1] = _result(resumed["name"], resumed["result"], resumed["word"])
    return _named({tid: told[tid].calls for tid in order}, order)


def _add(told, name, result, word):
    told.calls.append([name, _result(name, result, word)])


def _result(name, result, word):
    if word:
        return word
    if result == "?":
        return None
    octal = len(result) > 1 and result[0] == "0" and result[1] != "x"  # umask
    return int(result, 8 if octal else 0)


def _named(calls, order):
    """By place in the tree; numbers of processes in results become places, too."""
    names = {order[0]: "0"}
    count = {}
    # A parent is always told of before its children, but its fork may be told to return after a child's first call.
    for tid in order:
        for name, result in calls[tid]:
            if name in FORKS and isinstance(result, int) and result > 0:
                count[tid] = count.get(tid, 0) + 1
                names.setdefault(result, (tid, count[tid]))

    def place(tid):
        found = names.get(tid, "?")
        return found if isinstance(found, str) else f"{place(found[0])}.{found[1]}"

    return {
        place(tid): [
            (name, _normal(name, result, place))
            for name, result in calls[tid]
            # The same call comes again: whether a signal found it asleep already is for the scheduler to say.
            if not (isinstance(result, str) and result.startswith("ERESTART"))
        ]
        for tid in order
    }


def _normal(name, result, place):
    if not isinstance(result, int):
        return result
    if name in UNNUMBERED:
        return "a number" if result >= 0 else result
    if name in FORKS and result > 0:
        return place(result)
    if name in WAITS and result > 0:
        return "a child"  # which of several ends first is for the scheduler to say
    return result


def of_recording(recording):
    """The same of a recording."""
    calls, order = {}, []
    for event in recording.events:
        if event.kind != "call":
            continue
        if event.tid not in calls:
            calls[event.tid] = []
            order.append(event.tid)
        calls[event.tid].append((event.call, event.errno or event.result))
    return _named(calls, order)
