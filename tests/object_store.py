"""A stand-in for an object store, on loopback: objects are created if absent, read and listed, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bucket, name = self._place()
        self.server.requests.append(("PUT", name, len(data)))
        if bucket != "bucket":
            self._refuse(404, "NoSuchBucket")
        elif "Credential=allowed/" not in self.headers.get("Authorization", ""):
            self._refuse(403, "InvalidAccessKeyId")
        elif self.headers.get("If-None-Match") == "*" and name in self.server.objects:
            self._refuse(412, "PreconditionFailed")
        else:
            self.server.objects[name] = data
            self._answer(200, b"", {"ETag": '"made"'})

    def do_GET(self) -> None:
        bucket, name = self._place()
        query = parse_qs(urlsplit(self.path).query)
        self.server.requests.append(("LIST" if "list-type" in query else "GET", name, 0))
        if bucket != "bucket":
            self._refuse(404, "NoSuchBucket")
        elif "list-type" in query:
            self._list(query.get("prefix", [""])[0])
        elif name in self.server.objects:
            self._answer(200, self.server.objects[name], {"ETag": '"made"', "Last-Modified": _DAY})
        else:
            self._refuse(404, "NoSuchKey")

    def _place(self) -> tuple[str, str]:
        bucket, _, name = unquote(urlsplit(self.path).path).strip("/").partition("/")
        return bucket, name

    def _list(self, prefix: str) -> None:
        found = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f'<ETag>"made"</ETag><Size>{len(data)}</Size></Contents>'
            for name, data in sorted(self.server.objects.items())
            if name.startswith(prefix)
        )
        self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode())

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    def _answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        return


_DAY = "Thu, 01 Jan 2026 00:00:00 GMT"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, int]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[_Server]:
    """Give a store that has one bucket, "bucket", and lets in whoever is named "allowed"."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
