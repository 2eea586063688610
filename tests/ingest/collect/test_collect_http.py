"""One landing page, hop by hop, with the bytes as they were; whatever a server does ends with a name."""

from __future__ import annotations

import gzip
import os
import socket
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from rogues import (
    QUICK,
    Answer,
    Resolved,
    Rogue,
    Socks,
    drip,
    head,
    leaf,
    moved,
    net,
    page,
    pem,
    policy,
    reset,
    say,
    server_context,
    silence,
)

from sousveil.ingest.collect import Look, http, tls
from sousveil.ingest.net import NEUTRAL
from sousveil.ingest.net.door import Net
from sousveil.ingest.records import Exchange
from sousveil.schema import observations

pytestmark = pytest.mark.loopback
LOOK = Look(protocol="http", target="a.example", subject="a.example", address="127.0.0.1")
NO_ROBOTS = page(status="404 Not Found")


def collected(door: Net, look: Look = LOOK) -> list[Exchange]:
    return [one for one in http.collect(look, door) if isinstance(one, Exchange)]


def pages(found: list[Exchange]) -> list[Exchange]:
    return [one for one in found if one.question == "GET" and one.uri.startswith("http:")]


def landing(answer: Answer) -> Exchange:
    """Return the exchange with a server that has no robots.txt and answers `/` like this."""

    def serve(connection: object) -> None:
        request = head(connection)  # type: ignore[arg-type]
        if request.startswith(b"GET /robots.txt"):
            connection.sendall(page(status="404 No", Connection="close"))  # type: ignore[attr-defined]
        elif request:
            answer(Unread(connection, request))  # type: ignore[arg-type]

    with Rogue(serve) as server:
        return pages(collected(net(policy(server))))[-1]


class Unread:
    """A connection whose request was read already, for an answer that wants to read it."""

    def __init__(self, connection: object, request: bytes) -> None:
        self._connection = connection
        self._unread = request

    def recv(self, size: int) -> bytes:
        unread, self._unread = self._unread, b""
        return unread or self._connection.recv(size)  # type: ignore[attr-defined, no-any-return]

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def note(exchange: Exchange, name: str) -> str | None:
    return dict(exchange.notes).get(name)


def test_page_is_kept_as_it_was_on_the_wire() -> None:
    packed = gzip.compress(b"<html>hello</html>" * 100)
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in (packed[:20], packed[20:], b""))
    lines = (
        b"HTTP/1.1  200   Fine ",
        b"X-Odd:  a ",
        b"set-cookie: a=1",
        b"set-cookie: b=2",
        b"Transfer-Encoding: chunked",
        b"Content-Encoding: gzip",
        b"",
        b"",
    )
    raw = b"\r\n".join(lines)
    with Rogue({"/": raw + chunks}) as server:
        (found,) = pages(collected(net(policy(server, contact="me@example.org"))))
        assert found.answered == raw + chunks
        assert found.asked == server.asked[1]
    assert found.outcome == "ok"
    assert (found.server, found.media, found.target) == ("127.0.0.1", "application/http", "a.example")
    assert found.asked.startswith(b"GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: sousveil/")
    assert b"; me@example.org)" in found.asked


def test_neutral_agent_says_nothing_of_us() -> None:
    with Rogue({"/": page(b"hello")}) as server:
        (found,) = pages(collected(net(policy(server, agent=NEUTRAL))))
    assert b"sousveil" not in found.asked
    assert NEUTRAL.encode() in found.asked


def test_robots_page_and_declarations_share_one_connection() -> None:
    declared = {"/.well-known/security.txt": page(b"Contact: mailto:a@a.example"), "/": page(b"hello")}
    with Rogue(declared) as server:
        found = collected(net(policy(server)))
        assert server.connections == 1
    asked = [(one.question, one.uri.removeprefix("http://a.example"), one.outcome) for one in found[2:]]
    assert asked == [
        ("robots", "/robots.txt", "absent"),
        ("GET", "/", "ok"),
        ("declaration", "/.well-known/security.txt", "ok"),
        ("declaration", "/.well-known/carbon.txt", "absent"),
        ("declaration", "/carbon.txt", "absent"),
        ("declaration", "/.well-known/hosting-provider", "absent"),
    ]


