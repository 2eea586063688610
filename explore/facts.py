"""The facts of service on one list, as the pictures take them: the rows of a canned question, typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sousveil.explore.asked import Asked
from sousveil.queries import questions
from sousveil.queries.answer import Answer, Reader, answer

FACTS, COMPANIES = "served-while-listed", "service-matrix"
SERVICES = ("web-hosting", "cdn", "email", "certificate", "nameserver", "cms", "registrar", "unspecified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A provider serves a company or one of its domains; `claim` is the strongest claim behind it."""

    provider: str
    provider_id: str
    country: str
    parent: str | None
    service: str
    company: str
    company_id: str
    domain: str | None
    list: str
    first_seen: str
    last_seen: str
    while_listed: str
    status: str
    basis: str
    tie: str
    claim: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Fact:
        """Read a row of served-while-listed."""
        return cls(
            country=row["parent_country"],
            claim=row["claims"][0],
            **{name: row[name] for name in cls.__slots__ if name not in {"country", "claim"}},
        )

    @property
    def title(self) -> str:
        """Say the fact in one sentence, for a pointer that rests on it."""
        what = "an unspecified service" if self.service == "unspecified" else self.service
        whom = self.domain or self.company
        return f"{self.provider} → {whom}: {what}, {self.status}, last seen {self.last_seen}, {self.basis}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list view stands on: the facts that fit, those in all, and what was asked."""

    facts: tuple[Fact, ...]
    unfiltered: int
    answer: Answer


def listed_facts(store: Reader, asked: Asked) -> Listed:
    """Read the facts of service on a list as of the day, and keep those that fit the filters."""
    found = _ask(store, FACTS, asked)
    day = asked.as_of.isoformat()
    holds = [row for row in found.rows if row["listed_until"] is None or str(row["listed_until"])[:10] > day]
    facts = tuple(Fact.of(row) for row in holds)
    return Listed(
        facts=tuple(fact for fact in facts if _fits(fact, asked)), unfiltered=len(facts), answer=found
    )


def companies(store: Reader, asked: Asked) -> Answer:
    """Read who stands on the list with a known domain or fact, with a text for each service."""
    return _ask(store, COMPANIES, asked)


def _ask(store: Reader, name: str, asked: Asked) -> Answer:
    given = {"list": asked.list, "scope": asked.scope}
    return answer(store, questions()[name], given, as_of=asked.as_of, known_on=asked.known_on)


def _fits(fact: Fact, asked: Asked) -> bool:
    wanted = {name: getattr(asked, name) for name in ("service", "country", "status", "basis")}
    return all(value in (None, getattr(fact, name)) for name, value in wanted.items())


def count(values: Iterable[str]) -> list[tuple[str, int]]:
    """Count values, most frequent first, then by name."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
