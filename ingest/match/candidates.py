"""Candidates: which entry may be which company of the catalogue, why, and what speaks against it.

Nothing here links anything. A reviewed line in the catalogue decides, and what it decided is told: `linked`
to this company, `elsewhere` (to another one), or `rejected`. Everything else is `open`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import CompanyEntry
from sousveil.ingest.match.alike import Names, how_alike, unlike
from sousveil.ingest.match.entries import Entry
from sousveil.ingest.match.names import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry that may be a company; `score` is how alike their names are, 100 too for one identifier."""

    entry: Entry
    company: CompanyEntry
    score: float
    review: str
    reasons: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def order(self) -> tuple[float, int, str, str, str, str]:
        """Sort the likeliest first, and among equals the one with more for than against it; total."""
        entry, doubt = self.entry, len(self.against) - len(self.reasons)
        return (-self.score, doubt, entry.source, entry.name, entry.key, self.company.id)


class Index:
    """The names, identifiers and domains of the catalogue, to be looked up by entry."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._names = Names()
        self._marks: dict[str, set[str]] = {}
        self._others: dict[tuple[str, str], str] = {}
        for company in catalogue.companies.values():
            for mark in (*company.identifiers, *(domain.name for domain in company.domains)):
                self._marks.setdefault(mark, set()).add(company.id)
            for name in _taken_apart(_texts(company)):
                self._names.add(company.id, name)
            for line in company.rejected:
                for name in _taken_apart(line.named):
                    self._others[company.id, name.core] = f"{name.text} is another company: {line.why}"

    def candidates(self, entry: Entry, least: float) -> Iterator[Candidate]:
        """Yield the companies that an entry may be: names at least so alike, or one identifier or domain."""
        best = self._alike(entry, least)
        marked = {
            company: mark
            for mark in (*entry.domains, *entry.identifiers)
            for company in self._marks.get(mark, ())
        }
        reviewed = {company for company in entry.linked if company in self._catalogue.companies}
        rejected = self._rejected(entry)
        for company in sorted({*best, *marked, *reviewed}):
            score, one, other = best.get(company, (0.0, None, None))
            found = self._catalogue.companies[company]
            if marked.get(company, "") in entry.identifiers:
                score = 100.0
            yield Candidate(
                entry=entry,
                company=found,
                score=round(score, 1),
                review=_review(company, reviewed, rejected, marked),
                reasons=tuple(_reasons(entry, found, reviewed, one, other)),
                against=tuple(self._against(entry, found, reviewed, rejected.get(company), one, other)),
            )

    def _alike(self, entry: Entry, least: float) -> dict[str, tuple[float, Name | None, Name | None]]:
        """Return for each company the best score with the entry's and the company's name."""
        best: dict[str, tuple[float, Name | None, Name | None]] = {}
        for name in _taken_apart((entry.name, *entry.aliases)):
            for score, company, known in self._names.alike(name, least):
                if score > best.get(company, (0.0,))[0]:
                    best[company] = (score, name, known)
        return best

    def _rejected(self, entry: Entry) -> dict[str, str]:
        """Return the companies that a reviewed line says this entry is not, with what it says."""
        return {
            company: f"reviewed, {text} is another company: {line.why}"
            for text in (entry.name, *entry.identifiers, *entry.domains)
            for company, line in self._catalogue.rejected(entry.source, text)
        }

    def _against(
        self,
        entry: Entry,
        company: CompanyEntry,
        reviewed: set[str],
        rejected: str | None,
        one: Name | None,
        other: Name | None,
    ) -> Iterator[str]:
        """Yield what speaks against a candidate, what a reviewer said first."""
        if rejected:
            yield rejected
        if reviewed and company.id not in reviewed:
            yield f"reviewed, it is {', '.join(sorted(reviewed))}"
        yield from entry.remarks
        yield from _differences(entry, company)
        if one and other:
            namesake = self._others.get((company.id, one.core))
            if namesake and not rejected:
                yield f"reviewed, {namesake}"
            yield from unlike(one, other, "entry", "catalogue")
            namesakes = self._names.named(other.core) - {company.id}
            if namesakes:
                yield f"the catalogue calls others so: {', '.join(sorted(namesakes))}"


def with_parents(
    candidates: Iterable[Candidate], parents: Mapping[str, list[tuple[str, str]]], catalogue: Catalogue
) -> Iterator[Candidate]:
    """Add who owns each candidate that has an LEI, as `gleif.level_2` found it."""
    owners = {
        mark: company.id
        for company in catalogue.companies.values()
        for mark in company.identifiers
        if mark.startswith("lei:")
    }
    names = {candidate.entry.key: candidate.entry.name for candidate in candidates}
    for candidate in candidates:
        reasons, against = [*candidate.reasons], [*candidate.against]
        owned_by = {owner.company for owner in candidate.company.owners}
        for how, lei in parents.get(candidate.entry.key, ()):
            owner = owners.get(f"lei:{lei}")
            told = (
                f"{how} consolidated by lei:{lei}, {owner or names.get(lei) or 'whom the catalogue has not'}"
            )
            if owner == candidate.company.id:
                against.append(f"a subsidiary of this company: {told}")
            else:
                (reasons if owner in owned_by else against).append(told)
        yield replace(candidate, reasons=tuple(reasons), against=tuple(against))


def _texts(company: CompanyEntry) -> Iterator[str]:
    """Yield every name that the catalogue has of a company."""
    yield company.name
    yield from company.aliases
    yield from (name for listing in company.listings for name in listing.named)
    yield from (vendor.named for vendor in company.vendors)


def _taken_apart(texts: Iterable[str]) -> list[Name]:
    """Take names apart, each once, the first way in which it is written."""
    found: dict[str, Name] = {}
    for text in texts:
        name = Name.of(text)
        if name:
            found.setdefault(name.folded, name)
    return list(found.values())


def _review(company: str, reviewed: Container[str], rejected: Container[str], marked: Container[str]) -> str:
    """Say what was decided; a rejection that an identifier or domain contradicts needs a reviewer again."""
    if company in reviewed:
        return "linked"
    if company in rejected:
        return "open" if company in marked else "rejected"
    return "elsewhere" if reviewed else "open"


def _reasons(
    entry: Entry, company: CompanyEntry, reviewed: set[str], one: Name | None, other: Name | None
) -> Iterator[str]:
    if company.id in reviewed:
        yield "reviewed, it is this company"
    yield from (f"same identifier {mark}" for mark in entry.identifiers if mark in company.identifiers)
    domains = {domain.name for domain in company.domains}
    yield from (f"same domain {name}" for name in entry.domains if name in domains)
    if one and other:
        yield _likeness_in_words(entry, company, one, other)
    countries = {based.country for based in company.based_in}
    yield from (f"same country {country}" for country in entry.countries if country in countries)


def _likeness_in_words(entry: Entry, company: CompanyEntry, one: Name, other: Name) -> str:
    mine = one.text if one.text == entry.name else f"alias {one.text}"
    theirs = other.text if other.text == company.name else f"alias {other.text}"
    return f"{how_alike(one, other)}: {mine} {'=' if one.core == other.core else '~'} {theirs}"


def _differences(entry: Entry, company: CompanyEntry) -> Iterator[str]:
    countries = sorted({based.country for based in company.based_in})
    if entry.countries and countries and not set(countries) & set(entry.countries):
        yield f"other country: {', '.join(entry.countries)}, not {', '.join(countries)}"
    for mark in entry.identifiers:
        scheme = mark.partition(":")[0]
        known = sorted(one for one in company.identifiers if one.startswith(f"{scheme}:"))
        if known and mark not in known:
            yield f"other identifier: {mark}, not {', '.join(known)}"
    domains = sorted(domain.name for domain in company.domains)
    if entry.domains and domains and not set(domains) & set(entry.domains):
        yield f"other domain: {', '.join(entry.domains)}, not {', '.join(domains)}"
