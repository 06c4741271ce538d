"""What RFC 9112 and RFC 9110 ask of a server, one by one: the section, what is sent, and the status that must come."""

from __future__ import annotations

import email.utils
import re
import time

import pytest

from labkit.capture.serving import Server
from tests.programs.conftest import FILES, SECRET
from tests.programs.speaking import SECONDS, ask, cut, exchange, understood

HOST = b"Host: x\r\n"
NO_NAME = [b"G(T", b"", b"G\x7fT", b"G\x00T"]


def get(target: bytes = b"/", fields: bytes = HOST, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" " + version + b"\r\n" + fields + b"\r\n"


# id: section and rule; the request; the status. Every answer is also read by h11, and the connection then closes.
ASKED: dict[str, tuple[bytes, int]] = {
    "9112-2.2 an empty line before the request is ignored": (b"\r\n" + get(), 200),
    "9112-2.2 two empty lines before it": (b"\r\n\r\n" + get(), 200),
    "9112-2.2 bare LF ends nothing": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "9112-2.2 bare LF after a field": (get(fields=b"Host: x\nA: b\r\n"), 400),
    "9112-2.2 bare CR in a field": (get(fields=HOST + b"A: b\rc\r\n"), 400),
    "9112-2.2 bare CR in the target": (get(b"/a\rb"), 400),
    "9112-2.2 a blank before the first field": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
    "9110-5.5 NUL in a field": (get(fields=HOST + b"A: b\x00c\r\n"), 400),
    "9112-2.3 a version of another form": (get(version=b"HTTP/11"), 400),
    "9112-2.3 small letters": (get(version=b"http/1.1"), 400),
    "9112-2.3 two digits": (get(version=b"HTTP/1.10"), 400),
    "9112-2.3 HTTP/1.0 needs no Host": (get(fields=b"", version=b"HTTP/1.0"), 200),
    "9110-2.5 a higher minor version is 1.1": (get(version=b"HTTP/1.9"), 200),
    "9110-2.5 and needs a Host": (get(fields=b"", version=b"HTTP/1.9"), 400),
    "9110-15.6.6 another major version": (get(version=b"HTTP/2.0"), 505),
    "9110-15.6.6 version 0": (get(version=b"HTTP/0.9"), 505),
    "9112-3 no version": (b"GET /\r\n\r\n", 400),
    "9112-3 two spaces": (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "9112-3 a space in the target": (get(b"/every byte.bin"), 400),
    "9112-3 a space at the end": (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400),
    "9112-3 a tab instead": (b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "9112-3 a space before the method": (b" GET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "9112-3 a target too long": (get(b"/" + b"a" * 9000), 414),
    "9112-3 8,000 bytes are not too long": (get(b"/?" + b"a" * (8000 - len("GET /? HTTP/1.1"))), 200),
    "9112-3 one more is": (get(b"/?" + b"a" * (8001 - len("GET /? HTTP/1.1"))), 414),
    "9112-3.1 methods are told by case": (get(method=b"get"), 501),
    "9110-9.1 a method nobody knows": (get(method=b"FROB"), 501),
    "9110-9.1 part of a name is no name": (get(method=b"OST"), 501),
    "9112-3.2 no Host": (get(fields=b""), 400),
    "9112-3.2 two Hosts": (get(fields=HOST * 2), 400),
    "9112-3.2 a Host that is none": (get(fields=b"Host: a b\r\n"), 400),
    "9112-3.2 a Host with a path": (get(fields=b"Host: a/b\r\n"), 400),
    "9112-3.2 an empty Host": (get(fields=b"Host:\r\n"), 200),
    "9112-3.2 a Host with port, and IPv6": (get(fields=b"Host: [::1]:80\r\n"), 200),
    "9112-3.2.1 no slash": (get(b"index.html"), 400),
    "9112-3.2.1 the query is no part of the name": (get(b"/notes.txt?a=%zz/.."), 200),
    "9112-3.2.1 a fragment": (get(b"/notes.txt#part"), 400),
    "9112-3.2.2 a whole address": (get(b"http://elsewhere/notes.txt"), 200),
    "9112-3.2.2 in capitals": (get(b"HTTP://elsewhere:1/notes.txt"), 200),
    "9112-3.2.2 without a path": (get(b"http://elsewhere"), 200),
    "9112-3.2.2 without a path, with a query": (get(b"http://elsewhere?a"), 200),
    "9110-4.2.1 without a host": (get(b"http:///notes.txt"), 400),
    "9110-4.2.1 another scheme": (get(b"ftp://elsewhere/notes.txt"), 400),
    "9112-3.2.3 CONNECT": (get(b"x:80", method=b"CONNECT"), 405),
    "9112-3.2.4 OPTIONS *": (get(b"*", method=b"OPTIONS"), 405),
    "9112-3.2.4 GET *": (get(b"*"), 400),
    "9110-5.5 bytes above 127 in a target": (get(b"/\xe9"), 400),
    "9112-5 names of fields know no case": (get(fields=b"hOsT: x\r\n"), 200),
    "9112-5 blanks around a value": (get(fields=b"Host: \t x \t \r\n"), 200),
    "9112-5 no colon": (get(fields=HOST + b"nothing\r\n"), 400),
    "9112-5 no name": (get(fields=HOST + b": value\r\n"), 400),
    "9112-5.1 a blank before the colon": (get(fields=b"Host : x\r\n"), 400),
    "9112-5.2 a folded line": (get(fields=HOST + b"A: b\r\n c\r\n"), 400),
    "6585-5 100 fields": (get(fields=HOST + b"A: b\r\n" * 99), 200),
    "6585-5 one more": (get(fields=HOST + b"A: b\r\n" * 100), 431),
    "6585-5 fields too large": (get(fields=HOST + b"A: " + b"b" * 17_000 + b"\r\n"), 431),
    "9112-6.1 chunked content": (get(fields=HOST + b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 413),
    "9112-6.1 a coding below chunked": (get(fields=HOST + b"Transfer-Encoding: gzip, chunked\r\n"), 501),
    "9112-6.1 another coding": (get(fields=HOST + b"Transfer-Encoding: gzip\r\n"), 400),
    "9112-6.1 chunked is not last": (get(fields=HOST + b"Transfer-Encoding: chunked, gzip\r\n"), 400),
    "9112-6.1 a coding that ends like it": (get(fields=HOST + b"Transfer-Encoding: xchunked\r\n"), 400),
    "9112-6.1 with HTTP/1.0": (get(fields=b"Transfer-Encoding: chunked\r\n", version=b"HTTP/1.0"), 400),
    "9112-6.1 with a length": (get(fields=HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + b"abc", 400),
    "9112-6.1 with a length before": (get(fields=HOST + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400),
    "9112-6.2 no content after all": (get(fields=HOST + b"Content-Length: 00\r\n"), 200),
    "9112-6.2 content": (get(fields=HOST + b"Content-Length: 3\r\n") + b"abc", 413),
    "9112-6.3 lengths that differ": (get(fields=HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n") + b"abcd", 400),
    "9112-6.3 a list of lengths": (get(fields=HOST + b"Content-Length: 3, 3\r\n") + b"abc", 400),
    "9112-6.3 no number": (get(fields=HOST + b"Content-Length: +3\r\n") + b"abc", 400),
    "9112-6.3 negative": (get(fields=HOST + b"Content-Length: -1\r\n"), 400),
    "9112-6.3 empty": (get(fields=HOST + b"Content-Length:\r\n"), 400),
    "9112-6.3 more than any number": (get(fields=HOST + b"Content-Length: " + b"9" * 40 + b"\r\n"), 413),
    "9110-8.6 POST with content": (get(method=b"POST", fields=HOST + b"Content-Length: 3\r\n") + b"abc", 413),
    "9110-10.1.1 Expect, and content": (
        get(fields=HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n", method=b"PUT"),
        413,
    ),
    "9110-10.1.1 Expect, and none": (get(fields=HOST + b"Expect: 100-continue\r\n"), 200),
    "9110-14.2 a range is ignored": (get(fields=HOST + b"Range: bytes=0-1\r\n"), 200),
    "9110-13 a condition is ignored": (get(fields=HOST + b'If-None-Match: "a"\r\n'), 200),
    "9112-9.3 keep-alive is not granted": (get(fields=HOST + b"Connection: keep-alive\r\n"), 200),
    "3986-2.1 no digits": (get(b"/%zz"), 400),
    "3986-2.1 one digit": (get(b"/%4"), 400),
    "3986-2.1 one percent": (get(b"/%"), 400),
    "3986-2.1 a letter encoded": (get(b"/note%73.txt"), 200),
    "3986-2.4 decoded once": (get(b"/name%2520with.txt"), 200),
    "3986-2.4 and not twice": (get(b"/name%20with.txt"), 404),
    **{f"9112-3.1 {name!r} is no method": (get(method=name), 400) for name in NO_NAME},
    **{
        f"9110-15.5.6 {name.decode()} is not allowed": (get(method=name), 405)
        for name in (b"POST", b"PUT", b"DELETE", b"TRACE", b"PATCH", b"OPTIONS")
    },
}


@pytest.mark.parametrize("rule", ASKED)
def test_rule(web: Server, rule: str) -> None:
    request, status = ASKED[rule]
    said = ask(web.port, request)
    assert said.status == status
    if status != 200:
        assert said.content.decode().startswith(str(status)) and said.headers["content-type"] == "text/plain"
    assert ("allow" in said.headers) == (status == 405)


@pytest.mark.parametrize("target", [b"/", b"/notes.txt", b"/large.bin", b"/none", b"/../x", b"/%", b"/" + b"a" * 9000])
def test_head_is_as_get_without_the_content(web: Server, target: bytes) -> None:
    said, whole = ask(web.port, get(target, method=b"HEAD"), "HEAD"), ask(web.port, get(target))
    assert (said.status, said.content) == (whole.status, b"")
    assert {**said.headers, "date": ""} == {**whole.headers, "date": ""}
    assert int(said.headers["content-length"]) == len(whole.content)


@pytest.mark.parametrize("name", FILES)
def test_every_file_comes_whole(web: Server, name: str) -> None:
    encoded = "".join(f"%{byte:02x}" if byte in b" %" else chr(byte) for byte in name.encode())
    said = ask(web.port, get(f"/{encoded}".encode()))
    wanted = FILES[name] if isinstance(FILES[name], bytes) else FILES[name].encode()
    assert (said.status, said.content) == (200, wanted)
    kinds = {"html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "css": "text/css"}
    assert said.headers["content-type"] == kinds.get(name.lower().rpartition(".")[2], "application/octet-stream")


def test_the_fields_of_an_answer(web: Server) -> None:
    said = ask(web.port, get())
    assert list(said.headers) == ["content-type", "date", "content-length", "connection"]
    assert said.headers["connection"] == "close"  # RFC 9112, 9.6
    date = said.headers["date"]  # RFC 9110, 5.6.7
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date)
    assert abs(email.utils.parsedate_to_datetime(date).timestamp() - time.time()) < 60


ESCAPES = [
    "/../secret.txt", "/../../../../../../etc/passwd", "/%2e%2e/secret.txt", "/%2E./secret.txt", "/.%2e/secret.txt",
    "/below/../../secret.txt", "/below/deep/../../../secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt", "/..\\secret.txt", "//../secret.txt", "/./../secret.txt", "/below/%2e%2e/%2e%2e/secret.txt",
    "//etc/passwd", "/%2fetc/passwd", "///etc/passwd", "/%2e%2e%00/secret.txt", "/notes.txt%00.html",
    "/%252e%252e/secret.txt", "/%c0%ae%c0%ae/secret.txt", "/out", "/out-folder/secret.txt", "/out-folder/", "/absolute",
    "/proc/etc/passwd", "/self", "http://x/../secret.txt", "http://x//etc/passwd", "/inside/../../secret.txt",
    "/none/../../secret.txt", "/..", "/../", "/.../", "/notes.txt/../../secret.txt", "/pipe", "/below", "/below/deep/",
]  # fmt: skip


@pytest.mark.parametrize("target", ESCAPES)
def test_nothing_outside_the_folder_is_told(web: Server, target: str) -> None:
    said = ask(web.port, get(target.encode()))
    assert said.status in (400, 403, 404)
    assert SECRET.encode() not in said.content and b"root:" not in said.content
    assert said.content.split()[0] == str(said.status).encode()


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/../secret.txt", 403), ("/out", 403), ("//etc/passwd", 403), ("/pipe", 403), ("/below", 404), ("/self", 404),
        ("/inside", 200), ("/below/../notes.txt", 200), ("/./notes.txt", 200), ("/" + "a" * 300, 404),
        ("/" + "a/" * 3000, 404), ("/notes.txt/x", 404),
    ],
)  # fmt: skip
def test_how_it_is_refused(web: Server, target: str, status: int) -> None:
    assert ask(web.port, get(target.encode())).status == status


def test_a_file_that_may_not_be_read(as_nobody: int) -> None:
    assert ask(as_nobody, get(b"/closed.txt")).status == 403
    assert ask(as_nobody, get(b"/notes.txt")).status == 200


@pytest.mark.parametrize("rule", [rule for rule, (request, _) in ASKED.items() if len(request) < 300][::4])
def test_byte_by_byte_it_is_the_same(web: Server, rule: str) -> None:
    request, status = ASKED[rule]
    assert understood(exchange(web.port, cut(request, range(len(request))))).status == status


def test_what_comes_after_the_request_is_not_answered(web: Server) -> None:
    """RFC 9112, 9.3.2: pipelined requests; the first answer says that the connection ends, and h11 saw one only."""
    said = ask(web.port, get(b"/notes.txt") + get(b"/style.css") + get(b"/none"))
    assert (said.status, said.content, said.headers["connection"]) == (200, b"a few words\n", "close")
    assert ask(web.port, get(b"/notes.txt") + b"\x00\r\n junk" * 5000).content == b"a few words\n"


def test_an_answer_is_not_lost_with_what_nobody_read(web: Server) -> None:
    """RFC 9112, 9.6: a close with bytes unread would be a reset."""
    body = get(fields=HOST + b"Content-Length: 3000000\r\n", method=b"POST") + bytes(3_000_000)
    assert ask(web.port, body).status == 413


@pytest.mark.parametrize("begun", [b"GET / HT", b"GET / HTTP/1.1\r\n", get()[:-2]])
def test_a_request_that_ends_early(web: Server, begun: bytes) -> None:
    assert ask(web.port, begun, end=True).status == 400


def test_a_client_that_says_nothing_gets_nothing(web: Server) -> None:
    assert exchange(web.port, [], end=True) == b""
    assert exchange(web.port, []) == b"" and SECONDS > 2
