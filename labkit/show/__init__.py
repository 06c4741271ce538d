"""The only package that imports Jupyter: widgets, cell magics, how values appear in a notebook."""
