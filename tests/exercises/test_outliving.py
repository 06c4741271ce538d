"""log-outlives: whatever makes a line leave before its work, by few calls, is right; a wrong log is told what it is."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["log-outlives"].starter
PRINT = STARTER[STARTER.index('        printf("step') : STARTER.index("        work(step")]
WORK = "        work(step, fatal);\n"


def log(*, start="", printing=PRINT, work=WORK, top=""):
    return top + STARTER.replace(PRINT, printing).replace(WORK, work).replace(
        "    for (int step", f"    {start}\n    for (int step"
    )


@pytest.mark.parametrize(
    "source",
    [
        log(work="        if (fflush(stdout) == EOF) return 1;\n" + WORK),
        log(start="setvbuf(stdout, NULL, _IOLBF, 0);"),
        log(start="setlinebuf(stdout);", top="#define _GNU_SOURCE\n"),
        log(work="        fflush(NULL);\n" + WORK),
        log(
            printing="        char line[80];\n"
            '        int n = sprintf(line, "step %d: %.*s\\n", step, 10 * step, "....................'
            '..............................");\n'
            "        if (write(1, line, n) != n) return 1;\n",
            top="#include <unistd.h>\n",
        ),
        log(start='FILE *log = fdopen(1, "w"); setlinebuf(log);', top="#define _GNU_SOURCE\n").replace(
            "putchar(", "putc_log("
        ).replace("printf(\"step", "fprintf(log, \"step").replace(
            "int main", "static FILE *log;\nstatic void putc_log(int c) { putc(c, log); }\nint main"
        ).replace("FILE *log = fdopen", "log = fdopen"),
        log(printing=PRINT.replace("putchar('\\n')", 'puts("")'), work="        fflush(stdout);\n" + WORK),
    ],
)  # fmt: skip
def test_right(source):
    feedback = labkit.check("log-outlives", source)
    assert feedback.passed, feedback


UNBUFFERED = "setvbuf(stdout, NULL, _IONBF, 0);"
WRONG = [
    (STARTER, "still-in-buffer", "The work of step 1 begins while its line"),
    (log(work=WORK + "        fflush(stdout);\n"), "still-in-buffer", "The work of step 1"),
    (log(start=UNBUFFERED), "many-calls", "Let the library gather"),
    (log(work="        putchar('\\n'); fflush(stdout);\n" + WORK), "bytes-changed", "it should print"),
    (
        log(work="        fflush(stdout);\n" + WORK).replace("\n    return 0;\n}", "\n    return 4;\n}"),
        "status",
        "status 0",
    ),
    (log(work="        fflush(stdout);\n"), "work-changed", "no file part-1"),
    (log(work="        fflush(stdout);\n        work(step, 0);\n"), "not-killed", "When step 1 kills the program"),
    (log(start="fclose(stdout);"), "bytes-missing", "printed nothing"),
    (log(work="        fflush(stdout)\n" + WORK), "does-not-compile", "expected ';'"),
    (log(work="        fflush(stdout);\n" + WORK).replace("step++", "step += 0"), "flood", "without end"),
]


@pytest.mark.parametrize(("source", "cause", "words"), WRONG)
def test_wrong(source, cause, words):
    feedback = labkit.check("log-outlives", source)
    assert not feedback.passed, feedback
    if cause == "flood":
        assert feedback.cause in ("flood", "endless-loop")
    else:
        assert feedback.cause == cause and words.lower() in feedback.reason.lower(), feedback


def test_the_step_is_where_the_work_begins_too_early():
    feedback = labkit.check("log-outlives", STARTER)
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert event.argument("pathname" if any(a.name == "pathname" for a in event.args) else "path") == "part-1"
