"""Reading a run or a file of it; anything that is not as it was written is an ArchiveError."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sousveil.ingest.archive.warc import Archived, RunFacts


def read(place: Path) -> Iterator[Archived]:
    """Read the exchanges of a run's folder (files by name) or of one file, in order, lazily."""
    raise NotImplementedError


def facts(place: Path) -> RunFacts:
    """Return the facts of the run, from the first file's warcinfo."""
    raise NotImplementedError


def find(place: Path, evidence: str) -> Archived:
    """Return the exchange with this evidence id, or the only one whose id begins so."""
    raise NotImplementedError
