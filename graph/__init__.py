"""The graph store behind one small interface: connect, read, write; Neo4j or an embedded ArcadeDB."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sousveil.graph.arcade import LocalArcade, Status
from sousveil.graph.backends import Endpoint, Explanation
from sousveil.graph.errors import (
    ReadOnlyError,
    StatementRefusedError,
    StoreConflictError,
    StoreError,
    StoreInUseError,
    StoreOutdatedError,
    StoreTimeoutError,
    StoreUnavailableError,
)
from sousveil.graph.neo4j_remote import Neo4jRemote
from sousveil.graph.picture import Picture, PictureNode, PictureRelationship
from sousveil.graph.store import BoltStore
from sousveil.graph.values import Rows

__all__ = [
    "BoltStore",
    "Endpoint",
    "Explanation",
    "LocalArcade",
    "Neo4jRemote",
    "Picture",
    "PictureNode",
    "PictureRelationship",
    "ReadOnlyError",
    "Rows",
    "StatementRefusedError",
    "Status",
    "StoreConflictError",
    "StoreError",
    "StoreInUseError",
    "StoreOutdatedError",
    "StoreTimeoutError",
    "StoreUnavailableError",
    "open_store",
]


def open_store(home: Path, environ: Mapping[str, str]) -> BoltStore:
    """Open the Neo4j that NEO4J_URI names, else the embedded store under `home`, starting it if need be."""
    if environ.get("NEO4J_URI"):
        return Neo4jRemote.from_environment(environ).open()
    return LocalArcade(home / "store").open()
