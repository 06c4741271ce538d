"""The course as pages and slides that need no kernel and no network: `python -m labkit.show.site notebooks site`."""
