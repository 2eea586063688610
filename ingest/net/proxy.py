"""Connections through a SOCKS5 proxy, to addresses only: what the proxy looks up, nobody can guard.

With a proxy no name is looked up here: DNS goes over TCP, through the proxy, to the resolver that was
named, and what it answers is what is connected to.
"""

from __future__ import annotations

import socket

import socks

from sousveil.ingest.net.wire import Ended, named

# RFC 1928, 6: what the proxy said of the other side. Anything else is between us and the proxy.
SAID = {
    0x03: ("unreachable", "the proxy finds no route to the network"),
    0x04: ("unreachable", "the proxy finds no route to the host"),
    0x05: ("refused", "nothing listens, says the proxy"),
    0x06: ("timeout", "no answer in time, says the proxy"),
}


def through(proxy: tuple[str, int], address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address by way of the proxy, or raise Ended."""
    connection: socket.socket = socks.socksocket(socket.AF_INET6 if ":" in proxy[0] else socket.AF_INET)
    connection.set_proxy(socks.SOCKS5, *proxy, rdns=True)  # type: ignore[attr-defined]
    connection.settimeout(seconds)
    try:
        connection.connect((address, port))
    except OSError as error:  # PySocks' own errors are OSErrors too
        connection.close()
        raise _named(error) from error
    return connection


def _named(error: OSError) -> Ended:
    inner = getattr(error, "socket_err", None) or error
    if isinstance(inner, socks.SOCKS5Error):
        code = int(str(inner).partition(":")[0], 16)  # its text begins so: `0x05: Connection refused`
        if code in SAID:
            return Ended(*SAID[code])
    ended = named(inner) if isinstance(inner, TimeoutError) else None
    return ended or Ended("not-attempted", f"the proxy: {error}")
