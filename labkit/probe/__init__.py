"""Finds out what this machine allows, by trying it.

Knows the kernel and the programs of the machine; knows neither how the answer is drawn nor Jupyter.
"""
