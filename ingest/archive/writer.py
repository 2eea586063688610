"""Writing a run: gzip members appended to files that get their name when they are whole.

Add the exchanges of one target in a row, then `mark()`, and note the mark in the ledger before the next
`add`. A file is renamed only after that, so a kill at any point leaves either the file as the ledger knows
it, or a `.open` file that `recover` cuts at its last mark. Without marks `recover` removes it: then the chunk
that wrote it was never finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sousveil.ingest.archive.warc import RunFacts
from sousveil.ingest.records import Exchange

LARGEST = 1_000_000_000  # bytes of a file; a new one is begun at the first mark after


class Writer:
    """Writes the exchanges of one worker or chunk into NAME.warc.gz, then NAME-1.warc.gz and so on.

    Writers of one folder need names of their own. Leaving the block gives the last file its name; leaving it
    by an exception keeps what was written as `.open`.
    """

    def __init__(self, folder: Path, run: RunFacts, name: str = "run", largest: int = LARGEST) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Begin; nothing is written before the first exchange."""
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the last file its name, unless an exception passes."""
        raise NotImplementedError

    def add(self, exchange: Exchange) -> str:
        """Append an exchange and return its evidence id; `time` must have a time zone."""
        raise NotImplementedError

    def mark(self) -> tuple[str, int]:
        """Bring all that was added to the disk; return the file's (later) name and its size in bytes."""
        raise NotImplementedError


def recover(folder: Path, marks: Mapping[str, int]) -> list[Path]:
    """Cut each `.open` file at its mark and give it its name; remove those without one.

    `marks` has the last mark of each file, as `Writer.mark` returned them. Returns the files that got their
    name. A file shorter than its mark is an ArchiveError.
    """
    raise NotImplementedError
