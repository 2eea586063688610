"""Reading a run or a file of it; anything that is not as it was written is an ArchiveError."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sousveil.ingest.archive.members import Broken, members, opened
from sousveil.ingest.archive.warc import (
    PRIMARY,
    Archived,
    ArchiveError,
    Record,
    RunFacts,
    exchange_of,
    parse,
    run_of,
)

SUFFIX = ".warc.gz"
REPAIR = "`sousveil archive verify` names all that is damaged"


def files(place: Path) -> list[Path]:
    """Return the WARC files of a run's folder by name, or the file itself."""
    if not place.is_dir():
        return [place]
    found = sorted(path for path in place.iterdir() if path.name.endswith(SUFFIX))
    if not found:
        raise ArchiveError(f"{place}: no {SUFFIX} file here; give the folder of a run")
    return found


def read(place: Path) -> Iterator[Archived]:
    """Read the exchanges of a run's folder (files by name) or of one file, in order, lazily."""
    for path in files(place):
        yield from _exchanges(path, _records(path))


def facts(place: Path) -> RunFacts:
    """Return the facts of the run, from the first file's warcinfo."""
    path = files(place)[0]
    for offset, record in _records(path):
        try:
            return run_of(record)
        except ValueError as error:
            raise _error(path, offset, error) from error
    raise ArchiveError(f"{path}: is empty; {REPAIR}")


def read_at(path: Path, offset: int) -> Archived:
    """Read the exchange whose record begins at an offset of a file."""
    for archived in _exchanges(path, _records(path, offset)):
        return archived
    raise ArchiveError(f"{path}: no exchange at byte {offset}; {REPAIR}")


def record_at(path: Path, offset: int) -> Record:
    """Read the record that begins at an offset of a file."""
    for _, record in _records(path, offset):
        return record
    raise ArchiveError(f"{path}: no record at byte {offset}; {REPAIR}")


def _records(path: Path, start: int = 0) -> Iterator[tuple[int, Record]]:
    with opened(path) as data:
        for member in members(data, start):
            if isinstance(member, Broken):
                raise _error(path, member.start, member.why)
            try:
                record = parse(member.content)
            except ValueError as error:
                raise _error(path, member.start, error) from error
            yield member.start, record


def _exchanges(path: Path, records: Iterator[tuple[int, Record]]) -> Iterator[Archived]:
    for offset, record in records:
        if record.type not in PRIMARY:
            continue
        request = next(records, (0, None))[1] if record.partner else None
        if request is not None and request.id != record.partner:
            raise _error(path, offset, f"its request {record.partner} does not follow it")
        try:
            exchange = exchange_of(record, request)
        except ValueError as error:
            raise _error(path, offset, error) from error
        yield Archived(
            exchange=exchange,
            evidence=record.fields.get("Sousveil-Evidence", ""),
            digest=record.digest,
            file=path.name,
            offset=offset,
        )


def _error(path: Path, offset: int, why: object) -> ArchiveError:
    return ArchiveError(f"{path}, byte {offset}: {why}; {REPAIR}")
