"""The MISP galaxy of surveillance vendors: who sells surveillance, with their official addresses.

An address states whose domain it is only when it names a whole host that nobody else claims. Where it has a
path, or the host is shared, is a platform, or is another company's by the catalogue, the domain is only
mentioned: Endeca is a page of Oracle's site, and Oracle is not Endeca.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Mention, Ownership, Ref, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.ingest.sources.hosts import host_name
from sousveil.schema.dates import parse_window

NAME = "misp-surveillance-vendors"
URL = "https://raw.githubusercontent.com/MISP/misp-galaxy/main/clusters/surveillance-vendor.json"
TYPE = "surveillance-vendor"
DATE_IN_NAME = re.compile(r"(?<!\d)(?:19|20)\d{2}-\d{2}(?:-\d{2})?(?!\d)")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PORTS = (None, 80, 443)


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the galaxy; it carries no date, so `--dated` or a month in the file's name says its version."""
    extract = Extract(source=NAME, dated=document.dated or _month(document))
    vendors = _vendors(document, catalogue)
    extract.rows = len(vendors)
    claimants = _claimants(vendors)
    catalogued = _catalogued(catalogue)
    for vendor in vendors:
        extract.facts.extend(_company(vendor))
        for host, objection in _addresses(vendor, extract.notes):
            reason = objection or _objection(host, vendor, claimants, catalogued)
            if reason:
                extract.notes.append(f"{vendor.name}: {host} is mentioned, not owned: {reason}")
            extract.facts.append(_domain(vendor, host, extract.dated, owned=reason is None))
    silent = sum(not vendor.addresses for vendor in vendors)
    extract.notes.append(f"{silent} of {len(vendors)} vendors have no official address")
    return extract


