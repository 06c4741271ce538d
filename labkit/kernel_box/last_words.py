"""`labkit.last_words`: what a box's kernel said when it crashed, where a notebook means it to."""

from __future__ import annotations

from labkit.errors import LabkitError
from labkit.kernel_box.machine import BoxGone
from labkit.kernel_box.warm import Box


def last_words(box: Box, command: str) -> str:
    """That the box is gone over `command`, and the first line its kernel said of it, which names no address.

    Raises LabkitError when the kernel survives the command.
    """
    try:
        box.run(command)
    except BoxGone as gone:
        return "\n".join(str(gone).splitlines()[:2])
    raise LabkitError(f"The box's kernel survived {command!r}.")
