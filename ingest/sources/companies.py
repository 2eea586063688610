"""Companies of the user's own, from a CSV file.

`name` is required. `id` ties a row to a company of the catalogue or of a list; so does one of `identifiers`
(`lei:…`, separated by semicolons) that the catalogue has. A name alone never does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Base, Company, Evidence, Extract, Fact, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.schema import vocabulary

NAME = "user:companies"
OPTIONAL = ("id", "aliases", "country", "country_basis", "identifiers", "source_url", "dated")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
IDENTIFIER = re.compile(r"[a-z][a-z0-9]*:\S+")
COUNTRY = re.compile(r"[A-Z]{2}")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the file; a row is known from its own `dated`, else from `--dated`."""
    entries = [_entry(row, document.dated, catalogue) for row in document.rows(("name",), optional=OPTIONAL)]
    if not entries:
        raise SourceError(f"{document.name}, line 1: no rows below the header")
    _unique(document, entries)
    dated = document.dated or max(entry.dated for entry in entries)
    extract = Extract(source=NAME, dated=dated, rows=len(entries))
    namesakes = {name: company.id for company in catalogue.companies.values() for name in (company.name,)}
    for entry in entries:
        if namesakes.get(entry.name, entry.id) != entry.id:
            extract.notes.append(
                f"line {entry.line}: the catalogue has a company {entry.name!r}; "
                f"if it is the same, write {namesakes[entry.name]} into the column id"
            )
        extract.facts.extend(_facts(entry))
    return extract


SOURCE = Source(
    name="companies",
    title="Your own companies: name, and optionally id, aliases, country, identifiers, source_url, dated",
    publisher="the user",
    licence="the user's own",
    url=None,
    rows=(1, 1_000_000),
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row."""

    line: int
    digest: str
    id: str
    name: str
    aliases: tuple[str, ...]
    identifiers: tuple[str, ...]
    country: str | None
    country_basis: str | None
    url: str | None
    dated: date


def own_id(name: str) -> str:
    """Return the id of a company that the user names and nobody else: a hash of the name as written."""
    return f"user-{digest(name)[:12]}"


def dated_of(row: Row, stated: date | None) -> date:
    """Pop `dated`; a blank one takes the date stated for the whole file."""
    window = row.window("dated")
    if window:
        return window.latest
    if stated is None:
        raise row.error("no date; state the version with --dated YYYY-MM-DD, or fill a column `dated`")
    return stated


def url_of(row: Row) -> str | None:
    """Pop `source_url`, which must be an http or https address."""
    url = row.take("source_url")
    if url and not re.fullmatch(r"https?://[^\s\"<>]+", url):
        raise row.error(f"source_url {url!r} is no http or https address")
    return url


def _entry(row: Row, stated: date | None, catalogue: Catalogue) -> _Entry:
    name = row.required("name")
    identifiers = _parts(row, "identifiers")
    for identifier in identifiers:
        if not IDENTIFIER.fullmatch(identifier):
            raise row.error(f"identifier {identifier!r}: write scheme:value, as in lei:5493…")
    country, basis = _country(row)
    entry = _Entry(
        line=row.line,
        digest=row.digest,
        id=_id(row, name, identifiers, catalogue),
        name=name,
        aliases=_parts(row, "aliases"),
        identifiers=identifiers,
        country=country,
        country_basis=basis,
        url=url_of(row),
        dated=dated_of(row, stated),
    )
    row.finish()
    return entry


def _id(row: Row, name: str, identifiers: Iterable[str], catalogue: Catalogue) -> str:
    """Return the id written, else that of the one catalogue company with an identifier of the row."""
    stated = row.take("id")
    if stated and not ID.fullmatch(stated):
        raise row.error(f"id {stated!r}: write lower-case letters, digits and hyphens")
    wanted = set(identifiers)
    known = {company.id for company in catalogue.companies.values() if wanted & {*company.identifiers}}
    if len(known | ({stated} if stated else set())) > 1:
        ids = ", ".join(sorted(known | ({stated} if stated else set())))
        raise row.error(f"id and identifiers name several companies: {ids}")
    return stated or (known.pop() if known else own_id(name))


def _parts(row: Row, column: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in (row.take(column) or "").split(";") if part.strip())


def _country(row: Row) -> tuple[str | None, str | None]:
    country, basis = row.take("country"), row.take("country_basis")
    if country and not COUNTRY.fullmatch(country):
        raise row.error(f"country {country!r} is no ISO 3166-1 code of two capitals")
    if bool(country) != bool(basis):
        raise row.error("country and country_basis go together: where, and in which sense")
    if basis and basis not in vocabulary("based_basis"):
        raise row.error(f"country_basis {basis!r} is none of {', '.join(vocabulary('based_basis'))}")
    return country, basis


def _unique(document: Document, entries: Iterable[_Entry]) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        if seen.setdefault(entry.id, entry.line) != entry.line:
            raise SourceError(
                f"{document.name}, line {entry.line}: {entry.name!r} is the company {entry.id} of line "
                f"{seen[entry.id]}; write one row, or another id"
            )


def _facts(entry: _Entry) -> Iterator[Fact]:
    evidence = digest("row", NAME, entry.digest)
    yield Evidence(
        id=evidence,
        kind="row",
        source=NAME,
        url=entry.url,
        digest=entry.digest,
        locator=f"line {entry.line}",
    )
    yield Company(
        id=entry.id,
        name=entry.name,
        names=tuple(sorted({entry.name, *entry.aliases})),
        identifiers=entry.identifiers,
        rank=2,
    )
    if entry.country and entry.country_basis:
        yield Base(
            source=NAME,
            company=entry.id,
            country=entry.country,
            basis=entry.country_basis,
            known_from=entry.dated,
            evidence=(evidence,),
        )
