import csv
import gzip
import io
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from sousveil.catalogue import Catalogue, load
from sousveil.ingest.records import Base, Company, Evidence, Extract, Listing, digest
from sousveil.ingest.sources import csl, documents, sources
from sousveil.ingest.sources.csl import COLUMNS, repaired
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.schema.dates import parse_window

ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
ROW = {"_id": "e1", "source": ENTITY_LIST, "name": "Some Company", "start_date": "2019-10-09"}
NETPOSA = """
[[listings]]
list = "us-entity-list"
named = ["NetPosa"]
from = "2020-06-05"
from_published = "2019-10-09"
verified = true
sources = ["page"]
"""
Kind = TypeVar("Kind")


def table(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    return small(companies={"netposa": NETPOSA}, watchlists={"us-entity-list": ENTITY_LIST, "us-sdn": SDN})


def read(catalogue: Catalogue, *rows: dict[str, str], dated: date | None = None) -> Extract:
    return csl.read(Document.unpack("csl.csv", table(*rows), dated), catalogue)


def of(extract: Extract, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in extract.facts if isinstance(fact, kind)]


def test_row_becomes_company_listing_evidence_and_listed_addresses(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        ROW
        | {
            "entity_number": "4711",
            "type": "Entity",
            "programs": "X",
            "alt_names": "First; and Second.",
            "addresses": "1 Road, Urumqi, CN; Box 2, Hong Kong, HK; 3 Street, CN",
            "federal_register_notice": "84 FR 54002; 85 FR 44159",
            "source_list_url": "https://example.org/list",
        },
    )
    assert extract.dated == date(2019, 10, 9)
    assert (extract.rows, extract.watchlists, extract.notes) == (1, ("us-entity-list",), [])
    (evidence,) = of(extract, Evidence)
    assert evidence.id == digest("row", "csl", evidence.digest)
    assert (evidence.url, evidence.locator) == ("https://example.org/list", "entry e1")
    assert of(extract, Company) == [
        Company(
            id="ofac-4711",
            name="Some Company",
            names=("First", "Second", "Some Company"),
            identifiers=("ofac:4711",),
            kind="company",
        )
    ]
    assert of(extract, Listing) == [
        Listing(
            source="csl",
            company="ofac-4711",
            watchlist="us-entity-list",
            entry="e1",
            named="Some Company",
            destination="CN",
            programme="X",
            citations=("84 FR 54002", "85 FR 44159"),
            start=parse_window("2019-10-09"),
            evidence=(evidence.id,),
            known_from=date(2019, 10, 9),
        )
    ]
    assert [(base.country, base.basis) for base in of(extract, Base)] == [
        ("CN", "listed-address"),
        ("HK", "listed-address"),
    ]


def test_version_is_the_stated_date_before_the_newest_start(catalogue: Catalogue) -> None:
    assert read(catalogue, ROW, dated=date(2022, 4, 21)).dated == date(2022, 4, 21)


def test_file_without_any_date_asks_for_one(catalogue: Catalogue) -> None:
    with pytest.raises(SourceError, match="--dated"):
        read(catalogue, ROW | {"start_date": ""})


@pytest.mark.parametrize("kind", ["Individual", "Vessel", "Aircraft"])
def test_what_is_no_company_is_counted_and_left_out(catalogue: Catalogue, kind: str) -> None:
    extract = read(catalogue, ROW | {"type": kind})
    assert extract.facts == []
    assert extract.left_out.total() == 1


def test_reviewed_entry_becomes_its_company_and_a_reviewed_date_wins(catalogue: Catalogue) -> None:
    (listing,) = of(read(catalogue, ROW | {"name": "NetPosa"}), Listing)
    assert listing.company == "netposa"
    assert listing.start == parse_window("2020-06-05")
    assert listing.published == date(2019, 10, 9)
    assert listing.corrected_by


@pytest.mark.parametrize("name", ["NetPosa Technologies", "netposa", "NetPosa Ltd"])
def test_likeness_of_names_meets_no_company(catalogue: Catalogue, name: str) -> None:
    (listing,) = of(read(catalogue, ROW | {"name": name}), Listing)
    assert listing.company == "us-entity-list-e1"


def test_same_id_on_two_lists_is_two_entries(catalogue: Catalogue) -> None:
    extract = read(catalogue, ROW, ROW | {"source": SDN})
    assert [listing.watchlist for listing in of(extract, Listing)] == ["us-entity-list", "us-sdn"]


@pytest.mark.parametrize(
    ("name", "whole"), [("IS?Vision", "IS'Vision"), ("Xi?an", "Xi'an"), ("Who?s", "Who's"), ("?", "?")]
)
def test_apostrophe_comes_back_only_where_beyond_doubt(name: str, whole: str) -> None:
    assert repaired(name) == whole


def test_repaired_name_keeps_the_original_and_is_reported(catalogue: Catalogue) -> None:
    extract = read(catalogue, ROW | {"name": "IS?Vision"})
    (listing,) = of(extract, Listing)
    assert (listing.named, listing.original) == ("IS'Vision", "IS?Vision")
    assert extract.notes == ["""line 2: 'IS?Vision' read as "IS'Vision\""""]


def test_lost_character_in_doubt_is_kept_and_reported(catalogue: Catalogue) -> None:
    extract = read(catalogue, ROW | {"name": "Com?any"})
    assert of(extract, Listing)[0].named == "Com?any"
    assert "line 2" in extract.notes[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start_date": "2022-13-45"}, "line 2: start_date: "),
        ({"start_date": "9 October 2019"}, "line 2: start_date: "),
        ({"end_date": "2019-02-30"}, "line 2: end_date: "),
        ({"source": "A New List (NL)"}, "line 2: 'A New List .NL.' is no list"),
        ({"type": "Ghost"}, "line 2: type 'Ghost' is new"),
        ({"name": " "}, "line 2: name is blank"),
        ({"_id": ""}, "line 2: _id is blank"),
    ],
)
def test_row_that_makes_no_sense_is_refused_with_file_and_line(
    catalogue: Catalogue, change: dict[str, str], told: str
) -> None:
    with pytest.raises(SourceError, match=f"^csl.csv, {told}"):
        read(catalogue, ROW | change)


