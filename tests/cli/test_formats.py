from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sousveil.cli.files import drafted
from sousveil.cli.formats import FORMATS, table, write
from sousveil.cli.output import NAMES, Output, output_options
from sousveil.queries.answer import Answer

EVIDENCE = {
    "id": "ab" * 32,
    "source": "imc2020",
    "url": "https://example.org/a",
    "date": "2020-10",
    "locator": None,
}

INPUT = {"source": "x", "name": "catalogue", "dated": "2026-11-23", "sha256": "cd" * 32, "left_out": []}


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
        dataset={"version": "0123456789ab", "inputs": [INPUT]},
    )


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "md", "html"])
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


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\uff1d1+1", " =1+1", "\u2028=1+1"]
)
@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_no_cell_hands_a_spreadsheet_a_formula(form: str, delimiter: str, cell: str) -> None:
    hostile = answer(provider=cell, **{cell: [cell, "x"]})
    lines = io.StringIO("\n".join(FORMATS[form](hostile)))
    for row in csv.reader(lines, delimiter=delimiter):
        assert not [item for item in row if item.startswith(("=", "+", "-", "@", "\uff1d"))]
        assert f"'{cell.strip()}" in row or row[0] == f"'{cell.strip()}"


@pytest.mark.parametrize("form", ["csv", "tsv"])
@pytest.mark.parametrize("cell", ["\t=1+1", "\n=1+1", "\r=1+1", "a\tb", "a\nb", '"=1+1"', "a,b;c"])
def test_no_cell_ends_early_and_begins_another(form: str, cell: str) -> None:
    lines = list(FORMATS[form](answer(provider=cell)))
    rows = list(csv.reader(lines, delimiter="\t" if form == "tsv" else ","))
    assert [len(row) for row in rows] == [len(answer().columns)] * 2
    assert len(lines) == 2
    assert rows[1][0][0] not in "=\t\r\n"


def test_tsv_is_the_same_rows_between_tabs() -> None:
    tabbed = list(csv.reader(FORMATS["tsv"](answer()), delimiter="\t"))
    assert tabbed == list(csv.reader(FORMATS["csv"](answer())))


