"""How a run ended, in one label and in plain sentences."""

from __future__ import annotations

from labkit.model import Limits, Run

_SIGNALS = {
    "SIGABRT": "it gave up by itself: abort(3), often from a failed assertion",
    "SIGALRM": "an alarm that it had set rang, and nothing handled it",
    "SIGBUS": "it touched memory that has nothing behind it, such as a mapped file that became shorter",
    "SIGFPE": "it divided an integer by zero",
    "SIGHUP": "its terminal went away",
    "SIGILL": "it ran into bytes that are no instruction",
    "SIGINT": "somebody pressed Ctrl-C",
    "SIGKILL": "it was ended at once, with no chance to clean up",
    "SIGPIPE": "it wrote to a pipe or socket that nobody reads any more",
    "SIGQUIT": "somebody pressed Ctrl-\\",
    "SIGSEGV": "it touched memory that is not its own, often through a pointer that is NULL because a call failed",
    "SIGSYS": "it made a system call that is forbidden to it",
    "SIGTERM": "somebody asked it to end",
    "SIGXCPU": "it used up its processor time",
    "SIGXFSZ": "it wrote a file larger than it may",
}


def ending(run: Run) -> str:
    """A label: "exit 0", "SIGSEGV", or the limit reached, as in "limit: 10 s"."""
    if run.ended_by:
        limit = f"limit: {_amount(run.ended_by, run.limits)}"
        return limit if run.status is None else f"exit {run.status}, then {limit}"
    return run.signal if run.signal else f"exit {run.status}"


def verdict(run: Run) -> str:
    """One or two sentences that say how the run ended and, where a limit ended it, which and how to raise it."""
    if run.ended_by == "stopped":
        return "It was stopped."
    if run.ended_by:
        value = getattr(run.limits, run.ended_by)
        raised = f"the limit `{run.ended_by}`; raise it with {run.ended_by}={_doubled(value)}"
        ended = f"{_SUBJECT[run.ended_by]} {_amount(run.ended_by, run.limits)}, so it was ended ({raised})."
        if run.status is None:
            return ended
        left = f"it left {_processes(run.left_running)} running"
        return f"The program itself had ended with status {run.status}, but {left}. {ended}"
    if run.signal:
        return f"It was killed by {killed_by(run.signal)}."
    return f"It ended with status {run.status}."


def killed_by(signal: str) -> str:
    """A signal that ended a program by name, and what that means as a rule.

    >>> killed_by("SIGFPE"), killed_by("SIGUSR1")
    ('SIGFPE: it divided an integer by zero', 'SIGUSR1')
    """
    why = _SIGNALS.get(signal)
    return f"{signal}: {why}" if why else signal


_SUBJECT = {
    "seconds": "It was still running after",
    "processes": "There were more than",
    "memory": "It used more than",
    "output": "It wrote more than",
    "file_size": "It made a file larger than",
}


def _amount(limit: str, limits: Limits) -> str:
    value = getattr(limits, limit, None)
    if limit == "seconds":
        return f"{value:g} s"
    if limit == "processes":
        return _processes(int(value or 0))
    if limit == "stopped":
        return "stopped"
    what = {"memory": "of memory", "output": "of output", "file_size": ""}[limit]
    return f"{_bytes(int(value or 0))} {what}".strip()


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _bytes(count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:g} {name}"
    return f"{count} bytes"


def _doubled(value: float) -> str:
    return f"{2 * value:g}" if value < 1000 else f"{2 * int(value)}"
