"""Tests never leave this machine."""

import socket
from pathlib import Path

import pytest

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "example.org", "localhost.example.org", "127.evil.example"]
)
def test_connecting_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"), socket.socket() as client:
        client.connect((host, 80))
    with pytest.raises(RuntimeError, match="stay on this machine"), socket.socket() as client:
        client.connect_ex((host, 80))


def test_looking_up_a_name_is_refused() -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection(("example.org", 443))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_unix_sockets_are_open(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
