"""What the collectors may do: identity, limits, rates, networks, switches. Values only."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from urllib.parse import urlsplit

from sousveil.schema.errors import SousveilError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What the most common browser sent in 2025; for whoever must not be recognised.
NEUTRAL = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)
PROXY_PORT = 1080
BOOTSTRAP = "https://data.iana.org/rdap/dns.json"


class PolicyError(SousveilError):
    """An option cannot be followed; the message says which and what to write."""


@cache
def _version() -> str:
    """Read our version from the metadata on disk, once: that costs more than a handshake."""
    return version("sousveil")


@dataclass(frozen=True, slots=True)
class Rate:
    """How often: `per_second` in the long run, `burst` at once."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for each phase, bytes for each part.

    `exchange` bounds one question with its answer, `target` the seconds spent on the network for one target,
    without the waiting for a rate. `body` counts bytes on the wire, `unpacked` after gzip and its like.
    """

    connect: float = 10.0
    handshake: float = 10.0
    first_byte: float = 20.0
    read: float = 10.0
    exchange: float = 45.0
    target: float = 300.0
    headers: int = 256 * 1024
    body: int = 4 * 1024 * 1024
    unpacked: int = 16 * 1024 * 1024
    robots: int = 500 * 1024  # RFC 9309, 2.5
    declaration: int = 64 * 1024
    registry: int = 2 * 1024 * 1024
    redirects: int = 10
    retries: int = 1
    backoff: float = 1.0  # seconds before the first retry; doubles
    longest_pause: float = 120.0  # the most of a Retry-After that is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Token buckets: one for each target network (/24, /48), resolver and registry."""

    network: Rate = Rate(4.0, 8.0)
    resolver: Rate = Rate(50.0, 20.0)  # public ones throttle at about 100 a second and address
    registry: Rate = Rate(4 / 60, 2.0)  # ipwhois users were blocked at 6 a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How we look.

    `agent` replaces the identified User-Agent (NEUTRAL says nothing of us). `allow` names networks that the
    guard would refuse. `proxy` is a SOCKS5 server, socks5h://ADDRESS[:PORT]: every connection then goes
    through it, and no name is looked up but through it. `trust` is a PEM file of certificate authorities.
    `rdap` replaces registries' addresses: (prefix of a URL, what to ask instead). `http` and `smtp` switch
    these collectors.
    """

    contact: str | None = None
    agent: str | None = None
    allow: tuple[Network, ...] = ()
    limits: Limits = field(default_factory=Limits)
    rates: Rates = field(default_factory=Rates)
    proxy: str | None = None
    trust: str | None = None
    bootstrap: str = BOOTSTRAP
    rdap: tuple[tuple[str, str], ...] = ()
    http: bool = True
    smtp: bool = False
    ports: tuple[tuple[str, int], ...] = (("http", 80), ("https", 443), ("smtp", 25))

    @property
    def user_agent(self) -> str:
        """Say what looks, and whom to ask where a contact was given."""
        if self.agent is not None:
            return self.agent
        contact = f"; {self.contact}" if self.contact else ""
        return f"sousveil/{_version()} (looks at one page, once{contact})"

    @property
    def proxy_address(self) -> tuple[str, int] | None:
        """Take the proxy apart; its host is an address, so that finding it asks no resolver either."""
        if self.proxy is None:
            return None
        parts = urlsplit(self.proxy)
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        try:
            address, port = str(ipaddress.ip_address(host)), parts.port or PROXY_PORT
        except ValueError as error:
            raise PolicyError(f"proxy {self.proxy}: {error}; write socks5h://127.0.0.1:9050") from error
        if parts.scheme != "socks5h":
            raise PolicyError(f"proxy {self.proxy}: write socks5h://, so that names are resolved through it")
        return address, port

    def port(self, scheme: str) -> int:
        """Return the port of http, https or smtp; only tests have others than the usual ones."""
        return dict(self.ports)[scheme]
