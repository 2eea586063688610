import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.sources import documents
from sousveil.ingest.sources.documents import Document, SourceError

COLUMNS = ("name", "country")


def rows(data: bytes | str, optional: tuple[str, ...] = ()) -> list[dict[str, str]]:
    raw = data.encode() if isinstance(data, str) else data
    return [dict(row.cells) for row in Document.unpack("a.csv", raw).rows(COLUMNS, optional=optional)]


def test_rows_come_with_their_fields_in_any_order_of_columns() -> None:
    assert rows("country,name\nCN,Hikvision\n") == [{"country": "CN", "name": "Hikvision"}]


def test_a_packed_copy_is_the_same_document() -> None:
    data = b"name,country\nA,CN\n"
    packed = Document.unpack("a.csv.gz", gzip.compress(data))
    assert packed.data == data
    assert packed.digest == Document.unpack("a.csv", data).digest


def test_open_reads_a_file_and_keeps_the_stated_date(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,country\n")
    document = Document.open(path, date(2022, 4, 21))
    assert (document.name, document.dated) == ("a.csv", date(2022, 4, 21))


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_open_of_no_file_says_what_to_give(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="give the path of a file"):
        Document.open(tmp_path / name)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"", "line 1: the file is empty", id="empty"),
        pytest.param(b" \n\n", "line 1: the file is empty", id="blank"),
        pytest.param(b"\xef\xbb\xbfname,country\n", "line 1: begins with a byte order mark", id="BOM"),
        pytest.param("name,country\n".encode("utf-16"), "line 1: begins with a byte order mark", id="UTF-16"),
        pytest.param("name,country\n".encode("utf-16-le"), "line 1: holds a NUL byte", id="UTF-16, bare"),
        pytest.param("name,country\nÜ,DE\n".encode("latin-1"), "line 2: not UTF-8 .byte 0xdc", id="latin-1"),
        pytest.param(b"name,country\nA\0,CN\n", "line 2: holds a NUL byte", id="NUL"),
        pytest.param(b"<!DOCTYPE html>\n<title>404</title>", "line 1: this is an HTML page", id="HTML"),
        pytest.param(b"\n  <HTML><body>Sign in", "line 1: this is an HTML page", id="HTML, indented"),
        pytest.param(b'name,country\nA,CN\n"B,CN\n', "line 3: not CSV", id="open quote"),
        pytest.param(b'name,country\n"A"x,CN\n', "line 2: not CSV", id="text after a quote"),
        pytest.param(b"name,country\nA\n", "line 2: 1 fields, not 2", id="short row"),
        pytest.param(b"name,country\nA,CN,x\n", "line 2: 3 fields, not 2", id="long row"),
        pytest.param(b"name\nA\n", "line 1: .*missing: country", id="missing column"),
        pytest.param(
            b"name,land\nA,CN\n", "line 1: .*missing: country; unknown: 'land'", id="renamed column"
        ),
        pytest.param(b"name,country,x\nA,CN,1\n", "line 1: .*unknown: 'x'", id="new column"),
        pytest.param(b"name,country,name\nA,CN,B\n", "line 1: .*a column occurs twice", id="repeated column"),
    ],
)
def test_malformed_file_is_refused_with_file_and_line(data: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=f"^a.csv, {told}"):
        rows(data)


def test_damaged_gzip_is_refused_with_file_and_line() -> None:
    packed = gzip.compress(b"name,country\nA,CN\n" * 50_000)
    for broken in (packed[: len(packed) // 2], packed[:-4], packed[:60] + b"\xff\xff" + packed[62:]):
        with pytest.raises(SourceError, match=r"^a.csv, line \d+: the gzip file is damaged or cut off"):
            rows(broken)


def test_gzip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 2 * 1024 * 1024)
    with pytest.raises(SourceError, match=r"^a.csv, line \d+: larger than 2 MB by here"):
        rows(gzip.compress(b"name,country\n" + b"A,CN\n" * 1_000_000))


def test_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 8)
    (tmp_path / "a.csv").write_text("name,country\n")
    with pytest.raises(SourceError, match="larger than"):
        Document.open(tmp_path / "a.csv")


def test_line_over_the_limit_is_refused_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LONGEST_LINE", 1024)
    with pytest.raises(SourceError, match=r"^a.csv, line 2: longer than"):
        rows("name,country\n" + "A" * 1025 + ",CN\n")


def test_absent_optional_column_is_blank_in_every_row() -> None:
    assert rows("name,country\nA,CN\n", optional=("url",)) == [{"name": "A", "country": "CN", "url": ""}]


def test_optional_column_is_read_where_it_is_there() -> None:
    assert rows("name,url,country\nA,x,CN\n", optional=("url",))[0]["url"] == "x"


def test_optional_columns_do_not_admit_others() -> None:
    with pytest.raises(SourceError, match="unknown: 'note'"):
        rows("name,country,note\nA,CN,x\n", optional=("url",))


def test_row_without_an_optional_column_is_the_same_row_as_a_blank_one() -> None:
    digests = {
        row.digest
        for text in ("name,country\nA,CN\n", "name,country,url\nA,CN,\n")
        for row in Document.unpack("a.csv", text.encode()).rows(COLUMNS, optional=("url",))
    }
    assert len(digests) == 1


def test_field_that_nobody_reads_is_an_error_with_its_line() -> None:
    row = next(iter(Document.unpack("a.csv", b"name,country\nA,CN\n").rows(COLUMNS)))
    assert row.take("name") == "A"
    with pytest.raises(SourceError, match=r"^a.csv, line 2: fields nobody reads: country"):
        row.finish()


def test_broken_json_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"^a.json, line 2: not JSON"):
        Document.unpack("a.json", b'{"a": 1,\n b}').json()


def test_json_nested_without_end_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^a.json, line 1: not JSON"):
        Document.unpack("a.json", b"[" * 1_000_000).json()


def complaint(data: bytes) -> str | None:
    """Return what reading says against these bytes; anything but a SourceError goes through."""
    try:
        assert all(set(row) == set(COLUMNS) for row in rows(data))
    except SourceError as error:
        return str(error)
    return None


@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_else(data: bytes) -> None:
    told = complaint(data)
    assert told is None or told.startswith("a.csv, line ")


@given(st.binary(max_size=120))
def test_random_bytes_below_a_good_header_never_raise_anything_else(data: bytes) -> None:
    told = complaint(b"name,country\n" + data)
    assert told is None or told.startswith("a.csv, line ")


@given(st.binary(max_size=60))
def test_random_bytes_in_gzip_never_raise_anything_else(data: bytes) -> None:
    told = complaint(b"\x1f\x8b" + data)
    assert told is not None
    assert told.startswith("a.csv, line ")


FIELD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(FIELD, FIELD), max_size=5))
def test_what_a_csv_writer_wrote_is_read_back(table: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *table])
    found = rows(text.getvalue())
    assert [(row["name"], row["country"]) for row in found] == table
