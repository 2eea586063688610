"""The registries: RDAP answers (RFC 9083) and IANA's bootstrap files (RFC 9224) for what the atlas declares.

An address is answered for by the registry that allocated it; another one redirects there, as they do. A
domain is answered for if its zone names a registrar.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from atlas import Atlas, Network, Registrar

ADDRESS = "100.64.43.1"  # every name of a registry leads here
BASES = {
    "arin": "https://rdap.arin.net/registry/",
    "ripencc": "https://rdap.db.ripe.net/",
    "apnic": "https://rdap.apnic.net/",
}
OWNERS = {"rdap.arin.net": "arin", "rdap.db.ripe.net": "ripencc", "rdap.ripe.net": "ripencc"} | {
    "rdap.apnic.net": "apnic"
}
VERISIGN, ANYBODY = "https://rdap.verisign.com/com/v1/", "https://rdap.nic.test/"
WITHOUT_RDAP = {"cn", "de"}  # as in the real bootstrap file
Answer = tuple[int, str, bytes]  # status, further header lines, body


def names(atlas: Atlas) -> list[str]:
    """List the registries' host names: all that lead to ADDRESS."""
    return sorted(
        name.rstrip(".")
        for (name, kind), values in atlas.records.items()
        if kind == "A" and ADDRESS in values
    )


def answer(atlas: Atlas, host: str, path: str) -> Answer:
    """Answer one request."""
    *_, kind, key = ["", "", *unquote(path).strip("/").split("/")]
    if host == "data.iana.org":
        return _json(_bootstrap(atlas).get(key))
    if kind == "ip":
        return _network(atlas, host, key)
    if kind == "domain":
        return _domain(atlas, key.lower())
    return _json(None)


def _json(data: Any) -> Answer:
    if data is None:
        error = {"errorCode": 404, "title": "Not found", "rdapConformance": ["rdap_level_0"]}
        return 404, "Content-Type: application/rdap+json\r\n", json.dumps(error).encode()
    return 200, "Content-Type: application/rdap+json\r\n", json.dumps(data).encode()


def _network(atlas: Atlas, host: str, key: str) -> Answer:
    found = _allocation(atlas.networks, key)
    if found is None:
        return _json(None)
    network, prefix = found
    if OWNERS.get(host) != network.registry:
        return 302, f"Location: {BASES[network.registry]}ip/{key}\r\n", b""
    return _json(_described(network, prefix))


def _allocation(networks: Iterable[Network], key: str) -> tuple[Network, ipaddress.IPv4Network | Any] | None:
    """Find the smallest allocation around an address or a prefix."""
    try:
        wanted: Any = ipaddress.ip_network(key, strict=False)
    except ValueError:
        return None
    around = [
        (network, prefix)
        for network in networks
        for prefix in map(ipaddress.ip_network, filter(None, (network.prefix, network.prefix6)))
        if prefix.version == wanted.version and wanted.subnet_of(prefix)
    ]
    return max(around, key=lambda pair: pair[1].prefixlen, default=None)


def _described(network: Network, prefix: Any) -> dict[str, Any]:
    handle = f"NET-{str(prefix.network_address).replace('.', '-').replace(':', '-')}-1"
    return {
        "rdapConformance": ["rdap_level_0", "cidr0"],
        "objectClassName": "ip network",
        "handle": handle,
        "startAddress": str(prefix.network_address),
        "endAddress": str(prefix.broadcast_address),
        "ipVersion": f"v{prefix.version}",
        "name": network.name,
        "type": "DIRECT ALLOCATION",
        "country": network.country,
        "cidr0_cidrs": [
            {f"v{prefix.version}prefix": str(prefix.network_address), "length": prefix.prefixlen}
        ],
        "status": ["active"],
        "events": [{"eventAction": "registration", "eventDate": "2010-01-01T00:00:00Z"}],
        "entities": [
            _entity("ORG-1", "registrant", network.organisation, kind="org"),
            _entity("PERSON-1", "technical", "Jane Q. Invented", kind="individual"),
        ],
        "port43": "whois.example",
        "links": [{"rel": "self", "href": f"{BASES[network.registry]}ip/{prefix.network_address}"}],
    }


