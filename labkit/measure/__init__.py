"""Measures what others tell: runs our own small programs and reads the answers off the kernel.

Touches the kernel through `labkit.capture` only; knows neither how the answers are drawn nor Jupyter.
"""
