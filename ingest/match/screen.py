"""Which companies and providers of the graph a vendor may be, how sure that is, and why.

`exact` is the same id, domain, identifier, or the very name that the graph has; `reviewed` another name that
a reviewed line of the catalogue ties to it; `candidate` is a likeness, and no hit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from sousveil.catalogue import Catalogue
from sousveil.ingest.match.alike import Names, how_alike, unlike
from sousveil.ingest.match.names import Name
from sousveil.ingest.sources.hosts import host_name

SURENESS = EXACT, REVIEWED, CANDIDATE = ("exact", "reviewed", "candidate")
NAMESAKES = 8  # others of one name that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A company or provider of the graph; `reviewed` where the catalogue keeps it."""

    label: str
    id: str
    name: str
    names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    website: str = ""
    reviewed: bool = False

    @property
    def key(self) -> str:
        """Tell apart a company and a provider of one id."""
        return f"{self.label} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One node that a text may mean: `match` is one of SURENESS."""

    match: str
    reason: str
    label: str
    id: str
    name: str
    score: float = 100.0
    against: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, float, str, str]:
        """Sort the surest first; total."""
        return (SURENESS.index(self.match), -self.score, self.label, self.id)


class Index:
    """Names, identifiers and sites of companies and providers, to be looked up by text."""

    def __init__(self, known: Iterable[Known], catalogue: Catalogue) -> None:
        self.names = Names()
        self._known: dict[str, Known] = {}
        self._marks: dict[str, list[tuple[str, str]]] = {}
        self._rejected: dict[str, dict[str, str]] = {}
        self._namesakes: dict[tuple[str, str], str] = {}
        for one in known:
            self._add(one)
        for company in catalogue.companies.values():
            for line in company.rejected:
                for name in filter(None, map(Name.of, line.named)):
                    key = f"Company {company.id}"
                    told = f"reviewed, {name.text} is another company than {company.id}: {line.why}"
                    self._rejected.setdefault(name.folded, {})[key] = told
                    self._namesakes[key, name.core] = told

    def __len__(self) -> int:
        return len(self._known)

    def matches(self, text: str, least: float) -> list[Match]:
        """Return what a text may mean, the surest first: by id, identifier, site, or names so alike."""
        name = Name.of(text)
        found = {key: self._marked(self._known[key], reason, name) for key, reason in self._marks_of(text)}
        if name and "://" not in text:
            for one in self._named(name, least):
                found.setdefault(f"{one.label} {one.id}", one)
        return sorted(found.values(), key=lambda one: one.order)

    def rejected(self, text: str) -> list[str]:
        """Return what reviewed lines say that this text is not."""
        found = [
            said for one in (text, *hosts(text)) for said in self._rejected.get(_folded(one), {}).values()
        ]
        return list(dict.fromkeys(found))

    def _add(self, one: Known) -> None:
        self._known[one.key] = one
        for mark in one.identifiers:
            scheme, _, value = mark.casefold().partition(":")
            for text in (mark.casefold(), value) if scheme == "lei" else (mark.casefold(),):
                self._marks.setdefault(text, []).append((one.key, f"same identifier {mark}"))
        for host in hosts(one.website)[:1]:
            self._marks.setdefault(_bare(host), []).append((one.key, f"same domain, its own site {host}"))
        for folded in {name.folded: name for name in map(Name.of, (*one.names, one.name)) if name}.values():
            self.names.add(one.key, folded)

    def _marks_of(self, text: str) -> Iterator[tuple[str, str]]:
        for mark in dict.fromkeys((text.casefold(), *map(_bare, hosts(text)))):
            yield from self._marks.get(mark, ())
        for label in (
            "Company",
            "Provider",
        ):  # as the graph writes ids: Amazon is a name, amazon may be an id
            if f"{label} {text}" in self._known:
                yield f"{label} {text}", "same id"

    def _marked(self, one: Known, reason: str, name: Name | None) -> Match:
        namesake = self._namesakes.get((one.key, name.core)) if name else None
        against = (namesake,) if namesake else ()
        return Match(match=EXACT, reason=reason, label=one.label, id=one.id, name=one.name, against=against)

    def _named(self, name: Name, least: float) -> Iterator[Match]:
        best: dict[str, tuple[bool, float, Name]] = {}
        for score, key, known in self.names.alike(name, least):
            rank = (known.folded == name.folded, score)
            if key not in best or rank > best[key][:2]:
                best[key] = (*rank, known)
        for key, (_, score, known) in best.items():
            yield self._judged(self._known[key], name, known, round(score, 1))

    def _judged(self, one: Known, name: Name, known: Name, score: float) -> Match:
        how, match = how_alike(name, known), CANDIDATE
        own = known.folded == _folded(one.name)
        if how == "same name" and one.key not in self._rejected.get(name.folded, {}):
            match = REVIEWED if one.reviewed and not own else EXACT
        namesake = self._namesakes.get((one.key, name.core))
        against = [namesake] if namesake else []
        if match == CANDIDATE:
            against += unlike(name, known, "line", "graph")
        elif name.short:
            against.append("a short name, which others may have")
        others = sorted(self.names.named(known.core) - {one.key})
        if others:
            against.append(
                f"others of that name: {', '.join(self._described(key) for key in others[:NAMESAKES])}"
            )
        reason = how if how == "same name" else f"{how}, {score:g}"
        return Match(
            match=match,
            reason=f"{reason}: {'' if own else 'alias '}{known.text}",
            label=one.label,
            id=one.id,
            name=one.name,
            score=score,
            against=tuple(against),
        )

    def _described(self, key: str) -> str:
        one = self._known[key]
        marks = f", {', '.join(one.identifiers)}" if one.identifiers else ""
        return f"{one.label.lower()} {one.id} ({one.name}{marks})"


def hosts(text: str) -> list[str]:
    """Return the host that a domain or an address names, then its registrable domain; none for other text.

    >>> hosts("https://www.hikvision.com/en/")
    ['www.hikvision.com', 'hikvision.com']
    """
    if "." not in text or any(sign.isspace() for sign in text):
        return []
    try:
        host = host_name(urlsplit(text).hostname or "" if "://" in text else text.partition("/")[0])
    except ValueError:
        return []
    registrable = _suffixes().privatesuffix(host)
    return list(dict.fromkeys((host, registrable or host)))


def of_domain(text: str, domain: str) -> Match:
    """Match a domain of the graph that the text names, itself or as the registrable part of its host."""
    host = hosts(text)[0]
    reason = "same domain" if host == domain else f"registrable domain of {host}"
    return Match(match=EXACT, reason=reason, label="Domain", id=domain, name=domain)


def with_country(match: Match, given: str, countries: Iterable[str]) -> Match:
    """Say what speaks against a match where the line gives a country and the graph knows others."""
    known = sorted(set(countries))
    if not given or not known or given.upper() in known:
        return match
    return replace(match, against=(*match.against, f"other country: {given}, not {', '.join(known)}"))


def _folded(text: str) -> str:
    """Fold a name; a domain stays as it is."""
    name = Name.of(text)
    return name.folded if name else text


def _bare(host: str) -> str:
    return host.removeprefix("www.")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
