"""A list is fetched whole, from HTTP only, within limits of time and size, or the error says why not."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from sousveil.ingest.net import NetError, fetch, lists
from sousveil.ingest.pipeline import document_of
from sousveil.ingest.sources.documents import SourceError

pytestmark = pytest.mark.loopback
LIST = b"name,country\nHikvision,CN\n"
CHANGED = "Thu, 21 Apr 2022 23:59:59 GMT"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers each path with the method of its name."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.agents.append(self.headers["User-Agent"])
        self.close_connection = True
        name = self.path.partition("?")[0].strip("/").partition("/")[0]
        getattr(self, f"answer_{name}", self.answer_missing)()

    def head(self, status: int = 200, /, **headers: str | int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Connection", "close")
        self.end_headers()

    def body(self, data: bytes, **headers: str | int) -> None:
        self.head(Content_Length=len(data), **headers)
        self.wfile.write(data)

    def drip(self, part: bytes, every: float) -> None:
        """Send without an end, for ten seconds at most, or until the client has gone."""
        for _ in range(int(10 / every)):
            try:
                self.wfile.write(part)
            except OSError:
                return
            time.sleep(every)

    def answer_(self) -> None:
        self.body(LIST)

    def answer_list(self) -> None:
        self.body(LIST, Last_Modified=CHANGED)

    def answer_undated(self) -> None:
        self.body(LIST, Last_Modified="yesterday")

    def answer_packed(self) -> None:
        self.body(gzip.compress(LIST))

    def answer_encoded(self) -> None:
        self.body(gzip.compress(LIST), Content_Encoding="gzip")

    def answer_chunked(self) -> None:
        self.head(Transfer_Encoding="chunked")
        for part in (LIST[:5], LIST[5:], b""):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))

    def answer_missing(self) -> None:
        self.head(404, Content_Length=0)

    def answer_busy(self) -> None:
        self.head(503, Content_Length=0)

    def answer_cut(self) -> None:
        self.head(Content_Length=len(LIST) + 100)
        self.wfile.write(LIST)

    def answer_encodedcut(self) -> None:
        packed = gzip.compress(LIST * 1000)
        self.head(Content_Length=len(packed), Content_Encoding="gzip")
        self.wfile.write(packed[:-20])

    def answer_chunkedcut(self) -> None:
        self.head(Transfer_Encoding="chunked")
        self.wfile.write(b"%x\r\n%b" % (len(LIST) + 100, LIST))

    def answer_reset(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer_endless(self) -> None:
        self.head()
        self.drip(b"x" * 100_000 + b"\n", 0.001)

    def answer_bomb(self) -> None:
        self.body(gzip.compress(b"0123456789\n" * 1_000_000), Content_Encoding="gzip")

    def answer_dripping(self) -> None:
        self.head()
        self.drip(b"x", 0.05)

    def answer_silent(self) -> None:
        self.server.over.wait(10)

    def answer_stalled(self) -> None:
        self.head(Content_Length=len(LIST))
        self.wfile.write(LIST[:5])
        self.wfile.flush()
        self.server.over.wait(10)

    def answer_page(self) -> None:
        self.body(b"\n <!DOCTYPE html><title>We are sorry</title>", Content_Type="text/csv")

    def answer_empty(self) -> None:
        self.body(b"")

    def answer_moved(self) -> None:
        self.head(302, Location=self.server.target, Content_Length=0)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """A publisher on loopback."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.agents: list[str | None] = []
        self.target = ""
        self.over = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.over.set()
        one.shutdown()
        thread.join()


Took = Callable[[], float]


@pytest.fixture
def took() -> Took:
    """Return a function that says how many seconds the test has run."""
    start = time.monotonic()
    return lambda: time.monotonic() - start


def test_file_comes_whole_with_name_and_day_of_last_change(server: Server) -> None:
    got = fetch(f"{server.url}/list/consolidated.csv?x=1")
    assert (got.name, got.data, got.dated) == ("consolidated.csv", LIST, date(2022, 4, 21))


def test_stated_version_beats_the_day_of_last_change(server: Server) -> None:
    assert document_of(f"{server.url}/list", date(2020, 1, 1)).dated == date(2020, 1, 1)
    assert document_of(f"{server.url}/list", None).dated == date(2022, 4, 21)


