"""What every test gets: no network beyond this machine, nobody's graph, a home of its own."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# tests/servers/stores.py: store, arcade, neo4j; tests/internet/miniature.py: internet
pytest_plugins = ["stores", "miniature"]

CONNECT = socket.socket.connect
CONNECT_EX = socket.socket.connect_ex
LOOK_UP = socket.getaddrinfo
NOBODYS = (
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "NEO4J_DATABASE",
    "NEO4J_BROWSER_URL",
    "SOUSVEIL_HOME",
)


class NetworkRefusedError(RuntimeError):
    """A test tried to leave this machine."""


def _stay(address: Any) -> None:
    """Raise unless the address is a path (AF_UNIX) or on loopback."""
    host = address[0] if isinstance(address, tuple) else None
    if host is not None and not is_loopback(host):
        raise NetworkRefusedError(f"tests stay on this machine; fake the outside: {address!r}")


def is_loopback(host: str | bytes) -> bool:
    """Say whether this host is on this machine; a name other than localhost is not."""
    text = host.decode() if isinstance(host, bytes) else host
    if text == "localhost":
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _connect(self: socket.socket, address: Any) -> None:
    _stay(address)
    CONNECT(self, address)


def _connect_ex(self: socket.socket, address: Any) -> int:
    _stay(address)
    return CONNECT_EX(self, address)


def _look_up(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:
    if host:
        _stay((host,))
    return LOOK_UP(host, *args, **kwargs)


def pytest_configure() -> None:
    """Close the network, and forget whose graph and home the shell that called us points at."""
    socket.socket.connect = _connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = _look_up
    for name in NOBODYS:
        os.environ.pop(name, None)


def pytest_unconfigure() -> None:
    """Open the network again, for whoever runs pytest inside something else."""
    socket.socket.connect = CONNECT  # type: ignore[method-assign]
    socket.socket.connect_ex = CONNECT_EX  # type: ignore[method-assign]
    socket.getaddrinfo = LOOK_UP


@pytest.fixture(scope="session", autouse=True)
def _no_home_of_a_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point SOUSVEIL_HOME away from the user's own for every test that does not ask for `home`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOUSVEIL_HOME", str(tmp_path_factory.mktemp("home-of-all-tests")))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty SOUSVEIL_HOME for this test alone."""
    path = tmp_path / "sousveil-home"
    monkeypatch.setenv("SOUSVEIL_HOME", str(path))
    return path
