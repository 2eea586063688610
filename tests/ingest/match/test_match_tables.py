"""Files of any size, packed or not; what is wrong with one is said with file and line."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from sousveil.ingest.match import tables
from sousveil.ingest.sources.documents import SourceError

ROWS = 'name,country\n"Lion, Ltd.",GB\n\n"two\nlines",US\n'
READ = [(1, ["name", "country"]), (2, ["Lion, Ltd.", "GB"]), (5, ["two\nlines", "US"])]


def packed(path: Path, *files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(files):
            archive.writestr(f"{number}.csv", text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        list(tables.rows(path, ("name",)))
    return str(caught.value)


def test_plain_gzip_and_zip_are_read_alike(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "a.csv", packed(tmp_path / "a.zip", ROWS)
    plain.write_bytes(b"\xef\xbb\xbf" + ROWS.encode())
    gz = tmp_path / "a.csv.gz"
    gz.write_bytes(gzip.compress(ROWS.encode()))
    for path in (plain, zipped, gz):
        assert list(tables.rows(path, ("name",))) == READ


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1: the file is empty; fetch it again"),
        (b"title,country\nLion,GB\n", "line 1: missing: name; the columns are title, country"),
        (b"name,name\nLion,GB\n", "line 1: twice: name; the columns are name, name"),
        (b"name,country\nLion\n", "line 2: 1 fields, not 2"),
        (b'name\n"Lion\n', "line 2: not CSV: unexpected end of data; look for an unbalanced quote"),
        (b"name\nLi\x00on\n", "line 2: holds a NUL byte"),
        (b"name\nLi\xffon\n", "line 2: not UTF-8 (byte 0xff); save it as UTF-8"),
        (b"name\n" + b"x" * (tables.LONGEST_LINE + 2), "line 2: longer than 1 MB"),
        (b"name\n" + b"x" * 200_000 + b"\n", "line 2: not CSV: field larger than field limit"),
        (gzip.compress(ROWS.encode() * 9000)[:-9], "the file is damaged or cut off"),
        (b"\x1f\x8b\x08\x00not gzip at all", "line 1: the file is damaged or cut off"),
        (b"PK\x03\x04 no zip", "line 1: the file is damaged or cut off"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(data)
    assert refusal(path).startswith("bad.csv, line ")
    assert told in refusal(path)


def test_a_zip_holds_one_file(tmp_path: Path) -> None:
    told = refusal(packed(tmp_path / "two.zip", ROWS, ROWS))
    assert told == "two.zip: holds 2 files, not one; unpack it and name the one"


def test_a_folder_or_no_file_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("give the path of a file")
    assert "No such file" in refusal(tmp_path / "none.csv")
