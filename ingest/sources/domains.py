"""Domains of the user's own, from a CSV file: a domain, and the company that it belongs to.

`company` is an id (of the catalogue, of a list, or of the user's companies file) or a name, exactly as the
catalogue or a reviewed line of it writes it. Any other name is the company of that name in the user's
companies file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Ownership, Period, Ref, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.companies import ID, dated_of, own_id, url_of
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.ingest.sources.hosts import host_name
from sousveil.schema import vocabulary

NAME = "user:domains"
COLUMNS = ("domain", "company")
OPTIONAL = ("scope", "basis", "from", "until", "source_url", "dated")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the file; a row is known from its own `dated`, else from `--dated`."""
    names = _names(catalogue)
    rows = list(document.rows(COLUMNS, optional=OPTIONAL))
    if not rows:
        raise SourceError(f"{document.name}, line 1: no rows below the header")
    entries = [_entry(row, document.dated, names, catalogue) for row in rows]
    _unique(document, entries)
    dated = document.dated or max(entry.dated for entry in entries)
    extract = Extract(source=NAME, dated=dated, rows=len(entries))
    for entry in entries:
        if entry.owner not in catalogue.companies:
            extract.notes.append(
                f"line {entry.line}: {entry.company!r} is no company of the catalogue; "
                f"it stands as {entry.owner}, to be described by a companies file"
            )
        extract.facts.extend(_facts(entry, named=entry.owner == own_id(entry.company)))
    return extract


SOURCE = Source(
    name="domains",
    title="Your own domains: domain, company, and optionally scope, basis, from, until, source_url, dated",
    publisher="the user",
    licence="the user's own",
    url=None,
    rows=(1, 10_000_000),
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row; `company` as written, `owner` its id."""

    line: int
    digest: str
    domain: str
    company: str
    owner: str
    scope: str
    basis: str
    period: Period
    url: str | None
    dated: date


def _names(catalogue: Catalogue) -> dict[str, set[str]]:
    """Return the companies that the catalogue, or a reviewed line of it, calls exactly so."""
    found: dict[str, set[str]] = {}
    for company in catalogue.companies.values():
        listed = [name for listing in company.listings for name in listing.named]
        for name in (company.name, *listed, *(vendor.named for vendor in company.vendors)):
            found.setdefault(name, set()).add(company.id)
    return found


def _entry(row: Row, stated: date | None, names: Mapping[str, set[str]], catalogue: Catalogue) -> _Entry:
    company = row.required("company")
    entry = _Entry(
        line=row.line,
        digest=row.digest,
        domain=_domain(row),
        company=company,
        owner=_owner(row, company, names, catalogue),
        scope=_word(row, "scope", "scope", "corporate"),
        basis=_word(row, "basis", "owning_basis", "reported"),
        period=_period(row),
        url=url_of(row),
        dated=dated_of(row, stated),
    )
    row.finish()
    return entry


def _domain(row: Row) -> str:
    try:
        return host_name(row.required("domain"))
    except ValueError as error:
        raise row.error(f"domain: {error}") from error


def _owner(row: Row, company: str, names: Mapping[str, set[str]], catalogue: Catalogue) -> str:
    if company in catalogue.companies:
        return company
    named = names.get(company, set())
    if len(named) > 1:
        raise row.error(
            f"{company!r} is the name of several companies: write one of {', '.join(sorted(named))}"
        )
    if named:
        return next(iter(named))
    return company if ID.fullmatch(company) else own_id(company)


def _word(row: Row, column: str, words: str, default: str) -> str:
    value = row.take(column) or default
    if value not in vocabulary(words):
        raise row.error(f"{column} {value!r} is none of {', '.join(vocabulary(words))}")
    return value


def _period(row: Row) -> Period:
    start, end = row.window("from"), row.window("until")
    if start and end and end.latest < start.earliest:
        raise row.error(f"until {end.latest} is before from {start.earliest}")
    return Period.of(start, end)


def _unique(document: Document, entries: list[_Entry]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for entry in entries:
        key = (entry.domain, entry.owner, entry.scope, entry.period.start)
        if seen.setdefault(key, entry.line) != entry.line:
            raise SourceError(
                f"{document.name}, line {entry.line}: {entry.domain} of {entry.company!r} stands on line "
                f"{seen[key]} already; write one row"
            )


def _facts(entry: _Entry, *, named: bool) -> Iterator[Fact]:
    evidence = digest("row", NAME, entry.digest)
    yield Evidence(
        id=evidence,
        kind="row",
        source=NAME,
        url=entry.url,
        digest=entry.digest,
        locator=f"line {entry.line}",
    )
    if named:
        yield Company(id=entry.owner, name=entry.company, names=(entry.company,), rank=2)
    yield Ownership(
        source=NAME,
        owned=Ref("Domain", entry.domain),
        owner=entry.owner,
        basis=entry.basis,
        control="yes",
        scope=entry.scope,
        period=entry.period,
        known_from=entry.dated,
        evidence=(evidence,),
    )
