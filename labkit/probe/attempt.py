"""Tries one entry, here and now, and puts whatever happens into a trial. Knows nothing of processes and time limits."""

from __future__ import annotations

import errno
from importlib import import_module
from pathlib import Path

from labkit.probe.entry import Entry, NotWorking, Trial


def attempt(entry: Entry, home: Path) -> Trial:
    """Call the entry's function with its folder `home`; whatever it raises becomes a trial that says so."""
    try:
        module, function = entry.attempt.split(":")
        return Trial(True, getattr(import_module(module), function)(home))
    except NotWorking as no:
        return Trial(False, str(no))
    except OSError as refusal:
        return Trial(False, in_words(refusal), refusal.errno)
    except (
        BaseException
    ) as failure:  # a library's failure, or our own mistake, is a row and never the end of the doctor
        return Trial(False, f"{type(failure).__name__}: {failure}")


def in_words(refusal: OSError) -> str:
    """What was refused, with the name of its error number.

    >>> in_words(OSError(1, "Operation not permitted", "kcmp"))
    'kcmp: EPERM (Operation not permitted)'
    """
    name = errno.errorcode.get(refusal.errno or 0)
    if name is None:
        return str(refusal) or type(refusal).__name__
    what = f"{refusal.filename}: " if refusal.filename else ""
    return f"{what}{name} ({refusal.strerror})"
