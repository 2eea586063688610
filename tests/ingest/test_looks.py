"""What was seen is loaded once, whatever the order."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import stores

from sousveil.catalogue import parse
from sousveil.graph import BoltStore
from sousveil.ingest.load import Run, load
from sousveil.ingest.sources import sources
from sousveil.ingest.sources.documents import Document

pytestmark = pytest.mark.loopback


def document(day: str, *more: str) -> Document:
    """Make what a run of one day saw: an MX, a page that loads a font, and what only attribution reads."""
    seen = [
        ("looked", "dns", "ok", {"question": "MX"}),
        ("embed", "third-party-asset", "fonts.amber.example", {}),
        ("certificate", "tls", "ff", {"organisation": "Jane Doe"}),
    ]
    lines = [
        json.dumps({
            "target": "lion.example", "subject": "lion.example", "kind": kind, "scope": scope, "value": value,
            "evidence": f"{day} {kind}", "time": f"{day}T12:00:00Z", "vantage": "nowhere", "detail": detail,
        })
        for kind, scope, value, detail in seen
    ]  # fmt: skip
    return Document(name=f"{day}.jsonl", data="\n".join([*lines, *more]).encode())


def put(store: BoltStore, one: Document) -> None:
    source = sources()["observations"]
    run = Run(
        kind=source.kind, source="looks", input=one.digest, input_name=one.name, software="0", catalogue="0"
    )
    load(store, source.read(one, parse({})), run)


def test_looks_are_the_same_graph_in_any_order_and_twice(
    store_pool: stores.Pool, dump: Callable[..., list[str]]
) -> None:
    store = store_pool.clean("arcade")
    first, second = document("2026-03-01"), document("2026-04-01")
    graphs = []
    for order in ((first, second), (second, first, first)):
        store.wipe()
        for one in order:
            put(store, one)
        graphs.append(dump(store))
    assert graphs[0] == graphs[1]
    checked = store.read("MATCH (r:Run {kind: 'collect'})-[c:CHECKED]->(d:Domain) RETURN count(c)")
    assert checked.rows[0][0] == 2
    embedded = (
        "MATCH (h)-[m:EMBEDDED_IN]->() RETURN h.name, toString(m.first_seen_min), toString(m.last_seen_max)"
    )
    (row,) = store.read(embedded).rows
    assert tuple(row) == ("fonts.amber.example", "2026-03-01", "2026-04-01")
    assert "Jane" not in "".join(graphs[0])
    store.wipe()
