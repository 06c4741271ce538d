"""What labkit says when something cannot be done: what failed, on what, and what to do next.

Knows nothing of programs, recordings or Jupyter. What a *learner's program* did wrong (a crash, a limit it ran into) is
data on its run, never an exception.
"""


class LabkitError(Exception):
    """Something labkit was asked to do cannot be done; the text says what, on what, and what to do next."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback (IPython.core.interactiveshell, `showtraceback`)."""
        return str(self).splitlines()


class CompileError(LabkitError):
    """The compiler refused a program; the text is the compiler's own message, with line and caret."""


class UnsupportedError(LabkitError):
    """This machine does not allow what was asked; the text says what was tried and how to enable it."""


class NobodyListensError(LabkitError):
    """A program was to be told a port, and none of those started before it listens; the text says which program."""
