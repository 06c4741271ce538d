"""labkit: run real C programs, record what the kernel really did with their I/O, and draw it.

The public names live here and are imported only when first used, so that `import labkit` stays fast.
"""

import sys
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME_OF = {
    "LabkitError": "labkit.errors",
    "CompileError": "labkit.errors",
    "UnsupportedError": "labkit.errors",
    "Limits": "labkit.model",
    "build": "labkit.capture.build",
    "run": "labkit.capture.run",
    "record": "labkit.capture.record",
    "record_together": "labkit.capture.together",
    "Fault": "labkit.model",
    "save": "labkit.saved",
    "load": "labkit.saved",
    "save_pcap": "labkit.saved",
    "state": "labkit.decode.replay",
    "step": "labkit.show.stepper",
    "compare": "labkit.show.stepper",
    "picture": "labkit.show.stepper",
    "connections": "labkit.show.stepper",
    "run_on": "labkit.capture.run",
    "run_each": "labkit.capture.run",
    "survival": "labkit.show.survival",
    "call_costs": "labkit.show.calls_measured",
    "wiring": "labkit.draw.wiring",
    "listing": "labkit.show.listing",
    "predict": "labkit.show.predict",
    "check": "labkit.exercises.catalogue",
    "exercise": "labkit.exercises.catalogue",
    "timeline": "labkit.draw.timeline",
    "ladder": "labkit.draw.ladder.picture",
    "when": "labkit.decode.findings",
    "times": "labkit.decode.findings",
    "order": "labkit.decode.findings",
    "verdict": "labkit.decode.verdict",
    "box": "labkit.kernel_box.warm",
    "refusals": "labkit.draw.refusals_grid",
    "paths": "labkit.draw.kernel_path.parting",
    "driver": "labkit.show.driver",
    "last_words": "labkit.kernel_box.last_words",
    "life_cycle": "labkit.draw.kernel_path.life_cycle",
    "doctor": "labkit.show.checkup",
    "fopen_table": "labkit.show.measured",
    "kinds_of_file": "labkit.show.measured",
    "copy_costs": "labkit.show.measured",
    "layers": "labkit.show.going_down",
    "write_and_fsync": "labkit.show.going_down",
    "blocks_below": "labkit.show.going_down",
    "waits": "labkit.draw.sleeps_grid",
    "outcome": "labkit.decode.sleeps",
    "who": "labkit.decode.doers",
    "flag_word": "labkit.show.found",
    "file_modes": "labkit.show.found",
    "landings": "labkit.show.found",
    "returned": "labkit.draw.returned_grid",
    "counts": "labkit.draw.returned_grid",
    "results": "labkit.decode.call_findings",
    "passed": "labkit.decode.call_findings",
    "moment": "labkit.decode.call_findings",
    "library_work": "labkit.show.streams",
    "positions": "labkit.show.streams",
    "redirections": "labkit.show.streams",
    "copies": "labkit.show.streams",
    "mishaps": "labkit.show.streams",
    "crossings": "labkit.show.crossings",
    "arena": "labkit.show.arena",
    "bouts": "labkit.show.arena",
    "server": "labkit.show.server",
    "through_memory": "labkit.decode.through_memory",
    "addresses": "labkit.show.names",
    "port_ranges": "labkit.show.names",
    "opening": "labkit.decode.socket_findings",
    "answer_to_syn": "labkit.decode.socket_findings",
    "first_sleep": "labkit.decode.socket_findings",
    "first_to_return": "labkit.decode.socket_findings",
    "accepted": "labkit.decode.socket_findings",
    "looked_up": "labkit.decode.socket_findings",
    "client_port": "labkit.decode.socket_findings",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    """Import a public name from its module at first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext labkit` calls: the `%%c` magic, and runs that show themselves as pictures."""
    import_module("labkit.show.notebook").enable(shell)


if "IPython" in sys.modules and (_shell := sys.modules["IPython"].get_ipython()) is not None:
    load_ipython_extension(_shell)
