"""Pure: from values of `labkit.model` to SVG and its text twin. Knows neither the kernel nor Jupyter."""
