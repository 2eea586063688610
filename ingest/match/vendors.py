"""What somebody wants screened: lines, a column of a table, or the suppliers of an SBOM, one after the other.

Nothing is dropped: a line that cannot be read is a Line with a `problem`. SBOMs are CycloneDX JSON (schema
1.6: supplier, manufacturer, publisher and externalReferences of components, provider of services) and SPDX
JSON (2.3: supplier, originator and homepage of packages).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from sousveil.ingest.match.tables import BOM, LONGEST_LINE, opened
from sousveil.ingest.sources.documents import SourceError

COLUMNS = ("name", "vendor", "company", "supplier", "domain", "provider")
COUNTRY = "country"
TABLES = {"csv", "tsv"}
DELIMITERS = ",;\t"
LARGEST_JSON = 64 * 1024 * 1024  # bytes; JSON is read whole, which takes some ten times its size
LONGEST = 1_000  # characters of a name or address; to compare a longer one would take long
SHOWN = 200  # characters of a line that cannot be read
NOT_SAID = {"NOASSERTION", "NONE"}  # SPDX 2.3, 7.5
Json = Mapping[str, object]


class ColumnError(SourceError):
    """The table has no such column; the message names those that it has."""


@dataclass(frozen=True, slots=True)
class Line:
    """What to screen; `place` is the number of its line, or where it stands in a JSON file.

    With a `problem` there is nothing to compare, and it says why.
    """

    place: str
    text: str
    country: str = ""
    problem: str = ""
    remark: str = ""


def of_file(path: Path, column: str | None) -> Iterator[Line]:
    """Yield what a file holds, plain or packed with gzip or zip; see `read`."""
    try:
        with ExitStack() as stack:
            yield from read(opened(path, stack), path.name, column)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise SourceError(f"{path.name}: the file is damaged or cut off ({error}); get it again") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; give the path of a file") from error


def read(stream: BinaryIO, name: str, column: str | None) -> Iterator[Line]:
    """Yield what a file holds; its name and its beginning tell what it is.

    A table (.csv, .tsv, --column, or a first line that names a known column beside others) has a header;
    JSON begins with { or [; everything else is one name per line.
    """
    stream = io.BufferedReader(cast("io.RawIOBase", stream))
    start = stream.peek(len(BOM) + 1)
    if not start:
        raise SourceError(f"{name}: the file is empty; there is nothing to screen")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{name}, line 1: UTF-16; save it as UTF-8")
    kinds = set(name.casefold().split(".")[1:])
    if "json" in kinds or (not kinds & TABLES and start.removeprefix(BOM).lstrip()[:1] in {b"{", b"["}):
        yield from _json(stream, name, column)
        return
    first = _raw(stream).removeprefix(BOM)
    lines = chain([first], iter(lambda: _raw(stream), b""))
    if column or kinds & TABLES or _is_header(first):
        yield from _table(lines, name, column)
    else:
        yield from _plain(lines)


def _raw(stream: BinaryIO) -> bytes:
    """Read a line; of one that is too long the rest is passed over, and it keeps one byte too many."""
    line = stream.readline(LONGEST_LINE + 1)
    part = line
    while len(part) > LONGEST_LINE and not part.endswith(b"\n"):
        part = stream.readline(LONGEST_LINE + 1)
    return line


def _text(line: bytes) -> tuple[str, str]:
    """Return the text of a line, and what is wrong with it."""
    text = line.decode("utf-8", "replace")
    if len(line) > LONGEST_LINE:
        return text[:SHOWN], f"longer than {LONGEST_LINE >> 20} MB; not read"
    if b"\0" in line:
        return text[:SHOWN], "holds a NUL byte; not read"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return text[:SHOWN], f"not UTF-8 (byte 0x{line[error.start]:02x}); save it as UTF-8"
    return text, ""


def _plain(lines: Iterable[bytes]) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        text, problem = _text(line)
        yield _line(str(number), text, problem=problem)


def _line(place: str, text: str, country: str = "", problem: str = "", remark: str = "") -> Line:
    text = text.strip()
    if len(text) > LONGEST:
        text, problem = text[:SHOWN], problem or f"longer than {LONGEST:,} characters, so no name"
    return Line(place, text, country.strip(), problem or ("" if text else "blank"), remark)


# -- tables


def _header(line: bytes) -> tuple[list[str], str]:
    """Return the cells of a header, and what divides them."""
    text = _text(line)[0]
    delimiter = max(DELIMITERS, key=text.count)
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        cells = []
    return [cell.strip() for cell in cells], delimiter


def _is_header(line: bytes) -> bool:
    cells = [cell.casefold() for cell in _header(line)[0]]
    return len(cells) > 1 and bool(set(COLUMNS) & set(cells))


def _table(lines: Iterable[bytes], name: str, column: str | None) -> Iterator[Line]:
    lines = iter(lines)
    header, delimiter = _header(next(lines))
    folded = [cell.casefold() for cell in header]
    at = _column(header, folded, name, column)
    country = folded.index(COUNTRY) if COUNTRY in folded else None
    for number, cells, problem in _rows(lines, delimiter):
        if problem:
            yield _line(str(number), cells[0], problem=problem)
            continue
        told = "" if len(cells) == len(header) else f"{len(cells)} fields, not {len(header)}"
        if cells and at >= len(cells):
            yield _line(str(number), delimiter.join(cells)[:SHOWN], problem=f"{told}; no {header[at]}")
            continue
        given = cells[country] if country is not None and country < len(cells) else ""
        yield _line(str(number), cells[at] if cells else "", given, remark=told if cells else "")


def _column(header: list[str], folded: list[str], name: str, column: str | None) -> int:
    """Return the place of the column to screen."""
    wanted = [column.casefold()] if column else COLUMNS
    for one in wanted:
        if one in folded:
            return folded.index(one)
    shown = ", ".join(cell[:60] for cell in header[:8]) + (", …" if len(header) > 8 else "")  # noqa: PLR2004
    raise ColumnError(
        f"{name}, line 1: no column {' or '.join(wanted)}; the columns are {shown}; give --column NAME"
    )


def _rows(lines: Iterator[bytes], delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield (line, cells, problem) of each row below the header, numbered by its first line.

    Where quotes do not close, every line that they swallowed is given back, by itself and with the problem.
    """
    number, taken = 1, list[tuple[int, str]]()

    def feed() -> Iterator[str]:
        nonlocal number
        for line in lines:
            number += 1
            text, problem = _text(line)
            if problem:
                raise _UnreadableError(number, text, problem)
            taken.append((number, text))
            yield text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield from ((at, [text[:SHOWN]], f"not CSV: {error}") for at, text in taken)
        except _UnreadableError as error:
            yield from ((at, [text[:SHOWN]], "not CSV: the row is cut off") for at, text in taken)
            yield error.number, [error.text], error.problem
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        else:
            yield taken[0][0], cells, ""
        taken.clear()


class _UnreadableError(Exception):
    """A line inside a table cannot be read; the reader goes on after it."""

    def __init__(self, number: int, text: str, problem: str) -> None:
        super().__init__(problem)
        self.number, self.text, self.problem = number, text, problem


# -- JSON


def _json(stream: BinaryIO, name: str, column: str | None) -> Iterator[Line]:
    data = stream.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise SourceError(f"{name}: more than {LARGEST_JSON >> 20} MB of JSON; write it as CSV or as lines")
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        raise SourceError(f"{name}, line {error.lineno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: not UTF-8; save it as UTF-8") from error
    except RecursionError as error:
        raise SourceError(f"{name}: nested too deep; this is no list and no SBOM") from error
    match document:
        case list():
            yield from _list(document, column)
        case {"components": list()} | {"services": list()}:
            yield from _cyclonedx(document)
        case {"packages": list(packages)}:
            for number, package in enumerate(packages):
                yield from _said(f"packages[{number}]", package, _spdx(package))
        case _:
            raise SourceError(
                f"{name}: neither a list nor an SBOM; it needs `components` (CycloneDX) or `packages` (SPDX)"
            )


def _list(items: list[object], column: str | None) -> Iterator[Line]:
    """Yield strings as they are, and of objects the value of the column."""
    for number, item in enumerate(items):
        place = f"[{number}]"
        if isinstance(item, str):
            yield _line(place, item)
            continue
        keys = (column,) if column else COLUMNS
        found = next((key for key in keys if _words(item, key)), "")
        problem = "" if found else f"no {' or '.join(keys)}"
        yield _line(place, _words(item, found), _words(item, COUNTRY), problem)


def _cyclonedx(document: Json) -> Iterator[Line]:
    # a stack and no recursion: components nest, and a hostile file nests deep
    waiting = [("components", document.get("components")), ("services", document.get("services"))]
    while waiting:
        path, items = waiting.pop(0)
        for number, item in enumerate(items if isinstance(items, list) else ()):
            place = f"{path}[{number}]"
            yield from _said(place, item, _suppliers(item))
            if isinstance(item, Mapping):
                waiting += [(f"{place}.{kind}", item.get(kind)) for kind in ("components", "services")]


def _said(place: str, item: object, found: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Yield each supplier or address of a component once, or that it names none."""
    told: dict[str, str] = {}
    for key, text in found:
        told.setdefault(text, key)
    for text, key in told.items():
        if text.startswith("Person:"):
            yield _line(f"{place}.{key}", text, problem="a person; people are not screened")
        else:
            yield _line(f"{place}.{key}", text.removeprefix("Organization:"))
    if not told:
        yield _line(place, _words(item, "name"), problem="names no supplier")


def _suppliers(item: object) -> Iterator[tuple[str, str]]:
    """Yield (key, text) of who made or supplied a CycloneDX component or service, and its addresses."""
    if not isinstance(item, Mapping):
        return
    for key in ("supplier", "manufacturer", "provider"):
        entity = item.get(key)
        if name := _words(entity, "name"):
            yield f"{key}.name", name
        urls = entity.get("url") if isinstance(entity, Mapping) else None
        for url in urls if isinstance(urls, list) else [urls]:
            if isinstance(url, str) and url.strip():
                yield f"{key}.url", url
    if publisher := _words(item, "publisher"):
        yield "publisher", publisher
    references = item.get("externalReferences")
    for number, reference in enumerate(references if isinstance(references, list) else ()):
        if (url := _words(reference, "url")).startswith(("http://", "https://")):
            yield f"externalReferences[{number}].url", url


def _spdx(package: object) -> Iterator[tuple[str, str]]:
    for key in ("supplier", "originator", "homepage"):
        text = _words(package, key)
        if text and text not in NOT_SAID:
            yield key, text


def _words(item: object, key: str) -> str:
    """Return the text under a key, or nothing."""
    value = item.get(key) if isinstance(item, Mapping) else None
    return value.strip() if isinstance(value, str) else ""
