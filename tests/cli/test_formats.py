from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import click
import pytest

from sousveil.cli.formats import FORMATS, table, write
from sousveil.cli.output import Output
from sousveil.queries.answer import Answer

EVIDENCE = {
    "id": "ab" * 32,
    "source": "imc2020",
    "url": "https://example.org/a",
    "date": "2020-10",
    "locator": None,
}


def answer(**changes: object) -> Answer:
    row: dict[str, object] = {
        "provider": "DigiCert",
        "domain": "dahuasecurity.com",
        "status": "last-known",
        "confidence": None,
        "evidence": [EVIDENCE],
        "ownership": ["DigiCert, Inc. (US headquarters)", "Clearlake (US headquarters)"],
    }
    row.update(changes)
    return Answer(
        query="q",
        question="Which firms serve?",
        parameters={"country": "US", "service": None},
        as_of="2026-11-23",
        known_on="2026-11-23",
        columns={name: f"what {name} means" for name in row},
        rows=[row],
        coverage={"list": "us-entity-list", "listed_companies": 28},
        caveats=["Not that anybody broke a law."],
        dataset={"version": "0123456789ab", "inputs": [{"name": "catalogue", "dated": "2026-11-23"}]},
    )


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "md"])
def test_every_format_carries_question_clock_coverage_caution_and_dataset(form: str) -> None:
    text = "\n".join(FORMATS[form](answer()))
    for part in (
        "Which firms serve?",
        "2026-11-23",
        "28",
        "broke a law",
        "0123456789ab",
        "dahuasecurity.com",
    ):
        assert part in text


@pytest.mark.parametrize("width", [40, 80, 110, 160])
def test_table_names_every_column_in_order_and_fits_the_terminal(width: int) -> None:
    lines = list(table(answer(), width))
    text = " ".join(lines)
    places = [text.index(f"{name}:") for name in answer().columns]
    assert places == sorted(places)
    assert all(len(line) <= width or " " not in line.strip() or "http" in line for line in lines)


def test_csv_is_pure_rows_that_a_reader_gets_back() -> None:
    rows = list(csv.DictReader(io.StringIO("\n".join(FORMATS["csv"](answer())))))
    assert list(rows[0]) == list(answer().columns)
    assert rows[0]["ownership"] == "DigiCert, Inc. (US headquarters); Clearlake (US headquarters)"
    assert rows[0]["confidence"] == ""


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_csv_never_hands_a_spreadsheet_a_formula(cell: str) -> None:
    rows = list(csv.DictReader(io.StringIO("\n".join(FORMATS["csv"](answer(provider=cell))))))
    assert rows[0]["provider"] == f"'{cell}"


def test_csv_with_remarks_says_everything_in_comment_lines(capsys: pytest.CaptureFixture[str]) -> None:
    write(answer(), Output("csv", None, remarks=True))
    lines = capsys.readouterr().out.splitlines()
    remarks = [line for line in lines if line.startswith("# ")]
    assert any(line.startswith("# coverage: ") and "28" in line for line in remarks)
    assert lines[len(remarks)].startswith("provider,domain")


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb", "\u202egnp.exe", "x\x00y", "\x9b2J"])
def test_table_never_lets_a_name_drive_the_terminal(hostile: str) -> None:
    text = "\n".join(table(answer(provider=hostile), 80))
    assert not {"\x1b", "\u202e", "\x00", "\x9b"} & set(text)
    assert "provider:" in text


def test_markdown_never_lets_a_name_break_out_of_its_cell() -> None:
    lines = list(FORMATS["md"](answer(provider="a|b<script>[x](javascript:1)")))
    row = next(line for line in lines if "script" in line)
    assert "a\\|b\\<script\\>\\[x\\](javascript:1)" in row


def test_a_file_is_written_whole_with_its_metadata_beside_a_csv(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    write(answer(), Output("csv", target))
    assert target.read_text("utf-8").startswith("provider,")
    meta = json.loads((tmp_path / "rows.csv.meta.json").read_text("utf-8"))
    assert meta["coverage"]["listed_companies"] == 28
    assert meta["columns"][0] == {"name": "provider", "doc": "what provider means"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "rows.csv.meta.json"]


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"none/rows\.json"):
        write(answer(), Output("json", tmp_path / "none" / "rows.json"))


def test_json_is_the_answer_as_designed() -> None:
    found = json.loads("\n".join(FORMATS["json"](answer())))
    parts = ("query", "question", "parameters", "as_of", "columns", "rows", "coverage", "caveats", "dataset")
    assert set(parts) <= set(found)
    assert list(found["rows"][0]) == [column["name"] for column in found["columns"]]
