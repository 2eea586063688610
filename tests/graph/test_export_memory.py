"""Exports hold a page at a time, whatever the size of the graph."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any, cast

import pytest

from sousveil.graph import BoltStore, Rows
from sousveil.graph.export import FILES, FOLDERS, content, whole

BOUND = 700_000  # bytes: twice what the hungriest format held


class Large:
    """A store of so many nodes of each label, each with a relationship of every type that is asked for."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, cypher: str, parameters: dict[str, Any]) -> Rows:
        del cypher
        first = int(parameters["after"] or "0") + 1
        keys = range(first, min(first + parameters["limit"], self.size + 1))
        return Rows(("key",), [(f"{key:09}",) for key in keys])

    def stream(self, cypher: str, parameters: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        width = cypher.partition("RETURN ")[2].partition(" ORDER BY")[0].count(",") + 1
        for key in parameters["keys"]:
            yield (key,) * 3 + (None,) * (width - 3) if width > 2 else (key,) * width


def peak(form: str, size: int) -> int:
    found = whole(cast("BoltStore", Large(size)), {})
    tracemalloc.start()
    try:
        for _ in FILES[form](found) if form in FILES else FOLDERS[form](found):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", [*FILES, *FOLDERS])
def test_an_export_never_holds_what_it_wrote(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "PAGE", 50)
    assert peak(form, 500) < BOUND


def test_holding_all_of_it_would_break_the_bound() -> None:
    tracemalloc.start()
    found = whole(cast("BoltStore", Large(500)), {})
    held = [*found.nodes, *found.relationships]
    assert tracemalloc.get_traced_memory()[1] > 4 * BOUND
    tracemalloc.stop()
    assert held
