"""Measures the recorder against strace and against the bare program: `python -m tests.bench`."""