@pytest.mark.parametrize("path", ["undated", "chunked"])
def test_no_readable_day_of_last_change_is_no_version(server: Server, path: str) -> None:
    assert fetch(f"{server.url}/{path}").dated is None


@pytest.mark.parametrize("path", ["packed", "encoded", "chunked"])
def test_packed_and_chunked_files_come_unpacked(server: Server, path: str) -> None:
    assert fetch(f"{server.url}/{path}/list.csv").data == LIST


def test_we_say_who_asks(server: Server) -> None:
    fetch(f"{server.url}/list")
    (agent,) = server.agents
    assert agent is not None
    assert agent.startswith("sousveil/")


def test_address_without_a_path_is_named_by_its_host(server: Server) -> None:
    assert fetch(server.url).name == "127.0.0.1"


@pytest.mark.parametrize(("path", "status"), [("nowhere", 404), ("busy", 503)])
def test_refusal_of_the_server_is_an_error_with_its_number(server: Server, path: str, status: int) -> None:
    with pytest.raises(NetError, match=rf"{server.url}/{path}: HTTP {status} .*; try again, or give a file"):
        fetch(f"{server.url}/{path}")


@pytest.mark.parametrize("path", ["cut", "encodedcut", "chunkedcut"])
def test_cut_connection_is_an_error_and_never_a_shorter_file(server: Server, path: str) -> None:
    with pytest.raises(NetError, match=rf"{server.url}/{path}: .*the connection was cut"):
        fetch(f"{server.url}/{path}")


def test_connection_closed_without_an_answer_is_an_error(server: Server) -> None:
    with pytest.raises(NetError, match=rf"{server.url}/reset: no connection; check the network"):
        fetch(f"{server.url}/reset")


@pytest.mark.parametrize("path", ["endless", "bomb"])
def test_body_over_the_limit_is_given_up(
    server: Server, took: Took, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(lists, "LARGEST", 2 << 20)
    with pytest.raises(NetError, match="larger than 2 MB; this is not the list"):
        fetch(f"{server.url}/{path}")
    assert took() < 8


def test_body_that_drips_is_given_up_when_its_time_is_over(
    server: Server, took: Took, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "TOTAL", 0.5)
    with pytest.raises(NetError, match="not complete after"):
        fetch(f"{server.url}/dripping")
    assert took() < 8


@pytest.mark.parametrize("path", ["silent", "stalled"])
def test_server_that_falls_silent_is_given_up(
    server: Server, took: Took, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(lists, "READ", 0.3)
    with pytest.raises(NetError, match=rf"{server.url}/{path}: no answer within"):
        fetch(f"{server.url}/{path}")
    assert took() < 8


def test_error_page_instead_of_the_list_is_refused(server: Server) -> None:
    with pytest.raises(SourceError, match=r"list\.csv, line 1: this is an HTML page, not data"):
        fetch(f"{server.url}/page/list.csv")


def test_empty_answer_is_refused(server: Server) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        fetch(f"{server.url}/empty")


def test_redirect_is_followed_to_another_address(server: Server) -> None:
    server.target = f"http://localhost:{server.server_port}/list"
    got = fetch(f"{server.url}/moved/list.csv")
    assert (got.name, got.data, got.dated) == ("list.csv", LIST, date(2022, 4, 21))


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/list.csv", "data:,x"])
def test_redirect_to_anything_but_http_is_refused(server: Server, target: str) -> None:
    server.target = target
    with pytest.raises(
        NetError, match=rf"{server.url}/moved: .*{target}.*; check the network, or give a file"
    ):
        fetch(f"{server.url}/moved")


def test_redirect_in_a_circle_is_given_up(server: Server) -> None:
    server.target = "/moved"
    with pytest.raises(NetError, match=r"Exceeded \d+ redirects"):
        fetch(f"{server.url}/moved")
    assert len(server.agents) < 50


def test_refused_connection_says_that_there_is_none(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NetError, match=rf"127\.0\.0\.1:{port}/list: no connection"):
        fetch(f"http://127.0.0.1:{port}/list")
    assert server.agents == []


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://127.0.0.1:99999/x", "http://a..b/"])
def test_address_that_is_none_is_an_error(url: str) -> None:
    with pytest.raises(NetError, match="; check the network, or give a file"):
        fetch(url)
