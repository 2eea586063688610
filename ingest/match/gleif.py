"""Legal entity identifiers: GLEIF's golden copy, level 1 (who is who) and level 2 (who owns whom), as CSV.

Columns as in LEI-CDF 3.1 and RR-CDF 2.1, in the flat layout of the golden copy's CSV files:
https://www.gleif.org/en/lei-data/gleif-golden-copy/download-the-golden-copy. Other names are numbered, and
found by their pattern; columns that nobody needs here are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from operator import itemgetter
from pathlib import Path

from sousveil.ingest.match.entries import Entry
from sousveil.ingest.match.tables import rows
from sousveil.ingest.sources.documents import SourceError

NAME = "gleif"
LEI = "LEI"
LEGAL_NAME = "Entity.LegalName"
COUNTRIES = ("Entity.LegalAddress.Country", "Entity.HeadquartersAddress.Country", "Entity.LegalJurisdiction")
REGISTERED = "Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
STATUS = "Entity.EntityStatus"
CATEGORY = "Entity.EntityCategory"
LEVEL_1 = (LEI, LEGAL_NAME, *COUNTRIES, REGISTERED, STATUS, CATEGORY)
OTHER_NAME = re.compile(
    r"Entity\.(?:OtherEntityNames\.OtherEntityName"
    r"|TransliteratedOtherEntityNames\.TransliteratedOtherEntityName)\.\d+"
)
LEVEL_2 = (
    "Relationship.StartNode.NodeID",
    "Relationship.EndNode.NodeID",
    "Relationship.RelationshipType",
    "Relationship.RelationshipStatus",
)
CONSOLIDATED = {"IS_DIRECTLY_CONSOLIDATED_BY": "directly", "IS_ULTIMATELY_CONSOLIDATED_BY": "ultimately"}
FORM = re.compile(r"[0-9A-Z]{18}[0-9]{2}")  # ISO 17442
USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")  # GB 32100-2015: a Chinese company's credit code
NO_COMPANY = {"FUND": "a fund", "BRANCH": "a branch", "SOLE_PROPRIETOR": "a sole proprietor"}


def level_1(path: Path) -> Iterator[Entry]:
    """Yield the records of a level 1 file, one at a time."""
    table = rows(path, LEVEL_1)
    header = next(table)[1]
    fixed = itemgetter(*(header.index(column) for column in LEVEL_1))
    others = [place for place, column in enumerate(header) if OTHER_NAME.fullmatch(column)]
    for number, cells in table:
        lei, name, legal, seat, jurisdiction, registered, status, category = fixed(cells)
        if not FORM.fullmatch(lei) or not name.strip():
            raise SourceError(
                f"{path.name}, line {number}: {LEI} {lei!r}, {LEGAL_NAME} {name!r}: an LEI has 20 letters "
                "and digits, and a record a name; fetch the file again"
            )
        countries = (legal, seat, jurisdiction[:2])  # a jurisdiction may be US-DE
        yield Entry(
            source=NAME,
            key=lei,
            name=name.strip(),
            carrier=NAME,
            aliases=tuple(cells[place].strip() for place in others if cells[place].strip()),
            countries=tuple(dict.fromkeys(country for country in countries if country)),
            identifiers=_identifiers(lei, registered, countries),
            remarks=_remarks(status, category),
        )


def level_2(path: Path, leis: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Return who consolidates the entities with these LEIs, as (directly or ultimately, the parent's LEI)."""
    table = rows(path, LEVEL_2)
    fixed = itemgetter(*map(next(table)[1].index, LEVEL_2))
    found: dict[str, set[tuple[str, str]]] = {}
    for _, cells in table:
        child, parent, kind, status = fixed(cells)
        if child in leis and kind in CONSOLIDATED and status == "ACTIVE":
            found.setdefault(child, set()).add((CONSOLIDATED[kind], parent))
    return {child: sorted(parents) for child, parents in found.items()}


def _identifiers(lei: str, registered: str, countries: tuple[str, ...]) -> tuple[str, ...]:
    chinese = "CN" in countries and USCC.fullmatch(registered)
    return (f"lei:{lei}", f"uscc:{registered}") if chinese else (f"lei:{lei}",)


def _remarks(status: str, category: str) -> tuple[str, ...]:
    told = [f"the record is {status}"] if status not in ("", "ACTIVE") else []
    told += [f"the record is {NO_COMPANY[category]}"] if category in NO_COMPANY else []
    return tuple(told)
