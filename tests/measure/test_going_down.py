"""Bytes on their way down: the counts against a count in the library, strace, fincore and stat; times only in order."""

import os
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from labkit.capture import on_storage
from labkit.capture.build import build
from labkit.capture.on_storage import folder_on_storage
from labkit.capture.record import record
from labkit.decode.pages_after import file_after
from labkit.errors import LabkitError
from labkit.measure import layers as layers_measured
from labkit.measure.blocks_below import measure_blocks
from labkit.measure.layers import CACHE, DEVICE, KERNEL, LIBRARY, measure_layers
from labkit.measure.writing_down import measure_writing
from labkit.model import PAGE_SIZE, Layer, Stage
from labkit.show.going_down import ShownBlocks, ShownLayers, ShownWriting

pytestmark = pytest.mark.ptrace
COUNTED = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
static long calls;
int fputs(const char *text, FILE *out)
{
    calls++;
    int (*real)(const char *, FILE *) = (int (*)(const char *, FILE *))dlsym(RTLD_NEXT, "fputs");
    return real(text, out);
}
__attribute__((destructor)) static void tell(void) { fprintf(stderr, "%ld", calls); }
"""


@pytest.fixture(scope="module")
def layers():
    return measure_layers(1000)


@pytest.fixture(scope="module")
def written():
    return measure_writing()


@pytest.fixture(scope="module")
def blocks():
    return measure_blocks()


@pytest.fixture
def storage():
    """A folder on storage whose dirty pages the kernel tells of; skips where there is none."""
    with folder_on_storage() as folder:
        where = record("write_fsync", folder=folder)
        file = file_after(where, where.calls("write")[0])
        if file is None or not file.dirty:
            pytest.skip("NOT TESTED: no folder here is on storage whose pages the kernel tells of")
        yield folder


def test_the_layers_from_the_top(layers):
    assert [layer.name for layer in layers.layers] == [LIBRARY, KERNEL, CACHE, DEVICE]
    assert (layers[LIBRARY].units, layers[LIBRARY].bytes) == (1000, 10_000)
    assert layers[KERNEL].bytes == 10_000
    with pytest.raises(KeyError, match="no layer 'disk'; there are: C library, system calls"):
        layers["disk"]


def test_the_calls_of_the_library_are_those_a_library_before_it_counts(layers, tmp_path):
    (tmp_path / "counted.c").write_text(COUNTED)
    command = ["gcc", "-shared", "-fPIC", "-o", "counted.so", "counted.c"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    environment = {**os.environ, "LD_PRELOAD": str(tmp_path / "counted.so")}
    ran = subprocess.run([build("down").path, "1000"], cwd=tmp_path, env=environment, capture_output=True, timeout=30)
    assert int(ran.stderr) == layers[LIBRARY].units
    assert (tmp_path / "lines").stat().st_size == layers[LIBRARY].bytes


@pytest.mark.strace
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: the second source is missing")
@pytest.mark.parametrize("lines", [1, 410, 1000])
def test_strace_sees_as_many_writes(lines, tmp_path):
    log = tmp_path / "log"
    command = ["strace", "-o", log, "-e", "trace=write", build("down").path, str(lines)]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    theirs = [line for line in log.read_text().splitlines() if line.startswith("write(3")]
    assert measure_layers(lines)[KERNEL].units == len(theirs)


def test_bytes_grow_on_the_way_down_to_storage(storage, layers):
    assert layers[CACHE].bytes >= layers[KERNEL].bytes and layers[CACHE].bytes % PAGE_SIZE == 0
    if layers[DEVICE].bytes is not None:
        assert layers[DEVICE].bytes >= layers[CACHE].bytes and layers[DEVICE].units >= 1
        assert not layers[DEVICE].exact


def test_where_no_device_is_to_be_seen_it_is_said(monkeypatch):
    monkeypatch.setattr(layers_measured, "device_below", lambda path: None)
    assert measure_layers(3)[DEVICE] == Layer(DEVICE, "request", None, None, layers_measured._HIDDEN, exact=False)


def test_less_than_a_line_cannot_be_followed():
    with pytest.raises(LabkitError, match="It takes a line at least"):
        measure_layers(0)


def test_in_memory_nothing_is_dirty(monkeypatch):
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no /dev/shm to write to")
    monkeypatch.setattr(on_storage, "_places", lambda usual: ["/dev/shm"])
    monkeypatch.setattr(on_storage, "_NO_STORAGE", frozenset())
    assert measure_layers(3)[CACHE].units is None
    assert [stage.dirty for stage in measure_writing().stages] in ([0, 0], [None, None])


def test_after_write_nothing_is_stored_and_after_fsync_all(storage, written):
    assert written.size == 64 << 10
    pages = written.size // PAGE_SIZE
    assert (written["write"].cached, written["write"].dirty) == (pages, pages)
    assert (written["fsync"].cached, written["fsync"].dirty) == (pages, 0)
    shown = ShownWriting(written.size, written.stages, written.filesystem)
    assert [shown.stored(call) for call in ("write", "fsync")] == ["none", "all"]


def test_both_calls_were_timed(written):
    assert all(stage.seconds > 0 for stage in written.stages)
    with pytest.raises(KeyError, match="no stage 'close'; there are: write, fsync"):
        written["close"]


@pytest.mark.parametrize(
    ("cached", "dirty", "says"),
    [(16, 16, "none"), (16, 4, "some"), (16, 0, "all"), (None, None, "not known here"), (16, None, "not known here")],
)
def test_what_storage_has_in_a_word(cached, dirty, says):
    assert ShownWriting(65536, (Stage("write", 1e-5, cached, dirty),), "ext4").stored("write") == says


def test_three_bytes_whatever_is_below(blocks):
    assert (blocks.asked, blocks.got) == (3, 3)
    assert blocks.direct in ("EINVAL", "3", "O_DIRECT is refused at open")


def test_the_page_cache_was_filled_by_whole_pages_and_with_both_blocks(blocks):
    if blocks.brought is None:
        assert blocks.untold
        pytest.skip("NOT TESTED: the file could not be dropped from memory here")
    assert blocks.brought % PAGE_SIZE == 0 and blocks.brought >= 2 * PAGE_SIZE


def test_fincore_counts_the_same_pages(storage):
    if shutil.which("fincore") is None:
        pytest.skip("fincore is not installed: the second source is missing")
    recording = record("write_fsync", folder=storage)
    seen = file_after(recording, recording.calls("fsync")[0])
    theirs = subprocess.run(
        ["fincore", "-n", "-b", "-o", "PAGES", storage / "data"], capture_output=True, text=True, check=True
    )
    assert seen is not None and seen.cached == int(theirs.stdout)


def test_block_sizes_are_those_stat_tells(blocks):
    with folder_on_storage() as folder:
        (folder / "file").write_bytes(b"x")
        assert (folder / "file").stat().st_blksize == blocks.st_blksize


@pytest.mark.parametrize("name", ["blocks_below", "down", "write_fsync"])
def test_a_program_that_fails_gives_no_numbers(name, tmp_path, monkeypatch):
    measured = {"blocks_below": measure_blocks, "down": measure_layers, "write_fsync": measure_writing}[name]
    closed = tmp_path / "closed"
    closed.mkdir()

    class Nowhere:
        def __enter__(self) -> Path:
            return closed

        def __exit__(self, *_: object) -> None:
            pass

    (closed / {"blocks_below": "blocks", "down": "lines", "write_fsync": "data"}[name]).mkdir()
    for module in ("blocks_below", "layers", "writing_down"):
        monkeypatch.setattr(f"labkit.measure.{module}.folder_on_storage", Nowhere)
    with pytest.raises(LabkitError, match=f"{name} (ended|was recorded)"):
        measured()


def test_shown_values_are_stored_without_what_differs(layers, blocks):
    shown = ShownLayers(layers.layers)
    assert repr(shown) == f"The same bytes, layer by layer: 1,000 fputs, {layers[KERNEL].units} write, …"
    assert 'class="labkit grid unsteady"' in shown._repr_html_()
    seen = ShownBlocks(**{field.name: getattr(blocks, field.name) for field in fields(blocks)})
    assert repr(seen) == "Three bytes, and the blocks below: 3 asked for, 3 got, …"
    assert 'class="labkit grid unsteady"' in seen._repr_html_()
