"""RDAP: to whom an address is allocated and who announces it, and at which registrar a domain is registered.

Addresses go through ipwhois, which asks Team Cymru's DNS zones for the system and the registry, and the
registry for the allocation; domains go through IANA's bootstrap file (RFC 9224). An address in an allocation
that was asked about in this run is not asked about again: the allocation's exchange holds its range.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.message
import dns.rdatatype
import ipwhois.exceptions
import ipwhois.net
from ipwhois.asn import IPASN
from ipwhois.rdap import RDAP

from sousveil.ingest.collect import Look
from sousveil.ingest.net import Net
from sousveil.ingest.net.registry import ask, parsed
from sousveil.ingest.records import Exchange

SYSTEM, ALLOCATION = "system", "allocation"
# What ipwhois raises on answers that are not as it expects them, its own errors aside.
UNEXPECTED = (ipwhois.exceptions.BaseIpwhoisException, LookupError, TypeError, ValueError, AttributeError)


def collect(look: Look, net: Net) -> Iterator[Exchange | Look]:
    """Ask about an address or a domain; whatever was asked is yielded, whatever came of it."""
    try:
        address = str(ipaddress.ip_address(look.subject))
    except ValueError:
        yield from _domain(look, net)
    else:
        yield from _address(look, net, address)


class Routed(ipwhois.net.Net):  # type: ignore[misc]  # ipwhois has no types
    """ipwhois' way to the world, led through ours: it decides what to ask, and reads the answers.

    `exchanges` gather what was asked. The other ways that ipwhois has (WHOIS, names of hosts) are not taken.
    """

    def __init__(self, look: Look, net: Net, address: str) -> None:
        super().__init__(address)
        self.through = net
        self.look = look
        self.exchanges: list[Exchange] = []

    def get_asn_dns(self) -> list[str]:
        """Ask which systems announce the address."""
        return self._texts(self.dns_zone)

    def get_asn_verbose_dns(self, asn: str | None = None) -> str:
        """Ask for the name of a system; where several announce the address, of the first."""
        return self._texts(f"{(asn or '').split()[0]}.asn.cymru.com.")[0]

    def get_http_json(self, url: str | None = None, **_: Any) -> dict[str, Any]:
        """Ask a registry."""
        visit = self.through.visit(self.look.target)
        for reply in ask(self.through, visit, url or ""):
            self.exchanges.append(reply.exchange(self.address_str, self.address_str, "rdap", "network"))
        data = parsed(reply)
        if data is None:
            raise ipwhois.exceptions.HTTPLookupError(f"{url}: {reply.outcome}")
        return data

    def _texts(self, name: str) -> list[str]:
        found = self.through.names.ask(self.look.target, name, "TXT")
        self.exchanges.append(replace(found, target=self.address_str, subject=self.address_str))
        try:
            answer = dns.message.from_wire(found.answered).answer if found.outcome == "ok" else []
        except dns.exception.DNSException:
            answer = []
        texts = [item.to_text() for one in answer if one.rdtype == dns.rdatatype.TXT for item in one]
        if not texts:
            raise ipwhois.exceptions.ASNLookupError(f"{name}: {found.outcome}")
        return texts


def _address(look: Look, net: Net, address: str) -> Iterator[Exchange]:
    if reason := net.refusal(address):
        yield _nothing(address, "network", "not-attempted", reason)
        return
    if net.known.covers(SYSTEM, address) and net.known.covers(ALLOCATION, address):
        return
    try:
        routed = Routed(look, net, address)
    except (*UNEXPECTED, dns.exception.DNSException) as error:
        yield _nothing(address, "network", "not-attempted", str(error))
        return
    system = _system(routed, net)
    yield from routed.exchanges
    routed.exchanges.clear()
    with net.known.lock(system.get("asn_registry") or ""):
        if not net.known.covers(ALLOCATION, address):
            _allocation(routed, net, system)
    yield from routed.exchanges


def _system(routed: Routed, net: Net) -> dict[str, Any]:
    """Ask who announces the address; nothing where nobody could say."""
    try:
        system: dict[str, Any] = IPASN(routed).lookup(asn_methods=["dns"], retry_count=0)
        prefix = ipaddress.ip_network(system["asn_cidr"])
    except UNEXPECTED:
        return {}
    net.known.keep(SYSTEM, str(prefix[0]), str(prefix[-1]), routed.address_str)
    return system


def _allocation(routed: Routed, net: Net, system: dict[str, Any]) -> None:
    """Ask to whom the address is allocated; without a registry's name at ARIN, which knows the others."""
    try:
        found = RDAP(routed).lookup(
            asn_data=system, bootstrap=not system, retry_count=0, depth=0, root_ent_check=False
        )
        network = found["network"]
        net.known.keep(ALLOCATION, network["start_address"], network["end_address"], routed.address_str)
    except UNEXPECTED:  # the exchange says what came
        return


def _domain(look: Look, net: Net) -> Iterator[Exchange]:
    exchanges: list[Exchange] = []
    with net.known.lock(net.policy.bootstrap):
        if net.known.services is None:
            net.known.services = _services(look, net, exchanges)
        services = net.known.services
    yield from exchanges
    name = look.subject
    if isinstance(services, str):
        yield _nothing(name, "domain", "not-attempted", services)
    elif (base := _base(name, services)) is None:
        yield _nothing(name, "domain", "not-attempted", "its registry has no RDAP service, says IANA")
    else:
        for reply in ask(net, net.visit(look.target), urljoin(base, f"domain/{name}")):
            yield reply.exchange(look.target, name, "rdap", "domain")


def _services(look: Look, net: Net, exchanges: list[Exchange]) -> dict[str, str] | str:
    """Ask IANA which service has which zones; what was asked goes to `exchanges`. A reason where it fails."""
    url = net.policy.bootstrap
    for reply in ask(net, net.visit(look.target), url):
        host = urlsplit(url).hostname or url
        exchanges.append(reply.exchange(host, host, "rdap", "bootstrap"))
    try:
        entries = (parsed(reply) or {})["services"]
        return {zone.lower(): _secure(bases) for zones, bases in entries for zone in zones}
    except (LookupError, TypeError, ValueError, AttributeError):
        return f"IANA's list of RDAP services did not come: {reply.outcome}"


def _secure(bases: list[str]) -> str:
    """Choose among the addresses of a service, with a slash at its end."""
    base = next((one for one in bases if one.startswith("https://")), bases[0])
    return base if base.endswith("/") else f"{base}/"


def _base(name: str, services: dict[str, str]) -> str | None:
    """Return the service of the longest zone that the name is in (RFC 9224, 4)."""
    labels = name.split(".")
    zones = (".".join(labels[at:]) for at in range(len(labels)))
    return next((services[zone] for zone in zones if zone in services), None)


def _nothing(subject: str, question: str, outcome: str, reason: str) -> Exchange:
    """Make the exchange of a question for which there is nobody to ask."""
    return Exchange(
        target=subject,
        subject=subject,
        protocol="rdap",
        question=question,
        uri=f"rdap:{question}/{subject}",
        time=datetime.now(UTC),
        outcome=outcome,
        notes=(("error", reason),),
    )
