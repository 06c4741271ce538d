"""What the tests of the wire share: a program that does with a connection what it is told, and where it can be seen."""

from pathlib import Path

import pytest

from labkit.capture.record import record
from labkit.probe.examine import examine

OPENED, HALF_CLOSED = ["SYN", "SYN+ACK", "ACK"], ["FIN+ACK", "ACK"]
COURSES = {
    "talk": [*OPENED, "PSH+ACK", "ACK", "PSH+ACK", "ACK", *HALF_CLOSED, *HALF_CLOSED],
    "refused": ["SYN", "RST+ACK"],
    "reset": [*OPENED, "PSH+ACK", "ACK", "RST+ACK"],
    "unread": [*OPENED, "PSH+ACK", "ACK", "RST+ACK"],
    "half": [*OPENED, "PSH+ACK", "ACK", *HALF_CLOSED, "PSH+ACK", "ACK", *HALF_CLOSED],
    "none": [],
}
"""The flags of each scenario's segments, where each is acknowledged at once."""

SOURCE = Path(__file__).parent / "programs" / "segments.c"


def must_capture(name):
    """Skips the test, saying why, where `labkit doctor` finds that packets cannot be seen in this way."""
    (probe,) = examine(name).probes
    if not probe.works:
        pytest.skip(f"NOT TESTED: {name}: {probe.detail}")


def in_own_network():
    must_capture("packets (own network)")


def seen(scenario, *more, **options):
    """The recording of this scenario; it went as it should."""
    recording = record(SOURCE, [scenario, *more], wire=True, **options)
    assert (recording.status, recording.stderr and recording.output(2)) == (0, b""), recording.output(2)
    return recording


def flags(recording):
    return ["+".join(segment.flags) for segment in recording.segments]


def shape(recording):
    """All of its segments that is to be the same in every run: no ports, and numbers counted from the first."""
    client = recording.segments[0].source if recording.segments else ""
    first = {}
    for segment in recording.segments:
        first.setdefault(segment.source, segment.seq)
    return [
        (
            segment.moment,
            segment.source == client,
            segment.flags,
            (segment.seq - first[segment.source]) % 2**32,
            (segment.ack - first.get(segment.target, segment.ack)) % 2**32 if "ACK" in segment.flags else None,
            segment.length,
            segment.data,
        )
        for segment in recording.segments
    ]
