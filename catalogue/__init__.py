"""What we know before anybody looks: one TOML file per provider, company, watchlist and publication.

The format is described in docs/catalogue.md. `load` reads and checks everything; a mistake is a
CatalogueError that names file and line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TypeVar

from sousveil.catalogue.check import check
from sousveil.catalogue.entries import (
    CompanyEntry,
    Listed,
    ProviderEntry,
    PublicationEntry,
    Rejected,
    Source,
    WatchlistEntry,
    read_company,
    read_provider,
    read_publication,
    read_watchlist,
)
from sousveil.catalogue.table import CatalogueError, Table

__all__ = ["Catalogue", "CatalogueError", "digest", "load", "parse"]

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Catalogue:
    """All entries by id, and for each list the natural persons on it, as listed."""

    providers: dict[str, ProviderEntry]
    companies: dict[str, CompanyEntry]
    watchlists: dict[str, WatchlistEntry]
    publications: dict[str, PublicationEntry]
    persons: dict[str, frozenset[str]]
    digest: str

    def provider(self, source: str, label: str, service: str) -> str | None:
        """Return the provider that a data set writes as `label`; a label for this service wins."""
        return self._providers.get((source, label, service)) or self._providers.get((source, label, None))

    def watchlist(self, source: str, label: str) -> str | None:
        """Return the watchlist that a data set writes as `label`."""
        return self._watchlists.get((source, label))

    def publication(self, label: str) -> PublicationEntry | None:
        """Return the publication that a data set names so."""
        return next((entry for entry in self.publications.values() if label in entry.labels), None)

    def listed(self, watchlist: str, named: str) -> list[tuple[str, Listed]]:
        """Return the companies, with the reviewed line, whose entry on this list has exactly this name."""
        return self._listed.get((watchlist, named), [])

    def vendor(self, source: str, named: str) -> str | None:
        """Return the company that a vendor list names so."""
        return self._vendors.get((source, named))

    def rejected(self, source: str, named: str) -> list[tuple[str, Rejected]]:
        """Return the companies, with the reviewed line, that what this source writes so is not."""
        return self._rejected.get((source, named), []) + self._rejected.get((None, named), [])

    def source(self, url: str) -> Source | None:
        """Return what the catalogue knows of the publication at this address."""
        return self._sources.get(url)

    @cached_property
    def _sources(self) -> dict[str, Source]:
        """One source per address: a publication's own entry, else the first file that cites it."""
        found = {entry.source.url: entry.source for entry in self.publications.values()}
        for entry in self.publications.values():
            for source in entry.sources:
                found.setdefault(source.url, source)
        return found

    @cached_property
    def _providers(self) -> dict[tuple[str, str, str | None], str]:
        return {(x.source, x.text, x.service): e.id for e in self.providers.values() for x in e.labels}

    @cached_property
    def _watchlists(self) -> dict[tuple[str, str], str]:
        return {(x.source, x.text): e.id for e in self.watchlists.values() for x in e.labels}

    @cached_property
    def _listed(self) -> dict[tuple[str, str], list[tuple[str, Listed]]]:
        found: dict[tuple[str, str], list[tuple[str, Listed]]] = {}
        for company in self.companies.values():
            for listing in company.listings:
                for name in listing.named:
                    found.setdefault((listing.list, name), []).append((company.id, listing))
        return found

    @cached_property
    def _rejected(self) -> dict[tuple[str | None, str], list[tuple[str, Rejected]]]:
        found: dict[tuple[str | None, str], list[tuple[str, Rejected]]] = {}
        for company in self.companies.values():
            for rejected in company.rejected:
                for name in rejected.named:
                    found.setdefault((rejected.source, name), []).append((company.id, rejected))
        return found

    @cached_property
    def _vendors(self) -> dict[tuple[str, str], str]:
        return {(x.source, x.named): e.id for e in self.companies.values() for x in e.vendors}


@cache
def load() -> Catalogue:
    """Read the catalogue that ships with this version."""
    return parse(dict(_texts()))


@cache
def digest() -> str:
    """Hash every file of the catalogue, without reading what it says."""
    return _digest(dict(_texts()))


def parse(texts: Mapping[str, str]) -> Catalogue:
    """Read a catalogue from {path below catalogue/: text}."""
    publications = _entries(texts, "publications", read_publication)
    known = {entry.id: entry.source for entry in publications.values()}
    catalogue = Catalogue(
        providers=_entries(texts, "providers", lambda key, table: read_provider(key, table, known)),
        companies=_entries(texts, "companies", lambda key, table: read_company(key, table, known)),
        watchlists=_entries(texts, "watchlists", lambda key, table: read_watchlist(key, table, known)),
        publications=publications,
        persons=_persons(Table.parse("catalogue/persons.toml", texts.get("persons.toml", ""))),
        digest=_digest(texts),
    )
    check(catalogue, texts)
    return catalogue


def _texts() -> Iterator[tuple[str, str]]:
    root = files(__name__)
    for folder in ("providers", "companies", "watchlists", "publications"):
        for entry in root.joinpath(folder).iterdir():
            if entry.name.endswith(".toml"):
                yield f"{folder}/{entry.name}", entry.read_text("utf-8")
    yield "persons.toml", root.joinpath("persons.toml").read_text("utf-8")


def _digest(texts: Mapping[str, str]) -> str:
    return hashlib.sha256("".join(f"{path}\0{texts[path]}\0" for path in sorted(texts)).encode()).hexdigest()


def _entries(texts: Mapping[str, str], folder: str, read: Callable[[str, Table], Entry]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for path in sorted(texts):
        if not path.startswith(f"{folder}/"):
            continue
        table = Table.parse(f"catalogue/{path}", texts[path])
        identifier = path.removeprefix(f"{folder}/").removesuffix(".toml")
        if not ID.fullmatch(identifier):
            raise table.error("the file name must be lower-case letters, digits and hyphens")
        entries[identifier] = read(identifier, table)
    return entries


def _persons(table: Table) -> dict[str, frozenset[str]]:
    table.take("recorded")
    table.take("doubtful")
    lists = [key for key, value in table.data.items() if isinstance(value, dict)]
    persons = {}
    for name in lists:
        block = Table(table.file, table.text, dict(table.data.pop(name)), f"[{name}]")  # type: ignore[call-overload]
        persons[name] = frozenset(person.strip() for person in block.words("named"))
        block.finish()
    table.finish()
    return persons
