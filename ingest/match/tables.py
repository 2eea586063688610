"""CSV files and lists of names as streams: any length, in the memory of one row."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

from sousveil.ingest.sources.documents import SourceError

LONGEST_LINE = 1024 * 1024  # bytes; a row of the LEI golden copy has about 2 kB
BOM = b"\xef\xbb\xbf"


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, plain, packed with gzip, or the one file in a zip.

    What cannot be read is a SourceError with file and line.
    """
    number = 0
    try:
        with ExitStack() as stack:
            stream = opened(path, stack)
            while line := stream.readline(LONGEST_LINE + 1):
                number += 1
                yield _text(path, number, line)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise SourceError(
            f"{path.name}, line {number + 1}: the file is damaged or cut off ({error}); fetch it again"
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; give the path of a file") from error
    if not number:
        raise SourceError(f"{path.name}, line 1: the file is empty; fetch it again")


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of a CSV file, the header first; it has these columns, and maybe others."""
    reader = csv.reader(lines(path), strict=True)
    width = 0
    try:
        for cells in reader:
            if not width:
                width = len(cells)
                _check_header(path, cells, columns)
            elif not cells:
                continue
            elif len(cells) != width:
                raise SourceError(
                    f"{path.name}, line {reader.line_num}: {len(cells)} fields, not {width}; "
                    "look for an unbalanced quote or a missing comma"
                )
            yield reader.line_num, cells
    except csv.Error as error:
        raise SourceError(
            f"{path.name}, line {reader.line_num}: not CSV: {error}; look for an unbalanced quote"
        ) from error


def _check_header(path: Path, header: list[str], columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if missing or twice:
        told = [f"missing: {', '.join(missing)}"] if missing else []
        told += [f"twice: {', '.join(twice)}"] if twice else []
        shown = ", ".join(name[:60] for name in header[:8]) + (", …" if len(header) > 8 else "")  # noqa: PLR2004
        raise SourceError(f"{path.name}, line 1: {'; '.join(told)}; the columns are {shown}")


def opened(path: Path, stack: ExitStack) -> BinaryIO:
    """Open a file, plain, packed with gzip, or the one file in a zip, as a stream of bytes."""
    stream = stack.enter_context(path.open("rb"))
    magic = stream.read(4)
    stream.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=stream)))
    if magic != b"PK\x03\x04":
        return stream
    archive = stack.enter_context(zipfile.ZipFile(stream))
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        raise SourceError(f"{path.name}: holds {len(names)} files, not one; unpack it and name the one")
    try:
        member = archive.open(names[0])
    except (RuntimeError, NotImplementedError) as error:  # a password, or a packing that Python has not
        raise SourceError(f"{path.name}: {error}; unpack it and name the file in it") from error
    return io.BufferedReader(cast("io.RawIOBase", stack.enter_context(member)))


def _text(path: Path, number: int, line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        raise SourceError(
            f"{path.name}, line {number}: longer than {LONGEST_LINE >> 20} MB; this is no such file"
        )
    if number == 1:
        line = line.removeprefix(BOM)
    if b"\0" in line:
        raise SourceError(f"{path.name}, line {number}: holds a NUL byte; fetch it again")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name}, line {number}: not UTF-8 (byte 0x{line[error.start]:02x}); save it as UTF-8"
        ) from error
