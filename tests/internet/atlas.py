"""What there is in the miniature Internet: hosts/*.toml, networks.toml and issuers.toml, as records.

A file of `hosts/` is one pattern: the records of its zones, its sites and mail hosts, and the truth on them.
Several files may put records into one zone (a CDN's, say); one of them may say who serves it.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import dns.rdatatype
import dns.zonefile

HERE = Path(__file__).parent
TRAPS = ipaddress.ip_network("100.126.80.0/24")
HOSTILE = ipaddress.ip_network("100.126.0.0/16")  # served by Python: what real servers will not do
NAME_SERVERS = ("ns1.hosting.test.", "ns2.hosting.test.")  # of a zone that names none
LONGEST_CHAIN = 40  # CNAMEs


class AtlasError(Exception):
    """A file of this folder is wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone: `name` without its last dot, records as in a zone file, `servers` as absolute names.

    `delegation` is the parent's idea of the servers where it differs; `soa` is (MNAME, RNAME).
    """

    name: str
    records: str = ""
    servers: tuple[str, ...] = NAME_SERVERS
    delegation: tuple[str, ...] = ()
    soa: tuple[str, str] = ("ns1.hosting.test.", "hostmaster.hosting.test.")
    registrar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a host presents: `issuer` is a key of issuers.toml, `flaw` a function of authorities.py."""

    issuer: str = "lets-encrypt"
    names: tuple[str, ...] = ()
    organisation: str | None = None
    flaw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one path of a site answers; `redirect` is the Location of a 301, 302, …."""

    status: int = 200
    body: str = ""
    type: str = "text/html; charset=utf-8"
    redirect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A web site under some names, on the addresses where they lead; only port 80 without a certificate."""

    names: tuple[str, ...]
    certificate: Certificate | None = None
    plain: str = "redirect"  # what port 80 does beside a certificate: redirect, or the same as port 443
    protocols: str = "TLSv1.2 TLSv1.3"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    pages: dict[str, Page] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHost:
    """A machine that takes mail: its greeting, and its certificate if it knows STARTTLS."""

    names: tuple[str, ...]
    banner: str
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Who serves a host: `finding` is named, self, none or unknown; `providers` are ids of the catalogue.

    Beside self or unknown stand those who serve in another role: a mail gateway, a carrier, a hoster.
    `reason` says why it is unknown, or what an answer has to mention. `never` are providers that a careless
    reading would name. `issued_by_edge` belongs to certificates.
    """

    host: str
    service: str
    finding: str
    providers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    reason: str = ""
    never: tuple[str, ...] = ()
    issued_by_edge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What may come of a question about a host, in the words of schema/observations.toml."""

    host: str
    question: str
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A block of addresses: who announces it, to whom it is allocated; `source`: where the ASN stands."""

    prefix: str
    asn: int
    country: str
    name: str
    organisation: str
    source: str
    registry: str = "arin"
    prefix6: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Who registered a domain, as RDAP says it."""

    name: str
    iana_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One file of hosts/."""

    file: str
    about: str
    zones: tuple[Zone, ...]
    sites: tuple[Site, ...]
    mail: tuple[MailHost, ...]
    traps: tuple[str, ...]
    pointers: dict[str, str]
    truth: tuple[Truth, ...]
    outcomes: tuple[Outcome, ...]
    registrars: dict[str, Registrar]


@dataclass(frozen=True)
class Atlas:
    """Everything declared, with the zones put together."""

    patterns: tuple[Pattern, ...]
    networks: tuple[Network, ...]
    zones: dict[str, Zone]

    @property
    def sites(self) -> Iterator[Site]:
        return (site for pattern in self.patterns for site in pattern.sites)

    @property
    def mail(self) -> Iterator[MailHost]:
        return (host for pattern in self.patterns for host in pattern.mail)

    @property
    def traps(self) -> dict[str, str]:
        """Return the address of each behaviour of hostile_http.py."""
        names = (name for pattern in self.patterns for name in pattern.traps)
        return {name: str(TRAPS[number]) for number, name in enumerate(names, start=1)}

    @property
    def truth(self) -> tuple[Truth, ...]:
        return tuple(one for pattern in self.patterns for one in pattern.truth)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(one for pattern in self.patterns for one in pattern.outcomes)

    @cached_property
    def pointers(self) -> dict[str, str]:
        """Return the reverse names: address → name."""
        return {address: name for pattern in self.patterns for address, name in pattern.pointers.items()}

    @cached_property
    def registrars(self) -> dict[str, Registrar]:
        return {key: value for pattern in self.patterns for key, value in pattern.registrars.items()}

    @cached_property
    def records(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the values of every (name with its last dot, type) of our zones."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for zone in self.zones.values():
            rrsets = dns.zonefile.read_rrsets(zone.records, origin=f"{zone.name}.", default_ttl=60)
            for rrset in rrsets:
                key = (rrset.name.to_text().lower(), dns.rdatatype.to_text(rrset.rdtype))
                found[key] = found.get(key, ()) + tuple(data.to_text() for data in rrset)
        return found

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return where a name leads, over CNAMEs: IPv4 and IPv6 addresses; none is an AtlasError."""
        name = f"{host.rstrip('.').lower()}."
        for _ in range(LONGEST_CHAIN):
            if found := self._values(name, "A") + self._values(name, "AAAA"):
                return found
            if not (target := self._values(name, "CNAME")):
                break
            name = target[0].lower()
        raise AtlasError(f"{host} leads to no address; its zone needs an A, AAAA or CNAME record")

    def _values(self, name: str, kind: str) -> tuple[str, ...]:
        """Return what a name server would: the name's own records, else those of a wildcard beside it."""
        return self.records.get((name, kind)) or self.records.get((f"*.{name.partition('.')[2]}", kind), ())


