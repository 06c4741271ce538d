"""Building: the compiler's own words, the cache, and what is said when there is nothing to build with."""

import stat
import subprocess

import pytest

import labkit
from labkit.capture import build as build_module
from labkit.capture.build import build, read_source, sources

GOOD = "int main(void)\n{\n    return 3;\n}\n"


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A cache of the test's own, and no memory of an earlier compiler."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    build_module.cache_folder.cache_clear()
    build_module._compiler.cache_clear()
    yield tmp_path
    build_module.cache_folder.cache_clear()
    build_module._compiler.cache_clear()


@pytest.mark.parametrize("name", sources())
def test_every_program_of_the_course_is_short_and_builds_without_a_warning(name, fresh):
    program = build(name)
    assert "-Werror" in program.flags and program.warnings == ""
    assert max(len(text.splitlines()) for text in program.sources.values()) <= (110 if program.files else 45)


def test_a_folder_is_one_program_of_all_its_files(fresh):
    folder = fresh / "parts"
    folder.mkdir()
    (folder / "parts.c").write_text('#include "part.h"\nint main(void)\n{\n    return part();\n}\n')
    (folder / "part.c").write_text("int part(void)\n{\n    return 7;\n}\n")
    (folder / "part.h").write_text("int part(void);\n")
    program = build(folder)
    assert (program.name, list(program.sources)) == ("parts", ["parts.c", "part.c", "part.h"])
    assert program.source == program.sources["parts.c"] and build(str(folder)).path == program.path
    assert subprocess.run([program.path], check=False).returncode == 7
    (folder / "part.h").write_text("int part(void); // another\n")
    assert build(folder).path != program.path
    (folder / "part.c").write_text("int part(void)\n{\n    return x;\n}\n")
    with pytest.raises(labkit.CompileError, match=r"(?s)^parts does not compile\..*\npart.c:3:12: error"):
        build(folder)


@pytest.mark.ptrace
def test_a_recording_knows_the_file_of_each_line(fresh):
    folder = fresh / "parts"
    folder.mkdir()
    (folder / "parts.c").write_text("int part(void);\nint main(void)\n{\n    return part();\n}\n")
    (folder / "part.c").write_text('#include <unistd.h>\nint part(void)\n{\n    return write(1, "x", 1) != 1;\n}\n')
    made = labkit.record(folder, lines=True)
    assert list(made.sources) == ["parts.c", "part.c"]
    assert [(one.place.file, one.place.line) for one in made.events if one.kind == "line"][:3] == [
        ("parts.c", 3),
        ("parts.c", 4),
        ("part.c", 3),
    ]
    (call,) = made.calls("write")
    assert (call.place.file, call.place.line, call.place.function) == ("part.c", 4, "part")


def test_one_file_of_a_program_is_read_by_its_name():
    assert "parse_head" in read_source("webserver/http")[0]
    assert read_source("webserver")[0] == read_source("webserver/webserver")[0]


def test_text_path_and_name(fresh):
    path = fresh / "three.c"
    path.write_text(GOOD)
    assert build(path).name == "three" and build(str(path)).path == build(path).path
    assert subprocess.run([build(GOOD).path], check=False).returncode == 3


def test_the_same_source_is_compiled_once_and_other_flags_make_another_program(fresh):
    first = build(GOOD)
    made = first.path.stat().st_mtime_ns
    assert build(GOOD).path == first.path and first.path.stat().st_mtime_ns == made
    assert build(GOOD, flags=["-O2"]).path != first.path
    assert build(GOOD + "\n").path != first.path


def test_no_half_made_program_is_left_by_a_failed_build(fresh):
    with pytest.raises(labkit.CompileError):
        build("int main(void) { return }\n")
    assert list((fresh / "cache/labkit/programs").iterdir()) == []


def test_an_error_is_shown_in_the_compilers_words_with_line_and_caret(fresh):
    with pytest.raises(labkit.CompileError) as caught:
        build("int main(void)\n{\n    return x;\n}\n", name="mine")
    lines = str(caught.value).splitlines()
    assert lines[0] == "mine.c does not compile. The compiler says:"
    assert any(line.startswith("mine.c:3:12: error: 'x' undeclared") for line in lines)
    assert any(line.strip().strip("|").strip() == "^" for line in lines)
    assert caught.value._render_traceback_() == lines


def test_a_missing_main_is_named(fresh):
    with pytest.raises(labkit.CompileError, match="has no main function"):
        build("int answer(void)\n{\n    return 42;\n}\n")


def test_warnings_are_kept_with_the_program_also_from_the_cache(fresh):
    source = "int main(void)\n{\n    int unused;\n    return 0;\n}\n"
    assert "unused variable 'unused'" in build(source).warnings
    assert "unused variable 'unused'" in build(source).warnings


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("puase", "Did you mean pause?"),
        ("zzzz", "The course has: "),
        ("no/such/file.c", "There is no file no/such/file.c"),
        ("/dev", "cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_found_is_said_with_what_to_do(source, says, fresh):
    with pytest.raises(labkit.LabkitError, match=says):
        build(source)


def test_a_file_that_is_no_text(fresh):
    path = fresh / "binary.c"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(labkit.LabkitError, match="not UTF-8"):
        build(path)


def test_without_a_compiler_it_says_how_to_get_one(fresh, monkeypatch):
    monkeypatch.setenv("PATH", str(fresh))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(labkit.UnsupportedError, match="sudo apt install gcc"):
        build(GOOD)


def test_a_home_that_cannot_be_written_to_is_no_error(fresh, monkeypatch):
    blocked = fresh / "a file, not a folder"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(fresh))
    program = build(GOOD)
    assert program.path.is_relative_to(fresh)
    assert stat.S_IMODE(program.path.parents[2].stat().st_mode) == 0o700


def test_a_source_without_end_is_given_up(fresh, monkeypatch):
    monkeypatch.setattr(build_module, "_SECONDS", 1)
    with pytest.raises(labkit.CompileError):
        build('#include "/dev/zero"\nint main(void)\n{\n    return 0;\n}\n')
