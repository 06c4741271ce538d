"""Where are my bytes? against the model at every step, and as a drawing: nothing missing, nothing but text in it."""

import re
import time
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import labkit
from labkit.capture.build import build
from labkit.decode.contents import Contents
from labkit.decode.names import names
from labkit.decode.replay import replay
from labkit.decode.text import visible
from labkit.decode.transfers import transfers
from labkit.decode.waiting import Waiting
from labkit.draw.descriptors.scene import descriptors
from labkit.draw.film import PART
from labkit.draw.whereabouts.scene import whereabouts
from labkit.draw.whereabouts.wording import glyphs, reading_row, row
from labkit.model import Argument, Change, Descriptor, Event, Inode, OpenFile, Place, Stream
from tests.decode.happenings import START, interleaved, recording, writes

TESTS = Path(__file__).parent.parent
CORPUS = ("stdio_buffers", "getc_copy", "pipe_fork", "socketpair", "append", "read_copy", "tcp_echo", "killed",
          "sendfile_splice", "readv_writev", "vfork_exec", "threads", "sigpipe")  # fmt: skip
TWO_WRITES = """
#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>
int main(void)
{
    printf("hello ");
    fflush(stdout);
    printf("twice ");
    if (fork() == 0) {
        printf("child\\n");
        fflush(stdout);
        printf("lost");
        _exit(0);
    }
    wait(NULL);
    return 0;
}
"""
SEEKS = """
#include <stdio.h>
int main(void)
{
    FILE *f = fopen("data", "r+");
    char word[6];
    if (!f || !fgets(word, 6, f)) return 1;
    fputs(word, stderr);
    fgetc(f);
    printf("%ld\\n", ftell(f));
    fflush(stdout);
    fseek(f, 0, SEEK_END);
    fputs("tail", f);
    printf("%ld\\n", ftell(f));
    return fclose(f);
}
"""


@cache
def recorded(name):
    if name == "stored":
        return labkit.load(TESTS / "decode" / "recordings" / "format-1.json.gz")
    if name == "interleaved":
        return interleaved()
    if name == "writes":
        return writes(60, 3)
    if name == "buffers":
        return labkit.record(TWO_WRITES, lines=True)
    if name == "terminal":
        return labkit.record(TWO_WRITES, lines=True, stdout="terminal")
    if name == "seeks":
        return labkit.record(SEEKS, lines=True, files={"data": "hello, world of bytes\n"})
    path = TESTS / "capture" / "corpus" / f"{name}.c"
    return labkit.record(build(path.read_text(), flags=("-w",), name=name))


@cache
def scene(name):
    return whereabouts(recorded(name))


HAND_MADE = ("stored", "interleaved", "writes")
RECORDED = ("buffers", "terminal", "seeks", *CORPUS)
EVERY = [*HAND_MADE, *(pytest.param(name, marks=pytest.mark.ptrace) for name in RECORDED)]


def said(number, text):
    return f"{number:,}" in text


@pytest.mark.parametrize("name", EVERY)
def test_the_twin_says_what_the_model_holds(name):
    made, shown = recorded(name), scene(name)
    called = names(made)
    followed = shown.twin.markup
    found = 0
    for number, (step, _, state) in enumerate(replay(made).walk()):
        lines = shown.text(number).split("\n")
        event = made.events[step.event]
        for pid, streams in state.streams.items():
            for stream in streams.values():
                mine = [index for index, line in enumerate(lines)
                        if line.startswith(f"{called.process(pid)} ") and f", fd {stream.fd}:" in line]  # fmt: skip
                if not mine or stream.fd not in state.fds(pid):
                    continue
                block = lines[mine[0] + 1 :]
                box = next((line for line in block if line.startswith(f"  {called.stream_now(stream)}: ")), "")
                if not box:
                    assert not stream.pending and not stream.readahead, (number, stream)
                    continue
                if stream.pending:
                    handed = re.search(r", ([\d,]+) bytes?, now in the kernel(?:, ([\d,]+) left)?", box)
                    if handed:
                        counts = [int(count.replace(",", "")) for count in handed.groups("0")]
                        assert sum(counts) == len(stream.pending)
                    else:
                        assert said(len(stream.pending), box), (number, box)
                        assert visible(stream.pending[:30]) in box
                    found += 1
                elif stream.readahead and not any(moved.fd == stream.fd for moved in transfers(event)):
                    assert said(len(stream.readahead), box)
                    assert visible(stream.readahead[:30]) in box
                    found += 1
        for inode in state.inodes.values():
            line = next((line for line in lines if line.startswith(f"{called.inode_now(inode)}: ")), None)
            if line is None:
                continue
            count = inode.queue if inode.kind in ("pipe", "socket") else inode.size if inode.kind == "file" else None
            if count is not None:
                assert said(count, line), (number, line, inode)
                found += 1
            if inode.dirty:
                assert f", {inode.dirty:,} dirty" in shown.text(number)
    assert found or name in ("interleaved", "killed") or "fd" not in followed


