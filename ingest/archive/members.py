"""Gzip members of a file, whole or damaged: after damage the search goes on at the next member."""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sousveil.ingest.archive.warc import ArchiveError

START = b"\x1f\x8b\x08\0\0\0\0\0"  # gzip, deflate, no flags, no time: as every member of ours begins
PIECE = 1 << 14
LARGEST = 1 << 28  # bytes of a member when unpacked; more is no record of ours
RECORD = re.compile(rb"WARC-Record-ID: (<urn:uuid:[0-9a-f-]{36}>)")


@dataclass(frozen=True, slots=True)
class Member:
    """A gzip member: its content, and the bytes of the file from `start` to `end`."""

    content: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes from `start` to `end` that are no whole member; `record` is its id, where that can be read."""

    start: int
    end: int
    why: str
    record: str | None


@contextmanager
def opened(path: Path) -> Iterator[mmap.mmap | bytes]:
    """Map a file into memory; an empty one gives no bytes."""
    try:
        with path.open("rb") as stream:
            if not stream.seek(0, 2):
                yield b""
                return
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror or error}") from error


def members(data: mmap.mmap | bytes, start: int = 0) -> Iterator[Member | Broken]:
    """Yield the members from an offset on, and what lies between them."""
    while start < len(data):
        try:
            member = _member(data, start)
        except ValueError as error:
            end = _next(data, start)
            yield Broken(start, end, str(error), _name(data[start:end]))
            start = end
        else:
            yield member
            start = member.end


def _member(data: mmap.mmap | bytes, start: int) -> Member:
    if data[start : start + len(START)] != START:
        raise ValueError("no gzip member begins here")
    engine = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    at, size = start, 0
    while not engine.eof:
        piece = data[at : at + PIECE]
        if not piece:
            raise ValueError("the file is cut off here")
        try:
            parts.append(engine.decompress(piece, LARGEST + 1 - size))
        except zlib.error as error:
            raise ValueError(f"the bytes were changed: {error}") from error
        at += len(piece)
        size += len(parts[-1])
        if size > LARGEST:
            raise ValueError(f"unpacks to more than {LARGEST >> 20} MB")
    return Member(b"".join(parts), start, at - len(engine.unused_data))


def _next(data: mmap.mmap | bytes, start: int) -> int:
    """Return where the next whole member begins, or the end."""
    at = start
    while (at := data.find(START, at + 1)) >= 0:
        try:
            _member(data, at)
        except ValueError:
            continue
        return at
    return len(data)


def _name(damaged: bytes) -> str | None:
    """Return the record id of a damaged member, if the damage comes after it."""
    engine = zlib.decompressobj(wbits=31)
    seen = b""
    for at in range(0, min(len(damaged), PIECE), 16):
        try:
            seen += engine.decompress(damaged[at : at + 16], PIECE)
        except zlib.error:
            break
    found = RECORD.search(seen)
    return found[1].decode() if found else None
