"""Section 889 of the defence authorization act for 2019: five companies that the law itself names.

The file is in the layout of OpenSanctions' legislation lists and has no dates: the law is of 13 August 2018
(Public Law 115-232), and the file states nothing that the law did not say on that day. From when the ban
bites, a reviewed line of the catalogue says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Base, Company, Evidence, Extract, Fact, Listing, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row

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
    rows = list(document.rows(COLUMNS))
    extract = Extract(source=NAME, dated=document.dated or ENACTED, rows=len(rows), watchlists=(LIST,))
    seen: dict[str, int] = {}
    for row in rows:
        extract.facts.extend(_facts(row, seen, extract.dated, catalogue))
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


def _facts(row: Row, seen: dict[str, int], dated: date, catalogue: Catalogue) -> Iterator[Fact]:
    kind = row.required("schema")
    if kind not in KINDS:
        raise row.error(f"schema {kind!r} is new; say in section_889.py what becomes of it")
    name = row.required("name")
    if seen.setdefault(name, row.line) != row.line:
        raise row.error(f"{name!r} stands on line {seen[name]} already; fetch the file again")
    aliases = [part.strip() for part in (row.take("aliases") or "").split(";") if part.strip()]
    country = _country(row)
    start, end = row.window("start-date"), row.window("end-date")
    if start and end and end.latest < start.earliest:
        raise row.error(f"end-date {end.latest} is before start-date {start.earliest}")
    programme, url = row.take("program"), row.take("source_url")
    row.ignore(*UNUSED)
    row.finish()
    evidence = Evidence(
        id=digest("row", NAME, row.digest),
        kind="row",
        source=NAME,
        url=url or SOURCE.url,
        title=SOURCE.title,
        publisher="United States Congress",
        digest=row.digest,
        locator=f"line {row.line}",
    )
    yield evidence
    reviewed = dict(catalogue.listed(LIST, name))
    for company in sorted(reviewed) or [f"{LIST}-{digest(name)[:12]}"]:
        yield Company(id=company, name=name, names=tuple(sorted({name, *aliases})), kind=KINDS[kind])
        yield Listing(
            source=NAME,
            company=company,
            watchlist=LIST,
            entry=name,
            named=name,
            programme=programme,
            destination=country,
            start=start or (reviewed[company].start if company in reviewed else None),
            end=end,
            evidence=(evidence.id,),
            known_from=dated,
        )
        if country:
            yield Base(
                source=NAME,
                company=company,
                country=country,
                basis="listed-address",
                known_from=dated,
                evidence=(evidence.id,),
            )


def _country(row: Row) -> str | None:
    text = row.take("country")
    if text is not None and not COUNTRY.fullmatch(text):
        raise row.error(f"country {text!r} is no ISO 3166-1 code of two letters")
    return text.upper() if text else None
