"""Where each exchange of a run stands: made from the files alone, and anew whenever they have changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

from sousveil.ingest.archive.reader import files, read, read_at
from sousveil.ingest.archive.warc import Archived, ArchiveError

NAME = "index.sqlite"
TABLES = """
CREATE TABLE file (name TEXT, size INTEGER);
CREATE TABLE entry (evidence TEXT, time TEXT, kind TEXT, question TEXT, outcome TEXT, target TEXT,
                    subject TEXT, uri TEXT, file TEXT, start INTEGER);
CREATE INDEX by_evidence ON entry (evidence);
CREATE INDEX by_target ON entry (target);
"""
ADD = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
FIND = "SELECT * FROM entry WHERE evidence >= ? AND evidence < ? LIMIT 2"
ALL = "SELECT * FROM entry ORDER BY file, start"
OF_TARGET = "SELECT * FROM entry WHERE target = ?1 OR subject = ?1 ORDER BY file, start"
LEAST = 4  # digits of an evidence id that a person must give


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange: what was asked, what came of it, and where it stands. `kind` is the protocol."""

    evidence: str
    time: str
    kind: str
    question: str
    outcome: str
    target: str
    subject: str
    uri: str
    file: str
    offset: int


def entries(folder: Path, target: str | None = None) -> Iterator[Entry]:
    """Yield the exchanges of a run in order; with a target, those for its sake or about it."""
    with closing(_index(folder)) as index:
        rows = index.execute(OF_TARGET, (target,)) if target else index.execute(ALL)
        yield from (Entry(*row) for row in rows)


def find(folder: Path, evidence: str) -> Archived:
    """Return the exchange with this evidence id, or the only one whose id begins so."""
    if len(evidence) < LEAST:
        raise ArchiveError(f"{evidence!r}: give at least {LEAST} digits of the evidence id")
    with closing(_index(folder)) as index:
        found = [Entry(*row) for row in index.execute(FIND, (evidence, evidence + "g"))]
    if not found:
        raise ArchiveError(f"{folder}: no evidence {evidence}; `sousveil archive ls` lists what there is")
    if len(found) > 1:
        raise ArchiveError(f"{folder}: {evidence} begins several evidence ids; give more digits")
    return read_at(folder / found[0].file, found[0].offset)


def _index(folder: Path) -> sqlite3.Connection:
    """Open the index, made anew unless it is of these very files; in memory where nothing can be written."""
    has = [(path.name, path.stat().st_size) for path in files(folder)]
    path = folder / NAME
    if path.exists():
        index = sqlite3.connect(path)
        if _held(index) == has:
            return index
        index.close()
    draft = path.with_name(f".{NAME}.new")
    try:
        draft.unlink(missing_ok=True)
        _fill(draft, folder, has)
        draft.replace(path)
    except (OSError, sqlite3.OperationalError):
        return _fill(":memory:", folder, has)
    return sqlite3.connect(path)


def _held(index: sqlite3.Connection) -> list[tuple[str, int]]:
    try:
        return list(index.execute("SELECT name, size FROM file ORDER BY name"))
    except sqlite3.DatabaseError:
        return []


def _fill(place: Path | str, folder: Path, has: list[tuple[str, int]]) -> sqlite3.Connection:
    index = sqlite3.connect(place)
    index.executescript(TABLES)
    with index:
        index.executemany("INSERT INTO file VALUES (?, ?)", has)
        index.executemany(ADD, (astuple(_entry(archived)) for archived in read(folder)))
    return index


def _entry(archived: Archived) -> Entry:
    exchange = archived.exchange
    texts = (exchange.question, exchange.outcome, exchange.target, exchange.subject, exchange.uri)
    question, outcome, target, subject, uri = (text.encode("utf-8", "replace").decode() for text in texts)
    return Entry(
        evidence=archived.evidence,
        time=exchange.time.isoformat(timespec="seconds"),
        kind=exchange.protocol,
        question=question,
        outcome=outcome,
        target=target,
        subject=subject,
        uri=uri,
        file=archived.file,
        offset=archived.offset,
    )
