"""Section 889 of the defence authorization act for 2019: five companies that the law itself names.

The file is in the layout of OpenSanctions' legislation lists and has no dates: the law is of 13 August 2018
(Public Law 115-232), and the file states nothing that the law did not say on that day. From when the ban
bites, a reviewed line of the catalogue says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Base, Company, Evidence, Extract, Fact, Listing, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.schema.dates import Window

NAME = "section-889"
LIST = "us-section-889"
ENACTED = date(2018, 8, 13)
COLUMNS = (
    "schema", "name", "aliases", "topics", "program", "authority", "reason", "report-date", "start-date",
    "end-date", "country", "notes", "source_url",
)  # fmt: skip
UNUSED = ("topics", "authority", "reason", "report-date", "notes")  # the law's page says these better
KINDS = {"Company": "company", "Organization": "untyped", "LegalEntity": "untyped"}
COUNTRY = re.compile(r"[A-Za-z]{2}")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the list; without another date its version is the day of the law."""
    entries = [_entry(row) for row in document.rows(COLUMNS)]
    _unique(document, entries)
    extract = Extract(source=NAME, dated=document.dated or ENACTED, rows=len(entries), watchlists=(LIST,))
    for entry in entries:
        extract.facts.extend(_facts(entry, extract.dated, catalogue))
    return extract


SOURCE = Source(
    name=NAME,
    title="Section 889 of the National Defense Authorization Act for Fiscal Year 2019",
    publisher="United States Congress; compiled by OpenSanctions",
    licence="MIT (OpenSanctions repository); the law is in the public domain",
    url="https://raw.githubusercontent.com/opensanctions/opensanctions/main/datasets/us/special_leg/data/section_889.csv",
    rows=(5, 1_000),
    lists={LIST: 5},
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row."""

    line: int
    digest: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    programme: str | None
    country: str | None
    start: Window | None
    end: Window | None
    url: str | None


def _entry(row: Row) -> _Entry:
    schema = row.required("schema")
    if schema not in KINDS:
        raise row.error(f"schema {schema!r} is new; say in section_889.py what becomes of it")
    start, end = row.window("start-date"), row.window("end-date")
    if start and end and end.latest < start.earliest:
        raise row.error(f"end-date {end.latest} is before start-date {start.earliest}")
    row.ignore(*UNUSED)
    entry = _Entry(
        line=row.line,
        digest=row.digest,
        kind=KINDS[schema],
        name=row.required("name"),
        aliases=tuple(part.strip() for part in (row.take("aliases") or "").split(";") if part.strip()),
        programme=row.take("program"),
        country=_country(row),
        start=start,
        end=end,
        url=row.take("source_url"),
    )
    row.finish()
    return entry


def _unique(document: Document, entries: Iterable[_Entry]) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        if seen.setdefault(entry.name, entry.line) != entry.line:
            raise SourceError(
                f"{document.name}, line {entry.line}: {entry.name!r} stands on line {seen[entry.name]} "
                "already; fetch the file again"
            )


def _facts(entry: _Entry, dated: date, catalogue: Catalogue) -> Iterator[Fact]:
    evidence = Evidence(
        id=digest("row", NAME, entry.digest),
        kind="row",
        source=NAME,
        url=entry.url or SOURCE.url,
        title=SOURCE.title,
        publisher="United States Congress",
        digest=entry.digest,
        locator=f"line {entry.line}",
    )
    yield evidence
    reviewed = dict(catalogue.listed(LIST, entry.name))
    for company in sorted(reviewed) or [f"{LIST}-{digest(entry.name)[:12]}"]:
        begun = reviewed[company].start if company in reviewed else None
        yield from _listed(entry, company, begun, evidence.id, dated)


def _listed(
    entry: _Entry, company: str, begun: Window | None, evidence: str, dated: date
) -> Iterator[Company | Listing | Base]:
    names = tuple(sorted({entry.name, *entry.aliases}))
    yield Company(id=company, name=entry.name, names=names, kind=entry.kind)
    yield Listing(
        source=NAME,
        company=company,
        watchlist=LIST,
        entry=entry.name,
        named=entry.name,
        programme=entry.programme,
        destination=entry.country,
        start=entry.start or begun,
        end=entry.end,
        evidence=(evidence,),
        known_from=dated,
    )
    if entry.country:
        yield Base(
            source=NAME,
            company=company,
            country=entry.country,
            basis="listed-address",
            known_from=dated,
            evidence=(evidence,),
        )


def _country(row: Row) -> str | None:
    text = row.take("country")
    if text is not None and not COUNTRY.fullmatch(text):
        raise row.error(f"country {text!r} is no ISO 3166-1 code of two letters")
    return text.upper() if text else None
