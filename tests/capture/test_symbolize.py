"""Places of stops: lines, names of library calls and phases, in programs of every build."""

from pathlib import Path
from shutil import which

import pytest
import stops
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.capture.address_space import AddressSpace
from labkit.capture.place import AFTER_MAIN, BEFORE_MAIN
from labkit.capture.rawlog import Raw
from labkit.capture.symbolize import Symbolizer, _Space
from labkit.capture.unwind import unwind
from labkit.model import Place

pytestmark = pytest.mark.ptrace
MUSL = pytest.mark.skipif(not which("musl-gcc"), reason="musl-gcc is not installed")
WRITE, CLOSE, EXIT_GROUP, EXECVE, WRITEV = 1, 3, 231, 59, 20


def line_of(source, text):
    """The number of the one line of `source` that contains `text`."""
    lines = (Path(__file__).parent / "programs" / source).read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if text in line]
    return number


def places(program, *args, cwd, nr=None, children=True):
    symbolizer = Symbolizer()
    seen = [(raw, symbolizer.see(raw)) for raw in stops.stops([str(program), *args], cwd=cwd, children=children)]
    return [(raw, place) for raw, place in seen if place is not None and (nr is None or raw.nr == nr)]


def last_write(program, *args, cwd):
    return places(program, *args, cwd=cwd, nr=WRITE)[-1][1]


# -- the end of a program ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-O2",), ("-static",), ("-static-pie",), ("-no-pie",)], ids=" ".join)
def test_the_last_flush_says_who_ended_the_program(tmp_path, flags):
    program = stops.build(tmp_path, "exits.c", *flags)
    line = lambda text: line_of("exits.c", text)  # noqa: E731
    assert last_write(program, "return", cwd=tmp_path) == Place(via=("exit", "write"), phase=AFTER_MAIN)
    assert last_write(program, "exit", cwd=tmp_path) == Place("exits.c", line("exit(3)"), "main", ("exit", "write"))
    assert last_write(program, "close", cwd=tmp_path) == Place("exits.c", line("fclose("), "main", ("fclose", "write"))
    handler = last_write(program, "handler", cwd=tmp_path)
    assert (handler.function, handler.line, handler.phase) == ("handler", line("fflush("), AFTER_MAIN)
    assert handler.via == ("fflush", "write")
    thread = last_write(program, "thread", cwd=tmp_path)
    assert thread == Place("exits.c", line("exit(7)"), "leave", ("exit", "write"))
    ends = places(program, "_exit", cwd=tmp_path, nr=EXIT_GROUP)
    assert [place for _, place in ends] == [Place("exits.c", line("_exit(4)"), "main", ("_exit",))]


def test_calls_of_the_dynamic_linker_come_before_main(tmp_path):
    program = stops.build(tmp_path, "stdio_tour.c", "-w")
    seen = [place for _, place in places(program, cwd=tmp_path, children=False)]
    phases = [place.phase for place in seen]
    first = phases.index("")
    assert first > 10 and set(phases[:first]) == {BEFORE_MAIN} and BEFORE_MAIN not in phases[first:]
    constructor = seen[first - 1]
    assert (constructor.function, constructor.via, constructor.phase) == ("before_main", ("write",), BEFORE_MAIN)
    assert all(place.line is None for place in seen[: first - 1])


# -- names of library calls -------------------------------------------------------------------------------------------

CHAINS = {"fflush(out);": ("fflush", "write"), "rewind(out);": {("rewind", "write"), ("rewind", "lseek")},
          "fgets(": ("fgets", "read"), "fseek(": ("fseek", "lseek"), "perror(": ("perror", "write"),
          'fopen("tour.txt", "r")': ("fopen", "open"), "fclose(in);": ("fclose", "close"),
          "fgetc(in)": {("fgetc", "read"), ("fgetc", "fstatat"), ("getc", "read"), ("getc", "fstatat")},
          "sleep(0);": ("sleep", "nanosleep", "clock_nanosleep"), "wait(NULL);": ("wait", "wait4"),
          "dup2(fd, 20);": ("dup2",), "lseek(fd": ("lseek",), "kill(getpid()": {("kill",), ("getpid",)},
          'write(1, "?"': ("write",), "remove(": ("remove", "unlink"), "pread(": ("pread",)}  # fmt: skip


@pytest.mark.parametrize("flags", [(), ("-static",), ("-static-pie",), ("-no-pie", "-fno-plt")], ids=" ".join)
def test_library_calls_have_the_names_programs_call_them_by(tmp_path, flags):
    program = stops.build(tmp_path, "stdio_tour.c", "-w", *flags)
    by_line = {}
    for _, place in places(program, cwd=tmp_path, children=False):
        by_line.setdefault(place.line, set()).add(place.via)
    by_line[line_of("stdio_tour.c", "kill(getpid()")].discard(("kill", "getpid"))
    for text, expected in CHAINS.items():
        found = by_line[line_of("stdio_tour.c", text)]
        expected = expected if isinstance(expected, set) else {expected}
        if "signal" not in text and "kill" not in text:
            assert found <= expected, (text, found)
        else:
            assert found & expected, (text, found)
    names = {name for vias in by_line.values() for via in vias for name in via}
    assert {name for name in names if name.startswith("_")} <= {"_exit", "_Fork"}


