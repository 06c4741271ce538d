"""file-mode: a file that is created gets permissions, whichever call creates it and whichever they are."""

import pytest

import labkit
from labkit.exercises.catalogue import EXERCISES

STARTER = EXERCISES["file-mode"].starter
OPEN = "open(name, O_WRONLY | O_CREAT | O_TRUNC)"
MENDED = STARTER.replace(OPEN, OPEN.replace("O_TRUNC)", "O_TRUNC, 0644)"))
STREAM = """
#include <stdio.h>
int main(void)
{
    FILE *note = fopen("note", "w");
    if (note == NULL) { perror("note"); return 1; }
    if (fputs("remember\\n", note) < 0 || fclose(note) != 0) { perror("note"); return 1; }
    return 0;
}
"""
RIGHT = {
    "0644": MENDED,
    "0600": MENDED.replace("0644", "0600"),
    "by names": MENDED.replace("0644", "S_IRUSR | S_IWUSR | S_IRGRP").replace(
        "#include <fcntl.h>", "#include <fcntl.h>\n#include <sys/stat.h>"
    ),
    "creat": STARTER.replace(OPEN, "creat(name, 0666)"),
    "openat": STARTER.replace(OPEN, "openat(AT_FDCWD, name, O_RDWR | O_CREAT | O_TRUNC, 0640)"),
    "a stream": STREAM,
    "ftruncate": MENDED.replace(" | O_TRUNC", "").replace("if (fd < 0)", "if (fd < 0 || ftruncate(fd, 0) < 0)"),
}
WRONG = {
    "no-mode": STARTER,
    "no-mode, closed to its owner": MENDED.replace("0644", "0044"),
    "no-mode, as a program": MENDED.replace("0644", "0755"),
    "no-mode, decimal": MENDED.replace("0644", "644"),
    "wrong-mode": MENDED.replace("if (fd < 0)", "if (fd < 0 || fchmod(fd, 0200) < 0)").replace(
        "#include <fcntl.h>", "#include <fcntl.h>\n#include <sys/stat.h>"
    ),
    "no-truncate": MENDED.replace(" | O_TRUNC", ""),
    "status": MENDED.replace(" | O_CREAT", ""),
    "bytes-missing": MENDED.replace('"remember\\n"', '"remember"'),
    "failed-write-ignored": MENDED.replace(
        "if (write(fd, text, length) != (ssize_t)length) {", "if (write(fd, text, length) == 0) {"
    ),
    "silent": MENDED.replace('perror("write");', ""),
    "never-closed": MENDED.replace("close(fd) < 0", "fd < 0"),
    "failed-open-ignored": MENDED.replace("perror(name);\n        return 1;", "return 0;"),
}


@pytest.mark.parametrize("way", RIGHT)
def test_right(way):
    feedback = labkit.check("file-mode", RIGHT[way])
    assert feedback.passed, feedback


@pytest.mark.parametrize("cause", WRONG)
def test_wrong(cause):
    feedback = labkit.check("file-mode", WRONG[cause])
    assert (feedback.passed, feedback.cause) == (False, cause.split(",")[0]), feedback
    labkit.step(feedback.recording, at=feedback.step)


def test_the_step_is_the_open():
    feedback = labkit.check("file-mode", WRONG["no-mode, decimal"])
    event = feedback.recording.events[labkit.decode.replay.steps(feedback.recording)[feedback.step - 1].event]
    assert event.call == "openat" and "mode 1204" in feedback.reason
