"""labkit: run real C programs, record what the kernel really did with their I/O, and draw it.

The public names live here and are imported only when first used, so that `import labkit` stays fast.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME_OF = {
    "LabkitError": "labkit.errors",
    "CompileError": "labkit.errors",
    "UnsupportedError": "labkit.errors",
    "doctor": "labkit.show.checkup",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    """Import a public name from its module at first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
