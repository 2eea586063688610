"""What the graph knows of many companies, providers and domains at once: lists, owners, services.

Every statement takes a few hundred ids; of a hub it says how much there is, and shows a little of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sousveil.cli.claims import rows

if TYPE_CHECKING:
    from sousveil.graph import BoltStore
    from sousveil.ingest.match.screen import Known

COMPANIES = """
MATCH (c:Company)
RETURN c.id AS id, c.name AS name, c.names AS names, c.identifiers AS identifiers, c.rank AS rank
"""
PROVIDERS = "MATCH (p:Provider) RETURN p.id AS id, p.name AS name, p.names AS names, p.website AS website"
DOMAINS = "UNWIND $names AS name MATCH (d:Domain {name: name}) RETURN d.name AS name"
RUNS = """
WITH date($known_on) AS known_on
MATCH (r:Run {kind: 'ingest'})
WHERE r.finished AND r.dated <= known_on
UNWIND r.counts AS counted
RETURN split(counted, ': ')[0] AS list, toString(max(r.dated)) AS dated
ORDER BY list
"""
BATCH = 300  # ids in one statement
SHOWN = 5  # examples of what a hub serves, or who serves it
MOST = 200  # ways up to owners of one node
KEPT = 20_000  # nodes whose facts are remembered: some 20 MB
HALF = 50  # per cent
ENDED = ", ended "
DOUBTED = PERHAPS, PART = ("perhaps", "a share")
Row = dict[str, Any]
Node = tuple[str, str]  # label and key


@dataclass(slots=True)
class Facts:
    """What is known of one node, in words."""

    listed: list[str] = field(default_factory=list)
    owned: list[str] = field(default_factory=list)
    serves: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Say whether nothing is known that screening asks for."""
        return not (self.listed or self.owned or self.serves or self.served)


class Screening:
    """The graph on two days, asked for many nodes at once; it remembers what it was asked last."""

    def __init__(self, graph: BoltStore, as_of: date, known_on: date) -> None:
        self._graph = graph
        self._clocks = {"as_of": as_of.isoformat(), "known_on": known_on.isoformat()}
        self._facts: dict[Node, Facts] = {}

    def known(self) -> Iterator[Known]:
        """Yield every company and provider, as a stream."""
        from sousveil.ingest.match.screen import Known

        for key, name, names, identifiers, rank in self._graph.stream(COMPANIES):
            yield Known(
                label="Company",
                id=key,
                name=name,
                names=tuple(names or ()),
                identifiers=tuple(identifiers or ()),
                reviewed=rank == 0,
            )
        for key, name, names, website in self._graph.stream(PROVIDERS):
            yield Known(
                label="Provider",
                id=key,
                name=name,
                names=tuple(names or ()),
                website=website or "",
                reviewed=True,
            )

    def domains(self, names: Iterable[str]) -> set[str]:
        """Return those of these domains that the graph has."""
        wanted = sorted(set(names))
        parts = (wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH))
        return {str(row["name"]) for part in parts for row in rows(self._graph, DOMAINS, {"names": part})}

    def facts(self, nodes: Iterable[Node]) -> Mapping[Node, Facts]:
        """Return what is known of each of these nodes."""
        wanted = set(nodes)
        if len(self._facts) > KEPT:
            self._facts.clear()
        missing = sorted(wanted - self._facts.keys())
        for at in range(0, len(missing), BATCH):
            part = missing[at : at + BATCH]
            self._facts.update(self._asked(part))
        return {node: self._facts[node] for node in wanted}

    def compared(self) -> str:
        """Say which lists, of which dates, and how much of them can be seen at all."""
        runs = rows(self._graph, RUNS, {"known_on": self._clocks["known_on"]})
        dates = {row["list"]: row["dated"] for row in runs}
        found = self._rows("lists", {})
        names = sorted({name for row in found for name in row["lists"]})
        told = ", ".join(f"{name} ({dates.get(name, 'by the catalogue')})" for name in names)
        known, listed = (sum(row[what] for row in found) for what in ("with_domain", "companies"))
        return f"lists: {told or 'none'}; {known:,} of {listed:,} listed companies have a known domain"

    def _asked(self, nodes: list[Node]) -> dict[Node, Facts]:
        found = {node: Facts() for node in nodes}
        given = {
            name: [key for label, key in nodes if label == kind]
            for name, kind in (("companies", "Company"), ("providers", "Provider"), ("domains", "Domain"))
        }
        owners = self._rows("owners", given, most=MOST)
        listings = self._listings({*given["companies"], *(str(row["owner"]) for row in owners)})
        for row in self._rows("bases", given):
            found["Company", row["id"]].countries.append(row["code"])
        for company in given["companies"]:
            found["Company", company].listed = listings.get(company, [])
        for node, ways in _by_node(owners).items():
            found[node].owned = list(_owned(ways, listings))
        for node, facts in _by_node(self._rows("serves", given, shown=SHOWN)).items():
            found[node].serves = list(_services(facts, "listed companies"))
        for node, facts in _by_node(self._rows("served", given, shown=SHOWN)).items():
            found[node].served = list(_services(facts, "providers"))
        return found

    def _listings(self, companies: set[str]) -> dict[str, list[str]]:
        """Return for each company the lists on which it stands, or stood, in words."""
        found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self._rows("listed", {"companies": sorted(companies)}):
            found[row["id"]][row["list"]].append(row)
        return {
            company: [_listing(name, items) for name, items in lists.items()]
            for company, lists in found.items()
        }

    def _rows(self, name: str, given: Mapping[str, object], **more: object) -> list[Row]:
        return rows(self._graph, statement(name), {**self._clocks, **given, **more})


