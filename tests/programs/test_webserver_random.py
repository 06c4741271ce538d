"""Random requests, cut anywhere: each gets one whole answer, the same however it was cut, and a file or a refusal."""

from __future__ import annotations

import urllib.parse

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labkit.capture.serving import Server
from tests.programs.conftest import FILES, SECRET
from tests.programs.speaking import cut, exchange, understood

STATUSES = {200, 400, 403, 404, 405, 413, 414, 431, 501, 505}
METHODS = st.sampled_from([b"GET", b"HEAD", b"POST", b"get", b"OPTIONS", b"FROB", b"", b"G T"])
PARTS = st.sampled_from(
    ["..", ".", "", "below", "deep", "notes.txt", "index.html", "out", "inside", "pipe", "none", "a b"]
)
TARGETS = st.one_of(
    st.lists(PARTS, max_size=6).map(lambda parts: "/" + urllib.parse.quote("/".join(parts))).map(str.encode),
    st.binary(max_size=20).map(lambda raw: b"/" + raw),
    st.sampled_from([b"/", b"*", b"http://x/", b"http://x", b"//", b"/%2e%2e/", b"/%", b"/?%", b""]),
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1", b"", b"HTTP/1.1 "])
FIELDS = st.one_of(
    st.sampled_from(
        [b"Host: x", b"Host: x", b"Content-Length: 0", b"Content-Length: 5", b"Transfer-Encoding: chunked", b" folded"]
        + [b"A:", b"A: b", b"a b: c", b":", b"", b"Host: y", b"Content-Length: x"]
    ),
    st.binary(max_size=30),
)
ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r"])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request, or not."""
    line = b" ".join([draw(METHODS), draw(TARGETS), draw(VERSIONS)])
    fields = draw(st.lists(FIELDS, max_size=5))
    return b"".join(part + draw(ENDS) for part in [line, b"Host: x", *fields, b""]) + draw(st.binary(max_size=20))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [3, 17], True)
@example(b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\x00", [1], True)
@given(requests(), st.lists(st.integers(0, 200), max_size=6), st.booleans())
def test_any_request_gets_one_answer(web: Server, request: bytes, places: list[int], end: bool) -> None:
    method = "HEAD" if request.lstrip(b"\r\n").startswith(b"HEAD ") else "GET"
    whole = exchange(web.port, [request], end=True)
    if not whole:  # it was not even begun
        assert not request.strip(b"\r\n") or not request
        return
    said = understood(whole, method)
    assert said.status in STATUSES and SECRET.encode() not in said.content
    wanted = {text if isinstance(text, bytes) else text.encode() for text in FILES.values()}
    assert said.status != 200 or method == "HEAD" or said.content in wanted
    in_parts = understood(exchange(web.port, cut(request, places), end=True), method)
    assert (in_parts.status, in_parts.content) == (said.status, said.content)
