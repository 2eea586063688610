from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from sousveil.catalogue import Catalogue, load
from sousveil.ingest.records import Company, Evidence, Extract, Listing, Ownership, Period, Ref
from sousveil.ingest.sources import dod_1260h, sources
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.schema.dates import Window, parse_window

HEADER = "Name,Clean Name,Alias,Previous Name,Parent Name,Note,Start date,End date,Source Url\n"
Kind = TypeVar("Kind")


def listed(*names: str) -> str:
    written = ", ".join(f'"{name}"' for name in names)
    return f'[[listings]]\nlist = "us-dod-1260h"\nnamed = [{written}]\nsources = ["page"]\n'


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    companies = {"hikvision": listed("Hikvision Co. (HV)*", "HIK Co."), "cetc": listed("CETC Corp.")}
    return small(companies=companies, watchlists={"us-dod-1260h": None})


def read(catalogue: Catalogue, text: str, dated: date | None = None) -> Extract:
    return dod_1260h.read(Document.unpack("dod.csv", (HEADER + text).encode(), dated), catalogue)


def of(extract: Extract, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in extract.facts if isinstance(fact, kind)]


def own(name: str) -> str:
    return dod_1260h._own_id(name)


def test_row_becomes_evidence_company_and_listing(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        'Acme (AC)*,"Acme Co., Ltd.","AC,Acme","Old Acme; OA",,Because.,2021-06-03,2024-01-31,https://example.org/x\n',
    )
    evidence, company, listing = extract.facts
    assert isinstance(evidence, Evidence)
    assert (evidence.url, evidence.quote) == ("https://example.org/x", "Because.")
    assert company == Company(
        id=own("Acme Co., Ltd."),
        name="Acme Co., Ltd.",
        names=("AC", "Acme", "Acme Co., Ltd.", "OA", "Old Acme"),
        kind="company",
    )
    assert listing == Listing(
        source="dod-1260h",
        company=own("Acme Co., Ltd."),
        watchlist="us-dod-1260h",
        entry="Acme Co., Ltd. 2021-06-03",
        named="Acme (AC)*",
        start=parse_window("2021-06-03"),
        end=parse_window("2024-01-31"),
        evidence=(evidence.id,),
        known_from=date(2021, 6, 3),
    )
    assert (extract.dated, extract.rows, extract.watchlists) == (date(2021, 6, 3), 1, ("us-dod-1260h",))


def test_reviewed_name_makes_every_row_of_that_clean_name_the_company(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        "Hikvision Co. (HV)*,Hikvision Co.,,,,,2021-06-03,,\nHikvision Co.,Hikvision Co.,,,,,2025-01-07,,\n"
        "HIK Co.,HIK Co.,,,,,2026-06-08,,\nHikvision,Hikvision,,,,,2026-06-08,,\n",
    )
    companies = [listing.company for listing in of(extract, Listing)]
    assert companies == ["hikvision", "hikvision", "hikvision", own("Hikvision")]


def test_near_names_are_different_companies(catalogue: Catalogue) -> None:
    extract = read(
        catalogue, "AVIC Jonhon,AVIC Jonhon,,,,,2021-06-03,,\nAVIC JONHON,AVIC JONHON,,,,,2025-01-07,,\n"
    )
    assert len({company.id for company in of(extract, Company)}) == 2


def test_several_designations_stand_side_by_side(catalogue: Catalogue) -> None:
    extract = read(catalogue, "A,A,,,,,2021-06-03,,\nA,A,,,,,2025-01-07,,\n")
    assert [(x.entry, x.end) for x in of(extract, Listing)] == [
        ("A 2021-06-03", None),
        ("A 2025-01-07", None),
    ]
    assert extract.notes == []


def test_removal_ends_the_designations_before_it_and_none_after(catalogue: Catalogue) -> None:
    extract = read(catalogue, "A,A,,,,,2024-01-31,,\nA,A,,,,,2025-01-07,2026-02-17,\nA,A,,,,,2026-06-08,,\n")
    first, second, third = of(extract, Listing)
    assert first.end == second.end == parse_window("2026-02-17")
    assert third.end is None
    assert first.note == dod_1260h.LATER
    assert second.note is None


def test_open_designation_that_the_newest_edition_lacks_is_reported(catalogue: Catalogue) -> None:
    extract = read(catalogue, "A,A,,,,,2021-06-03,,\nB,B,,,,,2026-06-08,,\nC,C,,,,,2021-06-03,2022-01-01,\n")
    (note,) = extract.notes
    assert note.startswith("line 2: 'A', 2021-06-03: no end date, but not in the edition of 2026-06-08")
    assert [bool(listing.note) for listing in of(extract, Listing)] == [True, False, False]


