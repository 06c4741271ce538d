"""Touches the kernel: the only package that builds, runs, traces and asks.

What it saw it freezes into values of `labkit.model`.
"""
