"""The U.S. list of Chinese military companies under section 1260H, as OpenSanctions compiles its editions.

One row per designation: a company that several editions name has several rows, and only the last one may
carry its removal, which ends the earlier ones too. Within the file a company is its `Clean Name`, character
by character: the file's own key (see MAINTENANCE.md beside it). It meets a company of the catalogue only by a
reviewed line. `Parent Name` is the entry under which the list groups another; it does not say who controls
whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Listing, Ownership, Period, Ref, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.schema.dates import Window

NAME = "dod-1260h"
LIST = "us-dod-1260h"
URL = "https://raw.githubusercontent.com/opensanctions/opensanctions/main/datasets/us/dod_chinese_milcorps/sanctions.csv"
COLUMNS = (
    "Name", "Clean Name", "Alias", "Previous Name", "Parent Name", "Note", "Start date", "End date",
    "Source Url",
)  # fmt: skip
BETWEEN_NAMES = re.compile(r"\s*;\s*|,(?=\S)")  # a comma inside a name is followed by a space: "Co., Ltd."
LATER = "the row has no end date; a later row of the same company says when it was removed"

Ids = Mapping[str, tuple[str, ...]]


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read every designation; its version is the newest edition in the file."""
    entries = [_entry(row) for row in document.rows(COLUMNS)]
    _unique(document, entries)
    if not entries:
        raise SourceError(f"{document.name}, line 1: no rows below the header; fetch it again")
    dated = document.dated or max(entry.start.latest for entry in entries)
    extract = Extract(source=NAME, dated=dated, rows=len(entries), watchlists=(LIST,))
    companies = _companies(entries, catalogue)
    removals = _removals(entries, companies)
    unrepeated = _unrepeated(entries, companies)
    for entry in entries:
        ended = _ended(entry, companies, removals)
        note = LATER if ended != entry.end else unrepeated.get(entry.id)
        extract.facts.extend(_facts(entry, companies[entry.clean], ended, note, extract))
        if note and note != LATER:
            extract.notes.append(f"line {entry.line}: {entry.clean!r}, {entry.start.latest}: {note}")
    _parents(extract, entries, companies, catalogue)
    return extract


