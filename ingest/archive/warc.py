"""Exchanges as WARC records, and back: ISO 28500, WARC/1.1; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sousveil.ingest.records import Exchange
from sousveil.schema.errors import SousveilError


class ArchiveError(SousveilError):
    """An archive cannot be written or read; the message names file, offset and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What is true of a whole run; stands in the warcinfo record of each of its files.

    `rules` and `catalogue` are hashes or versions; `vantage` says in free text from where was looked
    (country, network); `options` are (name, value) pairs; `started` has a time zone.
    """

    id: str
    software: str
    rules: str
    catalogue: str
    vantage: str
    started: datetime
    resolvers: tuple[str, ...] = ()
    contact: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An exchange as it was added, and where it stands.

    `digest` is the SHA-256 of the record's block, `evidence` that of run, target URI, WARC-Date and digest;
    `offset` is where the gzip member of the record begins in `file` (a name in the run's folder).
    """

    exchange: Exchange
    evidence: str
    digest: str
    file: str
    offset: int
