"""count-lines: whatever counts every line is right; a wrong number is told what was miscounted."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

HEAD = "#define _GNU_SOURCE\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
TELL = 'if (ferror(stdin)) { perror("stdin"); return 1; }'


def counting(body, end='printf("%ld\\n", n);', before=""):
    return f"{HEAD}{before}int main(void)\n{{\n    long n = 0;\n{body}\n    {end}\n    return 0;\n}}\n"


CHARACTERS = f"""
    int c, last = '\\n';
    while ((c = getchar()) != EOF) {{
        n += c == '\\n';
        last = c;
    }}
    {TELL}
    n += last != '\\n';
"""
BLOCKS = f"""
    char b[777], last = '\\n';
    size_t got;
    while ((got = fread(b, 1, sizeof b, stdin)) > 0) {{
        for (size_t i = 0; i < got; i++) n += b[i] == '\\n';
        last = b[got - 1];
    }}
    {TELL}
    if (last != '\\n') n++;
"""
GETLINE = f"""
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) >= 0) n++;
    {TELL}
    free(line);
"""
DESCRIPTOR = """
    char b[512];
    ssize_t got;
    int open = 0;
    while ((got = read(0, b, sizeof b)) > 0)
        for (ssize_t i = 0; i < got; i++) {
            if (!open) n++;
            open = b[i] != '\\n';
        }
    if (got < 0) { perror("read"); return 1; }
"""
FIRST = f"""
    int c;
    while ((c = fgetc(stdin)) != EOF) {{
        n++;
        while (c != '\\n' && c != EOF) c = fgetc(stdin);
    }}
    {TELL}
"""
RIGHT = {
    "characters": counting(CHARACTERS),
    "blocks": counting(BLOCKS),
    "getline": counting(GETLINE),
    "read": counting(DESCRIPTOR),
    "line by line": counting(FIRST),
}
FGETS = "    char b[4096];\n    "
WRONG = {
    "wrong-count": (EXERCISES["count-lines"].starter, "it should print 3, but printed 0"),
    "counts-the-end": (counting(FGETS + "while (!feof(stdin)) { (void)!fgets(b, sizeof b, stdin); n++; }"), "feof"),
    "counts-the-end, of nothing": (
        counting("    int c; do { while ((c = getchar()) != EOF && c != '\\n') ; n++; } while ((c = getchar()) != EOF"
                 " && ungetc(c, stdin) != EOF);"),
        "With no input, it should print 0, but printed 1",
    ),
    "empty-lines-missed": (counting("    char b[20000]; while (scanf(\" %19999[^\\n]\", b) == 1) n++;"), "be empty"),
    "last-line-missed": (counting("    int c; while ((c = getchar()) != EOF) if (c == '\\n') n++;"), "counts newlines"),
    "pieces-counted": (counting(FGETS + "while (fgets(b, sizeof b, stdin)) n++;"), "comes in pieces"),
    "stops-at-nul": (
        counting(FGETS + "int open = 0; while (fgets(b, sizeof b, stdin)) { size_t l = strlen(b); if (!open) n++;"
                 " open = l == 0 || b[l - 1] != '\\n'; }"),
        "what strlen and strchr see",
    ),
    "ends-at-255": (counting(CHARACTERS.replace("int c, last", "char c, last")), "keep what fgetc returns in an int"),
    "read-error-ignored": (counting(CHARACTERS.replace(TELL, "")), "read failed with EIO in getchar"),
    "silent": (counting(CHARACTERS.replace('perror("stdin");', "")), "said nothing on stderr"),
    "no-number": (counting(CHARACTERS, 'printf("%ld lines\\n", n);'), "it should print one number"),
    "crash": (counting("    char *b = NULL; for (int c; (c = getchar()) > 0;) *b = (char)c;"), "it crashes in line 9"),
}  # fmt: skip


@pytest.mark.parametrize("variant", RIGHT)
def test_right(variant):
    feedback = labkit.check("count-lines", RIGHT[variant])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("count-lines", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
