"""The `%%c` cell magic in a real IPython shell."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

import labkit

HELLO = '#include <stdio.h>\nint main(void)\n{\n    int c = getchar();\n    printf("got %c", c);\n    return 0;\n}'


@pytest.fixture
def shell():
    # no record of the tests in the user's own history
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"hist_file": ":memory:"}}))
    labkit.load_ipython_extension(shell)
    yield shell
    InteractiveShell.clear_instance()
    shell.history_manager.end_session()


def cell(shell, text):
    with capture_output() as seen:
        result = shell.run_cell(text)
    return result, seen


def test_it_builds_runs_and_draws(shell):
    result, seen = cell(shell, f"%%c mine --on terminal,pipe --stdin 'x\\n'\n{HELLO}")
    assert result.success
    picture = seen.outputs[0].data["text/plain"]
    assert picture.count('"got x"') == 2 and "terminal" in picture and "pipe" in picture
    assert shell.user_ns["mine"].name == "mine"


def test_warnings_and_a_status_that_is_not_0_are_said(shell):
    _, seen = cell(shell, "%%c\nint main(void)\n{\n    int unused;\n    return 3;\n}")
    assert "unused variable" in seen.stdout and "It ended with status 3." in seen.stdout


def test_a_compile_error_is_the_compilers_message_and_no_traceback(shell):
    result, seen = cell(shell, "%%c\nint main(void)\n{\n    return x;\n}")
    assert isinstance(result.error_in_exec, labkit.CompileError)
    assert "program.c:3:12: error: 'x' undeclared" in seen.stdout + seen.stderr
    assert "Traceback" not in seen.stdout + seen.stderr and ".py" not in seen.stdout + seen.stderr


@pytest.mark.parametrize(
    ("line", "says"), [("--on screen", "screen"), ("not-a-name!", "cannot be a name"), ("--what", "what")]
)
def test_wrong_options_are_said(shell, line, says):
    result, seen = cell(shell, f"%%c {line}\n{HELLO}")
    assert not result.success and says in seen.stdout + seen.stderr
    assert "Traceback" not in seen.stdout + seen.stderr


def test_a_run_shows_itself_as_a_picture(shell):
    result, _ = cell(shell, "import labkit\nlabkit.run('mixed')")
    data, _ = shell.display_formatter.format(result.result)
    assert "<svg" in data["text/html"] and "It ended with status 0." in data["text/plain"]


def test_build_only(shell):
    result, seen = cell(shell, f"%%c mine --build\n{HELLO}")
    assert result.success and "getchar" in seen.outputs[0].data["text/plain"]
    result, seen = cell(shell, f"%%c mine --build --quiet\n{HELLO}")
    assert result.success and seen.outputs == [] and shell.user_ns["mine"].name == "mine"


def test_a_driver_is_kept_as_text_for_the_box(shell):
    result, _ = cell(shell, "%%c mine --driver\nstatic long lab_ioctl(void)\n{\n}")
    assert result.success and shell.user_ns["mine"] == "static long lab_ioctl(void)\n{\n}\n"
    _, seen = cell(shell, "%%c --driver\nint a;")
    assert "%%c mine --driver" in seen.stdout + seen.stderr