def test_a_dynamic_program_tells_two_names_of_one_function_apart(tmp_path):
    """fgetc and getc, fopen and fopen64 are the same code in glibc; the call instruction knows which was meant."""
    program = stops.build(tmp_path, "stdio_tour.c", "-w")
    names = {place.via[0] for _, place in places(program, cwd=tmp_path, children=False) if place.via and place.line}
    assert {"fgetc", "putc", "fputc", "fopen", "fprintf", "printf"} <= names and "getc" not in names


# -- programs that tell less ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [("-g0",), ("-g0", "-no-pie"), ("-g0", "-static")], ids=" ".join)
def test_without_debug_information_there_are_functions_but_no_lines(tmp_path, flags):
    program = stops.build(tmp_path, "exits.c", *flags)
    assert last_write(program, "exit", cwd=tmp_path) == Place(function="main", via=("exit", "write"))
    assert last_write(program, "return", cwd=tmp_path).phase == AFTER_MAIN


def test_a_stripped_program_still_has_phases_and_library_calls(tmp_path):
    program = stops.build(tmp_path, "exits.c", "-s")
    assert last_write(program, "exit", cwd=tmp_path).via == ("exit", "write")
    assert last_write(program, "return", cwd=tmp_path) == Place(via=("exit", "write"), phase=AFTER_MAIN)


def test_a_stripped_static_program_still_has_phases(tmp_path):
    program = stops.build(tmp_path, "exits.c", "-s", "-static")
    assert last_write(program, "exit", cwd=tmp_path).phase == ""
    assert last_write(program, "return", cwd=tmp_path) == Place(phase=AFTER_MAIN)
    phases = [place.phase for _, place in places(program, "return", cwd=tmp_path)]
    assert phases[0] == BEFORE_MAIN and phases == sorted(phases, key=[BEFORE_MAIN, "", AFTER_MAIN].index)


@MUSL
@pytest.mark.parametrize("flags", [(), ("-static",), ("-O2",)], ids=" ".join)
def test_lines_in_musl_which_has_no_call_frame_information(tmp_path, flags):
    program = stops.build(tmp_path, "exits.c", *flags, compiler="musl-gcc")
    for how, text in (("exit", "exit(3)"), ("close", "fclose("), ("thread", "exit(7)"), ("handler", "fflush(")):
        place = places(program, how, cwd=tmp_path, nr=WRITEV)[-1][1]
        assert (place.file, place.line) == ("exits.c", line_of("exits.c", text)), how
    assert places(program, "return", cwd=tmp_path, nr=WRITEV)[-1][1].line is None


def test_a_file_that_is_gone_leaves_what_the_others_tell(tmp_path):
    program = stops.build(tmp_path, "exits.c")
    records = stops.stops([str(program), "exit"], cwd=tmp_path)
    program.unlink()
    symbolizer = Symbolizer()
    last = [place for raw in records if (place := symbolizer.see(raw)) and raw.nr == WRITE][-1]
    assert last.line is None and last.via[-2:] == ("exit", "write")


# -- processes and threads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-static",)], ids=" ".join)
def test_children_of_every_kind(tmp_path, flags):
    program = stops.build(tmp_path, "children.c", "-w", *flags)
    seen = places(program, cwd=tmp_path)
    first = seen[0][0].pid
    where = {(raw.nr, raw.pid == first, place.function, place.line, place.via) for raw, place in seen}
    line = lambda text: line_of("children.c", text)  # noqa: E731
    assert (WRITE, False, "main", line('write(1, "f"'), ("write",)) in where
    assert (WRITE, False, "main", line('write(1, "v"'), ("write",)) in where
    assert (WRITE, True, "worker", line("write(1, name"), ("write",)) in where
    # children of posix_spawn run on a stack of their own: their place is their parent's
    assert (EXECVE, False, "main", line("posix_spawnp("), ("posix_spawnp", "execve")) in where
    assert (EXECVE, False, "main", line("system("), ("system", "execve")) in where


def test_a_new_program_is_not_where_the_old_one_was(tmp_path):
    program = stops.build(tmp_path, "children.c", "-w")
    symbolizer, execed = Symbolizer(), set()
    for raw in stops.stops([str(program)], cwd=tmp_path):
        place = symbolizer.see(raw)
        if raw.kind == "exec" and not raw.extra["exe"].startswith(str(tmp_path)):
            execed.add(raw.pid)
        elif place is not None and raw.pid in execed:
            assert place.file != "children.c"
    assert len(execed) == 2


