"""One company, domain or provider whole: what it is, and the questions that tell the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sousveil.queries import questions
from sousveil.queries.answer import Answer, Reader, answer, records

# What there is to say about each kind of node: a heading, a question, and the parameter that names the node.
SECTIONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Company": (
        ("Lists", "listing-history", "entity"),
        ("Ownership", "ownership-chain", "entity"),
        ("Domains", "domain-portfolio", "entity"),
        ("Served by", "providers-of", "entity"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
    "Domain": (
        ("Belongs to", "ownership-chain", "entity"),
        ("Served by", "providers-of", "entity"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
    "Provider": (
        ("Ownership", "ownership-chain", "entity"),
        ("Serves", "clients-of", "provider"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
}
NODE = {
    "Company": "MATCH (n:Company {id: $key}) RETURN n.id AS id, n.name AS name, n.names AS names, "
    "n.kind AS kind, n.identifiers AS identifiers",
    "Domain": "MATCH (n:Domain {name: $key}) RETURN n.name AS name",
    "Provider": "MATCH (n:Provider {id: $key}) RETURN n.id AS id, n.name AS name, n.names AS names, "
    "n.services AS services, n.website AS website",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A node with its own properties, and an answer under each heading."""

    label: str
    node: dict[str, object]
    parts: tuple[tuple[str, Answer], ...]
    as_of: date

    def as_json(self) -> dict[str, object]:
        """Return it as one JSON object, each part under the name of its question."""
        sections = {part.query: part.as_json() for _, part in self.parts}
        return {"label": self.label, **self.node, "sections": sections}


def portrait(store: Reader, label: str, key: str, *, as_of: date, known_on: date) -> Portrait | None:
    """Ask everything about one node; None where there is no such node."""
    found = records(store.read(NODE[label], {"key": key}))
    if not found:
        return None
    parts = tuple(
        (heading, answer(store, questions()[name], {parameter: key}, as_of=as_of, known_on=known_on))
        for heading, name, parameter in SECTIONS[label]
    )
    return Portrait(label=label, node=found[0], parts=parts, as_of=as_of)
