"""The U.S. Consolidated Screening List: thirteen lists of three departments in one CSV file.

Layout: https://www.trade.gov/consolidated-screening-list. An entry is identified by (list, `_id`); entries of
the Treasury's lists carry the Treasury's own number, which stands for the same entity on all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Base, Company, Evidence, Extract, Fact, Listing, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.ingest.sources.evidence import cite
from sousveil.schema.dates import Window

COLUMNS = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage", "vessel_flag",
    "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships", "dates_of_birth",
    "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
# Facts about persons and ships, and texts of a legal kind that the list's own page explains.
UNUSED = (
    "title", "standard_order", "license_policy", "call_sign", "vessel_type", "gross_tonnage",
    "gross_registered_tonnage", "vessel_flag", "vessel_owner", "remarks", "citizenships", "dates_of_birth",
    "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
NO_COMPANY = {"Individual": "natural person, by type", "Vessel": "vessel", "Aircraft": "aircraft"}
POSSESSIVE = re.compile(r"(?<=\w)\?(?=s\b)")
# (list, `_id`) that the publisher has twice, alike but for the address of the list: Bank of Kunlun, 2022-04.
REVIEWED_REPEATS = {("us-capta", "15268")}
# Words whose lost apostrophe is beyond doubt; every other `?` stays as it is and is reported.
APOSTROPHES = {"IS?Vision": "IS'Vision", "Xi?an": "Xi'an"}
COUNTRY_AT_END = re.compile(r"(?:^|,\s*)([A-Z]{2})$")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read one version of the list; persons, vessels and aircraft are counted and left out."""
    entries = [_entry(row, catalogue) for row in document.rows(COLUMNS)]
    repeats = _repeats(document, entries)
    dated = document.dated or max((e.start.latest for e in entries if e.start), default=None)
    if dated is None:
        raise SourceError(
            f"{document.name}: no start date in the file; state its version with --dated YYYY-MM-DD"
        )
    extract = Extract(source="csl", dated=dated, rows=len(entries))
    extract.watchlists = tuple(sorted({entry.watchlist for entry in entries}))
    for entry in entries:
        if entry.line in repeats:
            extract.left_out["the list has it twice, by review"] += 1
            continue
        _add(extract, entry, catalogue)
    return extract


