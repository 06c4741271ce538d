"""Recordings as JSON: nothing is lost, old formats load, newer ones and damage get a clear word."""

import json
from pathlib import Path

import pytest

from labkit import saved
from labkit.decode.store import FORMAT, from_json, to_json
from labkit.errors import LabkitError
from labkit.model import Argument, Change, Chunk, Event, Launched, Place, Segment, Stream
from tests.decode.happenings import interleaved, recording, writes

OLD = sorted((Path(__file__).parent / "recordings").glob("format-*"))


@pytest.mark.parametrize(
    "made", [writes(300, descriptors=20), interleaved(), recording(())], ids=["writes", "two", "none"]
)
def test_round_trip(made):
    text = to_json(made)
    assert text.isascii()
    assert from_json(text) == made
    assert to_json(from_json(text)) == text


def test_bytes_and_names_of_any_kind_survive():
    path = b"caf\xe9\xff".decode("utf-8", "surrogateescape")
    value = {"name": {"path": path}, "iov": (b"\x00\xff", b""), "rights": (3, 4), "none": None}
    event = Event(0, "call", 100, 100, 0, 1, 0.123456789, 1e-9, Place("é.c", 1), "sendmsg",
                  (Argument("msg", "message", value, "{…}", 5000, True),), -1, "EAGAIN", "fault injected")  # fmt: skip
    made = recording((event,), chunks=(Chunk(0.5, 1, bytes(range(256))),), sources={"é.c": "int main(void)\n"})
    assert from_json(to_json(made)) == made


def test_programs_together_and_their_segments_survive():
    ends = ("127.0.0.1:40000", "127.0.0.1:8080")
    seen = Segment(1e-9, 3, *ends, ("PSH", "ACK"), 4294967295, 0, 2, 512, (("mss", 65495),), b"\x00\xff", b"\x45\xfe")
    told = Segment(0.25, -1, *ends, (), 0, 0, 0, inferred=True)
    programs = (Launched(100, "server", ("server", "0")), Launched(101, "client", ("client",), 1, None))
    made = recording((), programs=programs, segments=(seen, told), wire="captured", chunks=(Chunk(0.5, 1, b"a", 1),))
    assert from_json(to_json(made)) == made


def test_a_buffer_that_grows_is_written_once():
    def filling(size):
        return Change("streams", (100, 64), Stream(64, 1, "stdout", "full", 4096, pending=b"y" * size))

    events = tuple(
        Event(i, "line", 100, 100, i, i, i / 10, i / 10, changes=(filling(20 * (i + 1)),)) for i in range(100)
    )

    def reading(index, left):
        stream = Stream(64, 1, "stdout", "full", 4096, readahead=left)
        return Event(index, "line", 100, 100, index, index, 11.0, 11.0, changes=(Change("streams", (100, 64), stream),))

    made = recording((*events, reading(100, b"abc"), reading(101, b"c")))
    text = to_json(made)
    assert from_json(text) == made
    assert text.count("y") < 100 * 20 + 500


def test_a_newer_format_is_refused_by_name(tmp_path):
    data = json.loads(to_json(writes(1)))
    data["format"] = FORMAT + 1
    path = tmp_path / "new.json"
    path.write_text(json.dumps(data))
    with pytest.raises(LabkitError, match=rf"(?s)new\.json has recording format {FORMAT + 1}.*newer labkit"):
        saved.load(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"what": "labkit recording", "format": 1}'])
def test_damage_is_told_apart_from_a_recording(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(LabkitError, match=r"broken\.json"):
        saved.load(path)


def test_files_small_are_readable_and_large_are_compressed(tmp_path):
    small = saved.save(recording(()), tmp_path / "small.rec")
    large = saved.save(writes(2000), tmp_path / "large.rec")
    assert small.read_bytes().startswith(b'{"what":"labkit recording"')
    assert large.read_bytes().startswith(b"\x1f\x8b")
    assert saved.load(large) == writes(2000)
    assert saved.save(recording(()), tmp_path / "small.json.gz").read_bytes().startswith(b"\x1f\x8b")
    large.write_bytes(large.read_bytes()[:1000])
    with pytest.raises(LabkitError, match="cannot read"):
        saved.load(large)


def test_no_such_file_says_how_to_make_one(tmp_path):
    with pytest.raises(LabkitError, match="labkit record PROGRAM -o"):
        saved.load(tmp_path / "none.rec")


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_old_formats_still_load(path):
    """Files written by the labkit that introduced each format; they are never written again."""
    loaded = saved.load(path)
    assert loaded.events and loaded.status == 0
    assert from_json(to_json(loaded)) == loaded


def test_every_format_has_a_stored_example():
    formats = {int(path.name.split("-")[1].split(".")[0]) for path in OLD}
    assert formats == set(range(1, FORMAT + 1))
