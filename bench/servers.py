"""The two stores to measure, empty, on loopback, and gone afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sousveil.graph import BoltStore, LocalArcade, Neo4jRemote

sys.path.append(str(Path(__file__).parents[1] / "tests" / "servers"))
import neo4j_server

NEO4J_VERSION = "5.26.30"
STORES = {"arcadedb": "ArcadeDB, embedded", "neo4j": f"Neo4j {NEO4J_VERSION}"}
IDLE = 3_600.0  # seconds; the other store may be loading for long
LIMIT = 60.0  # seconds; for one statement, as in the product


class NotEmptyError(Exception):
    """A server holds somebody's graph."""


@contextmanager
def opened(kinds: list[str]) -> Iterator[dict[str, BoltStore]]:
    """Start the stores of these kinds in a folder of their own; stop them and delete it at the end."""
    with TemporaryDirectory(prefix="sousveil-bench-") as folder, ExitStack() as stack:
        stores = {kind: _open(kind, Path(folder), stack) for kind in kinds}
        for store in stores.values():
            store.ensure_schema()
        yield stores


def _open(kind: str, folder: Path, stack: ExitStack) -> BoltStore:
    if kind == "arcadedb":
        embedded = LocalArcade(folder / "home" / "store", idle=IDLE, limit=LIMIT)
        stack.callback(embedded.stop)
        return stack.enter_context(embedded.open())
    address = stack.enter_context(neo4j_server.neo4j(NEO4J_VERSION, folder / "neo4j"))
    store = stack.enter_context(Neo4jRemote(address.uri, address.username, address.password).open())
    if store.read("MATCH (n) RETURN count(*) AS n").rows[0][0]:
        raise NotEmptyError(f"{address.uri}: it holds a graph; give an empty server")
    if os.environ.get(neo4j_server.TEST_URI):
        stack.callback(store.wipe)
    return store


def cpu_seconds() -> float:
    """Return the processor time of the servers so far; 0 where there is no /proc.

    On a busy machine it says more than the clock.
    """
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def missing(kind: str) -> str | None:
    """Say why a store cannot be had here; None if it can."""
    if kind != "neo4j" or os.environ.get(neo4j_server.TEST_URI):
        return None
    try:
        neo4j_server.find_java(NEO4J_VERSION)
        neo4j_server.fetch(NEO4J_VERSION)
    except neo4j_server.NoServerError as error:
        return str(error)
    return None
