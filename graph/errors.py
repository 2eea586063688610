"""What can go wrong between this program and a store.

StoreError
├── StoreUnavailableError    nothing answers, or it cannot be started
├── StoreInUseError          another process holds the embedded store
├── StoreOutdatedError       the embedded store was written by another version of ArcadeDB
├── StatementRefusedError    the store, or we, refuse a statement or its parameters
│   └── ReadOnlyError        the statement would have changed something
├── StoreConflictError       a unique key would have been held twice
└── StoreTimeoutError        a statement took longer than it may
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import DriverError, Neo4jError

from sousveil.schema.errors import SousveilError


class StoreError(SousveilError):
    """Something between us and the graph store; the message says where, what, and what to do."""


class StoreUnavailableError(StoreError):
    """Nothing answers at the address, or the embedded store cannot be started."""


class StoreInUseError(StoreError):
    """Another process holds the files of the embedded store."""


class StoreOutdatedError(StoreError):
    """The embedded store was written by another version of ArcadeDB."""


class StatementRefusedError(StoreError):
    """The statement or its parameters are not acceptable."""


class ReadOnlyError(StatementRefusedError):
    """The statement would change or leave the graph where only reading is allowed."""


class StoreConflictError(StoreError):
    """Two nodes would hold the same key."""


class StoreTimeoutError(StoreError):
    """A statement took longer than it may."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what the driver raises into one of ours; `where` begins the message."""
    try:
        yield
    except Neo4jError as error:
        raise _from_server(where, error) from error
    except DriverError as error:
        raise StoreUnavailableError(f"{where}: {error}; see `sousveil store status`") from error
    except UnicodeEncodeError as error:
        raise StatementRefusedError(
            f"{where}: a text holds half a character ({error.reason}); clean the text"
        ) from error
    except OverflowError as error:
        raise StatementRefusedError(f"{where}: {error}; whole numbers fit 64 bits in a store") from error


# Part of the server's code → what it is to us, and what to do about it. The first that fits counts.
KINDS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("TransactionTimedOut", StoreTimeoutError, "ask for less, or allow more time"),
    (".Security.Forbidden", ReadOnlyError, "only reading is allowed here"),
    (".Statement.AccessMode", ReadOnlyError, "only reading is allowed here"),
    (".Security.", StoreUnavailableError, "check NEO4J_USERNAME and NEO4J_PASSWORD"),
    (".Schema.Constraint", StoreConflictError, "another node holds this key"),
    (".Statement.", StatementRefusedError, "correct the statement or its parameters"),
    (".TransientError.", StoreUnavailableError, "try again"),
)


def _from_server(where: str, error: Neo4jError) -> StoreError:
    code, text = error.code or "", error.message or str(error)
    for part, kind, advice in KINDS:
        if part in code:
            return kind(f"{where}: {text}; {advice}")
    return StoreError(f"{where}: {text} ({code}); see the log of the store")
