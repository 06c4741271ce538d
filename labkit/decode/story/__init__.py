"""The sentence: every step of a recording told in plain words, with the facts of this run.

`story` is all there is to call. One file a family of calls; tables say which tells of what; pure, like all of decode.
"""

from labkit.decode.story.telling import story

__all__ = ["story"]
