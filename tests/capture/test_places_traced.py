"""Places and streams out of the logs of labkit's own tracer."""

import json
import subprocess

import pytest
import stops
from tracing import traced

from labkit.capture.elf import Elf
from labkit.capture.lines import Lines
from labkit.capture.symbolize import Symbolizer

pytestmark = pytest.mark.ptrace
WRITE = 1


def seen(argv, **options):
    """The records of a run of `argv` with the place of each; and the symbolizer that found them."""
    _, records = traced([str(word) for word in argv], **options)
    symbolizer = Symbolizer()
    return [(raw, symbolizer.see(raw), symbolizer.streams(raw)) for raw in records], symbolizer


@pytest.mark.parametrize("flags", [(), ("-O2",), ("-static",)], ids=" ".join)
@pytest.mark.parametrize("source", ["stdio_tour.c", "deep.c", "exits.c"])
def test_places_are_those_a_tracer_of_another_make_gives(tmp_path, source, flags):
    """The tests' own tracer keeps 64 KiB of stack as it is; labkit's keeps less, and of that only addresses."""
    program = stops.build(tmp_path, source, "-w", *flags)
    rows, _ = seen([program], cwd=tmp_path, stdout="file", stderr="file")
    (start,) = (i for i, (raw, _, _) in enumerate(rows) if raw.kind == "exec" and raw.extra["exe"] == str(program))
    first = rows[start][0].pid
    ours = [(raw.nr, place) for raw, place, _ in rows[start:] if raw.kind == "entry" and raw.tid == first]
    numbers = {number for number, _ in ours}
    symbolizer = Symbolizer()
    theirs = []
    out = tmp_path / "out"
    for raw in stops.stops([str(program)], cwd=tmp_path, stdout=str(out), children=False):
        place = symbolizer.see(raw)
        if place is not None and raw.nr in numbers:
            theirs.append((raw.nr, place))
    ours = [row for row in ours if row[1].phase != "before main" or row[1].line is not None]
    theirs = [row for row in theirs if row[1].phase != "before main" or row[1].line is not None]
    assert ours == theirs and len(ours) > 2


def test_printf_on_an_unbuffered_stream_has_its_line(tmp_path):
    """glibc before 2.37 formats for it in 8 KiB on the stack: the window of stack must reach beyond."""
    (tmp_path / "u.c").write_text(
        '#include <stdio.h>\nint main(void)\n{\n    return fprintf(stderr, "%d", 1) != 1;\n}\n'
    )
    subprocess.run(["gcc", "-g", "-o", "u", "u.c"], cwd=tmp_path, check=True, timeout=60)
    rows, _ = seen([tmp_path / "u"], cwd=tmp_path)
    places = [place for raw, place, _ in rows if place is not None and raw.nr == WRITE]
    assert [(place.line, place.via) for place in places] == [(4, ("fprintf", "write"))]


@pytest.mark.parametrize("flags", [(), ("-static",)], ids=" ".join)
@pytest.mark.parametrize(("stdout", "decided"), [("pipe", "full"), ("file", "full"), ("terminal", "line")])
def test_streams_are_what_the_program_says_they_are(tmp_path, flags, stdout, decided):
    program = stops.build(tmp_path, "stream_truth.c", "-w", *flags)
    rows, _ = seen([program, decided], cwd=tmp_path, stdout=stdout)
    told = iter((tmp_path / "truth").read_text().splitlines())
    known, count = {}, 0
    for raw, _, streams in rows:
        if streams is not None:
            known[raw.pid] = {stream.address: stream for stream in streams}
        if raw.kind != "entry" or raw.nr != WRITE or raw.args[0] != 99:
            continue
        truth = json.loads(next(told))
        stream = known[raw.pid][truth["address"]]
        for field in ("fd", "name", "buffering", "buffer", "consumed"):
            assert getattr(stream, field) == truth[field], (count, field)
        assert (stream.eof, stream.error) == (bool(truth["eof"]), bool(truth["error"]))
        assert (stream.pending.hex(), stream.readahead.hex()) == (truth["pending"], truth["readahead"])
        count += 1
    assert count == 26 and next(told, None) is None


def test_ten_thousand_equal_stops_are_unwound_once(tmp_path):
    (tmp_path / "w.c").write_text(
        "#include <unistd.h>\nint main(void)\n{\n    for (int i = 0; i < 10000; i++)\n"
        '        if (write(1, "x", 1) != 1)\n            return 1;\n    return 0;\n}\n'
    )
    subprocess.run(["gcc", "-g", "-o", "w", "w.c"], cwd=tmp_path, check=True, timeout=60)
    rows, symbolizer = seen([tmp_path / "w"], cwd=tmp_path, stdout="file")
    places = [place for raw, place, _ in rows if place is not None and raw.nr == WRITE]
    assert len(places) == 10_000 and {(place.line, place.via) for place in places} == {(5, ("write",))}
    (space,) = {id(space): space for space in symbolizer._spaces.values()}.values()
    unwound = sum(len(stops_.places) for known in space._stops.values() for stops_ in known)
    assert unwound < 60


@pytest.mark.parametrize("flags", [(), ("-O2",), ("-static",)], ids=" ".join)
def test_every_place_of_a_child_has_its_own_programs_line(tmp_path, flags):
    program = stops.build(tmp_path, "children.c", "-w", *flags)
    rows, _ = seen([program], cwd=tmp_path, stdout="file")
    lines = {}
    for raw, place, _ in rows:
        if place is not None and raw.kind == "entry" and raw.nr == WRITE:
            lines.setdefault(place.line, []).append(raw.memory[0].data if raw.memory else b"")
    text = (stops.PROGRAMS / "children.c").read_text().splitlines()
    for line, data in lines.items():
        if line is not None:
            assert "write(" in text[line - 1], line
            assert data and (data[0].decode() in text[line - 1] or data == [b"t"])
    assert {b"f", b"v", b"t"} <= {data for several in lines.values() for data in several}


def test_line_events_are_at_the_lines_the_program_ran(tmp_path):
    program = stops.build(tmp_path, "exits.c")
    lines = Lines(Elf.open(program))
    addresses = {str(program): [statement.address for statement in lines.statements()]}
    rows, _ = seen([program, "close"], cwd=tmp_path, lines=addresses)
    came = [(place.file, place.line, place.function) for raw, place, _ in rows if raw.kind == "line"]
    text = (stops.PROGRAMS / "exits.c").read_text().splitlines()
    assert {(file, function) for file, _, function in came} == {("exits.c", "main")}
    order = [line for _, line, _ in came]
    assert "int main" in text[order[0] - 1] or text[order[0] - 1] == "{"
    assert order == sorted(order) and any("fclose(stdout)" in text[line - 1] for line in order)
    assert all("exit(3)" not in text[line - 1] for line in order)  # not taken
    writes = [place.line for raw, place, _ in rows if place is not None and raw.kind == "entry" and raw.nr == WRITE]
    assert writes == [next(n for n, line in enumerate(text, 1) if "fclose(stdout)" in line)]
