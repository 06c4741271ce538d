"""The one look of every picture: colours as theme variables with fallbacks, sizes, and the measure of text.

In JupyterLab the variables follow its theme; in a saved file or on a plain page the system's light or dark colours do.
"""

from pathlib import Path

CSS = Path(__file__).with_suffix(".css").read_text()
FONT = 15  # px; the boxes of every picture are measured in it
CHAR = FONT * 0.602  # width of one monospace character
LINE = 20  # px from one line of text to the next
