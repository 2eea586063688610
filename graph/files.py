"""Names of the files in the folder of the embedded store, and what both sides of it know about the engine."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from sousveil.graph.errors import StoreUnavailableError

DATABASE = "graph"
DATABASES = "databases"
ENDPOINT = "endpoint.json"
PASSWORDS = "passwords.json"
STAMP = "VERSION"
PID = "child.pid"
CHILD_LOCK = "child.lock"
START_LOCK = "start.lock"
LOG = "child.log"
# Two builds of one engine: with its own JVM under Python, and compiled ahead of time.
BUILDS = (("arcadedb_embedded", "arcadedb-embedded"), ("arcadedb", "arcadedb"))


def engine() -> tuple[str, str]:
    """Return the module of the installed engine, and what it calls itself: `arcadedb-embedded 26.10.2`."""
    for module, distribution in BUILDS:
        if find_spec(module) is not None:
            try:
                return module, f"{distribution} {version(distribution)}"
            except PackageNotFoundError:
                continue
    raise StoreUnavailableError(
        "embedded store: ArcadeDB is not installed, and has no wheel for Intel Macs and Alpine; "
        "run a Neo4j and set NEO4J_URI, NEO4J_USERNAME and NEO4J_PASSWORD"
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
