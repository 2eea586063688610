"""`sousveil match` as a user runs it, in this process: it needs no store."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sousveil.cli.commands.match import COLUMNS, command
from sousveil.schema.errors import SousveilError

VENDORS = (
    "name,country,domain\nIntellifusion,CN,\nCLOUDWALK INC,US,\n"
    '"CloudWalk, Inc.",US,cloudwalk.io\nNobody At All,US,\n'
)
LEI = "00000000000000000A00"
PARENT = "00000000000000000B00"
LEVEL_1 = (
    "LEI,Entity.LegalName,Entity.LegalAddress.Country,Entity.HeadquartersAddress.Country,"
    "Entity.LegalJurisdiction,Entity.RegistrationAuthority.RegistrationAuthorityEntityID,"
    f"Entity.EntityStatus,Entity.EntityCategory\n{LEI},OOSTO LTD,IL,IL,IL,,ACTIVE,GENERAL\n"
)
LEVEL_2 = (
    "Relationship.StartNode.NodeID,Relationship.EndNode.NodeID,Relationship.RelationshipType,"
    f"Relationship.RelationshipStatus\n{LEI},{PARENT},IS_DIRECTLY_CONSOLIDATED_BY,ACTIVE\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOUSVEIL_HOME", str(tmp_path / "home"))
    (tmp_path / "vendors.csv").write_text(VENDORS, "utf-8")
    (tmp_path / "lei.csv.gz").write_bytes(gzip.compress(LEVEL_1.encode()))
    (tmp_path / "blank.txt").write_text("\n \n", "utf-8")
    (tmp_path / "rr.csv").write_text(LEVEL_2, "utf-8")
    return tmp_path


def match(*args: str) -> Result:
    return CliRunner().invoke(command, args)


def answered(*args: str) -> str:
    done = match(*args)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("folder")
def test_json_has_the_parts_of_an_answer_and_what_is_open() -> None:
    found = json.loads(answered("names", "vendors.csv", "--format", "json"))
    assert [column["name"] for column in found["columns"]] == list(COLUMNS)
    assert {(row["entry"], row["review"]) for row in found["rows"]} == {
        ("Intellifusion", "open"),
        ("CLOUDWALK INC", "open"),
    }
    assert found["coverage"] == {"entries": 4, "open": 2, "linked": 0, "rejected": 1, "elsewhere": 0}
    assert found["dataset"]["inputs"][0]["name"] == "vendors.csv"
    assert len(found["dataset"]["inputs"][0]["sha256"]) == 64
    assert "decides" in found["caveats"][0]


@pytest.mark.usefixtures("folder")
def test_every_format_has_the_same_rows() -> None:
    asked = ("names", "vendors.csv", "--review", "all")
    rows = json.loads(answered(*asked, "--format", "json"))["rows"]
    lines = answered(*asked, "--format", "jsonl").splitlines()
    assert [json.loads(line) for line in lines[1:]] == rows
    table = list(csv.DictReader(io.StringIO(answered(*asked, "--format", "csv"))))
    assert [row["entry"] for row in table] == [row["entry"] for row in rows]
    assert len(rows) == 3
    assert "score: 100.0 · review: rejected" in answered(*asked)


@pytest.mark.usefixtures("folder")
def test_toml_prints_both_decisions() -> None:
    printed = answered("names", "vendors.csv", "--toml")
    _, last = printed.split("\n\n", 1)
    assert tomllib.loads(last)["rejected"][0]["named"] == ["CLOUDWALK INC"]
    assert "#   against: other country: US, not CN" in printed


@pytest.mark.usefixtures("folder")
def test_gleif_levels_meet() -> None:
    done = answered("gleif", "lei.csv.gz", "--relationships", "rr.csv", "--format", "json")
    (row,) = json.loads(done)["rows"]
    assert (row["company"], row["source"], row["key"]) == ("oosto", "gleif", LEI)
    assert f"directly consolidated by lei:{PARENT}, whom the catalogue has not" in row["against"]
    assert f'identifiers = ["lei:{LEI}"]' in answered("gleif", "lei.csv.gz", "--toml")


@pytest.mark.usefixtures("folder")
def test_least_score_is_kept() -> None:
    Path("names.txt").write_text("Hikvison\n", "utf-8")
    assert "rows: 1" in answered("names", "names.txt")
    assert "rows: 0" in answered("names", "names.txt", "--min", "100")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("names", "vendors.csv", "--relationships", "rr.csv"), "goes with the source gleif"),
        (("names", "vendors.csv", "--toml", "-o", "x"), "goes to standard output"),
        (("nobody", "vendors.csv"), "'nobody' is not one of"),
        (("names", "blank.txt"), "blank.txt: as names it names no company"),
        (("names", "none.csv"), "none.csv: No such file or directory; give the path of a file"),
    ],
)
def test_wrong_usage_says_what_to_do(args: tuple[str, ...], told: str) -> None:
    done = match(*args)
    assert done.exit_code in (1, 2)
    assert told in done.output


@pytest.mark.usefixtures("folder")
def test_wrong_columns_are_told_before_anything_is_printed() -> None:
    done = match("gleif", "rr.csv")
    assert isinstance(done.exception, SousveilError)
    assert str(done.exception).startswith("rr.csv, line 1: missing: LEI, Entity.LegalName,")
    assert not done.stdout


def test_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.iterdir())
    answered("names", "vendors.csv", "--toml")
    assert sorted(folder.iterdir()) == before
