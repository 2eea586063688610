"""The FCC's covered list: equipment and services, in prose that names their producer or names nobody.

A row meets a company by a reviewed line of the catalogue: the whole text of the row, or the producer's name
as the text writes it, as whole words. A row that names a producer whom nobody has reviewed is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Listing, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.schema.dates import Window

NAME = "fcc-covered-list"
LIST = "us-fcc-covered-list"
TEXT, INCLUDED = "covered_equipment_or_services", "date_of_inclusion_on_covered_list"
PAGE = "https://www.fcc.gov/supplychain/coveredlist"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DAY = re.compile(rf"({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})")
DAYS = re.compile(rf"{DAY.pattern}(?:\s*Updated:\s*{DAY.pattern})*")
# Where the text names a company: these words, then a capital. "Provided by such entity" names nobody.
PRODUCER = re.compile(
    r"\b(?:(?:produced|provided|supplied)(?:, directly or indirectly,)? by|subsidiary) (?=[A-Z])"
)


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the list; its version is the newest day of inclusion or update."""
    entries = [_entry(row) for row in document.rows((TEXT, INCLUDED))]
    _unique(document, entries)
    dated = document.dated or max((entry.updated for entry in entries), default=None)
    if dated is None:
        raise SourceError(f"{document.name}, line 1: no rows below the header; fetch it again")
    extract = Extract(source=NAME, dated=dated, rows=len(entries), watchlists=(LIST,))
    reviewed = _reviewed(catalogue)
    for entry in entries:
        _add(extract, entry, reviewed, catalogue)
    return extract


SOURCE = Source(
    name=NAME,
    title="FCC covered list",
    publisher="Federal Communications Commission; compiled by OpenSanctions",
    licence="MIT (OpenSanctions repository); the list is a U.S. government work",
    url="https://raw.githubusercontent.com/opensanctions/opensanctions/main/datasets/us/fcc_covered_list/table.csv",
    rows=(15, 1_000),
    lists={LIST: 5},
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row: `included` counts; `updated` is the newest day in the row."""

    line: int
    digest: str
    text: str
    included: date
    updated: date

    @property
    def evidence(self) -> str:
        return digest("row", NAME, self.digest)


@dataclass(frozen=True, slots=True)
class _Match:
    """A company that a row names, from one character to another."""

    company: str
    named: str
    start: int
    end: int


def _entry(row: Row) -> _Entry:
    text = row.required(TEXT)
    dates = row.required(INCLUDED)
    row.finish()
    if not DAYS.fullmatch(dates):
        raise row.error(
            f"{INCLUDED}: {dates!r} is no date; write March 12, 2021, then Updated: and others if any"
        )
    try:
        days = [date(int(year), MONTHS.index(month) + 1, int(day)) for month, day, year in DAY.findall(dates)]
    except ValueError as error:
        raise row.error(f"{INCLUDED}: {dates!r}: {error}") from error
    return _Entry(line=row.line, digest=row.digest, text=text, included=days[0], updated=max(days))


def _unique(document: Document, entries: list[_Entry]) -> None:
    seen: dict[tuple[str, date], int] = {}
    for entry in entries:
        first = seen.setdefault((entry.text, entry.included), entry.line)
        if first != entry.line:
            raise SourceError(
                f"{document.name}, line {entry.line}: the same row as on line {first}; fetch the file again"
            )


def _reviewed(catalogue: Catalogue) -> dict[str, set[str]]:
    """Return the companies of every name that a reviewed line gives for this list."""
    found: dict[str, set[str]] = {}
    for company in catalogue.companies.values():
        for listed in company.listings:
            for name in listed.named if listed.list == LIST else ():
                found.setdefault(name, set()).add(company.id)
    return found


def _matches(text: str, reviewed: Mapping[str, set[str]]) -> list[_Match]:
    """Find reviewed names as whole words; one that lies inside a longer one does not count."""
    found = [
        _Match(company, name, at.start(), at.end())
        for name, companies in reviewed.items()
        for at in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        if at.group() != text
        for company in sorted(companies)
    ]
    return [
        one
        for one in found
        if not any(
            other.start <= one.start and one.end <= other.end and len(other.named) > len(one.named)
            for other in found
        )
    ]


def _add(extract: Extract, entry: _Entry, reviewed: Mapping[str, set[str]], catalogue: Catalogue) -> None:
    matches = _matches(entry.text, reviewed)
    named = {match.company: match.named for match in matches}
    whole = catalogue.listed(LIST, entry.text)
    for company, _ in whole:
        named.setdefault(company, entry.text)
    producers = [match.end() for match in PRODUCER.finditer(entry.text)]
    for at in producers:
        if not whole and not any(match.start <= at < match.end for match in matches):
            extract.notes.append(
                f"line {entry.line}: names {entry.text[at : at + 60]!r}…, whom nobody has reviewed; "
                f"add the name to a company of the catalogue, list {LIST}"
            )
    if named:
        extract.facts.extend(_facts(entry, named, extract.dated))
    elif producers:
        extract.left_out["names a company that needs a review"] += 1
    else:
        extract.left_out["names no company"] += 1


def _facts(entry: _Entry, named: Mapping[str, str], dated: date) -> Iterator[Fact]:
    yield Evidence(
        id=entry.evidence,
        kind="row",
        source=NAME,
        url=PAGE,
        title=SOURCE.title,
        publisher="Federal Communications Commission",
        quote=entry.text,
        digest=entry.digest,
        locator=f"line {entry.line}",
    )
    for company, name in sorted(named.items()):
        whole = name == entry.text
        if not whole:
            yield Company(id=company, name=name, names=(name,), kind="company")
        key = digest(name)[:12] if whole else name
        yield Listing(
            source=NAME,
            company=company,
            watchlist=LIST,
            entry=f"{key} {entry.included}",
            named=name,
            start=Window(entry.included, entry.included),
            evidence=(entry.evidence,),
            known_from=dated,
        )
