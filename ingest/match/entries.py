"""What is to be matched: one entry of a list, of a vendor file or of a file of names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sousveil.ingest.match.tables import lines, rows
from sousveil.ingest.records import Base, Company, Extract, Fact, Listing, Ownership
from sousveil.ingest.sources.companies import COUNTRY, ID, IDENTIFIER
from sousveil.ingest.sources.documents import SourceError
from sousveil.ingest.sources.hosts import host_name

OWN = "user:names"
# Optional columns of a user's file: what a part of a cell must look like.
OPTIONAL = {
    "id": ID,
    "aliases": re.compile(".+"),
    "country": COUNTRY,
    "identifiers": IDENTIFIER,
    "domain": re.compile(r"\S+"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as its source writes it.

    `source` is a watchlist, a publication, `gleif`, or the user's (`user:…`); `key` is its name in there, and
    `carrier` the data set that was read. `linked` are the companies that a reviewed line says it is;
    `remarks` speak against any match.
    """

    source: str
    key: str
    name: str
    carrier: str
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def of_extract(extract: Extract) -> list[Entry]:
    """Return the entries that a source read.

    A source says what it knows of a company in a row of records: the company, then what names it. A reviewed
    line knows an entry of a list by its name alone, so entries of one name are one here.
    """
    found: dict[tuple[str, ...], Entry] = {}
    for block in _blocks(extract.facts):
        listing = next((fact for fact in block if isinstance(fact, Listing)), None)
        if listing is None and (extract.watchlists or not isinstance(block[0], Company)):
            continue  # a parent that the list mentions is no entry of it, nor is a domain without a name
        entry = _entry(extract, block, listing)
        identity = (entry.source, entry.name, "" if listing else entry.key)
        found[identity] = _merged(found[identity], entry) if identity in found else entry
    return list(found.values())


def of_names(path: Path) -> Iterator[Entry]:
    """Yield a user's own names: one per line, or where the file's name says .csv or .zip, a column `name`.

    Of a table the columns id, aliases, country, identifiers and domain are read too, several values divided
    by semicolons; others are left alone.
    """
    suffixes = {suffix.casefold() for suffix in path.suffixes}
    yield from _table(path) if suffixes & {".csv", ".zip"} else _plain(path)


def _plain(path: Path) -> Iterator[Entry]:
    for number, line in enumerate(lines(path), 1):
        if name := line.strip():
            yield Entry(source=OWN, key=f"line {number}", name=name, carrier=OWN)


def _table(path: Path) -> Iterator[Entry]:
    table = rows(path, ("name",))
    header = next(table)[1]
    for number, cells in table:
        row = dict(zip(header, cells, strict=True))
        where = f"{path.name}, line {number}"
        if not row["name"].strip():
            raise SourceError(f"{where}: name is blank")
        parts = {column: _parts(row.get(column, ""), column, where) for column in OPTIONAL}
        yield Entry(
            source=OWN,
            key=f"line {number}",
            name=row["name"].strip(),
            carrier=OWN,
            aliases=parts["aliases"],
            countries=parts["country"],
            identifiers=parts["identifiers"],
            domains=tuple(_domain(text, where) for text in parts["domain"]),
            linked=parts["id"],
        )


def _parts(cell: str, column: str, where: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in cell.split(";") if part.strip())
    for part in parts:
        if not OPTIONAL[column].fullmatch(part):
            raise SourceError(
                f"{where}: {column} {part!r}: write an id such as hikvision, a country such as US, an "
                "identifier such as lei:5493…, a domain such as example.com"
            )
    return parts


def _domain(text: str, where: str) -> str:
    try:
        return host_name(text)
    except ValueError as error:
        raise SourceError(f"{where}: domain: {error}") from error


def _blocks(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    """Yield the records that stand together because they are about one company."""
    block: list[Fact] = []
    subject = None
    for fact in facts:
        named = _subject(fact)
        if named is None:
            continue
        if block and (named != subject or isinstance(fact, Company)):
            yield block
            block = []
        block.append(fact)
        subject = named
    if block:
        yield block


def _subject(fact: Fact) -> str | None:
    match fact:
        case Company(id=company):
            return company
        case Listing(company=company) | Base(company=company):
            return company
        case Ownership(owner=company, owned=owned) if owned.label == "Domain":
            return company
    return None


def _entry(extract: Extract, block: list[Fact], listing: Listing | None) -> Entry:
    company = block[0] if isinstance(block[0], Company) else None
    names = company.names if company else ()
    identifiers = company.identifiers if company else ()
    if listing:
        name, key = listing.original or listing.named, listing.entry
    else:
        name, key = str(company and company.name), (*identifiers, str(_subject(block[0])))[0]
    return Entry(
        source=listing.watchlist if listing else extract.source,
        key=key,
        name=name,
        carrier=extract.source,
        aliases=tuple(alias for alias in names if alias != name),
        countries=tuple(dict.fromkeys(fact.country for fact in block if isinstance(fact, Base))),
        identifiers=identifiers,
        domains=tuple(fact.owned.key for fact in block if isinstance(fact, Ownership)),
        linked=(str(_subject(block[0])),),
    )


def _merged(one: Entry, other: Entry) -> Entry:
    def both(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*getattr(one, field), *getattr(other, field))))

    return Entry(
        source=one.source,
        key=one.key,
        name=one.name,
        carrier=one.carrier,
        aliases=both("aliases"),
        countries=both("countries"),
        identifiers=both("identifiers"),
        domains=both("domains"),
        linked=both("linked"),
    )