def test_https_is_tried_first_and_its_failure_is_kept() -> None:
    with Rogue({"/": page(b"hello")}) as server:
        found = collected(net(policy(server)))
    assert [(one.protocol, one.question, one.uri, one.outcome) for one in found[:2]] == [
        ("tls", "handshake", "tls://a.example:1/127.0.0.1", "refused"),
        ("http", "GET", "https://a.example/", "refused"),
    ]


def test_one_handshake_serves_page_and_certificate(tmp_path: Path) -> None:
    one = leaf(None)
    with Rogue({"/": page(b"hello")}, server_context(tmp_path, one)) as server:
        door = net(policy(https=server))
        found = collected(door)
        assert server.connections == 1
        look = Look(protocol="tls", target="a.example", subject="a.example", address="127.0.0.1")
        assert not list(tls.collect(look, door))
        door.leave("a.example")
        (again,) = tls.collect(look, door)
        assert isinstance(again, Exchange)
        assert server.connections == 2
    assert found[0].answered == again.answered == pem(one)
    assert (found[0].protocol, found[0].media) == ("tls", "application/pem-certificate-chain")
    assert [one.outcome for one in found if one.question == "GET"] == ["ok"]


def test_redirects_are_followed_hop_by_hop() -> None:
    with Rogue({"/": moved("/a"), "/a": moved("//b.example/x?y=1#z"), "/x?y=1": page(b"hello")}) as server:
        found = list(http.collect(LOOK, net(policy(server))))
    hops = [one for one in found if isinstance(one, Exchange) and one.question == "GET"][1:]
    assert [(one.uri, one.subject, note(one, "hop")) for one in hops] == [
        ("http://a.example/", "a.example", "1"),
        ("http://a.example/a", "a.example", "2"),
        ("http://b.example/x?y=1", "b.example", "3"),
    ]
    assert [one for one in found if isinstance(one, Look)] == [
        Look(protocol="dns", target="a.example", subject="b.example", depth=1)
    ]
    robots = [one.uri for one in found if isinstance(one, Exchange) and one.question == "robots"]
    assert robots == ["http://a.example/robots.txt", "http://b.example/robots.txt"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "file: is no web address"),
        ("gopher://a.example/1", "gopher: is no web address"),
        ("data:text/html,hello", "data: is no web address"),
        ("javascript:alert(1)", "javascript: is no web address"),
        ("ftp://a.example/", "ftp: is no web address"),
        ("http://[bad/", "no web address"),
        ("http://", "redirect loop"),
        ("http://?", "redirect loop"),
        ("http://a.example:22/", "port 22 is no web server's"),
        ("http://a.example:99999/", "no web address"),
        ("http://10.0.0.1/", "private"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://[fd00:ec2::254]/", "metadata"),
        ("http://[::ffff:169.254.169.254]/", "metadata"),
        ("http://inside.test/", "metadata"),
        ("http://nowhere.test/", "no address"),
        ("/" + "x" * 5000, "an address of"),
        ("/", "redirect loop"),
        ("HTTP://A.example/#x", "redirect loop"),
    ],
)
def test_redirect_to_where_nobody_may_go_is_refused_and_kept(location: str, reason: str) -> None:
    names = Resolved({"inside.test": ("169.254.169.254",)})
    with Rogue({"/": moved(location)}) as server:
        last = pages_and_refusals(collected(net(policy(server), names)))[-1]
        assert len(server.asked) == 2
    assert last.outcome == "not-attempted"
    assert reason in str(note(last, "error"))
    assert not last.asked
    assert note(last, "hop") == "2"