@pytest.mark.parametrize("name", EVERY)
def test_offsets_are_those_of_the_open_files(name):
    made, shown = recorded(name), scene(name)
    called = names(made)
    for number, (_, _, state) in enumerate(replay(made).walk()):
        owner = ""
        for line in shown.text(number).split("\n"):
            owner = line.split(" ")[0] if re.match(r"P\d+ ", line) else owner
            row_of = re.match(r"  fd (\d+): offset ([\d,]+).* → ", line)
            if row_of:
                pid = next(pid for pid, process in called.processes.items() if process == owner)
                opened = state.open_files[state.fds(pid)[int(row_of[1])].open_file]
                assert opened.offset == int(row_of[2].replace(",", ""))


@pytest.mark.parametrize("name", EVERY)
def test_bytes_said_to_wait_are_as_many_as_the_kernel_says(name):
    made = recorded(name)
    walked = list(replay(made).walk())
    moved = [transfers(event) for event in made.events]
    waiting = Waiting(walked, made.events, moved)
    for step, before, after in walked:
        waiting.step(step, before, after)
        for inode in after.inodes.values():
            data = waiting.bytes_in(inode)
            assert data is None or len(data) == inode.queue


@pytest.mark.parametrize("name", EVERY)
def test_every_part_has_a_look_from_the_first_step_on_and_every_step_is_well_formed(name):
    shown = scene(name)
    for film in (shown.film, shown.twin):
        parts = [element.get(PART) for element in ElementTree.fromstring(film.markup).iter() if element.get(PART)]
        assert sorted(map(int, parts)) == list(range(len(film.score)))
        assert all(changes and changes[0][0] == 0 for changes in film.score)
        for changes in film.score:
            assert len({frozenset(film.looks[look]) for _, look in changes}) == 1  # any look can follow any
        for step in range(film.steps):
            ElementTree.fromstring(film.at(step))


@pytest.mark.parametrize("name", EVERY)
def test_no_text_is_wider_than_its_box(name):
    film = scene(name).film
    root = ElementTree.fromstring(film.markup)
    width = float(root.get("width"))
    for rect in root.iter("rect"):
        assert float(rect.get("x")) >= 0 and float(rect.get("x")) + float(rect.get("width")) <= width
    boxes = [rect for rect in root.iter("rect") if rect.get("class") in ("box", "cell")]
    for one in boxes:
        for other in boxes:
            if one is not other:
                assert not _overlap(one, other)
    groups = [group for group in root.iter("g") if any(child.get("class") in ("box", "cell") for child in group)]
    for group in groups:
        box = next(child for child in group if child.get("class") in ("box", "cell"))
        for text in group.iter("text"):
            if text.get(PART) is None or " " in text.get("x"):
                continue
            longest = max(len(film.looks[look].get("text", "")) for _, look in film.score[int(text.get(PART))])
            narrow = 7.83 if "mono" in text.get("class") else 6.2 if "small" in text.get("class") else 8.0
            assert longest * narrow <= float(box.get("width")) + 1, text.attrib


def _overlap(one, other):
    (x, y, width, height), (left, top, wide, high) = (
        [float(rect.get(key)) for key in ("x", "y", "width", "height")] for rect in (one, other)
    )
    return x < left + wide - 0.01 and left < x + width - 0.01 and y < top + high - 0.01 and top < y + height - 0.01