SOURCE = Source(
    name="csl",
    title="U.S. Consolidated Screening List",
    publisher="International Trade Administration",
    licence="U.S. government work, public domain",
    url="https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv",
    rows=(10_000, 200_000),
    lists={"us-entity-list": 1_300, "us-sdn": 3_000},
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One row, taken apart."""

    line: int
    digest: str
    id: str
    watchlist: str
    number: str | None
    type: str | None
    named: str
    aliases: tuple[str, ...]
    programme: str | None
    countries: tuple[str, ...]
    citations: tuple[str, ...]
    start: Window | None
    end: Window | None
    url: str | None


def _entry(row: Row, catalogue: Catalogue) -> _Entry:
    label = row.required("source")
    watchlist = catalogue.watchlist("csl", label)
    if watchlist is None:
        raise row.error(f"{label!r} is no list that the catalogue knows; add it to catalogue/watchlists")
    kind = row.take("type")
    if kind not in (None, "Entity", *NO_COMPANY):
        raise row.error(f"type {kind!r} is new; say in csl.py what becomes of it")
    programme = row.take("programs")
    requirement = row.take("license_requirement")
    row.ignore(*UNUSED)
    entry = _Entry(
        line=row.line,
        digest=row.digest,
        id=row.required("_id"),
        watchlist=watchlist,
        number=row.take("entity_number"),
        type=kind,
        named=row.required("name"),
        aliases=_aliases(row.take("alt_names")),
        programme=programme or requirement,
        countries=_countries(row.take("addresses")),
        citations=tuple(re.split(r"\s*;\s*", row.take("federal_register_notice") or "")),
        start=row.window("start_date"),
        end=row.window("end_date"),
        url=row.take("source_list_url"),
    )
    row.finish()
    return entry


def _repeats(document: Document, entries: Iterable[_Entry]) -> set[int]:
    """Return the lines of repeats that somebody has reviewed; any other repeat is an error."""
    seen: dict[tuple[str, str], int] = {}
    repeats: set[int] = set()
    for entry in entries:
        key = (entry.watchlist, entry.id)
        if key in seen and key in REVIEWED_REPEATS:
            repeats.add(entry.line)
        elif key in seen:
            raise SourceError(
                f"{document.name}, line {entry.line}: {entry.watchlist} has the _id {entry.id} twice, "
                f"first on line {seen[key]}; fetch the file again"
            )
        seen.setdefault(key, entry.line)
    return repeats


def _add(extract: Extract, entry: _Entry, catalogue: Catalogue) -> None:
    if entry.type in NO_COMPANY:
        extract.left_out[NO_COMPANY[entry.type]] += 1
        return
    if entry.type is None and entry.named in catalogue.persons.get(entry.watchlist, frozenset()):
        extract.left_out["natural person, by review"] += 1
        return
    name = repaired(entry.named)
    if name != entry.named:
        extract.notes.append(f"line {entry.line}: {entry.named!r} read as {name!r}")
    elif "?" in name:
        extract.notes.append(f"line {entry.line}: {name!r} holds a lost character; kept as it is")
    extract.facts.extend(_facts(entry, name, extract.dated, catalogue))


def _facts(entry: _Entry, name: str, dated: date, catalogue: Catalogue) -> Iterable[Fact]:
    evidence = Evidence(
        id=digest("row", "csl", entry.digest),
        kind="row",
        source="csl",
        digest=entry.digest,
        url=entry.url,
        title=catalogue.watchlists[entry.watchlist].name,
        locator=f"entry {entry.id}",
    )
    reviewed = catalogue.listed(entry.watchlist, entry.named)
    yield evidence
    for company in sorted({company for company, _ in reviewed}) or [_company_id(entry)]:
        corrections = [
            listed
            for key, listed in reviewed
            if key == company and listed.published and listed.published == entry.start
        ]
        start, corrected_by = entry.start, None
        if corrections:
            start = corrections[0].start
            publication = cite(catalogue, corrections[0].sources[0])
            corrected_by = publication.id
            yield publication
        yield Company(
            id=company,
            name=name,
            names=tuple(sorted({name, *entry.aliases})),
            identifiers=(f"ofac:{entry.number}",) if entry.number else (),
            kind="company" if entry.type == "Entity" else "untyped",
        )
        yield Listing(
            source="csl",
            company=company,
            watchlist=entry.watchlist,
            entry=entry.id,
            named=name,
            original=entry.named if name != entry.named else None,
            destination=entry.countries[0] if entry.countries else None,
            programme=entry.programme,
            citations=tuple(text for text in entry.citations if text),
            start=start,
            end=entry.end,
            published=entry.start.latest if corrections and entry.start else None,
            corrected_by=corrected_by,
            evidence=(evidence.id,),
            known_from=dated,
        )
        for country in entry.countries:
            yield Base(
                source="csl",
                company=company,
                country=country,
                basis="listed-address",
                known_from=dated,
                verified=True,
                evidence=(evidence.id,),
            )


def _company_id(entry: _Entry) -> str:
    return f"ofac-{entry.number}" if entry.number else f"{entry.watchlist}-{entry.id[:12]}"


def repaired(name: str) -> str:
    """Put back apostrophes that the file lost as `?`, where they are beyond doubt.

    >>> repaired("IS?Vision")
    "IS'Vision"
    """
    for broken, whole in APOSTROPHES.items():
        name = name.replace(broken, whole)
    return POSSESSIVE.sub("'", name)


def _aliases(text: str | None) -> tuple[str, ...]:
    """Split alternative names at semicolons; the last ones begin with `and`."""
    parts = (re.sub(r"^and\s+", "", part.strip()).rstrip(".") for part in (text or "").split(";"))
    return tuple(repaired(part) for part in parts if part)


def _countries(text: str | None) -> tuple[str, ...]:
    """Return the ISO codes at the ends of addresses, in order, each once."""
    found = (COUNTRY_AT_END.search(part.strip()) for part in (text or "").split(";"))
    return tuple(dict.fromkeys(match[1] for match in found if match))
