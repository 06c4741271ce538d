"""web-serve-file: files come whole by read, sendfile, mmap or streams; what is missing of them is told."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["web-serve-file"].starter
TODO = "    (void)path;\n    return missing(client);\n"
OPEN = """    char head[200], block[4096];
    struct stat about;
    int file = open(path, O_RDONLY), bad = 0;
    if (file < 0)
        return missing(client);
    if (fstat(file, &about) < 0)
        bad = fail("fstat");
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\\r\\nContent-Length: %lld\\r\\n\\r\\n", (long long)about.st_size);
    bad = bad || send_text(client, head);
"""
LOOP = """    for (ssize_t got; !bad && (got = read(file, block, sizeof block)) > 0;)
        for (ssize_t done = 0, put; done < got; done += put)
            if ((put = write(client, block + done, got - done)) < 0)
                return fail("write");
"""
CLOSE = "    return close(file) < 0 || bad;\n"
LOOPS = STARTER.replace(TODO, OPEN + LOOP + CLOSE)
SENDFILE = LOOPS.replace(
    LOOP,
    """    (void)block;
    for (off_t at = 0; !bad && at < about.st_size;)
        bad = sendfile(client, file, &at, about.st_size - at) <= 0;
""",
).replace("#include <sys/stat.h>", "#include <sys/sendfile.h>\n#include <sys/stat.h>")
MAPPED = LOOPS.replace(
    LOOP,
    """    (void)block;
    if (about.st_size > 0) {
        char *all = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        for (off_t at = 0; all != MAP_FAILED && at < about.st_size;) {
            ssize_t put = send(client, all + at, about.st_size - at, 0);
            if (put < 0)
                return fail("send");
            at += put;
        }
        munmap(all, about.st_size);
    }
""",
).replace("#include <sys/stat.h>", "#include <sys/mman.h>\n#include <sys/stat.h>")
STREAMS = STARTER.replace(
    TODO,
    """    struct stat about;
    char block[3000];
    FILE *in = fopen(path, "r"), *out;
    if (in == NULL)
        return missing(client);
    out = fdopen(dup(client), "w");
    if (out == NULL || fstat(fileno(in), &about) < 0)
        return 1;
    fprintf(out, "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n");
    fprintf(out, "Content-Length: %ld\\r\\n\\r\\n", (long)about.st_size);
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        fwrite(block, 1, n, out);
    int bad = ferror(in);
    fclose(in);
    return fclose(out) != 0 || bad;
""",
)
WHOLE = LOOPS.replace(
    LOOP,
    """    (void)block;
    char *all = malloc(about.st_size + 1);
    ssize_t size = 0, got, put;
    while ((got = read(file, all + size, about.st_size - size)) > 0)
        size += got;
    for (ssize_t done = 0; done < size; done += put)
        if ((put = write(client, all + done, size - done)) < 0)
            return 1;
    free(all);
""",
)
ONCE = """    ssize_t got = read(file, block, sizeof block);
    bad = bad || write(client, block, got) < 0;
"""
RIGHT = {"loops": LOOPS, "sendfile": SENDFILE, "mmap": MAPPED, "streams": STREAMS, "whole": WHOLE}
GONE = "    if (file < 0)\n        return missing(client);\n"
SIZE = "about.st_size);\n    bad"
TERMINATED = ONCE.replace("write(client, block, got)", "write(client, block, strlen(block))").replace(
    "sizeof block);", "sizeof block - 1);\n    block[got] = '\\0';"
)
AS_TEXT = OPEN.replace(
    "    snprintf",
    "    ssize_t size = read(file, block, sizeof block - 1);\n    block[size < 0 ? 0 : size] = '\\0';\n    snprintf",
).replace("about.st_size)", "strlen(block))")
WRONG = {
    "status-wrong": (STARTER, "should be 200, not 404"),
    "bare-newline": (LOOPS.replace('lld\\r\\n\\r\\n"', 'lld\\n\\n"').replace("200 OK\\r\\n", "200 OK\\n"), "alone"),
    "length-wrong, first block": (LOOPS.replace(LOOP, ONCE), "10,247 bytes, and 4,096 came"),
    "length-wrong, strlen": (LOOPS.replace(LOOP, TERMINATED), "10,247 bytes, and 7 came"),
    "stops-at-nul": (
        STARTER.replace(TODO, AS_TEXT + "    bad = bad || send_text(client, block);\n" + CLOSE),
        "up to the first that is 0",
    ),
    "content-short": (
        LOOPS.replace(LOOP, ONCE).replace(SIZE, "(about.st_size > 4096 ? 4096 : about.st_size));\n    bad"),
        "only the first 4,096",
    ),
    "content-wrong": (LOOPS.replace("open(path,", 'open("notes.txt",'), "should be"),
    "leak": (LOOPS.replace(CLOSE, "    return bad;\n"), "never closed"),
    "short-write": (LOOPS.replace(LOOP, LOOP.replace("done < got;", "done == 0;")), "took 1,000 bytes"),
    "ends-after-one": (LOOPS.replace(GONE, "    if (file < 0)\n        exit(1);\n"), "nobody listens"),
    "status-wrong, empty for missing": (
        LOOPS.replace(GONE, '    if (file < 0)\n        file = open("empty", O_RDONLY);\n'),
        "should be 404, not 200",
    ),
    "crash": (STREAMS.replace("    if (in == NULL)\n        return missing(client);\n", ""), "crashes"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("web-serve-file", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    answer, words = WRONG[cause]
    assert answer not in RIGHT.values()
    feedback = labkit.check("web-serve-file", answer)
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    assert words in feedback.reason
    labkit.step(feedback.recording, at=feedback.step)