OVERWRITES = """
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
    int a = open("log", O_RDWR | O_CREAT, 0644), b = open("log", O_RDWR);
    if (write(a, "one\\n", 4) != 4 || write(b, "two, three\\n", 11) != 11 || pwrite(a, "<&>", 3, 20) != 3)
        return 1;
    if (lseek(a, 2, SEEK_SET) != 2 || write(a, "\\xff\\n", 2) != 2 || ftruncate(b, 25) || write(b, "four", 4) != 4)
        return 1;
    FILE *f = fopen("log", "r+");
    fputs("five", f);
    fseek(f, 3, SEEK_CUR);
    fputs("six", f);
    return fclose(f);
}
"""


@pytest.mark.ptrace
@pytest.mark.parametrize("append", [False, True])
def test_a_file_is_said_to_hold_what_it_holds(tmp_path, append):
    program = OVERWRITES.replace("O_RDWR", "O_RDWR | O_APPEND") if append else OVERWRITES
    made = labkit.record(program, folder=tmp_path)
    assert made.status == 0
    contents = Contents(made.events, [transfers(event) for event in made.events])
    last = None
    for step, before, after in replay(made).walk():
        contents.step(step, before, after)
        for inode in after.inodes.values():
            if inode.path == str(tmp_path / "log"):
                data = contents.of(inode)
                assert data is not None and len(data) == inode.size
                last = data
    assert last == (tmp_path / "log").read_bytes()
    assert f"holds: {visible(last)}" in whereabouts(made).text(-1)


def steps_with(shown, text):
    return [number for number in range(shown.film.steps) if text in shown.text(number)]


@pytest.mark.ptrace
def test_a_buffer_copied_by_fork_and_bytes_lost_by_exit():
    shown = scene("buffers")
    assert steps_with(shown, "copied by fork from P1")
    end = shown.text(shown.film.steps - 1)
    assert "4 bytes lost: lost" in end and "_exit does not write them" in end
    assert steps_with(shown, "↓ write: 12 bytes")  # "twice child\n": the copy of P1's six bytes went out of P2, too
    assert "has taken" in end or "bytes wait" in end


@pytest.mark.ptrace
def test_bytes_lost_by_exec_and_by_a_signal():
    program = """
    #include <signal.h>
    #include <stdio.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void)
    {
        printf("abc");
        if (fork() == 0) {
            printf("def");
            execl("/bin/true", "true", (char *)0);
        }
        wait(NULL);
        if (fork() == 0)
            raise(SIGKILL);
        wait(NULL);
        raise(SIGTERM);
    }
    """
    end = whereabouts(labkit.record(program)).text(-1)
    assert "6 bytes lost: abcdef" in end and "exec put another program in their place" in end
    assert "3 bytes dropped: abc" in end and "a copy: P1 had the same" in end
    assert "3 bytes lost: abc" in end and "SIGTERM ended the process" in end