SOURCE = Source(
    name=NAME,
    title="U.S. Department of Defense, section 1260H: Chinese military companies",
    publisher="U.S. Department of Defense; compiled by OpenSanctions",
    licence="MIT (OpenSanctions repository); the editions are U.S. government works",
    url=URL,
    rows=(350, 10_000),
    lists={LIST: 350},
    read=read,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One designation."""

    line: int
    digest: str
    named: str
    clean: str
    names: tuple[str, ...]
    parent: str | None
    note: str | None
    start: Window
    end: Window | None
    url: str | None

    @property
    def id(self) -> str:
        return f"{self.clean} {self.start.latest}"

    @property
    def evidence(self) -> str:
        return digest("row", NAME, self.digest)


def _entry(row: Row) -> _Entry:
    start = row.window("Start date")
    end = row.window("End date")
    if start is None:
        raise row.error("Start date is blank; every designation has one")
    if end and end.latest < start.earliest:
        raise row.error(f"End date {end.latest} is before Start date {start.earliest}")
    clean = row.required("Clean Name")
    others = f"{row.take('Alias') or ''};{row.take('Previous Name') or ''}"
    entry = _Entry(
        line=row.line,
        digest=row.digest,
        named=row.required("Name"),
        clean=clean,
        names=tuple(sorted({clean, *(part.strip() for part in BETWEEN_NAMES.split(others) if part.strip())})),
        parent=row.take("Parent Name"),
        note=row.take("Note"),
        start=start,
        end=end,
        url=row.take("Source Url"),
    )
    row.finish()
    return entry


def _unique(document: Document, entries: Iterable[_Entry]) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.id in seen:
            raise SourceError(
                f"{document.name}, line {entry.line}: {entry.clean!r} is designated twice on "
                f"{entry.start.latest}, first on line {seen[entry.id]}; fetch the file again"
            )
        seen[entry.id] = entry.line


def _companies(entries: Iterable[_Entry], catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return the companies of each clean name: reviewed ones, else one of its own."""
    reviewed: dict[str, set[str]] = {}
    for entry in entries:
        found = {*catalogue.listed(LIST, entry.named), *catalogue.listed(LIST, entry.clean)}
        reviewed.setdefault(entry.clean, set()).update(company for company, _ in found)
    return {clean: tuple(sorted(ids)) or (_own_id(clean),) for clean, ids in reviewed.items()}


def _own_id(name: str) -> str:
    return f"{LIST}-{digest(name)[:12]}"


def _removals(entries: Iterable[_Entry], companies: Ids) -> dict[str, list[Window]]:
    """Return for each company the days on which it was removed, oldest first."""
    found: dict[str, list[Window]] = {}
    for entry in entries:
        for company in companies[entry.clean]:
            found.setdefault(company, []).extend([entry.end] if entry.end else [])
    return {company: sorted(ends) for company, ends in found.items()}


def _ended(entry: _Entry, companies: Ids, removals: Mapping[str, list[Window]]) -> Window | None:
    """Return the day of removal: of this row, else the next one that a later row of the company states."""
    later = (
        end
        for company in companies[entry.clean]
        for end in removals[company]
        if end.earliest > entry.start.latest
    )
    return entry.end or min(later, default=None)


def _facts(
    entry: _Entry, companies: Iterable[str], ended: Window | None, note: str | None, extract: Extract
) -> Iterator[Fact]:
    yield Evidence(
        id=entry.evidence,
        kind="row",
        source=NAME,
        url=entry.url or URL,
        title=SOURCE.title,
        publisher=SOURCE.publisher,
        quote=entry.note,
        digest=entry.digest,
        locator=f"entry {entry.id}",
    )
    for company in companies:
        yield Company(id=company, name=entry.clean, names=entry.names, kind="company")
        yield Listing(
            source=NAME,
            company=company,
            watchlist=LIST,
            entry=entry.id,
            named=entry.named,
            start=entry.start,
            end=ended,
            note=note,
            evidence=(entry.evidence,),
            known_from=extract.dated,
        )


def _unrepeated(entries: Iterable[_Entry], companies: Ids) -> dict[str, str]:
    """Return the last open designations, by id, of companies that a later edition does not repeat."""
    newest: dict[tuple[str, ...], _Entry] = {}
    for entry in sorted(entries, key=lambda item: item.start):
        newest[companies[entry.clean]] = entry
    edition = max(entry.start for entry in newest.values())
    note = f"no end date, but not in the edition of {edition.latest}: renamed or removed, needs a review"
    return {entry.id: note for entry in newest.values() if entry.end is None and entry.start < edition}


def _parents(extract: Extract, entries: Iterable[_Entry], companies: Ids, catalogue: Catalogue) -> None:
    """Add an ownership for each entry and parent, over all designations that say so."""
    names = _names(entries, companies)
    parents: dict[str, str] = {}
    grouped: dict[tuple[str, str], list[_Entry]] = {}
    for entry in entries:
        if entry.parent is None:
            continue
        if entry.parent not in parents:
            found = _parent(entry.parent, companies, names, catalogue)
            parents[entry.parent] = found or _add_parent(extract, entry.line, entry.parent)
        for company in companies[entry.clean]:
            if company == parents[entry.parent]:
                extract.notes.append(f"line {entry.line}: {entry.clean!r} is its own parent; left out")
            else:
                grouped.setdefault((company, parents[entry.parent]), []).append(entry)
    extract.facts.extend(_ownership(pair, rows, extract) for pair, rows in grouped.items())


def _add_parent(extract: Extract, line: int, name: str) -> str:
    """Make a company of a parent whom the list does not name in this spelling, or names twice."""
    identifier = _own_id(name)
    extract.facts.append(Company(id=identifier, name=name, names=(name,), kind="company"))
    extract.notes.append(
        f"line {line}: parent {name!r} is not one entry of the list in this spelling; "
        "it stands as a company of its own until a reviewed line says who it is"
    )
    return identifier


def _names(entries: Iterable[_Entry], companies: Ids) -> dict[str, set[str]]:
    """Return the companies that the file calls so: as listed, by an alias, or formerly."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        for name in (entry.named, entry.named.removesuffix("*"), *entry.names):
            found.setdefault(name, set()).update(companies[entry.clean])
    return found


def _parent(name: str, companies: Ids, names: Mapping[str, set[str]], catalogue: Catalogue) -> str | None:
    """Return the one company with exactly this name: reviewed, else a clean name, else any name."""
    reviewed = {company for company, _ in catalogue.listed(LIST, name)}
    for candidates in (reviewed, set(companies.get(name, ())), names.get(name, set())):
        if candidates:
            return candidates.pop() if len(candidates) == 1 else None
    return None


def _ownership(pair: tuple[str, str], rows: list[_Entry], extract: Extract) -> Ownership:
    owned, owner = pair
    rows = sorted(rows, key=lambda row: row.start)
    return Ownership(
        source=NAME,
        owned=Ref("Company", owned),
        owner=owner,
        basis="reported",
        control="unknown",
        period=Period.of(rows[0].start, rows[-1].end),
        note="the list groups the entry under this parent, without a word on control",
        known_from=extract.dated,
        evidence=tuple(row.evidence for row in rows),
    )
