"""Facts into the graph: static Cypher, idempotent, and the same graph in whatever order facts arrive.

Nodes first, then what stands between them. Sightings are written as ABOUT, and the intervals (SERVES and its
kin) are made anew from all sightings of a claim, those in the store included.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from sousveil.ingest.load import rows
from sousveil.ingest.load.intervals import KEPT_EVIDENCE, Seen, intervals, stretches
from sousveil.ingest.load.rows import Row
from sousveil.ingest.load.statements import statement
from sousveil.ingest.records import (
    Base,
    Brand,
    Check,
    Claim,
    Company,
    Conclusion,
    Embed,
    Evidence,
    Extract,
    Fact,
    Label,
    Listing,
    Mention,
    Ownership,
    Provider,
    Ref,
    Sighting,
    Statement,
    Watchlist,
    digest,
)
from sousveil.schema.errors import SousveilError

BATCH = 5_000
SUBJECTS: tuple[Label, ...] = ("Domain", "Company")  # what is served
EMBEDDED = (
    "id",
    "known_from",
    "evidence",
    "first_seen_min",
    "first_seen_max",
    "last_seen_min",
    "last_seen_max",
)
CLAIM = ("source", "service", "provider", "label", "host", "role", "scope")
Record = TypeVar("Record")
Progress = Callable[[str, int], None]


class Answer(Protocol):
    """Rows of a read, as the store returns them."""

    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def rows(self) -> Sequence[tuple[object, ...]]: ...  # noqa: D102


class Store(Protocol):
    """What loading asks of a graph store; `sousveil.graph.BoltStore` is one."""

    def read(self, cypher: str, parameters: Mapping[str, object] = ...) -> Answer: ...  # noqa: D102
    def write(self, statements: Sequence[tuple[str, Mapping[str, object]]]) -> None: ...  # noqa: D102
    def upsert(self, cypher: str, rows: Iterable[Mapping[str, object]]) -> int: ...  # noqa: D102


class LoadError(SousveilError):
    """Facts cannot be written as they are; the message names them. Nothing of this load was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load: which input, read by which versions; the same input and versions are the same run.

    `dated` tells apart two versions of a list that have the same bytes.
    """

    kind: str
    source: str
    input: str
    input_name: str
    software: str
    catalogue: str
    dated: date | None = None

    @property
    def id(self) -> str:
        """Return the hash of input and versions."""
        return digest(
            "run", self.kind, self.source, self.input, self.software, self.catalogue, rows.day(self.dated)
        )


def load(store: Store, extract: Extract, run: Run, progress: Progress = lambda _name, _count: None) -> None:
    """Write an extract; a second time changes nothing, and a load that was cut off is completed."""
    loader = _Loader(store, extract, run, progress)
    loader.check()
    loader.mark(finished=False)
    loader.nodes()
    loader.statements()
    loader.owners()
    loader.listings()
    loader.services()
    loader.looks()
    loader.mark(finished=True)


def check(store: Store, extract: Extract, run: Run) -> None:
    """Raise LoadError if the extract names what neither it nor the store has; `load` does this too."""
    _Loader(store, extract, run, lambda _name, _count: None).check()


class _Loader:
    """One load under way: its facts by kind, and where they go."""

    def __init__(self, store: Store, extract: Extract, run: Run, progress: Progress) -> None:
        self.store = store
        self.extract = extract
        self.run = run
        self.progress = progress

    def of(self, kind: type[Record]) -> list[Record]:
        return [fact for fact in self.extract.facts if isinstance(fact, kind)]

    def write(self, name: str, items: Iterable[Row], label: Label | None = None) -> None:
        written = list(items)
        if written:
            self.store.upsert(statement(name, label), written)
        self.progress(name, len(written))

    def by_label(self, name: str, items: Iterable[tuple[Label, Row]]) -> None:
        groups: dict[Label, list[Row]] = defaultdict(list)
        for label, row in items:
            groups[label].append(row)
        for label, group in sorted(groups.items()):
            self.write(name, group, label)

    # -- before anything is written

    def check(self) -> None:
        """Refuse facts about companies, providers or lists that neither this extract nor the store has."""
        wanted: dict[Label, set[str]] = defaultdict(set)
        for fact in self.extract.facts:
            for ref in _mentioned(fact):
                wanted[ref.label].add(ref.key)
        own: dict[Label, set[str]] = {
            "Company": {c.id for c in self.of(Company)},
            "Provider": {p.id for p in self.of(Provider)},
            "Watchlist": {w.id for w in self.of(Watchlist)},
            "Statement": {s.id for s in self.of(Statement)},
        }
        for label, keys in own.items():
            missing = wanted[label] - keys
            missing -= {str(row[0]) for row in self.lookup("known", sorted(missing), label)}
            if missing:
                raise LoadError(
                    f"{self.run.input_name}: {label} {', '.join(sorted(missing)[:5])} is unknown; "
                    "load the file that defines it first (`sousveil ingest catalogue`)"
                )

        cited = {sighting.evidence for sighting in self.of(Sighting)}
        cited |= {mention.evidence for mention in self.of(Mention)}
        cited |= {embed.evidence for embed in self.of(Embed)}
        unseen = cited - {evidence.id for evidence in self.of(Evidence)}
        unseen -= {str(row[0]) for row in self.lookup("known_evidence", sorted(unseen))}
        if unseen:
            raise LoadError(
                f"{self.run.input_name}: {len(unseen)} pieces of evidence are cited and not there; "
                "a source must yield the Evidence of every Sighting, Mention and Embed"
            )

    def lookup(
        self, name: str, keys: Sequence[str], label: Label | None = None
    ) -> Iterator[tuple[object, ...]]:
        for start in range(0, len(keys), BATCH):
            yield from self.store.read(statement(name, label), {"keys": keys[start : start + BATCH]}).rows

    # -- nodes

    def mark(self, *, finished: bool) -> None:
        unresolved = {(s.source, s.label) for s in self.of(Sighting) if s.provider is None}
        row: Row = {
            "id": self.run.id,
            "kind": self.run.kind,
            "source": self.run.source,
            "input": self.run.input,
            "input_name": self.run.input_name,
            "dated": rows.day(self.extract.dated),
            "software": self.run.software,
            "catalogue": self.run.catalogue,
            "rows": self.extract.rows,
            "left_out": [f"{reason}: {n}" for reason, n in sorted(self.extract.left_out.items())],
            "counts": [f"{name}: {n}" for name, n in sorted(self.extract.entries.items())],
            "unresolved": len(unresolved),
            "finished": finished,
        }
        if finished and self.run.kind == "catalogue":
            stale: Row = {"run": self.run.id, "dated": rows.day(self.extract.dated)}
            earlier = [(statement(name), stale) for name in ("superseded", "superseded_runs")]
            self.store.write([*earlier, (statement("run"), {"rows": [row]})])
        else:
            self.store.write([(statement("run"), {"rows": [row]})])

    def nodes(self) -> None:
        self.write("watchlist", map(rows.watchlist, self.of(Watchlist)))
        self.write("provider", map(rows.provider, self.of(Provider)))
        self.write("company", self.companies())
        evidence = {e.id: rows.evidence(e) for e in self.of(Evidence)}
        self.write("evidence", (row for row in evidence.values() if row["kind"] != "record"))
        self.write("record", (row for row in evidence.values() if row["kind"] == "record"))
        mentioned = [ref for fact in self.extract.facts for ref in _mentioned(fact)]
        domains = sorted({ref.key for ref in mentioned if ref.label == "Domain"})
        self.write("domain", ({"key": key} for key in domains))
        self.write("country", ({"key": key} for key in sorted({b.country for b in self.of(Base)})))
        unresolved: dict[str, Row] = {
            rows.unresolved_id(s): {"id": rows.unresolved_id(s), "label": s.label, "source": s.source}
            for s in self.of(Sighting)
            if s.provider is None
        }
        self.write("unresolved_name", unresolved.values())

    def companies(self) -> list[Row]:
        found: dict[str, Row] = {}
        for record in self.of(Company):
            row = rows.company(record)
            found[record.id] = rows.merged(found[record.id], row) if record.id in found else row
        names = ("id", "name", "names", "identifiers", "kind", "rank")
        for values in self.lookup("companies", sorted(found)):
            had = dict(zip(names, values, strict=True))
            if self.run.kind == "catalogue" and had["rank"] == 0:  # an earlier version of the same file
                had |= {"name": found[str(had["id"])]["name"], "kind": found[str(had["id"])]["kind"]}
            found[str(had["id"])] = rows.merged(found[str(had["id"])], had)
        return list(found.values())

    # -- what was said about claims

    def statements(self) -> None:
        records = self.of(Statement)
        self.write("statement", map(rows.statement, records))
        concerns = [(record, item) for record in records for item in record.concerns]
        self.by_label(
            "concerns", ((item.node.label, rows.concern(record, item)) for record, item in concerns)
        )
        reviewed = {item.node.key for _, item in concerns if item.node.label == "Statement"}
        touched = sorted({record.id for record in records} | reviewed)
        self.settle(touched)
        self.retract(touched)

    def settle(self, statements: Sequence[str]) -> None:
        """Give each statement the outcome of its newest review."""
        newest: dict[str, Row] = {}
        for key, outcome, day in self.lookup("reviews", statements):  # oldest first
            newest[str(key)] = {"id": key, "outcome": outcome, "decided": rows.day(_date(day))}
        self.write("outcome", newest.values())

    def retract(self, statements: Sequence[str]) -> None:
        """Make the intervals anew of every claim in the store that these statements may take back."""
        for label in SUBJECTS:
            found = self.lookup("contested", statements, label)
            claims = {_claim(label, *values) for values in found}
            self.recompute(label, sorted(claims, key=lambda claim: claim.id))

    # -- facts that their source dates itself

    def owners(self) -> None:
        owned = [(record.owned, rows.ownership(record, self.run.id)) for record in self.of(Ownership)]
        labels = {row["id"]: ref.label for ref, row in owned}
        self.by_label("owned", ((labels[row["id"]], row) for row in _joined(row for _, row in owned)))
        based = [rows.base(record, self.run.id) for record in self.of(Base)]
        self.write("based_in", _joined(based))
        self.write("brand_of", (rows.brand(record, self.run.id) for record in self.of(Brand)))
        self.cited([*owned, *((Ref("Company", str(row["company"])), row) for row in based)])

    def cited(self, facts: Iterable[tuple[Ref, Row]]) -> None:
        """Write ABOUT for the evidence of facts, so that it is one click away from the node."""
        self.by_label(
            "about",
            (
                (
                    ref.label,
                    rows.mention(str(cited), ref, str(row["claim"]), _date(row["known_from"]), self.run.id),
                )
                for ref, row in facts
                for cited in _list(row["evidence"])
            ),
        )

    # -- listings

    def listings(self) -> None:
        """Write listings so that a cut at any point loses nothing: new ones first, what they replace last."""
        records = self.of(Listing)
        had: list[dict[str, object]] = []
        if self.extract.watchlists:
            written, had = self.versioned(records)
        else:
            written = [rows.listing(record, self.run.id) for record in records]
        ids, before = {row["id"] for row in written}, {values["id"] for values in had}
        self.write("listed_on", (row for row in written if row["id"] not in before))
        self.write("listed_on", (row for row in written if row["id"] in before))
        stale = ({"id": v["id"], "company": v["company"]} for v in had if v["id"] not in ids)
        self.write("stale_listings", stale)
        self.cited((Ref("Company", str(row["company"])), row) for row in written)

    def versioned(self, records: Sequence[Listing]) -> tuple[list[Row], list[dict[str, object]]]:
        """Join this version of the lists with those in the store; return all listings, and what there was."""
        source, dated = self.extract.source, self.extract.dated
        known = [_date(row[0]) for row in self.store.read(statement("versions"), {"source": source}).rows]
        versions = sorted({*known, dated})
        history, had = self.history(source, versions)
        for entry in history.values():
            entry.pop(dated, None)
        for record in records:
            text = rows.content(record)
            history[_key(text)][dated] = text
        return [row for _, seen in sorted(history.items()) for row in self.stretches(seen, versions)], had

    def history(
        self, source: str, versions: Sequence[date]
    ) -> tuple[dict[str, dict[date, Row]], list[dict[str, object]]]:
        """Read back which version had which entry with which content."""
        answer = self.store.read(statement("listings"), {"source": source})
        had = [dict(zip(answer.columns, values, strict=True)) for values in answer.rows]
        history: dict[str, dict[date, Row]] = defaultdict(dict)
        for values in had:
            skipped = ("id", "version_first", "version_last")
            text = {name: _plain(value) for name, value in values.items() if name not in skipped}
            for version in _covered(values, versions):
                history[_key(values)][version] = text
        return history, had

    def stretches(self, seen: Mapping[date, Row], versions: Sequence[date]) -> Iterator[Row]:
        since: date | None = None
        for item in stretches(seen, versions):
            since = since or item.first
            yield rows.stretch(item, self.extract.source, self.run.id, since)
            since = None if item.gone else since

    # -- services

    def services(self) -> None:
        sightings = self.of(Sighting)
        about = [(s.subject.label, rows.about(s, self.run.id)) for s in sightings]
        about += [(m.subject.label, rows.bare(m, self.run.id)) for m in self.of(Mention)]
        self.by_label("about", about)
        claims = {s.claim: s.claimed for s in sightings}
        for label in SUBJECTS:
            self.recompute(label, [claim for claim in claims.values() if claim.subject.label == label])

    def recompute(self, label: Label, claims: Sequence[Claim]) -> None:
        """Make the intervals of these claims anew from all that the store has about them."""
        for start in range(0, len(claims), BATCH):
            self._recompute(label, {claim.id: claim for claim in claims[start : start + BATCH]})

    def _recompute(self, label: Label, claims: Mapping[str, Claim]) -> None:
        subjects: dict[str, list[str]] = defaultdict(list)
        for name, claim in claims.items():
            subjects[claim.subject.key].append(name)
        asked = [{"key": key, "claims": group} for key, group in subjects.items()]
        answer = self.store.read(statement("sightings", label), {"rows": asked})
        seen: dict[str, list[Seen]] = defaultdict(list)
        for values in answer.rows:
            seen[str(values[0])].append(Seen(**dict(zip(answer.columns[1:], values[1:], strict=True))))  # type: ignore[arg-type]
        retracted: dict[str, list[date]] = defaultdict(list)
        for claim_id, day in self.store.read(statement("retractions", label), {"rows": asked}).rows:
            retracted[str(claim_id)].append(_date(day))
        edges: dict[str, list[Row]] = defaultdict(list)
        for name, claim in claims.items():
            for item in intervals(seen[name], retracted[name]):
                edges[_type(claim, item.known_until)].append(rows.interval(item, claim, self.run.id))
        kept: dict[str, list[str]] = defaultdict(list)
        for kind, group in edges.items():
            for row in group:
                kept[str(row["key"])].append(f"{kind.upper()} {row['id']}")
        self.write("stale", [{**row, "kept": kept[str(row["key"])]} for row in asked], label)
        for kind, group in sorted(edges.items()):
            self.write(kind, group, label)

    # -- what was looked at, and what pages load from others

    def looks(self) -> None:
        self.write("concluded", (rows.conclusion(one, self.run.id) for one in self.of(Conclusion)))
        self.write("checked", (rows.check(record, self.run.id) for record in self.of(Check)))
        found: dict[str, Row] = {}
        for row in (rows.embed(record, self.run.id) for record in self.of(Embed)):
            found[str(row["id"])] = rows.seen_again(found.get(str(row["id"]), row), row)
        for values in self.lookup("embedded", sorted({str(row["page"]) for row in found.values()})):
            had = dict(zip(EMBEDDED, map(_plain, values), strict=True))
            if had["id"] in found:
                found[str(had["id"])] = rows.seen_again(had, found[str(had["id"])])
        self.write("embedded_in", found.values())


def _claim(label: Label, key: object, *values: object) -> Claim:
    """Read a claim back from the columns of contested_*.cypher."""
    said: dict[str, Any] = dict(zip(CLAIM, values, strict=True))
    return Claim(subject=Ref(label, str(key)), **said)


def _type(record: Claim, retracted: date | None) -> str:
    if record.provider is None:
        return "named_for"
    return "said_to_serve" if retracted else "serves"


def _mentioned(fact: Fact) -> Iterator[Ref]:
    """Yield every node that a fact stands between."""
    match fact:
        case Ownership():
            yield fact.owned
            yield Ref("Company", fact.owner)
        case Sighting():
            yield fact.subject
            if fact.provider:
                yield Ref("Provider", fact.provider)
        case Base():
            yield Ref("Company", fact.company)
        case Listing():
            yield Ref("Company", fact.company)
            yield Ref("Watchlist", fact.watchlist)
        case Brand():
            yield Ref("Provider", fact.provider)
            yield Ref("Provider", fact.brand)
        case Statement():
            yield from (item.node for item in fact.concerns)
        case Mention() | Check() | Conclusion() | Embed():
            yield from _seen(fact)
        case _:
            return


def _seen(fact: Mention | Check | Conclusion | Embed) -> Iterator[Ref]:
    match fact:
        case Conclusion():
            yield Ref("Domain", fact.target)
        case Mention():
            yield fact.subject
        case Check():
            yield Ref("Domain", fact.domain)
        case Embed():
            yield from (Ref("Domain", name) for name in (fact.host, fact.page))


def _joined(items: Iterable[Row]) -> Iterable[Row]:
    """Make one row of those that state one fact, as several entries of a list do, with all their evidence."""
    found: dict[object, Row] = {}
    for row in items:
        had = found.setdefault(row["id"], row)
        evidence = sorted({*_list(had["evidence"]), *_list(row["evidence"])})
        found[row["id"]] = {**row, "evidence": evidence[:KEPT_EVIDENCE]}
    return found.values()


def _key(values: Mapping[str, object]) -> str:
    return f"{values['watchlist']}\0{values['entry']}\0{values['company']}"


def _covered(values: Mapping[str, object], versions: Iterable[date]) -> list[date]:
    first, last = _date(values["version_first"]), _date(values["version_last"])
    return [version for version in versions if first <= version <= last]


def _plain(value: object) -> object:
    return (
        value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
    )


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
