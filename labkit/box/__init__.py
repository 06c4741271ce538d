"""A Linux kernel of its own beside the host's, to run programs in, to look into, and to load drivers into.

The public function `labkit.box` has this package's name, and whoever imports a part of the package first puts the
package in the function's place: it can be called, too, and is the same then.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _AlsoTheFunction(ModuleType):
    """The package as `labkit.box.warm.box`."""

    def __call__(self) -> Any:
        from labkit.box.warm import box  # noqa: PLC0415  # it imports this package

        return box()


sys.modules[__name__].__class__ = _AlsoTheFunction
