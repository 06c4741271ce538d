"""Touches the kernel: only this package builds, runs, traces and asks. What it saw it freezes into `labkit.model`."""