def read(folder: Path = HERE) -> Atlas:
    """Read everything that is declared."""
    networks = tomllib.loads((folder / "networks.toml").read_text("utf-8"))["networks"]
    patterns = tuple(_pattern(path) for path in sorted((folder / "hosts").glob("*.toml")))
    atlas = Atlas(patterns, tuple(Network(**row) for row in networks), _joined(patterns))
    records = "\n".join(f"{name} A {address}" for name, address in atlas.traps.items())
    atlas.zones["hostile.test"] = Zone(name="hostile.test", records=records)
    return atlas


def _pattern(path: Path) -> Pattern:
    data = tomllib.loads(path.read_text("utf-8"))
    try:
        pattern = Pattern(
            file=path.name,
            about=data.pop("about"),
            zones=tuple(_zone(name, row) for name, row in data.pop("zones", {}).items()),
            sites=tuple(_site(row) for row in data.pop("sites", [])),
            mail=tuple(_mail(row) for row in data.pop("mail", [])),
            traps=tuple(name for names in data.get("traps", {}).values() for name in names),
            pointers=data.pop("pointers", {}),
            truth=tuple(Truth(**_frozen(row)) for row in data.pop("truth", [])),
            outcomes=(
                *(Outcome(**_frozen(row)) for row in data.pop("outcomes", [])),
                *_expected(data.pop("traps", {}), "hostile.test"),
                *_expected(data.pop("odd", {}), "odd.test"),
            ),
            registrars={key: Registrar(**row) for key, row in data.pop("registrars", {}).items()},
        )
    except (KeyError, TypeError) as error:
        raise AtlasError(f"{path}: {error}") from error
    if data:
        raise AtlasError(f"{path}: unknown {', '.join(sorted(data))}")
    return pattern


def _expected(table: dict[str, dict[str, list[str]]], zone: str) -> Iterator[Outcome]:
    """Read question → behaviour → outcomes: each behaviour is the name of a host of this zone."""
    for question, rows in table.items():
        for name, outcomes in rows.items():
            yield Outcome(host=f"{name}.{zone}", question=question, outcomes=tuple(outcomes))


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _zone(name: str, row: dict[str, Any]) -> Zone:
    return Zone(name=name, **_frozen(row))


def _certificate(value: str | dict[str, Any] | None, names: list[str]) -> Certificate | None:
    """Read `"digicert"`, or a table; it covers the names of the host unless it says which."""
    if value is None:
        return None
    row = {"issuer": value} if isinstance(value, str) else value
    return Certificate(**_frozen({"names": names} | row))


def _site(row: dict[str, Any]) -> Site:
    pages = {path: Page(**page) for path, page in row.pop("pages", {}).items()}
    front = {key: row.pop(key) for key in ("status", "body", "redirect") if key in row}
    certificate = _certificate(row.pop("certificate", None), row["names"])
    return Site(certificate=certificate, pages={"/": Page(**front)} | pages, **_frozen(row))


def _mail(row: dict[str, Any]) -> MailHost:
    certificate = _certificate(row.pop("certificate", None), row["names"])
    return MailHost(certificate=certificate, **_frozen(row))


def _joined(patterns: tuple[Pattern, ...]) -> dict[str, Zone]:
    """Put the records of each zone together; only one file may say who serves it."""
    zones: dict[str, Zone] = {}
    for pattern in patterns:
        for zone in pattern.zones:
            old = zones.get(zone.name, Zone(name=zone.name))
            bare = Zone(name=zone.name)
            told = [one for one in (old, zone) if replace(one, records="") != bare]
            if len(told) > 1:
                raise AtlasError(f"{pattern.file}: another file already says who serves {zone.name}")
            chosen = told[0] if told else bare
            zones[zone.name] = replace(chosen, records=f"{old.records}\n{zone.records}")
    return zones