def pages_and_refusals(found: list[Exchange]) -> list[Exchange]:
    return [one for one in found if one.question == "GET"]


def test_password_in_a_redirect_is_not_sent() -> None:
    with Rogue({"/": moved("http://me:secret@b.example/x"), "/x": page(b"hello")}) as server:
        last = pages(collected(net(policy(server))))[-1]
        assert not any(b"Authorization" in request for request in server.asked)
    assert (last.uri, last.outcome) == ("http://b.example/x", "ok")


def test_name_that_leads_elsewhere_the_second_time_changes_nothing() -> None:
    """DNS rebinding: what was resolved, checked and connected to is one and the same address."""
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])

    class Rebinding(Resolved):
        def addresses(self, host: str) -> tuple[str, ...]:
            self.looked_up.append(host)
            return next(answers)

    names = Rebinding()
    look = Look(protocol="http", target="a.example", subject="a.example")
    with Rogue({"/": page(b"hello")}) as server:
        rules = policy(server, https=server)
        found = collected(net(rules, names), look)
    assert names.looked_up == ["a.example", "a.example"]  # once for each scheme
    assert [(one.uri, one.outcome) for one in pages_and_refusals(found)] == [
        ("https://a.example/", "timeout"),
        ("http://a.example/", "not-attempted"),
    ]


def test_redirects_end_somewhere() -> None:
    table = {f"/{number or ''}": moved(f"/{number + 1}") for number in range(50)}
    with Rogue(table) as server:
        found = pages(collected(net(policy(server))))
    assert len(found) == QUICK.redirects + 2
    assert [one.outcome for one in found[:-1]] == ["ok"] * (QUICK.redirects + 1)
    assert (found[-1].outcome, note(found[-1], "error")) == ("not-attempted", "more than 10 redirects")


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        (page(b"User-agent: *\nDisallow: /"), "blocked"),
        (page(b"User-agent: *\nDisallow: /admin"), "ok"),
        (page(status="403 Forbidden"), "ok"),
        (page(status="503 Busy"), "refused"),
        (page(status="429 Slow"), "blocked"),
        (b"nonsense\r\n", "formerr"),
        (b"HTTP/1.1 200 OK\r\n", "timeout"),
        (moved("/rules"), "blocked"),
        (moved("/robots.txt"), "ok"),
        (moved("file:///etc/passwd"), "ok"),
        (page(b"User-agent: *\nDisallow: /\n" + b"#" * 600_000), "blocked"),
    ],
)
def test_robots_are_obeyed(robots: bytes, outcome: str) -> None:
    rules = page(b"User-agent: sousveil\nDisallow: /")
    with Rogue({"/robots.txt": robots, "/rules": rules, "/": page(b"hello")}) as server:
        found = collected(net(policy(server)))
        asked = [request.split()[1] for request in server.asked]
    assert pages(found)[-1].outcome == outcome
    assert (b"/" in asked) == (outcome == "ok")


def test_declarations_are_asked_for_once_and_only_beside_a_page() -> None:
    with Rogue({"/": page(status="500 Broken")}) as broken, Rogue({"/": page(b"hello")}) as server:
        assert not [one for one in collected(net(policy(broken))) if one.question == "declaration"]
        door = net(policy(server))
        collected(door)
        assert not [one for one in collected(door) if one.question == "declaration"]


def test_declaration_that_robots_disallow_is_not_asked_for() -> None:
    robots = page(b"User-agent: *\nDisallow: /.well-known/")
    with Rogue({"/": page(b"hello"), "/robots.txt": robots}) as server:
        found = [one for one in collected(net(policy(server))) if one.question == "declaration"]
        assert not any(b"/.well-known/" in request for request in server.asked)
    assert [one.outcome for one in found] == ["blocked", "blocked", "absent", "blocked"]


