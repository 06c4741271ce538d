"""answer-each: who finds the lines and answers each at once is right; others are told what they missed."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["answer-each"].starter
TURN = (
    "    // your turn: a request is a number and a newline; the response is its square and a newline\n\n    return 0;\n"
)
assert TURN in STARTER


def serving(body: str) -> str:
    """The program with this for the server."""
    return STARTER.replace(TURN, body)


BY_BYTE = serving("""\
    char line[64], byte;
    size_t length = 0;
    ssize_t got;
    while ((got = read(requests, &byte, 1)) > 0) {
        if (byte != '\\n') {
            line[length++] = byte;
            continue;
        }
        line[length] = '\\0';
        length = 0;
        long number = atol(line);
        if (dprintf(responses, "%ld\\n", number * number) < 0)
            return fail("respond");
    }
    return got < 0 ? fail("requests") : 0;
""")
KEPT = """\
    char kept[256];
    size_t have = 0;
    ssize_t got;
    while ((got = read(requests, kept + have, sizeof kept - have - 1)) > 0) {
        have += got;
        kept[have] = '\\0';
        char *begin = kept, *end;
        while ((end = strchr(begin, '\\n')) != NULL) {
            long number = atol(begin);
            if (dprintf(responses, "%ld\\n", number * number) < 0)
                return fail("respond");
            begin = end + 1;
        }
        have = strlen(begin);
        memmove(kept, begin, have);
    }
    return got < 0 ? fail("requests") : 0;
"""
STREAM = serving("""\
    char line[64];
    FILE *in = fdopen(requests, "r");
    if (in == NULL)
        return fail("fdopen");
    while (fgets(line, sizeof line, in) != NULL)
        if (dprintf(responses, "%ld\\n", atol(line) * atol(line)) < 0)
            return fail("respond");
    return ferror(in) ? fail("requests") : 0;
""")
BOTH_STREAMS = """\
    long number;
    FILE *in = fdopen(requests, "r"), *out = fdopen(responses, "w");
    if (in == NULL || out == NULL)
        return fail("fdopen");
    while (fscanf(in, "%ld", &number) == 1)
        if (fprintf(out, "%ld\\n", number * number) < 0 || fflush(out) == EOF)
            return fail("respond");
    return ferror(in) ? fail("requests") : 0;
"""
BY_LINE = serving(
    BOTH_STREAMS.replace(
        "    while (fscanf",
        '    if (setvbuf(out, NULL, _IOLBF, 1000) != 0)\n        return fail("setvbuf");\n    while (fscanf',
    ).replace(" || fflush(out) == EOF", "")
)
GETLINE = serving("""\
    char *line = NULL;
    size_t size = 0;
    FILE *in = fdopen(requests, "r");
    if (in == NULL)
        return fail("fdopen");
    while (getline(&line, &size, in) > 0) {
        long number = strtol(line, NULL, 10);
        if (dprintf(responses, "%ld\\n", number * number) < 0)
            return fail("respond");
    }
    free(line);
    return 0;
""")
ONE_READ = """\
    char line[64];
    ssize_t got;
    while ((got = read(requests, line, sizeof line - 1)) > 0) {
        line[got] = '\\0';
        long number = atol(line);
        if (dprintf(responses, "%ld\\n", number * number) < 0)
            return fail("respond");
    }
    return got < 0 ? fail("requests") : 0;
"""
RIGHT = {
    "byte by byte": BY_BYTE,
    "keeps the rest": serving(KEPT),
    "a stream to read": STREAM,
    "two streams": serving(BOTH_STREAMS),
    "buffered by line": BY_LINE,
    "getline": GETLINE,
}
WRONG = {
    "kept-back": (serving(BOTH_STREAMS.replace(" || fflush(out) == EOF", "")), "fflush(3)"),
    "kept-back, all read first": (
        serving(
            ONE_READ.replace(
                "while ((got = read(requests, line, sizeof line - 1)) > 0)",
                "size_t have = 0;\n"
                "    while ((got = read(requests, line + have, sizeof line - 1 - have)) > 0)\n        have += got;\n"
                "    for (got = have; got > 0; got = 0)",
            )
        ),
        "wait for all requests first",
    ),
    "no-newline": (serving(ONE_READ.replace('"%ld\\n"', '"%ld"')), "end with a newline"),
    "one-of-several": (serving(ONE_READ), "not every one was answered"),
    "half-a-request": (
        serving(KEPT.replace("have = strlen(begin);", "have = 0;")),
        "not a whole request",
    ),
    "half-a-request, strtok": (
        serving(
            ONE_READ.replace(
                "        long number = atol(line);\n",
                '        for (char *one = strtok(line, "\\n"); one != NULL; one = strtok(NULL, "\\n")) {\n'
                "        long number = atol(one);\n",
            ).replace('            return fail("respond");\n', '            return fail("respond");\n        }\n')
        ),
        "keep what you have until the newline",
    ),
    "bytes-changed": (BY_BYTE.replace("number * number", "number + number"), "should print"),
    "bytes-changed, too small": (
        BY_BYTE.replace("long number = atol(line);", "int number = atoi(line);").replace("%ld", "%d"),
        "should print",
    ),
    "bytes-changed, no sign": (
        BY_BYTE.replace("byte != '\\n'", "byte >= '0'").replace("number * number", "number * labs(number)"),
        "should print",
    ),
    "bytes-missing": (serving("    return requests < 0 || responses < 0;\n"), "printed nothing"),
    "status": (BY_BYTE.replace('return got < 0 ? fail("requests") : 0;', "return 1;"), "status 0"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("answer-each", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("answer-each", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
