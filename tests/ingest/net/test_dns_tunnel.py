"""DNS through a SOCKS5 proxy: over TCP alone."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import pytest
from dns.rdatatype import A
from name_server import NameServer, reply

from sousveil.ingest.net.dns import resolve
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Question, Server
from sousveil.ingest.net.tunnel import Tunnel

pytestmark = pytest.mark.loopback
FAST = Rate(1e6, 1e6)


def good(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    yield reply(message, f"{message.question[0].name} A 192.0.2.1")


def copy(source: socket.socket, target: socket.socket) -> None:
    while part := source.recv(4096):
        target.sendall(part)
    target.shutdown(socket.SHUT_WR)


def carry(client: socket.socket) -> None:
    """Be the proxy of one connection to an IPv4 address (RFC 1928)."""
    with client:
        client.recv(16)
        client.sendall(b"\x05\x00")
        asked = client.recv(64)
        host, port = socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:10], "big")
        with socket.create_connection((host, port)) as server:
            client.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
            sender = threading.Thread(target=copy, args=(client, server))
            sender.start()
            copy(server, client)
            sender.join()


@contextmanager
def proxy() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=carry, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_no_datagram_is_sent_and_answers_are_the_same() -> None:
    with NameServer(good) as server, proxy() as way:
        tunnel = Tunnel([server.address], FAST, way)
        found = resolve(tunnel, [*(Question(f"d{n}.test", A) for n in range(30)), Question("a..b", A)])
        tunnel.close()
    assert [one.outcome for one in found] == ["ok"] * 30 + ["not-attempted"]
    assert str(found[7].records[0].owner) == "d7.test."
    assert {over_tcp for _, _, over_tcp in server.asked} == {True}


def test_without_the_proxy_nothing_is_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        way: Server = free.getsockname()
    with NameServer(good) as server:
        tunnel = Tunnel([server.address], FAST, way)
        (one,) = resolve(tunnel, [Question("a.test", A)])
        tunnel.close()
    assert one.outcome == "not-attempted"
    assert server.asked == []
