"""Programs that talk to each other, as `record_together` takes them, and how they ended."""

from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SERVER = f"{PROGRAMS / 'echo_server.c'} 0"
CLIENT = f"{PROGRAMS / 'echo_client.c'} {{port}}"


def odd(what, how):
    """The "server" or "client" that behaves in a way of its own."""
    return f"{PROGRAMS / f'odd_{what}.c'} {'{port} ' * (what == 'client')}{how}"


def endings(recording):
    """Of each program its status, or the signal that killed it; None where a limit ended it."""
    return [program.signal or program.status for program in recording.programs]