@pytest.mark.parametrize("flags", [(), ("-O2",), ("-static",)], ids=" ".join)
def test_a_thread_has_the_lines_of_its_function(tmp_path, flags):
    program = stops.build(tmp_path, "deep.c", "-w", *flags)
    seen = places(program, cwd=tmp_path)
    mine = [(place.function, place.line, place.via) for raw, place in seen if raw.tid != raw.pid and raw.nr == WRITE]
    written = line_of("deep.c", "write(1, name, 1)")
    assert mine == [("thread", written - 1, ("fflush", "write")), ("thread", written, ("write",))]


# -- the same stop again ----------------------------------------------------------------------------------------------


def test_what_is_remembered_is_what_unwinding_again_gives(tmp_path):
    for source, flags in (("stdio_tour.c", ("-w",)), ("deep.c", ("-w", "-O2")), ("deep.c", ("-w",))):
        program = stops.build(tmp_path, source, *flags)
        records = stops.stops([str(program)], cwd=tmp_path)
        shared, rows = Symbolizer(), []
        for raw in records:
            rows.append((shared.see(raw), shared._spaces.get(raw.pid), raw))
        for remembered, space, raw in rows:
            if remembered is None or space is None:
                continue
            fresh = _Space(space.space)
            again, called = fresh.place(raw.regs, raw.stack, 2)
            if called:
                assert again == remembered


def test_a_deep_recursion_is_followed_to_its_innermost_line(tmp_path):
    program = stops.build(tmp_path, "deep.c", "-w")
    seen = [place for _, place in places(program, cwd=tmp_path, nr=WRITE) if place.function == "down"]
    lines = [line_of("deep.c", "write(1, room, 1)"), *[line_of("deep.c", "write(1, room, 2)")] * 11]
    assert [place.line for place in seen] == lines


def test_a_stack_cut_short_gives_what_is_on_it(tmp_path):
    program = stops.build(tmp_path, "stdio_tour.c", "-w")
    records = stops.stops([str(program)], cwd=tmp_path, children=False)
    whole, cut = Symbolizer(), Symbolizer()
    for raw in records:
        place = whole.see(raw)
        short = raw if raw.stack is None else with_stack(raw, raw.stack[1][:512])
        found = cut.see(short)
        assert found is None or found.line in (None, place.line)


def with_stack(raw, data):
    return Raw(raw.kind, raw.seq, raw.tid, raw.pid, raw.time, raw.nr, raw.args, regs=raw.regs,
               stack=(raw.stack[0], data), maps=raw.maps)  # fmt: skip


# -- junk -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spaces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spaces")
    found = []
    for flags in ((), ("-static",)):
        raw = [r for r in stops.stops([str(stops.build(folder, "exits.c", *flags))], cwd=folder) if r.maps][-1]
        found.append(AddressSpace.from_maps(raw.maps))
    return found


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 1), st.randoms(use_true_random=False), st.integers(0, 1200), st.booleans())
def test_unwinding_never_raises_on_junk(spaces, which_one, chance, size, aligned):
    space = spaces[which_one]
    regs = junk_registers(space, chance)
    sp = regs[19] & ~7 if aligned else regs[19]
    regs = (*regs[:19], sp, *regs[20:])
    words = [junk_word(space, chance, sp) for _ in range(size // 8)]
    data = b"".join(word.to_bytes(8, "little") for word in words) + bytes(size % 8)
    unwound = unwind(space, regs, (sp, data), 2 if aligned else 0)
    assert len(unwound.frames) <= 200 and unwound.ended
    symbolizer = Symbolizer()
    symbolizer._spaces[1] = _Space(space)
    assert isinstance(symbolizer.place(1, regs, (sp, data)), Place)


def junk_registers(space, chance):
    regs = [junk_word(space, chance, 1 << 47) for _ in range(27)]
    module = chance.choice(space.modules)
    regs[16] = chance.randrange(module.low, module.high)
    regs[19] = chance.choice((0, 8, 1 << 47, (1 << 64) - 16, chance.randrange(1 << 64)))
    return tuple(regs)


def junk_word(space, chance, sp):
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randrange(1 << 64)
    if kind == 1:
        module = chance.choice(space.modules)
        return chance.randrange(module.low, module.high)
    if kind == 2:
        return sp + chance.randrange(-64, 2048) & (1 << 64) - 1
    return chance.randrange(64)


@given(st.text(max_size=200))
def test_any_text_is_some_address_space(text):
    try:
        AddressSpace.from_maps(text)
    except ValueError:
        assert any("x" in line for line in text.splitlines())


def test_nothing_is_known_of_a_process_never_seen():
    assert Symbolizer().place(1, tuple(range(27)), (19, b"")) == Place()
