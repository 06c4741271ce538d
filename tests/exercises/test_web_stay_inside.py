"""web-stay-inside: openat2, realpath, a walk, or no links at all keep it inside; each way out is told by its name."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["web-stay-inside"].starter
BEGIN = STARTER.index("    char whole[PATH_MAX];")
END = STARTER.index("static int answer_file")
BODY = STARTER[BEGIN:END]
METHODS = """        return refuse(client, "400 Bad Request");
    if (strcmp(method, "GET") != 0)
        return refuse(client, "501 Not Implemented");
"""
CHECKED = STARTER.replace("path) != 2)\n        return 0;\n", "path) != 2)\n" + METHODS)
REGULAR = """    struct stat about;
    if (file >= 0 && (fstat(file, &about) < 0 || !S_ISREG(about.st_mode))) {
        close(file);
        return -1;
    }
    return file;
}

"""


def opening(body: str, of: str = CHECKED) -> str:
    """The server with this body of `open_inside`."""
    assert BODY in of
    return of.replace(BODY, body)


BENEATH = opening(
    """    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
    int below = open(folder, O_RDONLY | O_DIRECTORY);
    if (below < 0)
        return -1;
    int file = syscall(SYS_openat2, below, path, &how, sizeof how);
    close(below);
"""
    + REGULAR
).replace("#include <stdio.h>", "#include <linux/openat2.h>\n#include <sys/syscall.h>\n#include <stdio.h>")
REAL = """    char whole[PATH_MAX + 1001], real[PATH_MAX], home[PATH_MAX];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    if (realpath(whole, real) == NULL || realpath(folder, home) == NULL)
        return -1;
    if (strncmp(real, home, strlen(home)) != 0 || real[strlen(home)] != '/')
        return -1;
    int file = open(real, O_RDONLY);
"""
REALPATH = opening(REAL + REGULAR)
WALK = opening(
    """    char copy[PATH_MAX], *rest = copy, *part;
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    snprintf(copy, sizeof copy, "%s", path);
    while (at >= 0 && (part = strsep(&rest, "/")) != NULL) {
        int next = strcmp(part, "..") == 0 || *part == '\\0' ? -1 : openat(at, part, O_RDONLY | O_NOFOLLOW);
        close(at);
        at = next;
    }
    int file = at;
"""
    + REGULAR
)
DOTS = """    char whole[PATH_MAX], copy[PATH_MAX], *rest = copy, *part;
    snprintf(copy, sizeof copy, "%s", path);
    while ((part = strsep(&rest, "/")) != NULL)
        if (strcmp(part, "..") == 0)
            return -1;
    if (path[0] == '/')
        return -1;
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
"""
NO_LINKS = opening(
    DOTS
    + """    struct stat link;
    for (char *slash = whole + strlen(folder); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\\0';
        if (lstat(whole, &link) < 0 || S_ISLNK(link.st_mode))
            return -1;
        *slash = '/';
    }
    if (lstat(whole, &link) < 0 || S_ISLNK(link.st_mode))
        return -1;
    int file = open(whole, O_RDONLY | O_NOFOLLOW);
"""
    + REGULAR
)
COUNTED = NO_LINKS.replace('"501 Not Implemented"', '"405 Method Not Allowed"').replace(
    "404 Not Found", "403 Forbidden", 0
)
RIGHT = {"openat2": BENEATH, "realpath": REALPATH, "walk": WALK, "no links": NO_LINKS, "405": COUNTED}

PLAIN = """    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    int file = open(whole, O_RDONLY);
"""
ENCODED_TOO_LATE = CHECKED.replace(
    "    decode(path);\n",
    '    if (strstr(path, ".."))\n        return refuse(client, "403 Forbidden");\n    decode(path);\n',
)
LOOKED = opening(
    PLAIN
    + """    char place[64], real[PATH_MAX], home[PATH_MAX];
    snprintf(place, sizeof place, "/proc/self/fd/%d", file);
    ssize_t n = file < 0 ? -1 : readlink(place, real, sizeof real - 1);
    if (n < 0 || realpath(folder, home) == NULL)
        return -1;
    real[n] = '\\0';
    if (strncmp(real, home, strlen(home)) != 0 || real[strlen(home)] != '/') {
        close(file);
        return -1;
    }
"""
    + REGULAR
)
WRONG = {
    "escapes-dots": (STARTER, "/../secret.txt, and got it"),
    "escapes-dots, only at the beginning": (
        opening('    if (strncmp(path, "..", 2) == 0)\n        return -1;\n' + PLAIN + REGULAR),
        "/below/../../secret.txt, and got it",
    ),
    "refuses-too-much": (ENCODED_TOO_LATE, "a..b.txt was answered with 403"),
    "escapes-encoded": (
        ENCODED_TOO_LATE.replace('strstr(path, "..")', 'strstr(path, "../")').replace(BODY, PLAIN + REGULAR),
        "look at the path when it is decoded",
    ),
    "escapes-prefix": (opening(REAL.replace(" || real[strlen(home)] != '/'", "") + REGULAR), "begins like that"),
    "escapes-link": (opening(DOTS + "    int file = open(whole, O_RDONLY);\n" + REGULAR), "a symbolic link"),
    "escapes-link, of O_NOFOLLOW on the first": (
        WALK.replace("O_RDONLY | O_NOFOLLOW", "O_RDONLY"),
        "a symbolic link",
    ),
    "escapes-absolute": (
        opening(
            """    int below = open(folder, O_RDONLY | O_DIRECTORY);
    const char *dots = strstr(path, "..");
    if (below < 0 || (dots && (dots[2] == '/' || dots[2] == '\\0')))
        return -1;
    int file = openat(below, path, O_RDONLY | O_NOFOLLOW);
    close(below);
"""
            + REGULAR
        ),
        "path from the root",
    ),
    "status-wrong": (
        opening(
            REAL.replace("    int file", "    if (access(real, R_OK) < 0)\n        return -1;\n    int file") + REGULAR
        ).replace('refuse(client, "404 Not Found")', 'refuse(client, "500 Internal Server Error")'),
        "500",
    ),
    "length-wrong, a folder": (opening(REAL + "    return file;\n}\n\n"), "a folder"),
    "method": (opening(REAL + REGULAR, STARTER), "405 or 501, not 200"),
    "bad-request": (
        REALPATH.replace('        return refuse(client, "400 Bad Request");\n', "        return 0;\n"),
        "400 Bad Request",
    ),
    "opens-outside": (LOOKED, "was opened, although it was not sent"),
    "refuses-too-much, no folders": (
        opening("    if (strchr(path, '/'))\n        return -1;\n" + PLAIN + REGULAR),
        "/below/leaf.txt was answered with 404",
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("web-stay-inside", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer not in RIGHT.values()
    feedback = labkit.check("web-stay-inside", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_open_that_led_out():
    feedback = labkit.check("web-stay-inside", WRONG["escapes-prefix"][0])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert event.call == "openat" and event.argument("path").endswith("/site-of-another/plan.txt")
