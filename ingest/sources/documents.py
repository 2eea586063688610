"""A file as it came: bounded, decompressed, decoded, and read with an account of every line and field."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol

from sousveil.schema.dates import Window, parse_window
from sousveil.schema.errors import SousveilError

LARGEST = 512 * 1024 * 1024  # bytes, unpacked; the largest list today has 30 MB
LONGEST_LINE = 4 * 1024 * 1024  # bytes; the longest row of the screening list has 21 kB
CHUNK = 64 * 1024
NEWLINE = b"\n"


class Readable(Protocol):
    """What gives bytes until there are none."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102


class SourceError(SousveilError):
    """A file cannot be read as what it should be; the message names file and line. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a data set: name, bytes unpacked, and version date where somebody stated it."""

    name: str
    data: bytes
    dated: date | None = None

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the unpacked bytes, so that a packed copy is the same input."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def open(cls, path: Path, dated: date | None = None) -> Document:
        """Read a file, packed with gzip or not."""
        try:
            with path.open("rb") as stream:
                return cls.read(path.name, stream, dated)
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}; give the path of a file") from error

    @classmethod
    def unpack(cls, name: str, data: bytes, dated: date | None = None) -> Document:
        """Make a document of raw bytes, packed with gzip or not."""
        return cls.read(name, io.BytesIO(data), dated)

    @classmethod
    def read(cls, name: str, stream: BinaryIO, dated: date | None = None) -> Document:
        """Read a stream that can seek; gzip is seen by its magic number and unpacked up to a limit."""
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        data = _gunzip(name, stream) if packed else _whole(name, stream)
        _distrust(name, data)
        return cls(name=name, data=data, dated=dated)

    def text(self) -> str:
        """Decode as UTF-8; a byte that is none is a SourceError with its line."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.data.count(NEWLINE, 0, error.start) + 1
            raise SourceError(
                f"{self.name}, line {line}: not UTF-8 (byte 0x{self.data[error.start]:02x}); save it as UTF-8"
            ) from error

    def rows(self, columns: tuple[str, ...], *, optional: tuple[str, ...] = ()) -> Iterator[Row]:
        """Yield the rows of a CSV file whose header has exactly these columns, in any order.

        A missing, new or repeated column is a SourceError before the first row. `optional` ones may be
        missing; they are then blank in every row.
        """
        reader = csv.reader(io.StringIO(self.text(), newline=""), strict=True)
        header = self._next(reader) or []
        self._check_header(header, columns, optional)
        absent = {name: "" for name in optional if name not in header}
        while (cells := self._next(reader)) is not None:
            if not cells:
                continue
            if len(cells) != len(header):
                raise SourceError(
                    f"{self.name}, line {reader.line_num}: {len(cells)} fields, not {len(header)}; "
                    "look for an unbalanced quote or a missing comma"
                )
            yield Row(self.name, reader.line_num, dict(zip(header, cells, strict=True)) | absent)

    def json(self) -> object:
        """Parse as JSON; an error names the line."""
        try:
            return json.loads(self.text())
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise SourceError(f"{self.name}, line {line}: not JSON: {error}") from error

    def _next(self, reader: Iterator[list[str]]) -> list[str] | None:
        try:
            return next(reader, None)
        except csv.Error as error:
            raise SourceError(
                f"{self.name}, line {getattr(reader, 'line_num', 1)}: not CSV: {error}; "
                "look for an unbalanced quote"
            ) from error

    def _check_header(self, header: list[str], columns: tuple[str, ...], optional: tuple[str, ...]) -> None:
        missing = [name for name in columns if name not in header]
        strange = [name for name in header if name not in (*columns, *optional)]
        if missing or strange or len(set(header)) != len(header):
            told = "; ".join(
                part
                for part in (
                    f"missing: {', '.join(missing)}" if missing else "",
                    f"unknown: {', '.join(map(repr, strange))}" if strange else "",
                    "a column occurs twice" if len(set(header)) != len(header) else "",
                )
                if part
            )
            raise SourceError(
                f"{self.name}, line 1: the columns have changed ({told}); nothing was read. "
                "If the publisher changed the layout, the source module must learn it first"
            )


@dataclass(slots=True)
class Row:
    """One row: each field is taken or ignored, and `finish` complains about the rest."""

    file: str
    line: int
    cells: dict[str, str]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = "\0".join(f"{name}\1{value}" for name, value in sorted(self.cells.items()))
        self.digest = hashlib.sha256(text.encode()).hexdigest()

    def take(self, name: str) -> str | None:
        """Pop a field, stripped; None where it is blank."""
        return self.cells.pop(name).strip() or None

    def required(self, name: str) -> str:
        """Pop a field that must not be blank."""
        value = self.take(name)
        if value is None:
            raise self.error(f"{name} is blank")
        return value

    def window(self, name: str, parse: Callable[[str], Window] = parse_window) -> Window | None:
        """Pop a date field; a text that is no date is an error."""
        value = self.take(name)
        try:
            return parse(value) if value else None
        except ValueError as error:
            raise self.error(f"{name}: {error}") from error

    def ignore(self, *names: str) -> None:
        """Drop fields that we know and do not use."""
        for name in names:
            self.cells.pop(name)

    def finish(self) -> None:
        """Complain about a field that nobody took or ignored."""
        if self.cells:
            raise self.error(f"fields nobody reads: {', '.join(self.cells)}")

    def error(self, message: str) -> SourceError:
        """Make an error that names file and line."""
        return SourceError(f"{self.file}, line {self.line}: {message}")


def _gunzip(name: str, packed: BinaryIO) -> bytes:
    with gzip.GzipFile(fileobj=packed) as stream:
        return _whole(name, stream)


def _whole(name: str, stream: Readable) -> bytes:
    """Read all, up to the limits; what is too large is refused on the way, before it fills the memory."""
    parts: list[bytes] = []
    size, lines, length = 0, 0, 0
    try:
        while part := stream.read(CHUNK):
            size += len(part)
            lengths = [len(piece) for piece in part.split(NEWLINE)]
            lengths[0] += length
            for number, length in enumerate(lengths, lines + 1):
                if length > LONGEST_LINE:
                    raise SourceError(
                        f"{name}, line {number}: longer than {LONGEST_LINE >> 20} MB; this is not the list"
                    )
            lines += len(lengths) - 1
            if size > LARGEST:
                raise SourceError(
                    f"{name}, line {lines + 1}: larger than {LARGEST >> 20} MB by here; this is not the list"
                )
            parts.append(part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(
            f"{name}, line {lines + 1}: the gzip file is damaged or cut off ({error}); fetch it again"
        ) from error
    return b"".join(parts)


def _distrust(name: str, data: bytes) -> None:
    """Refuse what is plainly no data file: empty, HTML, a byte order mark, NUL."""
    head = data[:512].lstrip().lower()
    if not head:
        raise SourceError(f"{name}, line 1: the file is empty; fetch it again")
    if head.startswith((b"<!doctype html", b"<html")):
        raise SourceError(
            f"{name}, line 1: this is an HTML page, not data; the publisher may have answered an error"
        )
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{name}, line 1: begins with a byte order mark; save the file as UTF-8 without BOM"
        )
    if (at := data.find(b"\0")) >= 0:
        raise SourceError(f"{name}, line {data.count(NEWLINE, 0, at) + 1}: holds a NUL byte; fetch it again")
