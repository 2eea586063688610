"""A mail host is greeted, shows its certificate, and gets no mail."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from rogues import Rogue, drip, leaf, net, pem, policy, reset, server_context, silence

from sousveil.ingest.collect import Look, smtp
from sousveil.ingest.net import NEUTRAL
from sousveil.ingest.records import Exchange

pytestmark = pytest.mark.loopback
LOOK = Look(protocol="smtp", target="mx.example", subject="mx.example", address="127.0.0.1")
GREETING = b"220-mx.example ESMTP\r\n220 ready\r\n"
OFFER = b"250-mx.example\r\n250-STARTTLS\r\n250 SIZE 1000\r\n"


class Mail:
    """A mail server; `asked` are the commands that came, and what was said over TLS in capitals."""

    def __init__(
        self, context: ssl.SSLContext | None, start: bytes = b"220 go\r\n", greeting: bytes = GREETING
    ) -> None:
        self.context = context
        self.start = start
        self.greeting = greeting
        self.asked: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.greeting)
        self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while line := connection.recv(1000):
            self.asked.append(line.strip())
            if line.startswith(b"EHLO"):
                connection.sendall(OFFER if self.context else b"250 mx.example\r\n")
            elif line.startswith(b"STARTTLS"):
                connection.sendall(self.start)
                if self.context and self.start.startswith(b"220"):
                    with (
                        contextlib.suppress(OSError),
                        self.context.wrap_socket(connection, server_side=True) as secured,
                    ):
                        return self._serve(secured)
            else:
                connection.sendall(b"221 bye\r\n")
        return None


def collected(server: Rogue, **more: object) -> list[Exchange]:
    return [one for one in smtp.collect(LOOK, net(policy(smtp=server, **more))) if isinstance(one, Exchange)]


def test_greeting_and_certificate_are_kept_and_no_mail_is_sent(tmp_path: Path) -> None:
    one = leaf(None, ["mx.example"])
    mail = Mail(server_context(tmp_path, one))
    with Rogue(mail) as server:
        banner, handshake = collected(server)
        port = server.port
    assert (banner.question, banner.outcome, banner.uri) == (
        "banner",
        "ok",
        f"smtp://mx.example:{port}/127.0.0.1",
    )
    assert banner.asked == b"EHLO sousveil.invalid\r\nSTARTTLS\r\nQUIT\r\n"
    assert banner.answered == GREETING + OFFER + b"220 go\r\n221 bye\r\n"
    assert (handshake.question, handshake.outcome, handshake.answered) == ("handshake", "ok", pem(one))
    assert dict(handshake.notes)["protocol"] == "TLSv1.3"
    assert mail.asked == [b"EHLO sousveil.invalid", b"STARTTLS", b"QUIT"]


def test_server_without_tls_gets_a_farewell() -> None:
    mail = Mail(None)
    with Rogue(mail) as server:
        (banner,) = collected(server, agent=NEUTRAL)
    assert banner.outcome == "ok"
    assert mail.asked == [b"EHLO localhost", b"QUIT"]


def test_words_before_tls_do_not_count_as_said_inside(tmp_path: Path) -> None:
    mail = Mail(server_context(tmp_path, leaf(None)), start=b"220 go\r\n999 injected\r\n")
    with Rogue(mail) as server:
        banner, handshake = collected(server)
    assert (banner.outcome, handshake.outcome) == ("ok", "ok")
    assert banner.answered.endswith(b"221 bye\r\n")


@pytest.mark.parametrize(
    ("start", "outcome"),
    [(b"454 not now\r\n", "refused"), (b"", "timeout"), (b"220 go\r\nnoise" * 999, "tls-failure")],
)
def test_failure_to_start_tls_is_the_handshakes(tmp_path: Path, start: bytes, outcome: str) -> None:
    with Rogue(Mail(server_context(tmp_path, leaf(None)), start)) as server:
        banner, handshake = collected(server)
    assert (banner.outcome, handshake.outcome) == ("ok", outcome)


@pytest.mark.parametrize(
    ("greeting", "outcome"),
    [
        (b"554 go away\r\n", "refused"),
        (b"421 later\r\n", "refused"),
        (b"SSH-2.0-OpenSSH\r\n", "formerr"),
        (b"", "timeout"),
        (b"220-" + b"x" * 100_000, "too-large"),
        (b"220-more\r\n" * 10_000, "too-large"),
    ],
)
def test_greeting_that_is_none_has_a_name(greeting: bytes, outcome: str) -> None:
    with Rogue(Mail(None, greeting=greeting)) as server:
        (banner,) = collected(server)
    assert banner.outcome == outcome
    assert greeting.startswith(banner.answered)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(silence, "timeout"), (drip(b"2"), "timeout"), (reset, "reset")]
)
def test_server_that_does_not_speak_has_a_name(answer: object, outcome: str) -> None:
    with Rogue(answer) as server:  # type: ignore[arg-type]
        (banner,) = collected(server)
    assert banner.outcome == outcome


def test_mail_hosts_are_left_alone_unless_it_was_asked_for() -> None:
    with Rogue(Mail(None)) as server:
        rules = replace(policy(smtp=server), smtp=False)
        assert not list(smtp.collect(LOOK, net(rules)))
        assert not server.connections
