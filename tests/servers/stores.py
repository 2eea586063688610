"""The stores that tests run on, as fixtures; tests/conftest.py names this module in `pytest_plugins`.

`store`     a clean store with its schema, on each of STORES in turn
`arcade`    the same on the embedded store alone
`neo4j`     the same on each Neo4j alone
`embedded`  the LocalArcade that `arcade` talks to, one for the whole session
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


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalArcade]:
    """Yield an embedded store that serves the whole session."""
    local = LocalArcade(tmp_path_factory.mktemp("embedded"), idle=600.0)
    yield local
    local.stop()


@pytest.fixture(scope="session")
def arcade_session(embedded: LocalArcade) -> Iterator[BoltStore]:
    """Yield the embedded store, connected, with its schema; use `arcade` to have it clean."""
    with embedded.open() as store:
        store.ensure_schema()
        yield store


@pytest.fixture(scope="session", params=list(NEO4J))
def neo4j_session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BoltStore]:
    """Yield a Neo4j, connected, with its schema; use `neo4j` to have it clean."""
    with opened(request.param, tmp_path_factory.mktemp(request.param)) as store:
        yield store


@pytest.fixture(scope="session", params=list(STORES))
def store_session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BoltStore]:
    """Yield one of STORES, connected, with its schema; use `store` to have it clean."""
    if request.param == "arcade":
        yield request.getfixturevalue("arcade_session")
    else:
        with opened(request.param, tmp_path_factory.mktemp(request.param)) as store:
            yield store


@pytest.fixture
def arcade(arcade_session: BoltStore) -> BoltStore:
    arcade_session.wipe()
    return arcade_session


@pytest.fixture
def neo4j(neo4j_session: BoltStore) -> BoltStore:
    neo4j_session.wipe()
    return neo4j_session


@pytest.fixture
def store(store_session: BoltStore) -> BoltStore:
    store_session.wipe()
    return store_session


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[BoltStore]:
    """Run the Neo4j of this name, or skip saying why not; in CI a skip is a failure."""
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(neo4j_server.neo4j(NEO4J[name], folder))
        except neo4j_server.NoServerError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"no {name}: {error}")
            pytest.skip(f"no {name}: {error}")
        remote = Neo4jRemote(address.uri, address.username, address.password)
        store = stack.enter_context(remote.open())
        refuse_foreign(store, address.uri)
        store.ensure_schema()
        yield store


def refuse_foreign(store: BoltStore, uri: str) -> None:
    """Fail rather than empty a graph that holds something before the tests began."""
    held = store.read("MATCH (n) RETURN count(*) AS n").rows[0][0]
    if held:
        pytest.fail(f"{uri}: holds {held} nodes, and tests would delete them; give an empty server")
