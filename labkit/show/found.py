"""`labkit.flag_word`, `labkit.file_modes`, `labkit.landings`: found in a recording, and showing themselves.

Decides nothing itself.
"""

from __future__ import annotations

from labkit.decode import file_modes as modes_of
from labkit.decode import flag_word as word_of
from labkit.decode import landings as landed
from labkit.draw.file_modes_grid import file_modes_grid
from labkit.draw.flag_word import flag_picture
from labkit.draw.landings import landings_picture
from labkit.model import Recording


class ShownFlagWord(word_of.FlagWord):
    """Shows itself as a row of bits."""

    def __repr__(self) -> str:
        return repr(flag_picture(self))

    def _repr_html_(self) -> str:
        return flag_picture(self)._repr_html_()


class ShownFileModes(modes_of.FileModes):
    """Shows itself as a table."""

    def __repr__(self) -> str:
        return str(file_modes_grid(self))

    def _repr_html_(self) -> str:
        return file_modes_grid(self)._repr_html_()


class ShownLandings(landed.Landings):
    """Shows itself as a picture of the file and its writes."""

    def __repr__(self) -> str:
        return repr(landings_picture(self))

    def _repr_html_(self) -> str:
        return landings_picture(self)._repr_html_()


def flag_word(recording: Recording, path: str) -> ShownFlagWord:
    """The flags that the first open of `path` in `recording` got, taken apart bit by bit; it shows itself as a picture.

    `.value` is the word, `.ones` how many of its bits are 1, `.fields` its parts: the access mode, which is a number of
    two bits, and every flag (open(2)). LabkitError if nothing opened `path`.
    """
    word = word_of.flag_word(recording, path)
    return ShownFlagWord(word.path, word.value, word.fields, recording)


def file_modes(*recordings: Recording) -> ShownFileModes:
    """The permissions that new files got, under which umask (umask(2)); it shows itself as a table.

    `file_modes(run)["027"]` is the mode of the file made under that umask, `["note"]` that of the file of that name, as
    four octal digits. LabkitError if no file was made.
    """
    return ShownFileModes(modes_of.file_modes(*recordings).rows, recordings)


def landings(recording: Recording, name: str) -> ShownLandings:
    """Where each write to the file `name` landed, and what is left of it at the end; it shows itself as a picture.

    `.lost` is how many bytes were written and are not in the file, `.content` what is in it. LabkitError when nothing
    was written to it, or what is there cannot be told from the recording.
    """
    found = landed.landings(recording, name)
    return ShownLandings(found.name, found.writes, found.content, found.owners, recording)
