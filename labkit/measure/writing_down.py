"""One write and one fsync: how long each takes, and which pages storage does not have after it."""

from __future__ import annotations

from labkit.capture.build import build
from labkit.capture.on_storage import folder_on_storage
from labkit.capture.record import record
from labkit.capture.run import run
from labkit.decode.account import pairs
from labkit.decode.pages_after import file_after
from labkit.errors import LabkitError
from labkit.model import Stage, WrittenDown

CALLS = ("write", "fsync")
_TRIES = 5  # the shortest time of each call is kept


def measure_writing() -> WrittenDown:
    """64 KiB written and made durable, `programs/write_fsync.c`: times from runs at full speed, pages from a recording.

    The file is on storage where this machine has a folder there. Takes less than a second. Raises what `labkit.run` and
    `labkit.record` raise, and LabkitError if the program fails.
    """
    program = build("write_fsync")
    seconds: dict[str, float] = {}
    with folder_on_storage() as folder:
        recording = record(program, folder=folder)
        for number in range(_TRIES):
            ran = run(program, [str(folder / f"data{number}")])
            if ran.status != 0:
                raise LabkitError(f"write_fsync ended with {ran.signal or f'status {ran.status}'}; run it to see why")
            for call, took in pairs(ran.output()).items():
                seconds[call] = min(int(took.removesuffix(" ns")) / 1e9, seconds.get(call, float("inf")))
    made = {event.call: event for event in recording.calls(*CALLS) if event.place.line is not None}
    if set(made) != set(CALLS):
        raise LabkitError(f"write_fsync was recorded without its calls: it ended with status {recording.status}")
    files = {call: file_after(recording, made[call]) for call in CALLS}
    stages = tuple(
        Stage(call, seconds.get(call), file.cached if file else None, file.dirty if file else None)
        for call, file in files.items()
    )
    after = files["write"]
    return WrittenDown(made["write"].result or 0, stages, after.fs if after else "", recording)
