"""The journal: every file that was ever ingested, append-only and hashed; with the catalogue it is the truth.

`entries.jsonl` has one line per ingest, each with the hash of the line before, and `head` has the hash of the
last one that was acknowledged; the bytes stand once under their own SHA-256, packed. The graph store is a
cache of this, and `sousveil rebuild` makes it anew.

A kill can leave a draft, or a line that nobody acknowledged and that may be cut off: both do no harm, and the
next `record` writes over them. Anything else that is not as it was written is a JournalError.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sousveil.ingest.sources.documents import Document
from sousveil.schema.errors import SousveilError

FIRST = "0" * 64


class JournalError(SousveilError):
    """The journal is damaged; the message names the line or the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ingest: which source read which bytes, of which version. `previous` chains the lines."""

    source: str
    name: str
    digest: str
    dated: str | None
    recorded: str
    software: str
    previous: str

    @property
    def line(self) -> str:
        """Return the line as it stands in the file."""
        return json.dumps(asdict(self), sort_keys=True)


class Journal:
    """The journal under SOUSVEIL_HOME; made when the first file is recorded."""

    def __init__(self, home: Path) -> None:
        self.path = home / "journal"
        self.lines = self.path / "entries.jsonl"
        self.head = self.path / "head"
        self.files = self.path / "files"

    def record(self, source: str, document: Document, software: str) -> None:
        """Keep a document and note its ingest, unless it is what the source's version was last read from."""
        dated = document.dated.isoformat() if document.dated else None
        self.files.mkdir(parents=True, exist_ok=True)
        with self._locked():
            entries = list(self.entries())
            before = [entry.digest for entry in entries if (entry.source, entry.dated) == (source, dated)]
            if before and before[-1] == document.digest:
                return
            self._keep(document)
            entry = Entry(
                source=source,
                name=document.name,
                digest=document.digest,
                dated=dated,
                recorded=datetime.now(UTC).isoformat(timespec="seconds"),
                software=software,
                previous=_hash(entries[-1].line) if entries else FIRST,
            )
            self._append(entry)

    def entries(self) -> Iterator[Entry]:
        """Return the entries in order; a line that was changed, removed or cut is a JournalError."""
        head = _read(self.head).decode("ascii", "replace").strip() or FIRST  # first, because lines only grow
        *lines, _unfinished = _read(self.lines).split(b"\n")
        found: list[Entry] = []
        hashes = [FIRST]
        for number, line in enumerate(lines, 1):
            entry = self._parsed(number, line)
            if entry.previous != hashes[-1]:
                raise self._damaged(number, "does not follow the line before it")
            found.append(entry)
            hashes.append(_hash(entry.line))
        if head not in hashes:
            raise self._damaged(max(len(lines), 1), "the last line was changed, cut or removed")
        return iter(found)

    def _parsed(self, number: int, line: bytes) -> Entry:
        try:
            return Entry(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise self._damaged(number, f"damaged ({error})") from error

    def _damaged(self, number: int, what: str) -> JournalError:
        return JournalError(f"{self.lines}, line {number}: {what}; restore it from a copy")

    def document(self, entry: Entry) -> Document:
        """Read back the bytes of an entry; bytes that no longer have their hash are a JournalError."""
        path = self._file(entry.digest)
        try:
            data = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            raise JournalError(f"{path}: cannot be read ({error}); restore it from a copy") from error
        dated = date.fromisoformat(entry.dated) if entry.dated else None
        document = Document(name=entry.name, data=data, dated=dated)
        if document.digest != entry.digest:
            raise JournalError(f"{path}: its content was changed; restore it from a copy")
        return document

    def _keep(self, document: Document) -> None:
        path = self._file(document.digest)
        if path.exists():
            return
        _replace(path, gzip.compress(document.data, mtime=0))

    def _append(self, entry: Entry) -> None:
        """Write a line after those that are whole; it is acknowledged when `head` names it."""
        with self.lines.open("ab") as stream:
            stream.truncate(_read(self.lines).rfind(b"\n") + 1)
            stream.write(entry.line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        _replace(self.head, _hash(entry.line).encode() + b"\n")

    def _file(self, digest: str) -> Path:
        return self.files / f"{digest}.gz"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / "lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _replace(path: Path, data: bytes) -> None:
    """Put a whole file in place, on the disk when this returns."""
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
