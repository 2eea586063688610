"""The whole graph as sorted lines, so that two graphs can be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime

import pytest

from sousveil.graph import BoltStore

NODES = "MATCH (n) RETURN n"
RELATIONSHIPS = """
MATCH (a)-[r]->(b)
RETURN labels(a)[0] AS label, coalesce(a.id, a.code, a.name) AS key, r,
       labels(b)[0] AS other_label, coalesce(b.id, b.code, b.name) AS other
"""
Dump = Callable[..., list[str]]


@pytest.fixture(scope="session")
def dump() -> Dump:
    """Return a function that writes every node and relationship, with all properties, as a sorted line.

    `run` is left out unless asked for: it names the run that wrote last, so it differs with the order.
    """
    return _dump


def _dump(store: BoltStore, *, runs: bool = False) -> list[str]:
    nodes = (_line(row[0]["labels"], row[0]["properties"], runs=runs) for row in store.read(NODES).rows)
    lines = (
        _line([label, key, r["type"], other_label, other], r["properties"], runs=runs)
        for label, key, r, other_label, other in store.read(RELATIONSHIPS).rows
    )
    return sorted([*nodes, *lines])


def _line(head: list[str], properties: Mapping[str, object], *, runs: bool) -> str:
    held = {
        name: value for name, value in properties.items() if value is not None and (runs or name != "run")
    }
    return json.dumps([head, held], default=_text, sort_keys=True)


def _text(value: object) -> str:
    assert isinstance(value, date | datetime), value
    return value.isoformat()