STATUS = {
    "200 OK": "ok",
    "204 Empty": "ok",
    "400 Hm": "refused",
    "401 Who": "blocked",
    "403 No": "blocked",
    "404 No": "absent",
    "410 Gone": "absent",
    "429 Slow": "blocked",
    "451 Law": "blocked",
    "500 Oh": "refused",
}


@pytest.mark.parametrize(("status", "outcome"), STATUS.items())
def test_status_names_the_outcome(status: str, outcome: str) -> None:
    assert landing(say(page(b"" if "204" in status else b"hello", status=status))).outcome == outcome


def test_challenge_of_an_edge_is_blocked() -> None:
    assert landing(say(page(b"prove it", status="503 Wait", cf_mitigated="challenge"))).outcome == "blocked"


def bomb(pack: Callable[[bytes], bytes], name: str) -> Answer:
    return say(page(pack(bytes(20_000_000)), Content_Encoding=name))


GZIP_TWICE = gzip.compress(gzip.compress(bytes(50_000_000)))
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HOSTILE: dict[str, tuple[Answer, str]] = {
    "silence": (silence, "timeout"),
    "half a status line": (say(b"HTTP/1.", then=silence), "timeout"),
    "one byte at a time": (say(ENDLESS, then=drip(b"x")), "timeout"),
    "headers one byte at a time": (say(b"HTTP/1.1 200 OK\r\nX: ", then=drip(b"x")), "timeout"),
    "endless continue": (say(then=drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0)), "too-large"),
    "endless body": (say(ENDLESS, then=drip(b"x" * 65536, 0)), "too-large"),
    "endless chunks": (say(CHUNKED, then=drip(b"5\r\nhello\r\n" * 1000, 0)), "too-large"),
    "endless size of a chunk": (say(CHUNKED, then=drip(b"0" * 65536, 0)), "too-large"),
    "bad size of a chunk": (say(CHUNKED + b"zz\r\nhello\r\n"), "formerr"),
    "100 MB announced": (
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", then=drip(b"x" * 65536, 0)),
        "too-large",
    ),
    "gzip bomb": (bomb(gzip.compress, "gzip"), "too-large"),
    "deflate bomb": (bomb(zlib.compress, "deflate"), "too-large"),
    "brotli bomb": (bomb(brotli.compress, "br"), "too-large"),
    "gzip in gzip": (say(page(GZIP_TWICE, Content_Encoding="gzip, gzip")), "too-large"),
    "ten encodings": (say(page(b"x", Content_Encoding=", ".join(["gzip"] * 10))), "ok"),
    "no gzip after all": (say(page(b"plain text", Content_Encoding="gzip")), "ok"),
    "1 MB of headers": (say(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\nhello"), "too-large"),
    "one header of 1 MB": (say(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n"), "too-large"),
    "10,000 cookies": (say(b"HTTP/1.1 200 OK\r\n" + b"Set-Cookie: a=b\r\n" * 10_000 + b"\r\n"), "too-large"),
    "cut in the body": (say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", then=reset), "reset"),
    "body that ends early": (say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello"), "truncated"),
    "chunk that ends early": (say(CHUNKED + b"99\r\nhello"), "truncated"),
    "chunks without an end": (say(CHUNKED + b"5\r\nhello\r\n"), "truncated"),
    "cut at once": (reset, "reset"),
    "closed without an answer": (say(), "reset"),
    "no HTTP": (say(b"SSH-2.0-OpenSSH_9.2\r\n" * 3), "formerr"),
    "noise": (say(os.urandom(500).replace(b"\n", b" ") + b"\n"), "formerr"),
    "empty line": (say(b"\r\n\r\n"), "formerr"),
    "status without number": (say(b"HTTP/1.1 abc OK\r\n\r\n"), "formerr"),
    "two lengths": (
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello"),
        "formerr",
    ),
    "hostile headers": (say(page(b"", **{"X\0\xff": "\0\x1b[31m", "Location": "\xff"})), "ok"),
}


@pytest.mark.parametrize("hostility", HOSTILE)
def test_whatever_a_server_does_ends_with_a_name(hostility: str) -> None:
    answer, outcome = HOSTILE[hostility]
    started = time.monotonic()
    found = landing(answer)
    assert time.monotonic() - started < 4
    assert found.outcome == outcome
    assert found.outcome in observations().outcomes
    assert len(found.answered) <= QUICK.body + QUICK.headers
    if found.outcome not in {"ok", "reset", "timeout"}:
        assert note(found, "truncated") == str(len(found.answered)) != "0"


def test_what_was_read_before_the_end_is_kept() -> None:
    found = landing(say(ENDLESS, then=drip(b"x" * 65536, 0)))
    assert found.answered == ENDLESS + b"x" * QUICK.body
    found = landing(bomb(gzip.compress, "gzip"))
    assert found.answered.startswith(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n")
    assert note(found, "truncated") == str(len(found.answered))


def test_no_descriptor_is_left_behind(tmp_path: Path) -> None:
    context = server_context(tmp_path, leaf(None))

    def run() -> None:
        for name in ("silence", "endless body", "gzip bomb", "1 MB of headers", "cut in the body", "noise"):
            landing(HOSTILE[name][0])
        with Rogue({"/": moved("http://b.example/")}, context) as server:
            collected(net(policy(https=server)))
        with Rogue(silence) as mute:
            collected(net(policy(https=mute)))

    run()
    before = len(list(Path("/proc/self/fd").iterdir()))
    run()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_question_whose_connection_is_cut_is_put_again() -> None:
    connections = iter(range(10))

    def serve(connection: socket.socket) -> None:
        number = next(connections)
        while request := head(connection):
            if number == 0 and request.startswith(b"GET / "):
                reset(connection)
                return
            connection.sendall(page(b"hello"))

    with Rogue(serve) as server:
        found = pages(collected(net(policy(server, limits=replace(QUICK, retries=1)))))
        assert server.seen(2)
    assert [(one.outcome, one.answered) for one in found] == [("ok", page(b"hello"))]


def test_nothing_is_asked_where_http_is_off() -> None:
    with Rogue({"/": page(b"hello")}) as server:
        assert not collected(net(replace(policy(server), http=False)))
        assert not server.connections


def test_everything_goes_through_the_proxy() -> None:
    socks = Socks()
    names = Resolved({"a.example": ("127.0.0.1",)})
    look = Look(protocol="http", target="a.example", subject="a.example")
    with Rogue({"/": page(b"hello")}) as server, Rogue(socks) as proxy:
        found = pages(collected(net(policy(server, proxy=f"socks5h://127.0.0.1:{proxy.port}"), names), look))
        port = server.port
    assert [(one.outcome, one.server) for one in found] == [("ok", "127.0.0.1")]
    assert (1, "127.0.0.1", port) in socks.asked
    assert {kind for kind, _, _ in socks.asked} == {1}  # addresses, never names


def test_host_that_is_an_address_is_asked_like_any_other() -> None:
    look = Look(protocol="http", target="::1", subject="::1", address="::1")
    with Rogue({"/": page(b"hello")}, host="::1") as server:
        (found,) = pages(collected(net(policy(server)), look))
    assert (found.outcome, found.subject, found.server) == ("ok", "::1", "::1")
    assert b"Host: [::1]\r\n" in found.asked


def test_second_address_is_tried_where_the_first_is_dead() -> None:
    names = Resolved({"a.example": ("127.0.0.2", "127.0.0.1")})
    look = Look(protocol="http", target="a.example", subject="a.example")
    with Rogue({"/": page(b"hello")}) as server:
        (found,) = pages(collected(net(policy(server), names), look))
    assert (found.outcome, found.server) == ("ok", "127.0.0.1")
