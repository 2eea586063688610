"""Embedded stores of their own for the tests of starting, stopping and dying."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sousveil.graph import LocalArcade, StoreError

Make = Callable[..., LocalArcade]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Make]:
    """Return a maker of embedded stores under this test's folder; what runs afterwards is stopped."""
    made: list[LocalArcade] = []

    def make(name: str = "store", *, idle: float = 120.0, limit: float = 60.0) -> LocalArcade:
        made.append(LocalArcade(tmp_path / name, idle=idle, limit=limit))
        return made[-1]

    yield make
    for store in made:
        with contextlib.suppress(StoreError):
            store.stop()
