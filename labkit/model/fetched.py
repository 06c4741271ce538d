"""What a client got from a web server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Fetched:
    """The answer to a request for `path`: its `head` as it came, without the empty line, and the `body`.

    `by` is the client that asked: "curl" or "urllib".
    """

    path: str
    by: str
    head: str
    body: bytes

    @property
    def status(self) -> int:
        """The status code, 0 if the answer has none.

        >>> Fetched("/", "curl", "HTTP/1.1 404 Not Found", b"").status
        404
        """
        words = self.head.split(None, 2)
        return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0

    @property
    def says(self) -> str:
        """The status with its words: "404 Not Found"."""
        return self.head.partition("\r\n")[0].partition(" ")[2].strip()

    @property
    def headers(self) -> dict[str, str]:
        """The header fields, their names in small letters; of several of one name the last.

        >>> Fetched("/", "curl", "HTTP/1.1 200 OK\\r\\nContent-Length: 5", b"hello").headers
        {'content-length': '5'}
        """
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return {name.lower(): value.strip() for name, _, value in lines}

    def __repr__(self) -> str:
        """The answer as text; the date is left out, since it is another each time."""
        head = [line if not line.lower().startswith("date:") else "Date: …" for line in self.head.split("\r\n")]
        try:
            body = self.body.decode()
        except UnicodeDecodeError:
            body = f"({len(self.body):,} bytes that are no text)"
        return "\n".join([f"GET {self.path}, asked by {self.by}", *head, "", body]).rstrip("\n")