SOURCE = Source(
    name="misp",
    title="MISP galaxy: surveillance vendors",
    publisher="MISP Project",
    licence="CC0-1.0 or BSD-2-Clause",
    url=URL,
    rows=(500, 20_000),
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendor:
    """One value of the galaxy; `company` is its reviewed company, else one of its own."""

    company: str
    name: str
    names: tuple[str, ...]
    uuid: str
    addresses: tuple[str, ...]
    digest: str

    @property
    def evidence(self) -> str:
        return digest("row", NAME, self.digest)


@dataclass(slots=True)
class _Block:
    """A JSON object: each key is popped, and `finish` complains about the rest."""

    where: str
    data: dict[str, object]

    @classmethod
    def of(cls, where: str, value: object) -> _Block:
        if not isinstance(value, dict):
            raise SourceError(f"{where}: must be an object, as the galaxy has it")
        return cls(where, dict(value))

    def text(self, key: str) -> str:
        return _text(self.where, key, self.data.pop(key, None))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(_text(self.where, key, item) for item in self.items(key, ()))

    def items(self, key: str, default: object = None) -> Iterable[object]:
        value = self.data.pop(key, default)
        if not isinstance(value, list | tuple):
            raise SourceError(f"{self.where}: {key} must be a list")
        return value

    def ignore(self, *keys: str) -> None:
        for key in keys:
            self.data.pop(key, None)

    def finish(self) -> None:
        if self.data:
            raise SourceError(
                f"{self.where}: keys nobody reads: {', '.join(map(repr, self.data))}; nothing was read. "
                "If the publisher changed the layout, misp.py must learn it first"
            )


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SourceError(f"{where}: {key} must be a text that is not blank")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise SourceError(f"{where}: {key} holds half a character (a lone surrogate)")
    return value.strip()


def _month(document: Document) -> date:
    """Return the last day of the month, or the day, that the file's name states."""
    match = DATE_IN_NAME.search(document.name)
    try:
        return parse_window(match[0] if match else "").latest
    except ValueError:
        raise SourceError(
            f"{document.name}: the galaxy carries no date; state its version with --dated YYYY-MM-DD"
        ) from None


def _vendors(document: Document, catalogue: Catalogue) -> list[_Vendor]:
    top = _Block.of(f"{document.name}, line 1", document.json())
    if (kind := top.text("type")) != TYPE:
        raise SourceError(f"{top.where}: this is the galaxy {kind!r}, not {TYPE!r}")
    values = list(top.items("values"))
    top.ignore("authors", "category", "description", "name", "source", "uuid", "version")
    top.finish()
    text = document.text()
    vendors = [_vendor(f"{document.name}, {_place(text, value)}", value, catalogue) for value in values]
    _unique(document, vendors)
    return vendors


def _place(text: str, value: object) -> str:
    """Say on which line a value is, by its uuid or name."""
    known = value if isinstance(value, dict) else {}
    for key in ("uuid", "value"):
        at = text.find(json.dumps(known.get(key), ensure_ascii=False))
        if key in known and at >= 0:
            return f"line {text.count(chr(10), 0, at) + 1}"
    return f"line 1, {json.dumps(value)[:60]}"


def _vendor(where: str, value: object, catalogue: Catalogue) -> _Vendor:
    block = _Block.of(where, value)
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    name, uuid = block.text("value"), block.text("uuid")
    if not UUID.fullmatch(uuid):
        raise SourceError(f"{where}: uuid {uuid!r} is none")
    meta = _Block.of(where, block.data.pop("meta", {}))
    names = (name, *meta.texts("synonyms"))
    addresses = meta.texts("official-refs")
    meta.ignore("refs", "products")  # what others wrote about it, and what it sells
    meta.finish()
    block.ignore("description", "related")  # prose, and ties that the galaxy itself only calls likely
    block.finish()
    return _Vendor(
        company=catalogue.vendor(NAME, name) or f"misp-{uuid[:12]}",
        name=name,
        names=tuple(sorted(set(names))),
        uuid=uuid,
        addresses=addresses,
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _unique(document: Document, vendors: Iterable[_Vendor]) -> None:
    seen: set[str] = set()
    for vendor in vendors:
        for key in (vendor.uuid[:12], vendor.name):
            if key in seen:
                at = document.text().rfind(key)
                line = document.text().count("\n", 0, max(at, 0)) + 1
                raise SourceError(
                    f"{document.name}, line {line}: {vendor.name!r} has the name or uuid of another vendor; "
                    "fetch the file again"
                )
            seen.add(key)


def _host(address: str) -> tuple[str, str | None]:
    """Return the host of an address and why it may not be the vendor's; ValueError where it is no address."""
    if re.search(r"\s", address):
        raise ValueError("white space in an address")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("no plain http or https address")
    host = parts.hostname
    if host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    objection = None
    if parts.path not in ("", "/"):
        objection = "the address has a path"
    elif parts.query or parts.fragment:
        objection = "the address has a query or a fragment"
    elif parts.port not in PORTS:
        objection = "the address has a port"
    return host_name(host), objection


def _addresses(vendor: _Vendor, notes: list[str]) -> list[tuple[str, str | None]]:
    """Return each host of a vendor once; an address of the bare host wins over one with a path."""
    found: dict[str, str | None] = {}
    for address in vendor.addresses:
        try:
            host, objection = _host(address)
        except ValueError as error:
            notes.append(f"{vendor.name}: {address!r} is left out: {error}")
            continue
        if objection is None or host not in found:
            found[host] = objection
    return sorted(found.items())


def _claimants(vendors: Iterable[_Vendor]) -> dict[str, dict[str, str]]:
    """Return for each host the companies whose bare address it is, with the vendors' names."""
    found: dict[str, dict[str, str]] = {}
    for vendor in vendors:
        for host, objection in _addresses(vendor, []):
            if objection:
                continue  # an address with a path claims no host
            found.setdefault(host, {})[vendor.company] = vendor.name
    return found


def _catalogued(catalogue: Catalogue) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for company in catalogue.companies.values():
        for domain in company.domains:
            found.setdefault(domain.name, set()).add(company.id)
    return found


def _objection(
    host: str, vendor: _Vendor, claimants: Mapping[str, dict[str, str]], catalogued: Mapping[str, set[str]]
) -> str | None:
    """Say why a bare host may not be the vendor's; None where nothing speaks against it."""
    others = sorted(name for company, name in claimants[host].items() if company != vendor.company)
    if others:
        return f"shared with {', '.join(others)}"
    if _platform(host):
        return "many publish under this suffix"
    for name in _suffixes(host):
        owners = catalogued.get(name, set())
        if owners and vendor.company not in owners:
            return f"the catalogue has {name} as a domain of {', '.join(sorted(owners))}"
    return None


def _suffixes(host: str) -> Iterator[str]:
    """Yield the host and every name above it."""
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def _platform(host: str) -> bool:
    """Say whether the host is, or lies under, a suffix that a company lets others publish under."""
    everything, registries = _public_suffixes()
    return everything.privatesuffix(host) is None or everything.publicsuffix(host) != registries.publicsuffix(
        host
    )


@cache
def _public_suffixes() -> tuple[PublicSuffixList, PublicSuffixList]:
    return PublicSuffixList(), PublicSuffixList(only_icann=True)


def _company(vendor: _Vendor) -> Iterator[Fact]:
    yield Company(
        id=vendor.company,
        name=vendor.name,
        names=vendor.names,
        identifiers=(f"misp:{vendor.uuid}",),
        kind="company",
        rank=2,
    )
    yield Evidence(
        id=vendor.evidence,
        kind="row",
        source=NAME,
        url=URL,
        title=f"MISP galaxy, surveillance vendors: {vendor.name}",
        publisher="MISP Project",
        digest=vendor.digest,
        locator=vendor.uuid,
    )


def _domain(vendor: _Vendor, host: str, dated: date, *, owned: bool) -> Fact:
    subject = Ref("Domain", host)
    if not owned:
        return Mention(evidence=vendor.evidence, subject=subject, known_from=dated)
    return Ownership(
        source=NAME,
        owned=subject,
        owner=vendor.company,
        basis="reported",
        control="yes",
        scope="corporate",
        known_from=dated,
        evidence=(vendor.evidence,),
    )