def test_parent_is_the_entry_with_exactly_this_name(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        "CETC Corp. (CETC)*,CETC Corp.,,,,,2021-06-03,,\nB (BB)*,B,Bee,,,,2021-06-03,,\n"
        "HIK Co.,HIK Co.,,,CETC Corp.,,2021-06-03,,\nC,C,,,B (BB),,2021-06-03,,\nD,D,,,Bee,,2021-06-03,,\n",
    )
    hik, c, d = of(extract, Ownership)
    assert hik == Ownership(
        source="dod-1260h",
        owned=Ref("Company", "hikvision"),
        owner="cetc",
        basis="reported",
        control="unknown",
        period=Period(start=date(2021, 6, 3)),
        note="the list groups the entry under this parent, without a word on control",
        known_from=date(2021, 6, 3),
        evidence=of(extract, Listing)[2].evidence,
    )
    assert c.owner == d.owner == own("B")


def test_same_parent_in_several_rows_is_one_ownership(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        "P,P,,,,,2021-06-03,,\nA,A,,,P,,2025-01-07,2026-02-17,\nA,A,,,P,,2021-06-03,,\n",
    )
    (ownership,) = of(extract, Ownership)
    assert ownership.period == Period(start=date(2021, 6, 3), end=date(2026, 2, 17))
    assert len(ownership.evidence) == 2


@pytest.mark.parametrize("parent", ["CETC Corp", "Somebody else", "Twice"])
def test_parent_in_another_spelling_or_named_twice_stands_alone_and_is_reported_once(
    catalogue: Catalogue, parent: str
) -> None:
    extract = read(
        catalogue,
        "CETC Corp.,CETC Corp.,,,,,2021-06-03,,\nX,X,Twice,,,,2021-06-03,,\nY,Y,Twice,,,,2021-06-03,,\n"
        f"A,A,,,{parent},,2021-06-03,,\nB,B,,,{parent},,2021-06-03,,\n",
    )
    assert {ownership.owner for ownership in of(extract, Ownership)} == {own(parent)}
    assert own(parent) in {company.id for company in of(extract, Company)}
    assert len(extract.notes) == 1
    assert f"parent {parent!r}" in extract.notes[0]


def test_own_parent_is_left_out_and_reported(catalogue: Catalogue) -> None:
    extract = read(catalogue, "A,A,,,A,,2021-06-03,,\n")
    assert of(extract, Ownership) == []
    assert extract.notes == ["line 2: 'A' is its own parent; left out"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A,A,,,,,,,\n", "line 2: Start date is blank"),
        ("A,A,,,,,2022-13-45,,\n", "line 2: Start date: "),
        ("A,A,,,,,2022-01-01,2021-01-01,\n", "line 2: End date 2021-01-01 is before Start date"),
        (",A,,,,,2022-01-01,,\n", "line 2: Name is blank"),
        ("A,,,,,,2022-01-01,,\n", "line 2: Clean Name is blank"),
        ("A,A,,,,,2022-01-01,,\nA*,A,,,,,2022-01-01,,\n", "line 3: 'A' is designated twice.*line 2"),
        ("", "line 1: no rows"),
    ],
)  # fmt: skip
def test_senseless_row_is_refused_with_its_line(catalogue: Catalogue, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=f"^dod.csv, {told}"):
        read(catalogue, text)


def test_renamed_column_is_refused(catalogue: Catalogue) -> None:
    data = HEADER.replace("Parent Name", "Parent").encode()
    with pytest.raises(SourceError, match="missing: Parent Name; unknown: 'Parent'"):
        dod_1260h.read(Document.unpack("dod.csv", data), catalogue)


def test_real_list(real: Callable[[str], Path]) -> None:
    extract = dod_1260h.read(Document.open(real("dod_1260h.csv")), load())
    source = sources()["dod-1260h"]
    listings = of(extract, Listing)
    assert extract.dated == date(2026, 6, 8)
    assert source.rows[0] <= extract.rows == 397 <= source.rows[1]
    assert source.lists["us-dod-1260h"] <= len({listing.entry for listing in listings}) == 397
    assert {listing.watchlist for listing in listings} <= load().watchlists.keys()
    assert extract.left_out.total() == 0
    starts = Counter(listing.start for listing in listings)
    assert starts[parse_window("2021-06-03")] == 47
    assert starts[parse_window("2026-06-08")] == 188


def test_real_list_ends_what_was_removed(real: Callable[[str], Path]) -> None:
    extract = dod_1260h.read(Document.open(real("dod_1260h.csv")), load())

    def periods(name: str) -> list[tuple[Window | None, Window | None]]:
        return [(x.start, x.end) for x in of(extract, Listing) if x.entry.startswith(name)]

    removed = parse_window("2026-02-17")
    assert periods("Costar Group") == [
        (parse_window("2021-06-03"), removed),
        (parse_window("2025-01-07"), removed),
    ]
    assert periods("Yangtze Memory")[-1] == (parse_window("2026-06-08"), None)


def test_real_list_groups_hikvision_under_cetc(real: Callable[[str], Path]) -> None:
    extract = dod_1260h.read(Document.open(real("dod_1260h.csv")), load())
    ownerships = {(x.owned.key, x.owner): x for x in of(extract, Ownership)}
    ownership = ownerships["hikvision", "cetc"]
    assert (ownership.control, ownership.period.start) == ("unknown", date(2021, 6, 3))
    assert len(ownership.evidence) == 2
    named = {name for company in of(extract, Company) for name in (company.id,)}
    assert {x.owner for x in of(extract, Ownership)} <= named
