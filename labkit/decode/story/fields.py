"""What stands in the gaps of `templates.py`: looked up in the scene by name when a text needs it.

`{count}` is an argument, `{count_text}` the same as strace shows it; the other gaps are rows of the table below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labkit.decode.story.scene import Scene
from labkit.decode.story.words import short


def _path_or_thing(scene: Scene) -> str:
    argument = scene.first("path")
    return scene.path() if argument is not None and argument.value else scene.thing(scene.fd)


def _flock(scene: Scene) -> str:
    operation = scene.text("operation")
    if "LOCK_UN" in operation:
        return "unlocked"
    return f"took {'a shared' if 'LOCK_SH' in operation else 'an exclusive'} lock on"


def _limit(scene: Scene) -> str:
    for name in ("new_limit", "old_limit", "rlim"):
        value = scene.value(name)
        if isinstance(value, dict):
            current = value.get("cur")
            return f"{current:,}" if isinstance(current, int) else "none"
    return "unknown"


_FIELDS: dict[str, Callable[[Scene], str]] = {
    "who": lambda scene: scene.subject,
    "fd": lambda scene: str(scene.fd),
    "thing": lambda scene: scene.thing(scene.fd),
    "new": lambda scene: scene.thing(scene.result),
    "result": lambda scene: f"{scene.result:,}",
    "result_text": lambda scene: scene.names.result(scene.event),
    "path_or_thing": _path_or_thing,
    "flock": _flock,
    "limit": _limit,
    "called": lambda scene: scene.called,
    "what": lambda scene: f"fd {scene.fd} ({scene.thing(scene.fd)})",
}


class Fields(Mapping[str, str]):
    """The gaps of a text, filled from a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __getitem__(self, name: str) -> str:
        known = _FIELDS.get(name)
        if known is not None:
            return known(self._scene)
        if name.endswith("_text"):
            return short(self._scene.text(name.removesuffix("_text")))
        value = self._scene.value(name)
        if isinstance(value, str):
            return self._scene.path(name)
        return f"{value:,}" if isinstance(value, int) else short(self._scene.text(name) or "?")

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(_FIELDS)

    def __len__(self) -> int:
        return len(_FIELDS)
