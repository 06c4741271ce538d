"""long-letter: whoever reads while the text is still being written is right; who moves the limit is told so."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["long-letter"].starter
SENDS = "    if (copy(text, to[1]) != 0 || close(to[1]) < 0)\n        return 1;\n"
READS = "    if (copy(from[0], STDOUT_FILENO) != 0)\n        return 1;\n"
WAITS = "    return waitpid(server, &status, 0) < 0 || status != 0;\n"
assert SENDS + READS + WAITS in STARTER
HELPER = """\
    pid_t helper = fork();
    if (helper < 0)
        return fail("fork");
    if (helper == 0)
        return {does};
"""
ENDS = "    if (waitpid(helper, &status, 0) < 0 || status != 0)\n        return 1;\n"
# A process of its own writes the text, or reads the answer.
WRITER = STARTER.replace(
    SENDS + READS,
    HELPER.format(does="close(from[0]) < 0 || copy(text, to[1])")
    + '    if (close(to[1]) < 0)\n        return fail("close");\n'
    + READS
    + ENDS,
)
READER = STARTER.replace(
    SENDS + READS, HELPER.format(does="close(to[1]) < 0 || copy(from[0], STDOUT_FILENO)") + SENDS + ENDS
)
# A block there, and as many bytes back.
IN_TURNS = STARTER.replace(
    SENDS + READS,
    """\
    char block[1000], answer[1000];
    ssize_t got, back;
    while ((got = read(text, block, sizeof block)) > 0) {
        if (write(to[1], block, got) != got)
            return fail("write");
        for (ssize_t left = got; left > 0; left -= back) {
            back = read(from[0], answer, left);
            if (back <= 0 || write(STDOUT_FILENO, answer, back) != back)
                return fail("answer");
        }
    }
    if (got < 0 || close(to[1]) < 0)
        return fail("text");
""",
)
POLLS = STARTER.replace("#include <stdio.h>", "#include <poll.h>\n#include <stdio.h>").replace(
    SENDS + READS,
    """\
    char block[512], answer[8192];
    ssize_t got = 0, back;
    int sending = 1;
    for (;;) {
        struct pollfd both[2] = {{from[0], POLLIN, 0}, {sending ? to[1] : -1, POLLOUT, 0}};
        if (poll(both, 2, -1) < 0)
            return fail("poll");
        if (both[0].revents != 0) {
            back = read(from[0], answer, sizeof answer);
            if (back < 0 || write(STDOUT_FILENO, answer, back) != back)
                return fail("answer");
            if (back == 0)
                break;
        } else if (both[1].revents != 0) {
            got = read(text, block, sizeof block);
            if (got < 0 || write(to[1], block, got) != got)
                return fail("text");
            if (got == 0) {
                sending = 0;
                if (close(to[1]) < 0)
                    return fail("close");
            }
        }
    }
""",
)
THREAD = (
    STARTER.replace("#include <stdio.h>", "#include <pthread.h>\n#include <stdio.h>")
    .replace(
        "int main(",
        "static int pair[2];\n\nstatic void *feed(void *unused)\n{\n    (void)unused;\n"
        '    if (copy(pair[0], pair[1]) != 0 || close(pair[1]) < 0)\n        fail("feed");\n'
        "    return NULL;\n}\n\nint main(",
    )
    .replace(
        SENDS + READS,
        "    pthread_t feeder;\n    pair[0] = text;\n    pair[1] = to[1];\n"
        '    if (pthread_create(&feeder, NULL, feed, NULL) != 0)\n        return fail("thread");\n'
        + READS
        + '    if (pthread_join(feeder, NULL) != 0)\n        return fail("join");\n',
    )
)
LARGER = STARTER.replace("#include <ctype.h>", "#define _GNU_SOURCE\n#include <ctype.h>").replace(
    "    pid_t server = fork();",
    "    if (fcntl(to[1], F_SETPIPE_SZ, 1 << 20) < 0 || fcntl(from[1], F_SETPIPE_SZ, 1 << 20) < 0)\n"
    '        return fail("fcntl");\n    pid_t server = fork();',
)
RIGHT = {"a writer": WRITER, "a reader": READER, "in turns": IN_TURNS, "poll": POLLS, "a thread": THREAD}
WRONG = {
    "both-write": (STARTER, "neither reads"),
    "both-write, larger blocks": (STARTER.replace("char block[8192]", "char block[60000]"), "neither reads"),
    "only-larger, one of them": (
        STARTER.replace("#include <ctype.h>", "#define _GNU_SOURCE\n#include <ctype.h>").replace(
            "    pid_t server = fork();",
            "    if (fcntl(to[1], F_SETPIPE_SZ, 100000) < 0)\n        return 1;\n    pid_t server = fork();",
        ),
        "only moves the limit",
    ),
    "only-larger": (LARGER, "only moves the limit"),
    "write-end-open": (
        WRITER.replace('    if (close(to[1]) < 0)\n        return fail("close");\n', ""),
        "its parent still has one open",
    ),
    "write-end-open, of the reader": (
        READER.replace("close(to[1]) < 0 || copy(from[0]", "copy(from[0]"),
        "still has one open",
    ),
    "waits-too-early": (
        WRITER.replace(READS + ENDS, ENDS + READS),
        "nobody reads it",
    ),
    "short-read": (
        WRITER.replace(
            READS + ENDS + WAITS,
            "    char all[8192];\n    ssize_t got = read(from[0], all, sizeof all);\n"
            '    if (got < 0 || write(STDOUT_FILENO, all, got) != got)\n        return fail("all");\n    return 0;\n',
        ),
        "there was more to come",
    ),
    "not-served": (
        STARTER.replace(
            SENDS + READS,
            '    if (close(to[1]) < 0)\n        return fail("close");\n    return serve(text, STDOUT_FILENO);\n',
        ),
        "does not go to the server",
    ),
    "failed-open-ignored": (
        WRITER.replace(
            '    if (text < 0)\n        return fail("text");\n',
            '    if (text < 0) {\n        fail("text");\n        return 0;\n    }\n',
        ),
        "as if all were well",
    ),
    "bytes-changed": (WRITER.replace("(char)toupper((unsigned char)block[i])", "block[i]"), "should print"),
}


def test_the_variants_differ():
    answers = [STARTER, *RIGHT.values(), *(answer for answer, _ in WRONG.values())]
    assert len(set(answers)) == len(answers) - 1  # the untouched starter is one of the wrong ones


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check(
        "long-letter", labkit.build(RIGHT[way], flags=["-pthread"]) if way == "a thread" else RIGHT[way]
    )
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    feedback = labkit.check("long-letter", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)


def test_no_pipe_holds_less_than_nothing_or_more_than_it_has_room_for():
    """Both sides move bytes while the other's turn is told: the queue that is shown is never out of bounds."""
    recording = labkit.check("long-letter", STARTER).recording
    inodes = [change.value for event in recording.events for change in event.entered + event.changes]
    held = [inode for inode in inodes if getattr(inode, "capacity", None) and inode.queue is not None]
    assert len(held) > 20 and max(inode.queue for inode in held) == 65536
    assert all(0 <= inode.queue <= inode.capacity for inode in held)
