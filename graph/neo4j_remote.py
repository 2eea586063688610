"""A Neo4j server that somebody runs; the environment says where."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from neo4j import READ_ACCESS, Driver, GraphDatabase
from neo4j.exceptions import ConfigurationError

from sousveil.graph.backends import Endpoint, Neo4jBackend
from sousveil.graph.errors import StoreError, translated
from sousveil.graph.store import BoltStore

CONNECT_SECONDS = 10.0
RETRY_SECONDS = 30.0  # a cluster elects a leader in less


@dataclass(frozen=True, slots=True)
class Neo4jRemote:
    """Where a Neo4j listens: the four NEO4J_ variables; no user name means no login."""

    uri: str
    username: str = ""
    password: str = field(default="", repr=False)
    database: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE."""
        return cls(
            uri=environ["NEO4J_URI"],
            username=environ.get("NEO4J_USERNAME", ""),
            password=environ.get("NEO4J_PASSWORD", ""),
            database=environ.get("NEO4J_DATABASE") or None,
        )

    def open(self) -> BoltStore:
        """Connect and return the store; StoreUnavailableError says what is wrong with address or login."""
        driver = connect(self.uri, self.username, self.password, self.database)
        endpoint = Endpoint(self.uri, self.database, self.username, self.password)
        return BoltStore(driver, driver, Neo4jBackend(endpoint))


def connect(
    uri: str, username: str, password: str, database: str | None, *, patience: float = RETRY_SECONDS
) -> Driver:
    """Open a driver and try it; the caller closes it. `patience` bounds the retries of a transaction."""
    # The driver would print each remark of the server on stderr where nobody set up logging.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    if not uri.startswith(("bolt", "neo4j")):
        raise StoreError(f"{uri}: not an address of a graph; write it as bolt://host:7687 or neo4j+s://host")
    try:
        driver = GraphDatabase.driver(
            uri,
            auth=(username, password) if username else None,
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=2 * CONNECT_SECONDS,
            max_transaction_retry_time=patience,
            telemetry_disabled=True,
            user_agent="sousveil",
        )
    except (ConfigurationError, ValueError) as error:
        raise StoreError(
            f"{uri}: {error}; write the address as bolt://host:7687 or neo4j+s://host"
        ) from error
    with ExitStack() as unless_whole:
        unless_whole.callback(driver.close)
        with translated(uri), driver.session(database=database, default_access_mode=READ_ACCESS) as session:
            session.run("RETURN 1 AS answer").consume()  # once: a managed transaction tries for long
        unless_whole.pop_all()
    return driver