def _entity(handle: str, role: str, name: str, *, kind: str, **more: Any) -> dict[str, Any]:
    card = [
        ["version", {}, "text", "4.0"],
        ["fn", {}, "text", name],
        ["kind", {}, "text", kind],
        ["email", {}, "text", "jane.invented@hosting.test"],
    ]
    return {
        "objectClassName": "entity",
        "handle": handle,
        "roles": [role],
        "vcardArray": ["vcard", card],
    } | more


def _domain(atlas: Atlas, name: str) -> Answer:
    zone = atlas.zones.get(name)
    if zone is None or zone.registrar is None:
        return _json(None)
    if zone.registrar == "throttled":
        return 429, "Retry-After: 3600\r\n", b"{}"
    if zone.registrar == "garbage":
        return 200, "Content-Type: application/rdap+json\r\n", b'{"objectClassName": "domain", "ldhNa'
    if zone.registrar == "nested":
        return 200, "Content-Type: application/rdap+json\r\n", b"[" * 100_000
    return _json(_registered(atlas.registrars[zone.registrar], name, zone.servers))


def _registered(registrar: Registrar, name: str, servers: Iterable[str]) -> dict[str, Any]:
    number = [{"type": "IANA Registrar ID", "identifier": str(registrar.iana_id)}]
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "domain",
        "handle": f"{name.upper()}-TEST",
        "ldhName": name,
        "status": ["client transfer prohibited"],
        "events": [
            {"eventAction": "registration", "eventDate": "2015-03-02T10:00:00Z"},
            {"eventAction": "expiration", "eventDate": "2035-03-02T10:00:00Z"},
            {"eventAction": "last update of RDAP database", "eventDate": "2026-11-01T00:00:00Z"},
        ],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": one.rstrip(".")} for one in servers],
        "secureDNS": {"delegationSigned": False},
        "entities": [
            _entity(str(registrar.iana_id), "registrar", registrar.name, kind="org", publicIds=number),
            _entity("REGISTRANT", "registrant", "Jane Q. Invented", kind="individual"),
        ],
    }


def _bootstrap(atlas: Atlas) -> dict[str, Any]:
    """Return IANA's files by name."""
    tlds = sorted({name.rpartition(".")[2] for name in atlas.zones} - {"com", "net"} - WITHOUT_RDAP)
    services = {"dns.json": [[["com", "net"], [VERISIGN]], [tlds, [ANYBODY]]]}
    for file, field in (("ipv4.json", "prefix"), ("ipv6.json", "prefix6")):
        services[file] = _services((one.registry, getattr(one, field)) for one in atlas.networks)
    services["asn.json"] = _services((one.registry, f"{one.asn}-{one.asn}") for one in atlas.networks)
    head = {"version": "1.0", "publication": "2026-11-01T00:00:00Z", "description": "made for tests"}
    return {file: head | {"services": rows} for file, rows in services.items()}


def _services(pairs: Iterable[tuple[str, str | None]]) -> list[list[list[str]]]:
    grouped: dict[str, set[str]] = {}
    for registry, key in pairs:
        if key:
            grouped.setdefault(registry, set()).add(key)
    return [[sorted(keys), [BASES[registry]]] for registry, keys in grouped.items()]


async def serve(atlas: Atlas, context: ssl.SSLContext) -> None:
    """Listen on ports 80 and 443."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ", 2)[1]
            lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line)
            status, more, body = answer(atlas, lines.get("host", ""), path)
            front = (
                f"HTTP/1.1 {status} Answer\r\n{more}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(front.encode() + body)
            await writer.drain()
        writer.close()

    await asyncio.start_server(handle, ADDRESS, 80)
    await asyncio.start_server(handle, ADDRESS, 443, ssl=context)