def test_repeated_id_of_one_list_is_refused_with_both_lines(catalogue: Catalogue) -> None:
    with pytest.raises(SourceError, match=r"^csl.csv, line 4: us-entity-list has the _id e1 twice.*line 2"):
        read(catalogue, ROW, ROW | {"_id": "e2"}, ROW | {"name": "Another"})


GOOD = table(ROW, ROW | {"_id": "e2", "name": "Büro"})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD, "line 1: begins with a byte order mark", id="BOM"),
        pytest.param(GOOD.decode().encode("latin-1"), "line 3: not UTF-8", id="latin-1"),
        pytest.param(GOOD.decode().encode("utf-16"), "line 1: begins with a byte order mark", id="UTF-16"),
        pytest.param(gzip.compress(GOOD)[:-9], "line 1: the gzip file is damaged or cut off", id="cut gzip"),
        pytest.param(GOOD + b'"e3,', "line 4: not CSV", id="open quote"),
        pytest.param(b"<!doctype html><p>Not found", "line 1: this is an HTML page", id="HTML"),
        pytest.param(b"", "line 1: the file is empty", id="empty"),
        pytest.param(GOOD + b"\0", "line 4: holds a NUL byte", id="NUL"),
        pytest.param(GOOD + b"e3,short\n", "line 4: 2 fields", id="short row"),
        pytest.param(
            table(ROW, columns=COLUMNS[:-1]), "line 1: the columns have changed .missing: ids", id="missing"
        ),
        pytest.param(
            GOOD.replace(b"start_date", b"begin_date", 1),
            "line 1: .*missing: start_date; unknown: 'begin_date'",
            id="renamed",
        ),
        pytest.param(table(ROW, columns=(*COLUMNS, "new")), "line 1: .*unknown: 'new'", id="extra"),
        pytest.param(table(ROW, columns=(*COLUMNS, "name")), "line 1: .*a column occurs twice", id="twice"),
    ],
)
def test_malformed_file_is_refused_with_file_and_line(catalogue: Catalogue, data: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=f"^csl.csv, {told}"):
        csl.read(Document.unpack("csl.csv", data), catalogue)


def test_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 1024 * 1024)
    with pytest.raises(SourceError, match=r"^csl.csv.gz, line \d+: larger than 1 MB by here"):
        Document.unpack("csl.csv.gz", gzip.compress(GOOD + b"\n" * 2_000_000))


def test_endless_line_is_refused_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LONGEST_LINE", 2_000)
    with pytest.raises(SourceError, match=r"^csl.csv, line 4: longer than"):
        Document.unpack("csl.csv", GOOD + b"x" * 2_001)


def test_real_list_accounts_for_every_row(real: Callable[[str], Path]) -> None:
    extract = csl.read(Document.open(real("consolidated_screening_list_2022-04.csv.gz")), load())
    rows = [fact for fact in of(extract, Evidence) if fact.kind == "row"]
    assert extract.dated == date(2022, 4, 21)
    assert extract.rows == 14_160
    assert len(rows) + extract.left_out.total() == 14_160
    left_out = extract.left_out
    assert (left_out["natural person, by type"], left_out["vessel"], left_out["aircraft"]) == (5286, 433, 283)
    assert len(extract.watchlists) == 13
    assert {listing.watchlist for listing in of(extract, Listing)} <= load().watchlists.keys()


def test_real_list_is_as_large_as_its_source_expects(real: Callable[[str], Path]) -> None:
    extract = csl.read(Document.open(real("consolidated_screening_list_2022-04.csv.gz")), load())
    source = sources()["csl"]
    assert source.rows[0] <= extract.rows <= source.rows[1]
    entries = Counter(listing.watchlist for listing in of(extract, Listing))
    assert {name: entries[name] for name, fewest in source.lists.items() if entries[name] < fewest} == {}


def test_real_list_has_the_28_of_9_october_2019(real: Callable[[str], Path]) -> None:
    extract = csl.read(Document.open(real("consolidated_screening_list_2022-04.csv.gz")), load())
    begun = [
        listing
        for listing in of(extract, Listing)
        if listing.watchlist == "us-entity-list" and listing.start == parse_window("2019-10-09")
    ]
    assert len({listing.entry for listing in begun}) == 28
