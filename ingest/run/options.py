"""What was asked of a run; kept in its ledger, so that a resumed run looks the same way."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from sousveil.ingest.net import NEUTRAL, Policy, PolicyError, Rate, Rates
from sousveil.ingest.net.dns import parse_server, system_resolvers
from sousveil.ingest.net.ports import Server

PROTOCOLS = ("dns", "tls", "http", "rdap", "smtp")
DEFAULT = ("dns", "tls", "http", "rdap")
OWN_RATE = 500.0  # questions a second to a resolver of our own network
BURST = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to look; texts as they were given. `rate` is questions a second and resolver."""

    resolvers: tuple[str, ...] = ()
    protocols: tuple[str, ...] = DEFAULT
    contact: str | None = None
    neutral: bool = False
    proxy: str | None = None
    allow: tuple[str, ...] = ()
    rate: float | None = None
    vantage: str = "not stated"

    @classmethod
    def parse(cls, text: str) -> Options:
        """Read what `text` wrote."""
        data: dict[str, Any] = json.loads(text)
        for name in ("resolvers", "protocols", "allow"):
            data[name] = tuple(data[name])
        return cls(**data)

    def text(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    def servers(self) -> list[Server]:
        """Return the resolvers to ask; without any named, those of this machine."""
        return [parse_server(one) for one in self.resolvers] or system_resolvers()

    def rate_of(self, servers: list[Server]) -> float:
        """Return the questions a second to each resolver; public ones throttle at about 100."""
        if self.rate is not None:
            return self.rate
        own = all(not ipaddress.ip_address(address).is_global for address, _ in servers)
        return OWN_RATE if own else Rates().resolver.per_second

    def policy(self, workers: int = 1) -> Policy:
        """Make the policy of one of so many workers: each has its share of every rate."""
        per_second = self.rate_of(self.servers())
        rates = Rates(resolver=Rate(per_second, BURST))
        return Policy(
            contact=self.contact,
            agent=NEUTRAL if self.neutral else None,
            allow=tuple(_network(text) for text in self.allow),
            proxy=self.proxy,
            smtp="smtp" in self.protocols,
            http="http" in self.protocols,
            rates=Rates(
                network=_share(rates.network, workers),
                resolver=_share(rates.resolver, workers),
                registry=_share(rates.registry, workers),
            ),
        )

    def checked(self) -> Options:
        """Return these with the resolvers named; a PolicyError or ResolverError says what is wrong."""
        if self.proxy and not self.resolvers:
            raise PolicyError(
                f"proxy {self.proxy}: this machine's resolver is not reached through it, and names would "
                "betray you; name a public one with --resolver"
            )
        named = tuple(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers()
        )
        made = replace(self, resolvers=named)
        _ = made.policy().proxy_address
        return made


def _share(rate: Rate, workers: int) -> Rate:
    return Rate(rate.per_second / workers, max(1.0, rate.burst / workers))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise PolicyError(f"network {text}: {error}; write 192.0.2.0/24") from error
