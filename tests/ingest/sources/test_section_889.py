from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from sousveil.catalogue import Catalogue, load
from sousveil.ingest.records import Base, Company, Evidence, Extract, Listing
from sousveil.ingest.sources import section_889, sources
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.schema.dates import parse_window

HEADER = ",".join(section_889.COLUMNS) + "\n"
ZTE = "Company,ZTE Corporation,,debarment,Section 889,United States Congress,,,,,,,https://example.org/law\n"
REVIEWED = """
[[listings]]
list = "us-section-889"
named = ["ZTE Corporation"]
from = "2019-08-13"
sources = ["page"]
"""
Kind = TypeVar("Kind")


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    return small(companies={"zte": REVIEWED}, watchlists={"us-section-889": None})


def read(catalogue: Catalogue, text: str, dated: date | None = None) -> Extract:
    return section_889.read(Document.unpack("889.csv", (HEADER + text).encode(), dated), catalogue)


def of(extract: Extract, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in extract.facts if isinstance(fact, kind)]


def test_reviewed_company_begins_when_its_reviewed_line_says(catalogue: Catalogue) -> None:
    extract = read(catalogue, ZTE)
    (evidence,) = of(extract, Evidence)
    assert evidence.url == "https://example.org/law"
    assert (extract.dated, extract.rows, extract.watchlists) == (date(2018, 8, 13), 1, ("us-section-889",))
    assert of(extract, Listing) == [
        Listing(
            source="section-889",
            company="zte",
            watchlist="us-section-889",
            entry="ZTE Corporation",
            named="ZTE Corporation",
            programme="Section 889",
            start=parse_window("2019-08-13"),
            evidence=(evidence.id,),
            known_from=date(2018, 8, 13),
        )
    ]


def test_unreviewed_company_has_no_start(catalogue: Catalogue) -> None:
    extract = read(catalogue, ZTE.replace("ZTE Corporation", "ZTE Corp."))
    (listing,) = of(extract, Listing)
    assert listing.start is None
    assert listing.company.startswith("us-section-889-")
    assert of(extract, Company)[0].kind == "company"


def test_dates_aliases_and_country_of_the_row_are_read(catalogue: Catalogue) -> None:
    extract = read(catalogue, "Company,ZTE Corporation,Z;  T ,,,,,,2020-01-01,2021-01-01,cn,,\n")
    (listing,) = of(extract, Listing)
    assert (listing.start, listing.end) == (parse_window("2020-01-01"), parse_window("2021-01-01"))
    assert (listing.destination, of(extract, Base)[0].country) == ("CN", "CN")
    assert of(extract, Company)[0].names == ("T", "Z", "ZTE Corporation")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ZTE + ZTE, "line 3: 'ZTE Corporation' stands on line 2 already"),
        (ZTE.replace("Company", "Vessel"), "line 2: schema 'Vessel' is new"),
        (ZTE.replace("ZTE Corporation", ""), "line 2: name is blank"),
        ("Company,A,,,,,,,2022-13-45,,,,\n", "line 2: start-date: "),
        ("Company,A,,,,,,,2022-01-01,2021-01-01,,,\n", "line 2: end-date 2021-01-01 is before"),
        ("Company,A,,,,,,,,,China,,\n", "line 2: country 'China'"),
    ],
)
def test_senseless_row_is_refused_with_its_line(catalogue: Catalogue, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=f"^889.csv, {told}"):
        read(catalogue, text)


def test_real_list(real: Callable[[str], Path]) -> None:
    extract = section_889.read(Document.open(real("section_889.csv")), load())
    source = sources()["section-889"]
    assert source.rows[0] <= extract.rows == 5
    assert {x.company for x in of(extract, Listing)} == {"dahua", "hikvision", "huawei", "hytera", "zte"}
    assert len(of(extract, Listing)) >= source.lists["us-section-889"]
    assert "us-section-889" in load().watchlists
