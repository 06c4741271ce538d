"""`labkit.server`: started, asked, shown, and gone with the cell, the object or the kernel."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

import labkit
from labkit.capture.serving import below, ended
from tests.ordinary import environment, python_for_nobody
from tests.restrict import NOBODY
from tests.show.test_kernel import Kernel

SITE = {"index.html": '<!DOCTYPE html><p class="a">5 < 6 & "so"</p><script>alert(1)</script>', "words.txt": "words\n"}


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 10).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_is_asked_and_ended() -> None:
    with labkit.server("webserver", files=SITE) as site:
        got = site.get("/words.txt")
        assert (got.status, got.says, got.body) == (200, "200 OK", b"words\n")
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        assert site.get("/../x").status == 403 and site.get("/none").says == "404 Not Found"
        assert site.url == f"http://127.0.0.1:{site.port}/" and site.open
        processes = site.processes()
        assert len(processes) == 1
    assert refused(site.port) and all(ended(pid) for pid in processes) and not site.open
    with pytest.raises(labkit.LabkitError, match="start it again"):
        site.get("/")
    assert repr(site) == "webserver has ended: nothing listens on its port any more."
    site.close()


def test_curl_and_urllib_see_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with labkit.server("webserver", files=SITE) as site:
        by_curl = [site.get(path) for path in ("/words.txt", "/none")] if shutil.which("curl") else []
        monkeypatch.setenv("PATH", "/nowhere")
        by_urllib = [site.get(path) for path in ("/words.txt", "/none")]
        with pytest.raises(labkit.LabkitError, match="sudo apt install curl"):
            site.get("/", "--head")
    assert {one.by for one in by_curl} <= {"curl"} and {one.by for one in by_urllib} == {"urllib"}
    for one, other in zip(by_curl, by_urllib, strict=False):
        assert (one.says, one.body, one.headers.keys()) == (other.says, other.body, other.headers.keys())


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_what_is_shown_is_the_same_each_time() -> None:
    shown = []
    for _ in range(2):
        with labkit.server("webserver", files=SITE) as site:
            shown.append([repr(site), repr(site.get("/words.txt")), repr(site.page("/"))])
    assert shown[0] == shown[1]
    assert shown[0][:2] == [
        "webserver serves index.html, words.txt on 127.0.0.1, at a port of the kernel's choice.",
        "GET /words.txt, asked by curl\nHTTP/1.1 200 OK\n"
        "Content-Type: text/plain; charset=utf-8\nDate: …\nContent-Length: 6\nConnection: close\n\nwords",
    ]


def test_a_page_cannot_leave_its_frame() -> None:
    with labkit.server("webserver", files=SITE) as site:
        shown = site.page("/")._repr_html_()
        link = site._repr_html_()
    assert '<iframe sandbox="" srcdoc="&lt;!DOCTYPE html&gt;&lt;p class=&quot;a&quot;&gt;5 &lt; 6 &amp; ' in shown
    assert "<script" not in shown
    assert f'href="http://127.0.0.1:{site.port}/"' in link and "On Binder" in link


def test_it_ends_when_nobody_refers_to_it() -> None:
    site = labkit.server("webserver", files=SITE)
    port, (server,) = site.port, site.processes()
    del site
    gc.collect()
    assert refused(port) and ended(server)


def test_the_same_asked_for_again_ends_the_earlier_and_another_does_not() -> None:
    first = labkit.server("webserver", files=SITE)
    with labkit.server("webserver", files={"a": "b"}):
        assert first.open
    with labkit.server("webserver", files=SITE) as second:
        assert refused(first.port) and not first.open and second.get("/words.txt").status == 200


def test_it_ends_after_its_seconds() -> None:
    with labkit.server("webserver", files=SITE, seconds=0.5) as site:
        end = time.monotonic() + 10
        while not refused(site.port):
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("int main(void)\n{\n    return 3;\n}\n", "program does not listen on a port: it ended with status 3."),
        (
            '#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{\n    fputs("sleepy", stderr);\n'
            "    pause();\n}\n",
            "program does not listen on a port: it did not in 0.3 s. It said: sleepy",
        ),
        (
            "#include <stdlib.h>\nint main(void)\n{\n    abort();\n}\n",
            "program does not listen on a port: it was killed by SIGABRT.",
        ),
    ],
)
def test_a_program_that_does_not_serve_is_told(source: str, says: str) -> None:
    before = set(below(os.getpid()))
    with pytest.raises(labkit.LabkitError) as caught:
        labkit.server(source, ready=0.3)
    assert str(caught.value) == says
    assert set(below(os.getpid())) == before


@pytest.fixture(scope="module", autouse=True)
def jupyter_clients_own_descriptors() -> None:
    """The first kernel of a process leaves jupyter_client's event loop behind; it is not a test's leak."""
    Kernel().close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "shut down"])
def test_nothing_listens_after_the_kernel(how: str) -> None:
    kernel = Kernel()
    try:
        code = (
            f"import labkit\nsite = labkit.server('webserver', files={SITE!r})\nopen('port', 'w').write(str(site.port))"
        )
        folder = os.environ["TMPDIR"]
        sent = kernel.execute(f"import os; os.chdir({folder!r})\n{code}")
        assert kernel.reply(sent) == "ok"
        with open(f"{folder}/port") as file:  # noqa: PTH123
            port = int(file.read())
        os.unlink(f"{folder}/port")  # noqa: PTH108
        assert not refused(port)
        if how == "killed":
            pid = kernel.manager.provisioner.pid
            os.kill(pid, signal.SIGKILL)
        else:
            kernel.manager.shutdown_kernel(now=False)
        end = time.monotonic() + 20
        while not refused(port):
            assert time.monotonic() < end, "it still listens"
            time.sleep(0.02)
    finally:
        kernel.close()


def test_an_ordinary_user_is_served_and_judged_too() -> None:
    python = python_for_nobody()
    code = (
        "import labkit\n"
        "with labkit.server('webserver', files={'a': 'x'}) as web:\n    print(web.get('/a').says)\n"
        "print(labkit.check('web-serve-file', labkit.exercise('web-serve-file').starter).cause)\n"
    )
    ran = subprocess.run([python, "-c", code], **NOBODY, env=environment(), capture_output=True, text=True, timeout=60)
    assert ran.stdout.split("\n")[:2] == ["200 OK", "status-wrong"], ran.stderr


def test_its_end_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        labkit.server("webserver", files=SITE).close()
    assert capfd.readouterr() == ("", "")
