"""Writing a run: gzip members appended to files that get their name when they are whole.

Add the exchanges of one target in a row, then `mark()`, and note the mark in the ledger before the next
`add`. A file is renamed only after that, so a kill at any point leaves either the file as the ledger knows
it, or a `.open` file that `recover` cuts at its last mark. Without marks `recover` removes it: then the chunk
that wrote it was never finished.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sousveil.ingest.archive.reader import SUFFIX
from sousveil.ingest.archive.warc import ArchiveError, RunFacts, pack, records, warcinfo
from sousveil.ingest.records import Exchange

OPEN = ".open"
LARGEST = 1_000_000_000  # bytes of a file; a new one is begun at the first mark after


class Writer:
    """Writes the exchanges of one worker or chunk into NAME-0000.warc.gz, then NAME-0001.warc.gz.

    Writers of one folder need names of their own. Leaving the block gives the last file its name; leaving it
    by an exception keeps what was written as `.open`.
    """

    def __init__(self, folder: Path, run: RunFacts, name: str = "run", largest: int = LARGEST) -> None:
        self.folder = folder
        self.run = run
        self.name = name
        self.largest = largest
        self._stream: BinaryIO | None = None
        self._number = 0
        self._path = self._numbered()
        self._warcinfo = ""
        self._full = False

    def __enter__(self) -> Self:
        """Begin; nothing is written before the first exchange."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the last file its name, unless an exception passes."""
        if kind is None:
            self._finish()
        elif self._stream:
            self._stream.close()

    def add(self, exchange: Exchange) -> str:
        """Append an exchange and return its evidence id; `time` must have a time zone."""
        if self._full:
            self._finish()
        stream = self._stream or self._begin()
        evidence, parts = records(exchange, self.run.id, self._warcinfo)
        stream.writelines(pack(record) for record in parts)
        return evidence

    def mark(self) -> tuple[str, int]:
        """Bring all that was added to the disk; return the file's (later) name and its size in bytes."""
        if not self._stream:
            return self._path.name, 0
        _sync(self._stream)
        size = self._stream.tell()
        self._full = size >= self.largest
        return self._path.name, size

    def _begin(self) -> BinaryIO:
        self._path = self._unused()
        first = warcinfo(self.run, self._path.name)
        self._warcinfo = first.id
        try:
            self._stream = _draft(self._path).open("xb")
            self._stream.write(pack(first))
        except OSError as error:
            raise ArchiveError(f"{self._path}: cannot be written: {error.strerror or error}") from error
        return self._stream

    def _unused(self) -> Path:
        """Return the next name that no file has: what a run before a kill has written stays."""
        while True:
            path = self._numbered()
            self._number += 1
            if not path.exists() and not _draft(path).exists():
                return path

    def _numbered(self) -> Path:
        return self.folder / f"{self.name}-{self._number:04}{SUFFIX}"

    def _finish(self) -> None:
        if self._stream:
            _sync(self._stream)
            self._stream.close()
            _rename(self._path)
        self._stream, self._full = None, False


def recover(folder: Path, marks: Mapping[str, int]) -> list[Path]:
    """Cut each `.open` file at its mark and give it its name; remove those without one.

    `marks` has the last mark of each file, as `Writer.mark` returned them. Returns the files that got their
    name. A file shorter than its mark is an ArchiveError.
    """
    recovered = []
    for draft in sorted(folder.glob(f"*{SUFFIX}{OPEN}")):
        path = draft.with_name(draft.name.removesuffix(OPEN))
        size = marks.get(path.name, 0)
        if not size:
            draft.unlink()
            continue
        if draft.stat().st_size < size:
            raise ArchiveError(
                f"{draft}: shorter than the {size} bytes that were finished; restore it from a copy"
            )
        with draft.open("r+b") as stream:
            stream.truncate(size)
            _sync(stream)
        _rename(path)
        recovered.append(path)
    return recovered


def _draft(path: Path) -> Path:
    return path.with_name(path.name + OPEN)


def _rename(path: Path) -> None:
    """Give a whole file its name, on the disk when this returns."""
    _draft(path).replace(path)
    sync_folder(path.parent)


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
