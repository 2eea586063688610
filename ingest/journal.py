"""The journal: every file that was ever ingested, append-only and hashed; with the catalogue it is the truth.

`entries.jsonl` has one line per ingest, each with the hash of the line before; the bytes stand once under
their own SHA-256, packed. The graph store is a cache of this, and `sousveil rebuild` makes it anew.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
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
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


class Journal:
    """The journal under SOUSVEIL_HOME; made when the first file is recorded."""

    def __init__(self, home: Path) -> None:
        self.path = home / "journal"
        self.lines = self.path / "entries.jsonl"
        self.files = self.path / "files"

    def record(self, source: str, document: Document, software: str) -> None:
        """Keep a document and note its ingest; the same bytes, source and version are noted once."""
        dated = document.dated.isoformat() if document.dated else None
        self.files.mkdir(parents=True, exist_ok=True)
        with self._locked():
            entries = list(self.entries())
            if any((e.source, e.digest, e.dated) == (source, document.digest, dated) for e in entries):
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
            with self.lines.open("a", encoding="utf-8") as stream:
                stream.write(entry.line + "\n")
                stream.flush()
                os.fsync(stream.fileno())

    def entries(self) -> Iterator[Entry]:
        """Yield the entries in order; a line that was changed or cut is a JournalError."""
        if not self.lines.exists():
            return
        previous = FIRST
        for number, line in enumerate(self.lines.read_text("utf-8").splitlines(), 1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise JournalError(
                    f"{self.lines}, line {number}: damaged ({error}); restore it from a copy"
                ) from error
            if entry.previous != previous:
                raise JournalError(
                    f"{self.lines}, line {number}: does not follow the line before it; restore it from a copy"
                )
            previous = _hash(entry.line)
            yield entry

    def document(self, entry: Entry) -> Document:
        """Read back the bytes of an entry; bytes that no longer have their hash are a JournalError."""
        path = self._file(entry.digest)
        try:
            data = gzip.decompress(path.read_bytes())
        except (OSError, EOFError) as error:
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
        draft = path.with_suffix(".new")
        with draft.open("wb") as stream:
            stream.write(gzip.compress(document.data, mtime=0))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    def _file(self, digest: str) -> Path:
        return self.files / f"{digest}.gz"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / "lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
