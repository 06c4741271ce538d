"""Sentences on ioctl: what it asks of a terminal, a pipe or a file, by its request.

Source: ioctl_tty(2), ioctl(2).
"""

from __future__ import annotations

from labkit.decode.story.scene import Scene

_REQUESTS = {
    "TCGETS": "{who} asked for the settings of {thing}: it is a terminal",
    "TCGETS2": "{who} asked for the settings of {thing}: it is a terminal",
    "TCSETS": "{who} changed the settings of {thing} at once: {local}",
    "TCSETSW": "{who} changed the settings of {thing} once its output is out: {local}",
    "TCSETSF": "{who} changed the settings of {thing} and threw unread input away: {local}",
    "TIOCGWINSZ": "{who} asked for the size of {thing}: {size}",
    "TIOCSWINSZ": "{who} set the size of {thing}: {size}",
    "TIOCGPGRP": "{who} asked which process group is in the foreground of {thing}",
    "TIOCSPGRP": "{who} chose the process group in the foreground of {thing}",
    "TIOCSCTTY": "{who} made {thing} its controlling terminal",
    "TIOCNOTTY": "{who} gave its controlling terminal up",
    "TIOCGPTN": "{who} asked which terminal belongs to {thing}",
    "TIOCSPTLCK": "{who} unlocked the terminal that belongs to {thing}",
    "TIOCGPTPEER": "{who} opened the terminal that belongs to {thing}",
    "FIONREAD": "{who} asked how many bytes wait to be read at {thing}: {arg}",
    "TIOCOUTQ": "{who} asked how many bytes have not left {thing} yet: {arg}",
    "FIONBIO": "{who} made {thing} non-blocking, or blocking again: {arg}",
    "FIOCLEX": "{who} marked fd {fd} ({thing}) close-on-exec",
    "FIONCLEX": "{who} cleared close-on-exec of fd {fd} ({thing})",
    "FICLONE": "{who} made {thing} share the blocks of another file",
}


def asked(scene: Scene) -> list[str]:
    """ioctl: by its request."""
    request, value = scene.text("request"), scene.value("arg")
    text = _REQUESTS.get(request, "{who} did {request} on fd {fd} ({thing})")
    size = f"{value.get('row')!s} rows of {value.get('col')!s}" if isinstance(value, dict) and "row" in value else "?"
    local = str(value.get("local")) if isinstance(value, dict) else "?"
    return [
        text.format(
            who=scene.subject, thing=scene.thing(scene.fd), fd=scene.fd, request=request, size=size, local=local,
            arg=scene.text("arg").strip("[]"),
        )
    ]  # fmt: skip
