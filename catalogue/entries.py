"""What a file of the catalogue holds: one frozen record per kind of file and block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import rules
from sousveil.catalogue.rules import Rule
from sousveil.catalogue.table import Table
from sousveil.schema.dates import Window

DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*")
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact can be read."""

    key: str
    url: str
    title: str
    publisher: str
    date: Window | None
    quote: str | None
    archived: str | None


@dataclass(frozen=True, slots=True)
class Label:
    """How a data set writes a provider or a list; for one service only where one is named."""

    source: str
    text: str
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A company that operates or owns, over a period."""

    company: str
    basis: str
    control: str
    share: float | None
    start: Window | None
    end: Window | None
    verified: bool
    sources: tuple[Source, ...]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Based:
    """A country in which a company is based, in one sense of the word."""

    country: str
    basis: str
    start: Window | None
    end: Window | None
    verified: bool
    sources: tuple[Source, ...]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Entries of a list that are this company: the reviewed line, with the dates that hold."""

    list: str
    named: tuple[str, ...]
    start: Window | None
    end: Window | None
    published: Window | None
    citations: tuple[str, ...]
    verified: bool
    sources: tuple[Source, ...]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDomain:
    """A domain of a company."""

    name: str
    scope: str
    basis: str
    start: Window | None
    end: Window | None
    verified: bool
    sources: tuple[Source, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Vendor:
    """How a vendor list names this company."""

    source: str
    named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Names and identifiers that are another company's, however alike: a reviewed line too.

    `source` is a watchlist or publication that writes them so; None: wherever they stand.
    """

    source: str | None
    named: tuple[str, ...]
    why: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """A file of providers/."""

    id: str
    name: str
    aliases: tuple[str, ...]
    website: str | None
    services: tuple[str, ...]
    recorded: date
    brand_of: str | None
    labels: tuple[Label, ...]
    owners: tuple[Owner, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyEntry:
    """A file of companies/."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    identifiers: tuple[str, ...]
    recorded: date
    based_in: tuple[Based, ...]
    owners: tuple[Owner, ...]
    listings: tuple[Listed, ...]
    domains: tuple[OwnedDomain, ...]
    vendors: tuple[Vendor, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistEntry:
    """A file of watchlists/."""

    id: str
    name: str
    publisher: str
    country: str
    effect: str
    legal_effect: str
    url: str
    recorded: date
    labels: tuple[Label, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEntry:
    """What a publication says about who serves whom; without `provider` the label is unresolved."""

    provider: str | None
    label: str | None
    domain: str | None
    company: str | None
    named: str | None
    service: str
    basis: str
    scope: str
    seen: Window | None
    ended: Window | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Concerned:
    """A claim that a statement is about."""

    provider: str
    company: str | None
    domain: str | None
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """What somebody said about claims."""

    kind: str
    by: str
    date: Window
    text: str
    url: str
    outcome: str
    concerns: tuple[Concerned, ...]
    retracts: tuple[Concerned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattributed:
    """A claim that names no company: kept as evidence about the provider, never as an edge."""

    provider: str | None
    label: str | None
    service: str
    summary: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationEntry:
    """A file of publications/; `source` is the publication itself, `sources` are all that it names."""

    id: str
    source: Source
    kind: str
    licence: str | None
    recorded: date
    labels: tuple[str, ...]
    claims: tuple[ClaimEntry, ...]
    statements: tuple[StatementEntry, ...]
    unattributed: tuple[Unattributed, ...]
    sources: tuple[Source, ...]


Sources = dict[str, Source]


def read_publication(identifier: str, table: Table) -> PublicationEntry:
    """Read a file of publications/; its own id is a source of its claims."""
    own = Source(
        key=identifier,
        url=_url(table, "url"),
        title=table.required("title"),
        publisher=table.required("publisher"),
        date=table.window("date"),
        quote=None,
        archived=table.optional("archived"),
    )
    known = {identifier: own} | _sources(table)
    entry = PublicationEntry(
        id=identifier,
        source=own,
        kind=table.required("kind"),
        licence=table.optional("licence"),
        recorded=_recorded(table),
        labels=table.words("labels"),
        claims=tuple(_claim(item, known) for item in table.tables("claims")),
        statements=tuple(_statement(item) for item in table.tables("statements")),
        unattributed=tuple(_unattributed(item, known) for item in table.tables("unattributed")),
        sources=tuple(known.values()),
    )
    table.finish()
    return entry


def read_provider(identifier: str, table: Table, publications: Sources) -> ProviderEntry:
    """Read a file of providers/."""
    known = publications | _sources(table)
    entry = ProviderEntry(
        id=identifier,
        name=table.required("name"),
        aliases=table.words("aliases"),
        website=_url(table, "website") if "website" in table.data else None,
        services=table.words("services", "service"),
        recorded=_recorded(table),
        brand_of=table.optional("brand_of"),
        labels=tuple(_label(item) for item in table.tables("labels")),
        owners=tuple(_owner(item, known) for item in table.tables("owners")),
        rules=tuple(_rule(identifier, item, known) for item in table.tables("rules")),
    )
    table.finish()
    return entry


def read_company(identifier: str, table: Table, publications: Sources) -> CompanyEntry:
    """Read a file of companies/."""
    known = publications | _sources(table)
    entry = CompanyEntry(
        id=identifier,
        name=table.required("name"),
        aliases=table.words("aliases"),
        kind=table.word("kind", "company_kind"),
        identifiers=table.words("identifiers"),
        recorded=_recorded(table),
        based_in=tuple(_based(item, known) for item in table.tables("based_in")),
        owners=tuple(_owner(item, known) for item in table.tables("owners")),
        listings=tuple(_listed(item, known) for item in table.tables("listings")),
        domains=tuple(_domain(item, known) for item in table.tables("domains")),
        vendors=tuple(_vendor(item) for item in table.tables("vendors")),
        rejected=tuple(_rejected(item, known) for item in table.tables("rejected")),
    )
    table.finish()
    return entry


def read_watchlist(identifier: str, table: Table, publications: Sources) -> WatchlistEntry:
    """Read a file of watchlists/; its sources are publications."""
    entry = WatchlistEntry(
        id=identifier,
        name=table.required("name"),
        publisher=table.required("publisher"),
        country=_country(table),
        effect=table.word("effect", "effect"),
        legal_effect=table.required("legal_effect"),
        url=_url(table, "url"),
        recorded=_recorded(table),
        labels=tuple(_label(item) for item in table.tables("labels")),
        sources=_cited(table, publications),
    )
    table.finish()
    return entry


def _sources(table: Table) -> Sources:
    return {key: _source(key, item) for key, item in table.named_tables("sources")}


def _source(key: str, table: Table) -> Source:
    source = Source(
        key=key,
        url=_url(table, "url"),
        title=table.required("title"),
        publisher=table.required("publisher"),
        date=table.window("date"),
        quote=table.optional("quote"),
        archived=table.optional("archived"),
    )
    table.finish()
    return source


def _cited(table: Table, known: Sources) -> tuple[Source, ...]:
    keys = table.words("sources")
    if not keys:
        raise table.error("sources is missing: every fact names where it can be read")
    for key in keys:
        if key not in known:
            raise table.error(
                f"{key!r} is neither a [sources.{key}] of this file nor a publication", "sources"
            )
    return tuple(known[key] for key in keys)


def _owner(table: Table, known: Sources) -> Owner:
    owner = Owner(
        company=table.required("company"),
        basis=table.word("basis", "owning_basis"),
        control=table.word("control", "control"),
        share=table.number("share"),
        start=table.window("from"),
        end=table.window("until"),
        verified=table.flag("verified"),
        sources=_cited(table, known),
        note=table.optional("note"),
    )
    _ordered(table, owner.start, owner.end)
    table.finish()
    return owner


def _based(table: Table, known: Sources) -> Based:
    based = Based(
        country=_country(table),
        basis=table.word("basis", "based_basis"),
        start=table.window("from"),
        end=table.window("until"),
        verified=table.flag("verified"),
        sources=_cited(table, known),
        note=table.optional("note"),
    )
    _ordered(table, based.start, based.end)
    table.finish()
    return based


def _listed(table: Table, known: Sources) -> Listed:
    listed = Listed(
        list=table.required("list"),
        named=table.words("named"),
        start=table.window("from"),
        end=table.window("until"),
        published=table.window("from_published"),
        citations=table.words("citations"),
        verified=table.flag("verified"),
        sources=_cited(table, known),
        note=table.optional("note"),
    )
    if not listed.named:
        raise table.error("named is missing: the name exactly as the list writes it")
    _ordered(table, listed.start, listed.end)
    table.finish()
    return listed


def _domain(table: Table, known: Sources) -> OwnedDomain:
    domain = OwnedDomain(
        name=_domain_name(table, "name"),
        scope=table.word("scope", "scope"),
        basis=table.word("basis", "owning_basis"),
        start=table.window("from"),
        end=table.window("until"),
        verified=table.flag("verified"),
        sources=_cited(table, known),
        note=table.optional("note"),
    )
    _ordered(table, domain.start, domain.end)
    table.finish()
    return domain


def _vendor(table: Table) -> Vendor:
    vendor = Vendor(table.required("source"), table.required("named"))
    table.finish()
    return vendor


def _rejected(table: Table, known: Sources) -> Rejected:
    rejected = Rejected(
        source=table.optional("source"),
        named=table.words("named"),
        why=table.required("why"),
        sources=_cited(table, known),
    )
    if not rejected.named:
        raise table.error("named is missing: the names or identifiers that are another company's")
    table.finish()
    return rejected


def _label(table: Table) -> Label:
    service = table.word("service", "service") if "service" in table.data else None
    label = Label(table.required("source"), table.required("text"), service)
    table.finish()
    return label


def _rule(provider: str, table: Table, known: Sources) -> Rule:
    """Read one rule; a value that cannot fit and an example that it breaks are errors."""
    kind = table.required("kind")
    if kind not in rules.KINDS:
        raise table.error(f"kind is {kind!r}; one of {', '.join(sorted(rules.KINDS))}")
    rule = Rule(
        provider=provider,
        service=table.word("service", "service"),
        role=table.word("role", "role"),
        kind=kind,
        values=table.words("values"),
        matches=table.words("matches"),
        rejects=table.words("rejects"),
        sources=_cited(table, known),
        note=table.optional("note"),
    )
    for value in rule.values:
        if reason := rules.mistake(kind, value):
            raise table.error(f"value {value!r}: {reason}")
    for key in ("values", "matches", "rejects"):
        if not getattr(rule, key):
            raise table.error(f"{key} is missing: a rule has values, examples that fit, and look-alikes")
    for text in rule.matches:
        if not rule.fits(text):
            raise table.error(f"{text!r} must match, and does not")
    for text in rule.rejects:
        if rule.fits(text):
            raise table.error(f"{text!r} must not match, and does")
    table.finish()
    return rule


def _claim(table: Table, known: Sources) -> ClaimEntry:
    claim = ClaimEntry(
        provider=table.optional("provider"),
        label=table.optional("label"),
        domain=_domain_name(table, "domain") if "domain" in table.data else None,
        company=table.optional("company"),
        named=table.optional("named"),
        service=table.word("service", "service"),
        basis=table.word("basis", "serving_basis"),
        scope=table.word("scope", "scope"),
        seen=table.window("seen"),
        ended=table.window("ended"),
        sources=_cited(table, known) if "sources" in table.data else (),
    )
    if (claim.domain is None) == (claim.company is None):
        raise table.error("a claim names either a domain or a company")
    if claim.provider is None and claim.label is None:
        raise table.error("a claim names a provider, or the label that nobody could resolve")
    table.finish()
    return claim


def _statement(table: Table) -> StatementEntry:
    when = table.window("date")
    if when is None:
        raise table.error("date is missing")
    statement = StatementEntry(
        kind=table.word("kind", "statement_kind"),
        by=table.required("by"),
        date=when,
        text=table.required("text"),
        url=_url(table, "url"),
        outcome=table.word("outcome", "outcome"),
        concerns=_concerned(table, "concerns"),
        retracts=_concerned(table, "retracts"),
    )
    table.finish()
    return statement


def _concerned(table: Table, key: str) -> tuple[Concerned, ...]:
    items = table.take(key) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise table.error(f"{key} must be a list of {{ provider, company or domain, service }}", key)
    found = []
    for item in items:
        part = Table(table.file, table.text, dict(item), table.header, table.index)
        found.append(
            Concerned(
                provider=part.required("provider"),
                company=part.optional("company"),
                domain=part.optional("domain"),
                service=part.word("service", "service"),
            )
        )
        part.finish()
    return tuple(found)


def _unattributed(table: Table, known: Sources) -> Unattributed:
    item = Unattributed(
        provider=table.optional("provider"),
        label=table.optional("label"),
        service=table.word("service", "service"),
        summary=table.optional("summary"),
        sources=_cited(table, known),
    )
    table.finish()
    return item


def _recorded(table: Table) -> date:
    window = table.window("recorded")
    if window is None or not window.exact:
        raise table.error("recorded is missing: the day on which this was written down")
    return window.latest


def _url(table: Table, key: str) -> str:
    value = table.data.get(key)
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s\"<>]+", value):
        raise table.error(f"{key} must be an http or https address", key)
    return table.required(key)


def _country(table: Table) -> str:
    value = table.data.get("country")
    if not isinstance(value, str) or not COUNTRY.fullmatch(value):
        raise table.error("country must be an ISO 3166-1 code of two capitals", "country")
    return table.required("country")


def _domain_name(table: Table, key: str) -> str:
    value = table.data.get(key)
    if not isinstance(value, str) or not DOMAIN.fullmatch(value):
        raise table.error(f"{key} must be a domain name in lower case (xn-- form for others)", key)
    return table.required(key)


def _ordered(table: Table, start: Window | None, end: Window | None) -> None:
    if start and end and start.earliest > end.latest:
        raise table.error(f"until ({end.earliest}) is before from ({start.latest})", "until")