class Page(HTMLParser):
    """Gathers what a page would do when it is opened: tags, links and other addresses, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[dict[str, str | None]] = []
        self.cells: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        names = [name for name, _ in attrs]
        self.handlers += [name for name in names if name.startswith("on") or name in {"src", "srcset"}]
        if "href" in names:
            self.links.append(dict(attrs))
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}",
        "</table></html>",
        "&lt;b&gt;",
    ],
)
def test_html_never_lets_a_name_become_markup(hostile: str) -> None:
    rows = answer(provider=hostile, evidence=[EVIDENCE | {"source": hostile, "locator": hostile}])
    page = Page("\n".join(FORMATS["html"](rows)))
    assert page.cells[0].strip() == hostile
    assert not {"script", "img", "link", "iframe", "object"} & page.tags
    assert not page.handlers


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a?b=c&d", True),
        ("HTTP://example.org/", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://example.org/ onmouseover=x", False),
        ("//example.org", False),
        ("https://", False),
        ("", False),
    ],
)
def test_html_links_only_to_the_web(url: str, *, linked: bool) -> None:
    page = Page("\n".join(FORMATS["html"](answer(evidence=[EVIDENCE | {"url": url}], provider=url))))
    assert [link["href"] for link in page.links] == ([url] * 2 if linked else [])
    assert all(link["rel"] == "noreferrer noopener" for link in page.links)


def test_html_asks_for_nothing_and_says_what_columns_mean() -> None:
    text = "\n".join(FORMATS["html"](answer()))
    assert "default-src 'none'" in text
    assert "url(" not in text
    assert "@import" not in text
    for part in ("what provider means", "country US", "listed companies", 'dir="auto"'):
        assert part in text


def test_html_shows_an_answer_without_rows(tmp_path: Path) -> None:
    empty = answer()
    empty.rows.clear()
    write(empty, Output("html", tmp_path / "empty.html"))
    assert "</html>" in (tmp_path / "empty.html").read_text("utf-8")


@pytest.mark.parametrize(("form", "head"), [("csv", "provider,domain"), ("tsv", "provider\tdomain")])
def test_rows_with_remarks_say_everything_in_comment_lines(
    form: str, head: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(answer(), Output(form, None, remarks=True))
    lines = capsys.readouterr().out.splitlines()
    remarks = [line for line in lines if line.startswith("# ")]
    assert any(line.startswith("# coverage: ") and "28" in line for line in remarks)
    assert lines[len(remarks)].startswith(head)


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\nb", "\u202egnp.exe", "x\x00y", "\x9b2J"])
def test_table_never_lets_a_name_drive_the_terminal(hostile: str) -> None:
    text = "\n".join(table(answer(provider=hostile), 80))
    assert not {"\x1b", "\u202e", "\x00", "\x9b"} & set(text)
    assert "provider:" in text


def test_markdown_never_lets_a_name_break_out_of_its_cell() -> None:
    lines = list(FORMATS["md"](answer(provider="a|b<script>[x](javascript:1)")))
    row = next(line for line in lines if "script" in line)
    assert "a\\|b\\<script\\>\\[x\\](javascript:1)" in row


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_a_file_is_written_whole_with_its_metadata_beside_the_rows(tmp_path: Path, form: str) -> None:
    target = tmp_path / "rows"
    write(answer(), Output(form, target))
    assert target.read_text("utf-8").startswith("provider")
    meta = json.loads((tmp_path / "rows.meta.json").read_text("utf-8"))
    assert meta["coverage"]["listed_companies"] == 28
    assert meta["columns"][0] == {"name": "provider", "doc": "what provider means"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows", "rows.meta.json"]


@click.command()
@output_options
def printing(output: Output) -> None:
    """Print the answer of these tests."""
    write(answer(), output)


@pytest.mark.parametrize("there", ["rows", "rows.meta.json"])
def test_a_file_that_stands_there_is_left_alone_without_force(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    asked = ["--format", "csv", "-o", str(tmp_path / "rows")]
    done = CliRunner().invoke(printing, asked)
    assert done.exit_code == 1
    assert f"{there}: exists; give another name, or --force" in done.output
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
    assert CliRunner().invoke(printing, [*asked, "--force"]).exit_code == 0
    assert "mine" not in [path.read_text() for path in tmp_path.iterdir()]


def test_only_what_would_be_written_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "page.meta.json").write_text("mine")
    done = CliRunner().invoke(printing, ["--format", "html", "-o", str(tmp_path / "page")])
    assert done.exit_code == 0
    assert (tmp_path / "page.meta.json").read_text() == "mine"


def fail_halfway(path: Path) -> None:
    with drafted(path) as file:
        file.write("new")
        raise RuntimeError("halfway")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "rows"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway(target)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_device_is_never_replaced_by_a_file() -> None:
    with pytest.raises(click.ClickException, match="no ordinary file"), drafted(Path(os.devnull)):
        pass


def test_nothing_pages_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed 1iPAGED")
    monkeypatch.setenv("LINES", "5")
    done = CliRunner().invoke(printing, [])
    assert "dahuasecurity.com" in done.output
    assert "PAGED" not in done.output


def test_every_format_that_is_offered_is_written() -> None:
    assert list(FORMATS) == list(NAMES)


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"none/rows\.json"):
        write(answer(), Output("json", tmp_path / "none" / "rows.json"))


def test_json_is_the_answer_as_designed() -> None:
    found = json.loads("\n".join(FORMATS["json"](answer())))
    parts = ("query", "question", "parameters", "as_of", "columns", "rows", "coverage", "caveats", "dataset")
    assert set(parts) <= set(found)
    assert list(found["rows"][0]) == [column["name"] for column in found["columns"]]
