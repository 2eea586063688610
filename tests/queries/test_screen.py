"""Screening on the small world: what each line says by hand, on both clocks, on every store."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import smallworld as world

from sousveil import catalogue
from sousveil.cli.screened import Screened
from sousveil.cli.screening import Screening, _owned, statement
from sousveil.graph import BoltStore
from sousveil.ingest.match.screen import Index, Known
from sousveil.ingest.match.vendors import ColumnError, Line, of_file, read
from sousveil.ingest.sources.documents import SourceError

TODAY = date(2026, 1, 1)
LEI = "lei:5493000IBP32UQZ0KL24"
Row = dict[str, Any]


def screened(
    store: BoltStore, lines: list[Line], as_of: date = TODAY, known_on: date = TODAY, least: float = 90.0
) -> tuple[list[Row], Screened]:
    asked = Screening(store, as_of, known_on)
    made = Screened(asked, Index(asked.known(), world.small()), least, "no match; that proves little")
    return list(made.rows(lines)), made


def ask(store: BoltStore, text: str, **given: Any) -> list[Row]:
    return screened(store, [Line("1", text)], **given)[0]


def one(store: BoltStore, text: str, **given: Any) -> Row:
    (row,) = ask(store, text, **given)
    return row


def read_bytes(data: bytes, name: str = "standard input", column: str | None = None) -> list[Line]:
    return list(read(io.BytesIO(data), name, column))


# -- matching


@pytest.mark.parametrize(
    ("text", "match", "reason", "key"),
    [
        ("lion", "exact", "same id", "lion"),
        ("LION CAMERAS CO., LTD.", "exact", "same name: Lion Cameras Co., Ltd.", "lion"),
        ("Lion", "reviewed", "same name: alias Lion", "lion"),
        ("雄狮摄像", "reviewed", "same name: alias 雄狮摄像", "lion"),
        ("شركة القمر للمراقبة", "exact", "same name: شركة القمر للمراقبة", "qamar"),
        ('O\'Brien "Eyes" \\ Sons', "exact", 'same name: O\'Brien "Eyes" \\ Sons', "obrien"),
        ("lion.example", "exact", "same domain", "lion.example"),
        ("https://www.cub.example/a?b", "exact", "registrable domain of www.cub.example", "cub.example"),
        ("rio alto", "exact", "same name: Río Alto", "us-entity-list-rio"),
        ("Cub Vision Inc.", "candidate", "same name but for gmbh inc, 100: Cub Vision GmbH", "cub"),
        ("Newroott SA", "candidate", "like name, 93.3: Newroot SA", "newroot"),
    ],
)
def test_match_says_how_sure_it_is_and_why(
    small_world: BoltStore, text: str, match: str, reason: str, key: str
) -> None:
    row = one(small_world, text)
    assert (row["match"], row["reason"], row["id"]) == (match, reason, key)


def test_candidate_is_no_hit_and_needs_the_least_likeness(small_world: BoltStore) -> None:
    (row,), made = screened(small_world, [Line("1", "Newroott SA")])
    assert "no hit" in row["note"]
    assert (made.counts["candidate"], made.counts["exact"], made.counts["listed"]) == (1, 0, 0)
    assert one(small_world, "Newroott SA", least=95.0)["match"] == "none"


def test_name_without_a_match_says_that_this_proves_little(small_world: BoltStore) -> None:
    row = one(small_world, "Nobody At All")
    assert (row["match"], row["id"], row["listed"]) == ("none", None, None)
    assert row["note"] == "no match; that proves little"


def test_id_of_two_is_given_twice(small_world: BoltStore) -> None:
    assert [(row["label"], row["match"]) for row in ask(small_world, "wren")] == [
        ("Company", "exact"),
        ("Provider", "exact"),
    ]
    assert [(row["label"], row["match"]) for row in ask(small_world, "Wren")] == [("Provider", "exact")]


def index() -> Index:
    known = [
        Known(label="Company", id="ab", name="Abacus Optics Ltd", identifiers=(LEI,)),
        Known(label="Company", id="abc", name="Abacus Optics Inc"),
        Known(
            label="Provider", id="aws", name="Cloudy", website="https://www.cloudy.example/", reviewed=True
        ),
        Known(
            label="Company", id="cloudwalk", name="CloudWalk Technology", names=("CloudWalk",), reviewed=True
        ),
    ]
    return Index(known, catalogue.load())


def test_ambiguous_name_gives_all_with_what_tells_them_apart() -> None:
    first, second = index().matches("Abacus Optics", 90)
    assert {first.match, second.match} == {"candidate"}
    assert first.against == ("others of that name: company abc (Abacus Optics Inc)",)
    assert second.against == (f"others of that name: company ab (Abacus Optics Ltd, {LEI})",)
    exact, other = index().matches("ABACUS OPTICS LTD.", 90)
    assert (exact.id, exact.match, other.match) == ("ab", "exact", "candidate")
    assert "other legal form: ltd, not inc" in other.against


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        (LEI, "ab", f"same identifier {LEI}"),
        (LEI.removeprefix("lei:").lower(), "ab", f"same identifier {LEI}"),
        ("shop.cloudy.example", "aws", "same domain, its own site www.cloudy.example"),
    ],
)
def test_identifier_or_own_site_is_exact(text: str, key: str, reason: str) -> None:
    (found,) = index().matches(text, 90)
    assert (found.match, found.id, found.reason) == ("exact", key, reason)


def test_reviewed_no_is_never_a_hit_and_its_reason_is_told() -> None:
    (found,) = index().matches("CloudWalk, Inc.", 90)
    assert found.match == "candidate"
    assert "is another company than cloudwalk: a payment company" in found.against[0]
    (short,) = index().matches("CloudWalk", 90)
    assert (short.match, short.against[0]) == ("reviewed", found.against[0])
    assert index().matches("cloudwalk.io", 90) == []
    assert "cloudwalk.io is another company" in index().rejected("https://www.cloudwalk.io/x")[0]


def test_other_country_speaks_against_a_match(small_world: BoltStore) -> None:
    lines = [
        Line("1", "Lion", country="us"),
        Line("2", "Lion", country="CN"),
        Line("3", "Moth", country="US"),
    ]
    rows, _ = screened(small_world, lines)
    told = [[text for text in row["against"] if "country" in text] for row in rows]
    assert told == [["other country: us, not CN"], [], []]


# -- what is known


def test_lists_stand_or_ended_on_the_day(small_world: BoltStore) -> None:
    assert one(small_world, "lion")["listed"] == [
        "us-cmic since 2021-06-03",
        "us-entity-list since 2019-10-09",
        "us-section-889 since 2018-08-13",
    ]
    assert one(small_world, "ibex")["listed"] == ["us-entity-list since 2024-02-27, ended 2024-10-21"]
    assert one(small_world, "ibex", as_of=date(2024, 3, 1))["listed"] == [
        "us-entity-list since 2024-02-27, until 2024-10-21"
    ]


def test_ended_listing_is_not_counted(small_world: BoltStore) -> None:
    _, made = screened(small_world, [Line("1", "ibex"), Line("2", "lion")])
    assert made.counts["listed"] == 1


def test_listing_that_we_did_not_know_yet_is_not_told(small_world: BoltStore) -> None:
    assert one(small_world, "lion", known_on=date(2020, 12, 31))["listed"] == [
        "us-entity-list since 2019-10-09"
    ]
    assert one(small_world, "ibex", as_of=date(2024, 3, 1), known_on=date(2024, 3, 1))["listed"] == []


def test_owner_on_a_list_is_told_with_share_and_control(small_world: BoltStore) -> None:
    (told,) = one(small_world, "cub")["owned_by_listed"]
    assert told.startswith("owned by (legal, 60 %): Lion Cameras Co., Ltd. [lion] (us-cmic since")
    (part,) = one(small_world, "Wren Networks", as_of=date(2023, 1, 1))["owned_by_listed"]
    assert part.startswith("a share without control (reported, 10 %): Lion")
    assert one(small_world, "Wren Networks")["owned_by_listed"] == []
    (site,) = one(small_world, "shan.example")["owned_by_listed"]
    assert site.startswith("belongs to (declared): 山视科技 [shan] (us-entity-list since")


def way(**differing: object) -> dict[str, object]:
    return {
        "label": "Company", "id": "x", "owner": "o", "name": "O", "basis": "legal", "controls": ["yes"],
        "shares": [None],
    } | differing  # fmt: skip


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        ([way()], ["controlled by (legal): O"]),
        ([way(controls=["unknown"])], ["perhaps controlled by (legal): O"]),
        ([way(controls=["unknown"], shares=[60.0])], ["owned by (legal, 60 %): O"]),
        (
            [way(controls=["yes", "unknown"], shares=[49.0, None])],
            ["perhaps controlled by (legal, ? of 49 %, in 2 steps): O"],
        ),
        ([way(controls=["no"], shares=[10.0]), way()], ["controlled by (legal): O"]),
        ([way(owner="nobody")], []),
        (
            [way(controls=["no"], shares=[30.0]), way(owner="p", name="P", controls=["no"], shares=[40.0])],
            [
                "a share without control (legal, 30 %): O",
                "a share without control (legal, 40 %): P",
                "listed owners together hold 70 %",
            ],
        ),
    ],
)
def test_owner_is_told_as_surely_as_it_is_known(ways: list[dict[str, object]], told: list[str]) -> None:
    listings = {"o": ["a since 2020"], "p": ["b since 2020"]}
    found = list(_owned(ways, listings))
    assert [text.partition(" [")[0] for text in found] == told


def test_owner_counts_only_where_it_is_certain(small_world: BoltStore) -> None:
    day = date(2023, 1, 1)
    _, made = screened(small_world, [Line("1", "cub"), Line("2", "Wren Networks")], as_of=day)
    assert made.counts["owned_by_listed"] == 1


def test_service_to_a_listed_company_is_counted_and_shown(small_world: BoltStore) -> None:
    (row,) = ask(small_world, "DuneMail")
    count, service = row["serves_listed"]
    assert count == "services: 1, listed companies: 1, shown: 1"
    assert service.startswith(
        "山视科技: email by DuneMail, shan.example, last-known, last seen 2021-03-12, evidence "
    )
    (owner,) = ask(small_world, "dune-holding")
    assert owner["serves_listed"] == row["serves_listed"]


def test_dispute_is_told_until_it_is_decided(small_world: BoltStore) -> None:
    told = [text for text in one(small_world, "moth")["served_by"] if "AmberCloud" in text]
    assert len(told) == 1
    assert ", disputed, " in told[0]
    before = one(small_world, "moth", known_on=date(2021, 12, 31))["served_by"]
    assert ", disputed, " not in "".join(before)


def test_served_by_counts_and_shows_a_few(small_world: BoltStore) -> None:
    count, *shown = one(small_world, "lion")["served_by"]
    services = int(count.split(": ")[1].split(",")[0])
    assert services > len(shown) == 5
    assert count.endswith("shown: 5")
    assert one(small_world, "lion", as_of=date(2019, 1, 1))["served_by"] == []
    assert one(small_world, "lion", known_on=date(2020, 1, 1))["served_by"] == []


def test_silent_company_says_that_nothing_is_known(small_world: BoltStore) -> None:
    assert "proves little" in one(small_world, "gale-fund")["note"]


@pytest.mark.parametrize("name", ["bases", "listed", "lists", "owners", "served", "serves"])
def test_statement_takes_no_ids_and_draws_no_remark(small_world: BoltStore, name: str) -> None:
    given = {key: list[str]() for key in ("companies", "providers", "domains")}
    clocks = {"as_of": "2026-01-01", "known_on": "2026-01-01"}
    answer = small_world.read(statement(name), {**given, **clocks, "most": 1, "shown": 1})
    assert list(answer.notifications) == []
    assert bool(answer.rows) == (name == "lists")


def test_what_was_compared_names_lists_dates_and_coverage(small_world: BoltStore) -> None:
    told = Screening(small_world, TODAY, TODAY).compared()
    assert "us-entity-list (2020-07-01)" in told
    assert "us-section-889 (by the catalogue)" in told
    before = Screening(small_world, TODAY, date(2019, 1, 1)).compared()
    assert before == "lists: none; 0 of 0 listed companies have a known domain"
    assert told.endswith("listed companies have a known domain")


# -- many lines


def test_every_line_has_a_row_and_the_counts_add_up(small_world: BoltStore) -> None:
    names = ["lion", "Nobody", "", "Newroott SA", "Al Qamar", "=HYPERLINK(1)", "x" * 5000]
    lines = read_bytes("\n".join(names * 200).encode())
    rows, made = screened(small_world, lines)
    assert [row["line"] for row in rows] == [str(number) for number in range(1, 1401)]
    counts = made.counts
    assert (counts["lines"], counts["unread"], counts["candidate"]) == (1400, 400, 200)
    assert counts["exact"] + counts["reviewed"] + counts["none"] == 800
    assert rows[6]["note"] == "longer than 1,000 characters, so no name; not compared"


# -- reading


def test_plain_lines_are_numbered_and_a_bad_one_is_named() -> None:
    data = b"\xef\xbb\xbfLion\n\nM\xfcller\nnul\0\n" + b"x" * (1024 * 1024 + 5) + b"\nlast"
    lines = read_bytes(data)
    assert [line.place for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert lines[0].text == "Lion"
    assert lines[5] == Line("6", "last")
    problems = [line.problem for line in lines]
    assert problems[1] == "blank"
    assert "not UTF-8 (byte 0xfc)" in problems[2]
    assert "NUL" in problems[3]
    assert "longer than 1 MB" in problems[4]


def test_table_reads_the_first_known_column_and_the_country() -> None:
    lines = read_bytes(b'id;Supplier;Country\n1;Lion;CN\n2;"A;\nB";\n3\n4;Cub;DE;more\n', "v.csv")
    assert lines[0] == Line("2", "Lion", "CN")
    assert lines[1] == Line("3", "A;\nB")
    assert (lines[2].place, lines[2].problem) == ("5", "1 fields, not 3; no Supplier")
    assert lines[3] == Line("6", "Cub", "DE", remark="4 fields, not 3")


def test_quote_that_never_closes_loses_no_line() -> None:
    lines = read_bytes(b'name,x\nLion,1\n"Cub,2\nMoth,3\n', "v.csv")
    assert [line.place for line in lines] == ["2", "3", "4"]
    assert lines[0].text == "Lion"
    assert all("not CSV" in line.problem for line in lines[1:])


def test_table_goes_on_after_an_unreadable_line() -> None:
    lines = read_bytes(b"name,x\nLion,1\nM\xfc,2\nCub,3\n", "v.csv")
    assert [(line.place, bool(line.problem)) for line in lines] == [("2", False), ("3", True), ("4", False)]


@pytest.mark.parametrize(
    ("data", "name", "column", "told"),
    [
        (b"", "a.txt", None, "empty"),
        (b"\xff\xfea\0", "a.csv", None, "UTF-16"),
        (b"a,b\n1,2\n", "a.csv", None, "no column name or vendor"),
        (b"name,b\n1,2\n", "a.csv", "vendor", "the columns are name, b"),
        (b'{"components": [', "a.json", None, "line 1: not JSON"),
        (b'{"x": 1}', "a.json", None, "neither a list nor an SBOM"),
        (b"[" * 200_000, "a.json", None, "nested too deep"),
    ],
)
def test_file_that_is_no_such_thing_is_refused(data: bytes, name: str, column: str | None, told: str) -> None:
    with pytest.raises(SourceError, match=told) as caught:
        read_bytes(data, name, column)
    assert isinstance(caught.value, ColumnError) == ("column" in told or "columns" in told)


def test_cyclonedx_gives_suppliers_and_hosts_each_once() -> None:
    part = {
        "name": "part",
        "supplier": {"name": "Lion", "url": ["https://lion.example"]},
        "manufacturer": {"name": "Lion"},
        "publisher": "Cub",
        "externalReferences": [
            {"type": "vcs", "url": "git:x"},
            {"type": "website", "url": "https://cub.example/"},
        ],
        "components": [{"name": "inner"}],
    }
    document = {
        "bomFormat": "CycloneDX",
        "components": [part],
        "services": [{"name": "s", "provider": {"name": "P"}}],
    }
    lines = read_bytes(json.dumps(document).encode())
    assert [(line.place, line.text, line.problem) for line in lines] == [
        ("components[0].supplier.name", "Lion", ""),
        ("components[0].supplier.url", "https://lion.example", ""),
        ("components[0].publisher", "Cub", ""),
        ("components[0].externalReferences[1].url", "https://cub.example/", ""),
        ("services[0].provider.name", "P", ""),
        ("components[0].components[0]", "inner", "names no supplier"),
    ]


def test_hostile_sbom_is_read_to_its_end() -> None:
    odd = [7, None, {"supplier": 3}, {"supplier": {"name": 1, "url": "https://lion.example"}}]
    odd += [{"supplier": {"url": 5}, "publisher": [], "externalReferences": {"url": 1}, "components": "x"}]
    lines = read_bytes(json.dumps({"components": odd}).encode())
    assert [line.text for line in lines if not line.problem] == ["https://lion.example"]
    assert [line.problem for line in lines if line.problem] == ["names no supplier"] * 4


def test_spdx_gives_organisations_and_homes_and_no_people() -> None:
    packages = [
        {"name": "a", "supplier": "Organization: Lion", "homepage": "https://lion.example"},
        {"name": "b", "supplier": "Person: Ann", "originator": "NOASSERTION"},
        {"name": "c", "supplier": "NOASSERTION"},
        7,
    ]
    lines = read_bytes(json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}).encode(), "s.spdx.json")
    assert [(line.text, line.problem) for line in lines] == [
        ("Lion", ""),
        ("https://lion.example", ""),
        ("Person: Ann", "a person; people are not screened"),
        ("c", "names no supplier"),
        ("", "names no supplier"),
    ]


def test_json_list_takes_strings_and_objects() -> None:
    data = json.dumps(["Lion", {"vendor": "Cub", "country": "DE"}, {"x": 1}, 3]).encode()
    lines = read_bytes(data)
    assert lines[2].problem.startswith("no name or vendor")
    assert lines[:2] == [Line("[0]", "Lion"), Line("[1]", "Cub", "DE")]
    assert [bool(line.problem) for line in lines[2:]] == [True, True]


def test_packed_and_damaged_files(tmp_path: Path) -> None:
    packed = gzip.compress(b"name,x\nLion,1\n" * 2000)
    whole, cut = tmp_path / "v.csv.gz", tmp_path / "cut.csv.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-20])
    assert len(list(of_file(whole, None))) == 3999
    with pytest.raises(SourceError, match="damaged"):
        list(of_file(cut, None))
    with pytest.raises(SourceError, match="No such file"):
        list(of_file(tmp_path / "none.csv", None))
