"""`sousveil screen` as a user runs it: what ships with the program, and each format."""

from __future__ import annotations

import csv
import io
import json

import pytest
from program import Program

NAMES = "Hikvision\n\n=Dahua Tech\nCLOUDWALK INC\ncloudwalk.io\nSenseTime Group\ndigicert.com\n"


def test_json_is_whole_and_the_counts_go_to_standard_error(loaded: Program) -> None:
    done = loaded("screen", "-", "--format", "json", stdin=NAMES)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = found["rows"]
    assert {row["line"] for row in rows} == {str(number) for number in range(1, 8)}
    assert [column["name"] for column in found["columns"]] == list(rows[0])
    assert found["summary"]["lines"] == 7
    assert done.stderr.startswith("7 lines: ")
    assert "proves little" in done.stderr
    assert "\n" not in done.stderr.strip()


def test_real_names_are_found_and_namesakes_are_not_hits(loaded: Program) -> None:
    rows = json.loads(loaded("screen", "-", "--format", "json", stdin=NAMES).stdout)["rows"]
    by_line = {line: [row for row in rows if row["line"] == line] for line in {row["line"] for row in rows}}
    (hikvision,) = by_line["1"]
    assert (hikvision["match"], hikvision["id"]) == ("reviewed", "hikvision")
    assert any(text.startswith("us-entity-list since 2019-10-09") for text in hikvision["listed"])
    assert hikvision["served_by"]
    assert by_line["2"][0]["match"] == "unread"
    assert [(row["id"], row["match"]) for row in by_line["4"]] == [("cloudwalk", "candidate")]
    assert by_line["5"][0]["match"] == "none"
    assert "cloudwalk.io is another company" in by_line["5"][0]["note"]
    assert {row["id"] for row in by_line["6"]} == {"sensetime-group", "sensetime-group-inc"}
    assert {row["match"] for row in by_line["6"]} == {"candidate"}
    digicert = next(row for row in by_line["7"] if row["label"] == "Provider")
    assert digicert["match"] == "exact"
    assert digicert["serves_listed"][0].startswith("services: ")


def test_every_format_has_the_same_rows_and_no_cell_runs(loaded: Program) -> None:
    rows = json.loads(loaded("screen", "-", "-f", "json", stdin=NAMES).stdout)["rows"]
    head, *lines = map(json.loads, loaded("screen", "-", "-f", "jsonl", stdin=NAMES).stdout.splitlines())
    assert head["answer"]["query"] == "screen"
    assert lines[:-1] == rows
    assert lines[-1]["summary"]["lines"] == 7
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        text = loaded("screen", "-", "-f", form, stdin=NAMES).stdout
        cells = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
        assert [row["id"] for row in cells] == [row["id"] or "" for row in rows]
        assert next(row["text"] for row in cells if row["line"] == "3") == "'=Dahua Tech"
    table = loaded("screen", "-", stdin=NAMES).stdout
    assert table.count("match: ") == len(rows)
    assert "A clean line proves little" in " ".join(table.split())


def test_file_is_written_whole_with_its_summary_and_never_over_another(loaded: Program) -> None:
    source, target = loaded.folder / "v.csv", loaded.folder / "out.csv"
    source.write_text("id,supplier\n1,Hikvision\n", "utf-8")
    asked = ("screen", "v.csv", "-f", "csv", "-o", "out.csv")
    assert loaded(*asked).returncode == 0
    meta = json.loads((loaded.folder / "out.csv.meta.json").read_text("utf-8"))
    assert (meta["summary"]["lines"], meta["parameters"]["file"]) == (1, "v.csv")
    again = loaded(*asked)
    assert again.returncode == 1
    assert "exists" in again.stderr
    assert loaded(*asked, "--force").returncode == 0
    assert target.read_text("utf-8").count("\n") == 2


@pytest.mark.parametrize(
    ("args", "stdin", "code", "told"),
    [
        (("-", "--column", "vendor"), "name,x\n", 2, "no column vendor; the columns are name, x"),
        (("-",), "", 1, "the file is empty"),
        (("nobody.csv",), "", 1, "No such file"),
        (("-", "--min", "20"), "x", 2, "50<=x<=100"),
        (("-",), '{"components": [', 1, "not JSON"),
    ],
)
def test_what_cannot_be_screened_says_why(
    loaded: Program, args: tuple[str, ...], stdin: str, code: int, told: str
) -> None:
    done = loaded("screen", *args, stdin=stdin)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_hits_and_none_both_exit_0(loaded: Program) -> None:
    assert loaded("screen", "-", stdin="Nobody At All").returncode == 0
