"""The small world of tests/queries/small, loaded as a user's lists are: parse, read, load.

small/companies, providers, watchlists and publications are a catalogue; small/extra.toml has what a catalogue
cannot say. Dates: everything was recorded on 2021-01-01 unless its file says otherwise.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sousveil.catalogue import Catalogue, parse
from sousveil.graph import BoltStore
from sousveil.ingest.load import Run, load
from sousveil.ingest.records import (
    Claim,
    Company,
    Concern,
    Evidence,
    Extract,
    Fact,
    Listing,
    Mention,
    Ref,
    Sighting,
    Statement,
    digest,
)
from sousveil.ingest.sources import bundled
from sousveil.schema.dates import Window, parse_window

SMALL = Path(__file__).parent / "small"
LIST = "us-entity-list"
Table = Mapping[str, Any]

# No ingest writes these yet; all are what graph.toml says.
EMBEDDED = """
UNWIND $rows AS row
MATCH (page:Domain {name: row.page})
MERGE (host:Domain {name: row.host})
MERGE (host)-[r:EMBEDDED_IN {id: row.id}]->(page)
SET r.claim = row.id, r.source = 'looks', r.run = 'looks', r.evidence = [], r.known_from = date(row.seen),
    r.known_until = null, r.first_seen_min = date(row.seen), r.first_seen_max = date(row.seen),
    r.last_seen_min = date(row.seen), r.last_seen_max = date(row.seen)
"""
BEGAN = """
UNWIND $rows AS row
MATCH (d:Domain {name: row.domain})<-[s:SERVES {service: row.service}]-(:Provider {id: row.provider})
WHERE s.first_seen_min = date(row.seen)
SET s.began_after = date(row.began_after)
"""
CHECKED = """
UNWIND $rows AS row
MATCH (d:Domain {name: row.domain})
MERGE (run:Run {id: 'looks'})
SET run.kind = 'collect', run.source = 'looks', run.dated = date('2025-12-10'), run.finished = true
MERGE (d)<-[r:CHECKED {id: row.id}]-(run)
SET r.service = row.service, r.host = row.domain, r.outcome = row.outcome, r.time = datetime(row.time)
"""
CONCLUDED = """
UNWIND $rows AS row
MATCH (d:Domain {name: row.domain})
MERGE (run:Run {id: 'conclusions of ' + row.dated})
SET run.kind = 'attribute', run.source = 'looks', run.dated = date(row.dated), run.finished = true
MERGE (d)<-[r:CONCLUDED {id: row.id}]-(run)
SET r.service = row.service, r.host = row.host, r.finding = row.finding, r.reason = row.reason
"""


def small() -> Catalogue:
    """Read the catalogue of the small world."""
    files = {str(path.relative_to(SMALL)): path.read_text("utf-8") for path in SMALL.rglob("*.toml")}
    del files["extra.toml"]
    return parse(files)


def build(store: BoltStore) -> None:
    """Load the small world into an empty store."""
    extra = tomllib.loads((SMALL / "extra.toml").read_text("utf-8"))
    catalogue = small()
    load(store, bundled.read(catalogue), run("catalogue", "catalogue", catalogue.digest))
    for version in extra["versions"]:
        load(store, listed(version), run("ingest", "csl", version["dated"]))
    facts = [*seen(extra["sightings"]), *said(extra["disputes"]), *mentioned(extra["mentions"])]
    attributed = Extract(source="looks", dated=date(2025, 12, 11), facts=facts)
    load(store, attributed, run("attribute", "looks", "looks"))
    store.upsert(EMBEDDED, [{**row, "id": f"{row['host']} {row['page']}"} for row in extra["embedded"]])
    store.upsert(BEGAN, extra["began"])
    store.upsert(CHECKED, [{**row, "id": f"{row['domain']} {row['service']}"} for row in extra["checked"]])
    concluded = [{"reason": None, **row} for row in extra["concluded"]]
    store.upsert(
        CONCLUDED, [{**row, "id": f"{row['dated']} {row['host']} {row['service']}"} for row in concluded]
    )


def run(kind: str, source: str, text: str) -> Run:
    """Make the run of one load."""
    return Run(kind=kind, source=source, input=digest(text), input_name=text, software="0", catalogue="0")


def listed(version: Table) -> Extract:
    """Make a version of the list."""
    dated = date.fromisoformat(version["dated"])
    entries = [fact for entry in version["entries"] for fact in _entry(entry, dated)]
    return Extract(
        source="csl",
        dated=dated,
        facts=entries,
        rows=len(version["entries"]) + sum(version["left_out"].values()),
        left_out=Counter(version["left_out"]),
        watchlists=(LIST,),
    )


def _entry(entry: Table, dated: date) -> Iterator[Fact]:
    row = Evidence(
        id=digest("row", entry["entry"]), kind="row", source="csl", locator=f"entry {entry['entry']}"
    )
    yield row
    yield Company(id=entry["company"], name=entry["named"].title(), rank=1)
    yield Listing(
        source="csl",
        company=entry["company"],
        watchlist=LIST,
        entry=entry["entry"],
        named=entry["named"],
        start=parse_window(entry["from"]) if "from" in entry else None,
        evidence=(row.id,),
        known_from=dated,
    )


def seen(items: list[Table]) -> Iterator[Fact]:
    """Make the sightings that we attributed ourselves."""
    for item in items:
        day = date.fromisoformat(item["seen"])
        record = Evidence(id=digest("look", str(item)), kind="record", source="looks", date=Window(day, day))
        yield record
        yield Sighting(
            source="looks",
            provider=item["provider"],
            subject=Ref("Domain", item["domain"]),
            service=item["service"],
            role=item.get("role"),
            host=item["host"],
            basis=item["basis"],
            strength=item["strength"],
            confidence=item["confidence"],
            seen=Window(day, day),
            known_from=day,
            evidence=record.id,
        )


def mentioned(items: list[Table]) -> Iterator[Fact]:
    """Make reports that name a provider and nobody whom it serves."""
    for item in items:
        report = Evidence(id=digest("mention", str(item)), kind="publication", source=item["publication"])
        yield report
        known = date.fromisoformat(item["known"])
        yield Mention(evidence=report.id, subject=Ref("Provider", item["provider"]), known_from=known)


def said(items: list[Table]) -> Iterator[Statement]:
    """Make disputes of one claim each, with the review that decided them."""
    for item in items:
        subject = Ref("Company", item["company"])
        claim = Claim(
            source=item["publication"], subject=subject, service=item["service"], provider=item["provider"]
        )
        dispute = _statement("dispute", item, Concern(subject, claim.id, retracts=True))
        yield dispute
        yield _statement("review", item["review"], Concern(Ref("Statement", dispute.id)))


def _statement(kind: str, item: Table, concern: Concern) -> Statement:
    return Statement(
        id=digest("statement", item["text"]),
        kind=kind,
        by=item["by"],
        date=date.fromisoformat(item["date"]),
        text=item["text"],
        url=item.get("url"),
        outcome=item.get("outcome", "open"),
        source="test",
        concerns=(concern,),
    )
