"""Zone files of the miniature Internet: a root of our own, the TLDs below it, and everybody's zones.

Three servers, because one that had both a TLD and the zones below it would never send anybody on.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.reversename
from atlas import HOSTILE, Atlas, Network, Zone

ROOT = ("100.64.0.10", "2001:db8:64::10")
REGISTRY = ("100.64.0.20", "2001:db8:64::20")
DAY = "2010-01-01"  # of every allocation
TTL = 60  # seconds


@dataclass(frozen=True, slots=True)
class NameServer:
    """One nsd: where it listens, and its zones as name → file."""

    name: str
    addresses: tuple[str, ...]
    files: dict[str, Path]


def write(atlas: Atlas, folder: Path) -> tuple[NameServer, ...]:
    """Write the zone files into `folder` and say who serves them."""
    zones = {**atlas.zones, "cymru.com": Zone(name="cymru.com", records="\n".join(_cymru(atlas.networks)))}
    tlds = sorted({name.rpartition(".")[2] for name in zones} - {"arpa"})
    hosted = {name: _text(zone) for name, zone in zones.items() if _ours(atlas, zone)}
    served = {address for zone in zones.values() for address in _served_at(atlas, zone.servers)}
    return (
        _server(folder, "root", ROOT, {".": _root([*tlds, "arpa"])}),
        _server(folder, "registry", REGISTRY, _registry(atlas, zones, tlds)),
        _server(folder, "hosting", tuple(sorted(served)), hosted),
    )


def hints() -> str:
    """Return the root hints for the resolver."""
    return f". {TTL} NS a.root-servers.net.\n{_glue('a.root-servers.net.', ROOT)}\n"


def _server(folder: Path, name: str, addresses: tuple[str, ...], texts: dict[str, str]) -> NameServer:
    place = folder / name
    place.mkdir(parents=True)
    files = {}
    for number, (zone, text) in enumerate(texts.items()):
        files[zone] = place / f"{number}.zone"
        files[zone].write_text(text, "utf-8")
    return NameServer(name, addresses, files)


def _ours(atlas: Atlas, zone: Zone) -> bool:
    """Say whether nsd serves this zone: the servers of some zones are all hostile, or not there at all."""
    return bool(_served_at(atlas, zone.servers))


def _served_at(atlas: Atlas, servers: Iterable[str]) -> list[str]:
    return [
        address
        for server in servers
        for address in _addresses(atlas, server)
        if ipaddress.ip_address(address) not in HOSTILE
    ]


def _addresses(atlas: Atlas, server: str) -> tuple[str, ...]:
    """Return the addresses of a name server; a lame delegation may name one that does not exist."""
    return atlas.records.get((server, "A"), ()) + atlas.records.get((server, "AAAA"), ())


def _head(origin: str, soa: tuple[str, str], servers: Iterable[str]) -> str:
    lines = [f"$ORIGIN {origin}", f"$TTL {TTL}", f"@ SOA {soa[0]} {soa[1]} 1 3600 600 86400 {TTL}"]
    return "\n".join([*lines, *(f"@ NS {server}" for server in servers), ""])


def _glue(name: str, addresses: Iterable[str]) -> str:
    return "\n".join(f"{name} {TTL} {'AAAA' if ':' in one else 'A'} {one}" for one in addresses)


def _text(zone: Zone) -> str:
    return _head(f"{zone.name}.", zone.soa, zone.servers) + zone.records + "\n"


def _root(tlds: Iterable[str]) -> str:
    lines = [_head(".", ("a.root-servers.net.", "nstld.example."), ["a.root-servers.net."])]
    lines.append(_glue("a.root-servers.net.", ROOT))
    for tld in tlds:
        names = (tld,) if tld != "arpa" else ("in-addr.arpa", "ip6.arpa")
        lines += [f"{name}. NS a.nic.{tld}." for name in names]
        lines.append(_glue(f"a.nic.{tld}.", REGISTRY))
    return "\n".join(lines) + "\n"


def _registry(atlas: Atlas, zones: dict[str, Zone], tlds: Iterable[str]) -> dict[str, str]:
    """Return the zones of the TLDs and of the reverse names."""
    texts = {tld: "\n".join(_delegations(atlas, zones, tld)) + "\n" for tld in tlds}
    for suffix in ("in-addr.arpa", "ip6.arpa"):
        texts[suffix] = "\n".join(_pointers(atlas, suffix)) + "\n"
    return texts


def _delegations(atlas: Atlas, zones: dict[str, Zone], tld: str) -> Iterator[str]:
    server = f"a.nic.{tld}."
    yield _head(f"{tld}.", (server, f"hostmaster.nic.{tld}."), [server])
    yield _glue(server, REGISTRY)
    needed = set()
    for zone in zones.values():
        if zone.name.rpartition(".")[2] == tld:
            servers = zone.delegation or zone.servers
            yield from (f"{zone.name}. NS {name}" for name in servers)
            needed |= {name for name in servers if name.endswith(f".{tld}.")}
    yield from (_glue(name, _addresses(atlas, name)) for name in sorted(needed))


def _pointers(atlas: Atlas, suffix: str) -> Iterator[str]:
    server = "a.nic.arpa."
    yield _head(f"{suffix}.", (server, "hostmaster.nic.arpa."), [server])
    for address, name in atlas.pointers.items():
        owner = dns.reversename.from_address(address).to_text()
        if owner.endswith(f".{suffix}."):
            yield f"{owner} PTR {name}."


def _cymru(networks: Iterable[Network]) -> Iterator[str]:
    """Yield what ipwhois asks Team Cymru for: the origin of an address, and the name of an AS."""
    for one in networks:
        for prefix in filter(None, (one.prefix, one.prefix6)):
            zone = "origin6" if ":" in prefix else "origin"
            value = f'TXT "{one.asn} | {prefix} | {one.country} | {one.registry} | {DAY}"'
            yield f"*.{_reversed(prefix)}.{zone}.asn {value}"
            yield f"*.{_reversed(prefix)}.peer.asn {value}"
    named = {one.asn: one for one in networks}
    for asn, one in named.items():
        yield f'AS{asn}.asn TXT "{asn} | {one.country} | {one.registry} | {DAY} | {one.name}, {one.country}"'


def _reversed(prefix: str) -> str:
    """Write the labels that addresses of a prefix share; it ends where a label does (8, 16, 24; nibbles)."""
    network = ipaddress.ip_network(prefix)
    width = 8 if network.version == 4 else 4
    labels = network.prefixlen // width
    if labels * width != network.prefixlen:
        raise ValueError(f"networks.toml: {prefix}: a wildcard needs a length divisible by {width}")
    return ".".join(network.network_address.reverse_pointer.split(".")[:-2][-labels:])
