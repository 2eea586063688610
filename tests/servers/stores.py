"""The stores that tests run on, as fixtures; tests/conftest.py names this module in `pytest_plugins`.

`store`     a clean store with its schema, on each of STORES in turn
`arcade`    the same on the embedded store alone
`neo4j`     the same on each Neo4j alone
`embedded`  the LocalArcade that `arcade` talks to

Servers start when a test first asks for them and serve the whole session.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import neo4j_server
import pytest

from sousveil.graph import BoltStore, LocalArcade, Neo4jRemote

NEO4J = {"neo4j-5.26": "5.26.30", "neo4j-2026.08": "2026.08.1"}
STORES = ("arcade", *NEO4J)


class Pool:
    """Stores by name, each opened once; a reason instead where there is none."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        self._stack = stack
        self._stores: dict[str, BoltStore | str] = {}
        self._folder = folder
        self.embedded = LocalArcade(folder / "arcade", idle=600.0)
        stack.callback(self.embedded.stop)

    def clean(self, name: str) -> BoltStore:
        """Return an empty store with its schema, or skip saying why not; in CI a skip is a failure."""
        if name not in self._stores:
            self._stores[name] = self._open(name)
        store = self._stores[name]
        if isinstance(store, str):
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(store)
        store.wipe()
        return store

    def _open(self, name: str) -> BoltStore | str:
        if name == "arcade":
            store = self._stack.enter_context(self.embedded.open())
        else:
            try:
                server = neo4j_server.neo4j(NEO4J[name], self._folder / name)
                address = self._stack.enter_context(server)
            except neo4j_server.NoServerError as error:
                return f"no {name}: {error}"
            remote = Neo4jRemote(address.uri, address.username, address.password)
            store = self._stack.enter_context(remote.open())
            _refuse_foreign(store, address.uri)
            self._stack.callback(store.wipe)
        store.ensure_schema()
        return store


def _refuse_foreign(store: BoltStore, uri: str) -> None:
    """Fail rather than empty a graph that held something before the tests began."""
    held = store.read("MATCH (n) RETURN count(*) AS n").rows[0][0]
    if held:
        pytest.fail(f"{uri}: holds {held} nodes, and tests would delete them; give an empty server")


@pytest.fixture(scope="session")
def store_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with contextlib.ExitStack() as stack:
        yield Pool(stack, tmp_path_factory.mktemp("stores"))


@pytest.fixture
def embedded(store_pool: Pool) -> LocalArcade:
    return store_pool.embedded


@pytest.fixture
def arcade(store_pool: Pool) -> BoltStore:
    return store_pool.clean("arcade")


@pytest.fixture(params=list(NEO4J))
def neo4j(store_pool: Pool, request: pytest.FixtureRequest) -> BoltStore:
    return store_pool.clean(request.param)


@pytest.fixture(params=list(STORES))
def store(store_pool: Pool, request: pytest.FixtureRequest) -> BoltStore:
    return store_pool.clean(request.param)