@pytest.mark.ptrace
def test_a_child_in_its_parents_memory_has_no_buffer_of_its_own():
    program = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void)
    {
        printf("abc");
        if (vfork() == 0) {
            execl("/bin/true", "true", (char *)0);
            _exit(1);
        }
        wait(NULL);
        return system("true");
    }
    """
    shown = whereabouts(labkit.record(program))
    assert not steps_with(shown, "P2") and not steps_with(shown, "copied") and not steps_with(shown, "dropped")
    assert steps_with(shown, "waiting: abc") or steps_with(shown, "has taken")


@pytest.mark.ptrace
def test_what_fclose_has_written_is_not_lost():
    program = """
    #include <stdio.h>
    #include <unistd.h>
    int main(void)
    {
        FILE *f = fopen("data", "w");
        if (!f || fputs("hello", f) == EOF || write(1, "x", 1) != 1)  // at this write the buffer is seen
            return 1;
        return fclose(f);
    }
    """
    shown = whereabouts(labkit.record(program))
    assert steps_with(shown, "5 bytes, now in the kernel") and not steps_with(shown, " lost")


@pytest.mark.ptrace
def test_the_screen_of_a_terminal_shows_what_was_written_there():
    shown = scene("terminal")
    assert "screen: hello twice child" in shown.text(shown.film.steps - 1)


@pytest.mark.ptrace
def test_where_the_stream_is_in_its_file_is_what_ftell_said():
    made, shown = recorded("seeks"), scene("seeks")
    for position in made.output(1).split():
        assert steps_with(shown, f"ftell {int(position)} = ")
    assert steps_with(shown, "ftell 6 = offset 22 − 16 read ahead")
    assert steps_with(shown, "ftell 26 = offset 22 + 4 to come")


@pytest.mark.ptrace
def test_one_stream_can_be_chosen():
    only = whereabouts(recorded("seeks"), of="stdout").text(-1)
    assert "fd 1" in only and "fd 3" not in only
    assert "fd 3" in whereabouts(recorded("seeks"), of=3).text(-1)
    assert "fd 1" not in whereabouts(recorded("seeks"), of=3).text(-1)


def crowd(count):
    start = list(START)
    events = []
    for number in range(count):
        start += [
            Change("inodes", (50 + number,), Inode(50 + number, "file", f"/tmp/f{number}", size=0)),
            Change("open_files", (50 + number,), OpenFile(50 + number, 50 + number, "O_WRONLY", 0)),
            Change("tables", (1, 50 + number), Descriptor(50 + number)),
        ]
        args = (Argument("fd", "fd", 50 + number, "50"), Argument("buf", "bytes", b"x", '"x"'))
        place = Place("p.c", 1, "main", ("write",))
        events.append(Event(number, "call", 100, 100, 2 * number, 2 * number + 1, 0.0, 0.1, place, "write", args, 1))
    return recording(events, tuple(start))


def test_of_many_descriptors_six_are_shown_and_the_rest_counted():
    text = whereabouts(crowd(9)).text(-1)
    assert len(re.findall(r"^P1 prog, fd", text, re.M)) == 6
    assert "3 descriptors that were used less are not shown" in text


def test_what_can_be_followed_is_marked():
    subjects = {("process", 100): 7, ("descriptor", 100, 1): 8, ("inode", 1): 9}
    marks = re.findall(r'data-subject="(\d)"', whereabouts(writes(3), subjects).film.markup)
    assert sorted(marks) == ["7", "8", "9"]


OURS = {"svg", "g", "rect", "path", "line", "text", "defs", "pattern", "ul", "li"}
HOSTILE = b'</text><script>alert(1)</script>"&\x1b[2J\xe2\x80\xae\xff\0\n'


def test_hostile_data_and_names_stay_text():
    name = HOSTILE.decode("utf-8", "surrogateescape").replace("\0", "")
    start = (
        *(change for change in START if change.key != (1,)),
        Change("inodes", (1,), Inode(1, "file", f"/tmp/{name}", 7, 8, size=0)),
        Change("open_files", (1,), OpenFile(1, 1, "O_WRONLY", 0)),
    )
    args = (Argument("fd", "fd", 1, "1"), Argument("buf", "bytes", HOSTILE, "x"))
    place = Place("p.c", 1, "main", ("fputs", "write"))
    stream = Stream(64, 1, "stdout", "full", 4096, pending=HOSTILE)
    entered = (Change("streams", (100, 64), stream),)
    events = (
        Event(0, "line", 100, 100, 0, 0, 0.0, 0.0, place, changes=entered),
        Event(1, "call", 100, 100, 1, 2, 0.1, 0.2, place, "write", args, len(HOSTILE)),
    )
    made = recording(events, start, sources={"p.c": name})
    shown = whereabouts(made)
    for film in (shown.film, shown.twin):
        for step in range(film.steps):
            root = ElementTree.fromstring(film.at(step))
            assert {element.tag for element in root.iter()} <= OURS
            text = "".join(root.itertext())
            assert not set(text) & set("\x1b\u202e\0\n\udcff")
    assert "<script" not in shown.film.markup + shown.twin.markup


def test_cells_are_one_for_each_byte():
    for data in (b"", b"plain", HOSTILE, bytes(range(256)), "äöü€𝄞e\u0301".encode(), "שלום".encode()):
        assert len(glyphs(data)) == len(data)
        for room in (5, 9, 30):
            assert len(row(data, room)) == min(len(data), room)
            for taken in range(0, len(data), 3):
                cells, past = reading_row(data[:taken], taken, data[taken:], room)
                assert len(cells) == min(len(data), room) and 0 <= past <= len(cells)


def test_ten_thousand_steps_cost_about_what_the_descriptor_picture_costs():
    long = writes(10_000, 20)
    replay(long)
    costs = []
    for draw in (descriptors, whereabouts):
        start = time.process_time()
        draw(long)
        costs.append(time.process_time() - start)
    assert costs[1] < 3 * costs[0], costs
