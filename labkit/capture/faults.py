"""Faults to inject, checked and worded for the tracer. Touches nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from labkit.decode import errnos, numbers
from labkit.errors import LabkitError
from labkit.model import Fault

# The tracer shortens a call by its third argument, which is the length of exactly these.
SHORTENED = frozenset(("read", "write", "pread64", "pwrite64", "recvfrom", "sendto"))


def faults_text(faults: Iterable[Fault]) -> str:
    """Lines `number nth errno E` and `number nth short N` for the tracer; raises LabkitError for nonsense.

    >>> faults_text([Fault("read", 2, errno="EINTR"), Fault("write", length=1, onwards=True)])
    '0 2 errno 4\\n1 1+ short 1'
    """
    return "\n".join(_line(fault) for fault in faults)


def _line(fault: Fault) -> str:
    number = numbers.NUMBER.get(fault.call)
    if number is None:
        raise LabkitError(f"There is no system call {fault.call!r} to make fail.{_near(fault.call, numbers.NUMBER)}")
    if fault.nth < 1:
        raise LabkitError(f"A fault is for the 1st call or a later one, not for number {fault.nth}.")
    if bool(fault.errno) == (fault.length is not None):
        raise LabkitError(f"The fault in {fault.call} needs either an errno, as errno='EINTR', or a shorter length=1.")
    nth = f"{fault.nth}{'+' if fault.onwards else ''}"
    if fault.errno:
        value = errnos.NUMBER.get(fault.errno)
        if value is None or value >= 512:
            raise LabkitError(f"There is no errno {fault.errno!r}.{_near(fault.errno, errnos.NUMBER)}")
        return f"{number} {nth} errno {value}"
    if fault.call not in SHORTENED:
        raise LabkitError(f"{fault.call} cannot be cut short; these can: {', '.join(sorted(SHORTENED))}.")
    if fault.length is None or fault.length < 0:
        raise LabkitError(f"The length {fault.call} is cut to must be 0 or more, not {fault.length}.")
    return f"{number} {nth} short {fault.length}"


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(near)}?" if near else ""
