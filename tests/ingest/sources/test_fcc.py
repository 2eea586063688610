from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from sousveil.catalogue import Catalogue, load
from sousveil.ingest.records import Company, Evidence, Extract, Listing
from sousveil.ingest.sources import fcc, sources
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.schema.dates import parse_window

HEADER = "covered_equipment_or_services,date_of_inclusion_on_covered_list\n"
HUAWEI = '"Equipment produced by Huawei Technologies Company, or by such entity.","March 12, 2021"\n'
ROUTERS = '"Routers produced in a foreign country, except those granted approval by DoW.","March 23, 2026"\n'
WHOLE = "All equipment listed in Section 1709."
Kind = TypeVar("Kind")


def listed(*names: str) -> str:
    written = ", ".join(f'"{name}"' for name in names)
    return f'[[listings]]\nlist = "us-fcc-covered-list"\nnamed = [{written}]\nsources = ["page"]\n'


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    return small(
        companies={
            "huawei": listed("Huawei Technologies Company"),
            "kaspersky": listed("Kaspersky Lab"),
            "kaspersky-inc": listed("Kaspersky Lab, Inc."),
            "pacific": listed("Pacific Networks Corp"),
            "dji": listed(WHOLE),
            "autel": listed(WHOLE),
        },
        watchlists={"us-fcc-covered-list": None},
    )


def read(catalogue: Catalogue, text: str, dated: date | None = None) -> Extract:
    return fcc.read(Document.unpack("fcc.csv", (HEADER + text).encode(), dated), catalogue)


def of(extract: Extract, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in extract.facts if isinstance(fact, kind)]


def test_reviewed_producer_in_the_text_is_listed(catalogue: Catalogue) -> None:
    extract = read(catalogue, HUAWEI)
    (evidence,) = of(extract, Evidence)
    assert evidence.quote == "Equipment produced by Huawei Technologies Company, or by such entity."
    assert of(extract, Company) == [
        Company(
            id="huawei",
            name="Huawei Technologies Company",
            names=("Huawei Technologies Company",),
            kind="company",
        )
    ]
    assert of(extract, Listing) == [
        Listing(
            source="fcc-covered-list",
            company="huawei",
            watchlist="us-fcc-covered-list",
            entry="Huawei Technologies Company 2021-03-12",
            named="Huawei Technologies Company",
            start=parse_window("2021-03-12"),
            evidence=(evidence.id,),
            known_from=date(2021, 3, 12),
        )
    ]
    assert (extract.notes, extract.left_out.total()) == ([], 0)


def test_row_that_names_nobody_is_left_out_with_the_reason(catalogue: Catalogue) -> None:
    extract = read(catalogue, ROUTERS)
    assert (extract.facts, extract.notes) == ([], [])
    assert extract.left_out == {"names no company": 1}


@pytest.mark.parametrize(
    "name", ["Huawei Technologies Companyx", "XHuawei Technologies Company", "Huawei Technologies"]
)
def test_producer_nobody_reviewed_is_reported_and_not_guessed(catalogue: Catalogue, name: str) -> None:
    extract = read(catalogue, f'Equipment produced by {name}.,"March 12, 2021"\n')
    assert extract.facts == []
    assert extract.left_out == {"names a company that needs a review": 1}
    assert extract.notes[0].startswith(f"line 2: names '{name}.'")


def test_longer_reviewed_name_wins_over_one_inside_it(catalogue: Catalogue) -> None:
    extract = read(catalogue, '"Software provided by Kaspersky Lab, Inc. or others.","July 23, 2024"\n')
    assert [listing.company for listing in of(extract, Listing)] == ["kaspersky-inc"]


def test_second_company_of_a_row_is_reported_too(catalogue: Catalogue) -> None:
    text = "Services provided by Pacific Networks Corp and its wholly-owned subsidiary ComNet (USA) LLC."
    extract = read(catalogue, f'{text},"September 20, 2022"\n')
    assert [listing.company for listing in of(extract, Listing)] == ["pacific"]
    assert [note.partition("'")[2][:16] for note in extract.notes] == ["ComNet (USA) LLC"]


def test_whole_text_can_be_the_reviewed_line_of_several_companies(catalogue: Catalogue) -> None:
    extract = read(catalogue, f'{WHOLE},"December 22, 2025"\n')
    assert [listing.company for listing in of(extract, Listing)] == ["autel", "dji"]
    assert of(extract, Company) == []


def test_first_date_is_the_inclusion_and_the_newest_the_version(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        HUAWEI.replace("March 12, 2021", "December 22, 2025Updated:January 7, 2026Updated:July 21, 2026"),
    )
    assert of(extract, Listing)[0].start == parse_window("2025-12-22")
    assert extract.dated == date(2026, 7, 21)


def test_stated_date_wins(catalogue: Catalogue) -> None:
    assert read(catalogue, HUAWEI, date(2026, 8, 1)).dated == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('A,"March 32, 2021"\n', "line 2: date_of_inclusion_on_covered_list: 'March 32, 2021'"),
        ("A,2021-03-12\n", "line 2: date_of_inclusion_on_covered_list: '2021-03-12' is no date"),
        ('A,"March 12, 2021 or later"\n', "line 2: .*is no date"),
        ("A,\n", "line 2: date_of_inclusion_on_covered_list is blank"),
        (HUAWEI + HUAWEI, "line 3: the same row as on line 2"),
        ("", "line 1: no rows"),
    ],
)
def test_senseless_row_is_refused_with_its_line(catalogue: Catalogue, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=f"^fcc.csv, {told}"):
        read(catalogue, text)


def test_new_column_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(SourceError, match="unknown: 'entity'"):
        fcc.read(Document.unpack("fcc.csv", (HEADER.strip() + ",entity\n").encode()), catalogue)


def test_real_list(real: Callable[[str], Path]) -> None:
    extract = fcc.read(Document.open(real("fcc_covered_list.csv")), load())
    source = sources()["fcc-covered-list"]
    assert extract.dated == date(2026, 7, 28)
    assert source.rows[0] <= extract.rows == 16 <= source.rows[1]
    assert len(of(extract, Evidence)) + extract.left_out.total() == 16
    assert extract.left_out["names no company"] <= 4
    begun = {x.company for x in of(extract, Listing) if x.start == parse_window("2021-03-12")}
    assert begun == {"huawei", "zte", "hytera", "hikvision", "dahua"}
    assert len(of(extract, Listing)) >= source.lists["us-fcc-covered-list"]
