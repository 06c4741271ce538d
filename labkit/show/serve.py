"""Serves the course in JupyterLab on this computer only: the second half of `make lab`.

Knows how to start Jupyter, nothing of what the notebooks show. `python -m labkit.show.serve --help` lists the options.
"""

import argparse
import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from labkit.errors import LabkitError

HOST = "127.0.0.1"
FIRST_PORT = 8888
START = "notebooks/00-start.ipynb"
COURSE = Path(__file__).resolve().parents[2]


def is_free(port: int) -> bool:
    """Whether TCP `port` of 127.0.0.1 can be bound now."""
    with socket.socket() as probe:
        # As the server does it: a port that only has old connections in TIME_WAIT counts as free (tcp(7)).
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_port(wanted: str) -> int:
    """The port `wanted`, or the first free one from 8888 up if it is ""; raises LabkitError if it cannot be had."""
    if not wanted:
        for port in range(FIRST_PORT, FIRST_PORT + 200):
            if is_free(port):
                return port
        raise LabkitError(f"No port from {FIRST_PORT} to {port} is free on {HOST}: name one with make lab PORT=9999.")
    if not (wanted.isdecimal() and 1024 <= int(wanted) < 65536):
        raise LabkitError(f"PORT={wanted} is not a port a user may take: give a number from 1024 to 65535.")
    if not is_free(int(wanted)):
        raise LabkitError(
            f"Port {wanted} on {HOST} is in use: give another, as in make lab PORT={FIRST_PORT + 100}, or leave PORT "
            "out and a free one is taken."
        )
    return int(wanted)


def wants_browser(choice: str, environment: Mapping[str, str]) -> bool:
    """Whether to open a browser: `choice` is "yes", "no" or "" (only where there is a display to show it on).

    >>> wants_browser("", {"DISPLAY": ":0"}), wants_browser("", {}), wants_browser("no", {"DISPLAY": ":0"})
    (True, False, False)
    """
    if choice in ("yes", "no"):
        return choice == "yes"
    if choice:
        raise LabkitError(f"OPEN={choice} is neither yes nor no.")
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def arguments(port: int, token: str, browser: bool, course: Path) -> list[str]:
    """JupyterLab's own arguments for serving the folder `course`, opened on its first notebook."""
    return [
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={course}",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url=/lab/tree/{START}",
        # Ctrl-C stops; asking "are you sure" on a terminal full of log lines only confuses.
        "--ServerApp.answer_yes=True",
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]


def announcement(port: int, token: str, environment: Mapping[str, str]) -> str:
    """What the user reads once the server answers: the address with its token, and how to stop."""
    lines = [f"JupyterLab is ready: http://{HOST}:{port}/lab/tree/{START}?token={token}", "Ctrl-C stops it."]
    if environment.get("SSH_CONNECTION"):
        lines.insert(1, f"From your own computer first: ssh -N -L {port}:{HOST}:{port} <this host>")
    return "\n".join(lines)


def serve(port: int, browser: bool, course: Path = COURSE) -> None:
    """Serve `course` until Ctrl-C or SIGTERM; the address is printed when the server answers, not before."""
    from jupyterlab.labapp import LabApp  # noqa: PLC0415  (half a second, and a wrong PORT should be told at once)

    # The token stays inside this process: on a command line every user of the computer could read it.
    token = secrets.token_hex(24)
    server = LabApp.initialize_server(argv=arguments(port, token, browser, course))
    server.io_loop.add_callback(print, announcement(port, token, os.environ), flush=True)
    server.start()


def main(words: Sequence[str] | None = None) -> int:
    """The command line; returns its exit status, 1 after one clear sentence."""
    parser = argparse.ArgumentParser(prog="python -m labkit.show.serve", description=str(__doc__).splitlines()[0])
    parser.add_argument("--port", default="", help="TCP port; default: the first free one from 8888 up")
    parser.add_argument("--open", default="", help="yes or no: open a browser; default: only where there is a display")
    options = parser.parse_args(words)
    try:
        if not (COURSE / START).is_file():
            raise LabkitError(f"{COURSE / START} is missing: run this from a complete clone of the course.")
        serve(choose_port(options.port), wants_browser(options.open, os.environ))
    except LabkitError as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
