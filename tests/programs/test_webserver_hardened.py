"""The web server built and run so that a wrong access to memory ends it loudly: rules, mutations, and valgrind."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from labkit.capture.build import PROGRAMS, build
from tests.programs.conftest import directly, serving
from tests.programs.speaking import exchange, understood
from tests.programs.test_webserver_http import ASKED, ESCAPES, get

SECONDS = 12.0  # of mutations over the wire
STRICT = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1")
CORPUS = [request for request, _ in ASKED.values()] + [get(target.encode()) for target in ESCAPES]
PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b":",
    b" ",
    b"%",
    b"%2",
    b"%00",
    b"..",
    b"/",
    b"\0",
    b"\xff",
    b"HTTP/1.1",
    b"Host:",
    b"http://",
]

# Takes requests from standard input (four bytes of length, then the request), each through a socket of its own and
# then through parse_head and open_below, in memory that ends where the head's buffer ends.
DRIVER = r"""
#include "http.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    long answers[600] = {0}, number = 0;
    uint32_t size;
    int folder = open(".", O_RDONLY | O_DIRECTORY), most = 1 << 20;
    while (fread(&size, 4, 1, stdin) == 1) {
        char *request = malloc(size), *head = malloc(HEAD + 1), *target;
        int ends[2];
        struct found it;
        if (fread(request, 1, size, stdin) != size || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
            return 2;
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
        if (write(ends[0], request, size) != (ssize_t)size || close(ends[0]) < 0)
            return 3;
        int status = read_head(ends[1], 5, head);
        if (status == 200)
            status = parse_head(head, &target);
        if (status == 200 && (status = open_below(folder, target, &it)) == 200 && close(it.file) < 0)
            return 4;
        answers[status]++;
        close(ends[1]);
        free(head);
        free(request);
        number++;
    }
    printf("%ld requests, %ld files\n", number, answers[200]);
    return 0;
}
"""


def mutated(chance: random.Random) -> bytes:
    """A request of the corpus with a few changes: bytes, cuts, repeats, and pieces that mean something."""
    request = bytearray(chance.choice(CORPUS))
    for _ in range(chance.randint(0, 6)):
        at = chance.randrange(len(request) + 1)
        how = chance.randrange(5)
        if how == 0:
            request[at:at] = chance.choice(PIECES)
        elif how == 1:
            del request[at : at + chance.randint(1, 8)]
        elif how == 2 and at < len(request):
            request[at] = chance.randrange(256)
        elif how == 3:
            request[at:at] = request[at : at + chance.randint(1, 60)] * chance.choice([1, 2, 300])
        else:
            other = chance.choice(CORPUS)
            request[at:] = other[chance.randrange(len(other)) :]
    return bytes(request[:40_000])


@pytest.fixture(scope="module")
def strict():
    try:
        return build("webserver", flags=STRICT)
    except Exception as err:  # libasan is a package of its own on some systems
        pytest.skip(f"NOT TESTED with sanitizers: {str(err).splitlines()[0]}")


@pytest.mark.slow
def test_every_rule_and_many_mutations_of_it_leave_the_memory_alone(strict) -> None:
    chance = random.Random(9112)
    with serving(strict, seconds=5) as web:
        for request, status in ASKED.values():
            assert understood(exchange(web.port, [request], end=True)).status == status
        end, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionResetError):  # more bytes than it reads on after it has answered
                exchange(web.port, [mutated(chance)], end=True)
            number += 1
        run = web.finish()
    assert number > 300
    assert run.output(2) == b"", run.output(2).decode()


@pytest.mark.slow
def test_thirty_thousand_mutations_without_the_processes(strict, tmp_path: Path) -> None:
    for name in ("http.c", "files.c", "http.h"):
        shutil.copy(PROGRAMS / "webserver" / name, tmp_path)
    (tmp_path / f"{tmp_path.name}.c").write_text(DRIVER)
    driver = build(tmp_path, flags=STRICT)
    chance = random.Random(9110)
    requests = [mutated(chance) for _ in range(30_000)]
    done = subprocess.run(
        [driver.path],
        input=b"".join(struct.pack("=I", len(request)) + request for request in requests),
        capture_output=True,
        cwd=tmp_path,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    assert done.stdout.startswith(b"30000 requests")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind")
def test_valgrind_has_nothing_to_say() -> None:
    command = ["valgrind", "-q", "--error-exitcode=9", build("webserver").path, "0", "10"]
    chosen = list(ASKED.values())[::6]
    with directly(command) as (port, server):
        for request, status in chosen:
            found = understood(exchange(port, [request], end=True)).status
            assert found in (status, 500)  # valgrind before 3.21 knows no openat2(2) and answers ENOSYS
        with socket.create_connection(("127.0.0.1", port), 20) as link:
            link.sendall(b"GET /")
        server.terminate()
        assert server.stderr is not None
        assert [line for line in server.stderr.read().splitlines() if line.startswith(b"==")] == []
