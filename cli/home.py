"""Where the program keeps everything, and how commands reach the store."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from sousveil.schema.errors import SousveilError

if TYPE_CHECKING:
    from sousveil.graph import BoltStore


class EmptyStoreError(SousveilError):
    """Nothing was loaded yet; the message says what to do."""


def home() -> Path:
    """Return SOUSVEIL_HOME, else the user's data folder."""
    chosen = os.environ.get("SOUSVEIL_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path("sousveil")


def store() -> BoltStore:
    """Open the store: the Neo4j that NEO4J_URI names, else the embedded one."""
    from sousveil.graph import open_store

    return open_store(home(), os.environ)


def filled_store() -> BoltStore:
    """Open the store for asking; an empty one is an error that says how to fill it."""
    graph = store()
    if graph.read("MATCH (r:Run) RETURN count(r) AS n").rows[0][0]:
        return graph
    graph.close()
    raise EmptyStoreError("the store is empty; run `sousveil demo`, or `sousveil ingest` and what you have")


def today() -> date:
    """Return today in UTC, as all days here are."""
    return datetime.now(UTC).date()


class Day(click.ParamType[date]):
    """A day, written 2020-01-31."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2020-01-31", param, ctx)


DAY = Day()