@cache
def statement(name: str) -> str:
    """Read one of the statements that stand beside this module."""
    return files("sousveil.cli").joinpath(f"screening-{name}.cypher").read_text("utf-8")


def is_standing(listing: str) -> bool:
    """Say whether a listing in words stands on the day."""
    return ENDED not in listing


def is_sure(owner: str) -> bool:
    """Say whether an owner in words owns or controls for certain."""
    return not owner.startswith(DOUBTED)


def _listing(name: str, items: list[Row]) -> str:
    standing = [row for row in items if row["stands"]]
    if standing:
        until = standing[-1]["listed_until"]
        return f"{name} since {standing[0]['listed_from']}" + (f", until {until}" if until else "")
    until = next((row["listed_until"] for row in reversed(items) if row["listed_until"]), "on an unknown day")
    return f"{name} since {items[0]['listed_from']}{ENDED}{until}"


def _by_node(found: Iterable[Row]) -> dict[Node, list[Row]]:
    nodes: dict[Node, list[Row]] = defaultdict(list)
    for row in found:
        nodes[row["label"], row["id"]].append(row)
    return nodes


def _owned(ways: list[Row], listings: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield each listed owner once, with how it owns: the surest way up counts."""
    told: dict[str, tuple[int, str]] = {}
    shares: dict[str, float] = {}
    for row in ways:
        lists = [text for text in listings.get(row["owner"], ()) if is_standing(text)]
        if not lists:
            continue
        rank, how = _how(row)
        text = f"{how}{row['name']} [{row['owner']}] ({'; '.join(lists)})"
        told[row["owner"]] = min(told.get(row["owner"], (rank, text)), (rank, text))
        if len(row["shares"]) == 1 and row["shares"][0] is not None:
            shares[row["owner"]] = row["shares"][0]
    yield from (text for _, text in sorted(told.values()))
    if len(shares) > 1 and sum(shares.values()) >= HALF:
        yield f"listed owners together hold {sum(shares.values()):g} %"


def _how(row: Row) -> tuple[int, str]:
    """Return how sure a way up is, 0 the surest, and in words; a domain has no shares."""
    first = 1 if row["label"] == "Domain" else 0
    shares, controls = row["shares"][first:], row["controls"][first:]
    through = f", in {len(row['shares'])} steps" if len(row["shares"]) > 1 else ""
    known = " of ".join("?" if share is None else f"{share:g}" for share in reversed(shares))
    held = f", {known} %" if any(share is not None for share in shares) else ""
    basis = f"({row['basis']}{held}{through})"
    if not shares:
        return 0, f"belongs to {basis}: "
    if all(share is not None and share >= HALF for share in shares):
        return 0, f"owned by {basis}: "
    if all(control == "yes" for control in controls):
        return 0, f"controlled by {basis}: "
    if "no" in controls:
        return 2, f"{PART} without control {basis}: "
    return 1, f"{PERHAPS} controlled by {basis}: "


def _services(facts: list[Row], others: str) -> Iterator[str]:
    """Yield how much there is, then a few services."""
    first = facts[0]
    yield f"services: {first['services']}, {others}: {first['others']}, shown: {len(facts)}"
    for row in facts:
        subject = (row["domain"] or "the company, no domain named") + (row["tie"] if row["domain"] else "")
        low, high = row["last_min"], row["last_max"]
        seen = str(low) if low == high else f"{low}/{high}"
        cited = ", ".join(str(key)[:12] for key in row["evidence"] or ())
        by = f" by {row['provider']}" if "provider" in row else ""
        yield (
            f"{row['other']}: {row['service']}{by}, {subject}, {row['status']}, last seen {seen}, "
            f"evidence {cited or 'none'}"
        )
