"""GLEIF's files, in their columns; the records are made up."""

from __future__ import annotations

import csv
import gzip
import tracemalloc
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from sousveil.ingest.match import gleif
from sousveil.ingest.sources.documents import SourceError

LION, PUMA, CAT = "00000000000000LION00", "00000000000000PUMA00", "000000000000000CAT00"
OTHER = "Entity.OtherEntityNames.OtherEntityName."
TRANSLITERATED = "Entity.TransliteratedOtherEntityNames.TransliteratedOtherEntityName."
HEADER = (
    *gleif.LEVEL_1,
    "Entity.LegalName.xmllang",
    f"{OTHER}1",
    f"{OTHER}1.xmllang",
    f"{OTHER}1.type",
    f"{OTHER}2",
    f"{TRANSLITERATED}1",
    f"{TRANSLITERATED}1.type",
    "Registration.LastUpdateDate",
)


def level_1(path: Path, *records: Mapping[str, str], header: Iterable[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*header], restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(records)
    return path


def level_2(path: Path, *rows: tuple[str, ...], header: Iterable[str] = gleif.LEVEL_2) -> Path:
    path.write_text("\n".join(",".join(row) for row in (tuple(header), *rows)) + "\n", "utf-8")
    return path


def record(lei: str, name: str, **other: str) -> dict[str, str]:
    return {"LEI": lei, "Entity.LegalName": name, "Entity.EntityStatus": "ACTIVE"} | other


def test_record_has_every_name_country_and_number(tmp_path: Path) -> None:
    told = record(LION, " 狮子有限公司 ") | {
        f"{OTHER}1": "Lion Co., Ltd.",
        f"{OTHER}1.type": "ALTERNATIVE_LANGUAGE_LEGAL_NAME",
        f"{TRANSLITERATED}1": "Shizi",
        "Entity.LegalAddress.Country": "CN",
        "Entity.HeadquartersAddress.Country": "HK",
        "Entity.LegalJurisdiction": "CN",
        gleif.REGISTERED: "91000000000000000X",
        "Entity.EntityCategory": "GENERAL",
    }
    (found,) = gleif.level_1(level_1(tmp_path / "lei.csv", told))
    assert (found.source, found.key, found.name) == ("gleif", LION, "狮子有限公司")
    assert found.aliases == ("Lion Co., Ltd.", "Shizi")
    assert found.countries == ("CN", "HK")
    assert found.identifiers == (f"lei:{LION}", "uscc:91000000000000000X")
    assert found.remarks == ()


def test_number_of_another_register_is_no_credit_code_and_a_state_is_its_country(tmp_path: Path) -> None:
    told = record(LION, "Lion") | {
        "Entity.LegalJurisdiction": "US-DE",
        gleif.REGISTERED: "91000000000000000X",
    }
    (found,) = gleif.level_1(level_1(tmp_path / "lei.csv", told))
    assert (found.countries, found.identifiers) == (("US",), (f"lei:{LION}",))


def test_fund_and_ended_record_are_remarked(tmp_path: Path) -> None:
    told = record(LION, "Lion") | {"Entity.EntityStatus": "INACTIVE", "Entity.EntityCategory": "FUND"}
    (found,) = gleif.level_1(level_1(tmp_path / "lei.csv", told))
    assert found.remarks == ("the record is INACTIVE", "the record is a fund")


@pytest.mark.parametrize("column", gleif.LEVEL_1)
def test_missing_column_is_named(tmp_path: Path, column: str) -> None:
    header = [name for name in HEADER if name != column]
    with pytest.raises(SourceError, match=rf"lei\.csv, line 1: missing: {column};"):
        list(gleif.level_1(level_1(tmp_path / "lei.csv", header=header)))


@pytest.mark.parametrize(("lei", "name"), [("5493", "Lion"), (LION.lower(), "Lion"), (LION, " ")])
def test_record_without_lei_or_name_is_refused(tmp_path: Path, lei: str, name: str) -> None:
    with pytest.raises(SourceError, match=r"lei\.csv, line 2: LEI "):
        list(gleif.level_1(level_1(tmp_path / "lei.csv", record(lei, name))))


def test_owners_are_those_that_consolidate_now(tmp_path: Path) -> None:
    path = level_2(
        tmp_path / "rr.csv",
        (CAT, LION, "IS_ULTIMATELY_CONSOLIDATED_BY", "ACTIVE"),
        (CAT, PUMA, "IS_DIRECTLY_CONSOLIDATED_BY", "ACTIVE"),
        (CAT, LION, "IS_DIRECTLY_CONSOLIDATED_BY", "INACTIVE"),
        (CAT, LION, "IS_FUND-MANAGED_BY", "ACTIVE"),
        (PUMA, LION, "IS_DIRECTLY_CONSOLIDATED_BY", "ACTIVE"),
    )
    assert gleif.level_2(path, {CAT}) == {CAT: [("directly", PUMA), ("ultimately", LION)]}


def test_level_1_is_not_taken_for_level_2(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"line 1: missing: Relationship\.StartNode\.NodeID"):
        gleif.level_2(level_1(tmp_path / "lei.csv"), {CAT})


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    head = ",".join(HEADER)
    row = ",".join(["0" * 20, "Lion", *[""] * (len(HEADER) - 2)]) + "\n"
    path = tmp_path / "lei.csv.gz"
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.write(f"{head}\n" + row * 50_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in gleif.level_1(path)) == 50_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
