"""The ledger of a run: which targets are done, and up to where the archive is theirs.

A SQLite file in the run's folder. One transaction marks targets as done and notes where the archive ended
then. Several processes may write.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self

from sousveil.ingest.archive import RunFacts
from sousveil.ingest.records import Target
from sousveil.ingest.run.options import Options
from sousveil.schema.errors import SousveilError

NAME = "ledger.sqlite"
CHUNK = 500  # targets that one worker takes at a time
PATIENCE = 30.0  # seconds to wait for another process's transaction
TABLES = """
CREATE TABLE run (
    facts TEXT NOT NULL, options TEXT NOT NULL, seed INTEGER NOT NULL, stopping INTEGER NOT NULL
);
CREATE TABLE target (
    position INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    done INTEGER NOT NULL DEFAULT 0,
    fault TEXT
);
CREATE INDEX waiting ON target (position) WHERE NOT done;
CREATE TABLE mark (file TEXT PRIMARY KEY, size INTEGER NOT NULL);
CREATE TABLE shared (
    protocol TEXT NOT NULL, subject TEXT NOT NULL, uri TEXT NOT NULL,
    outcome TEXT NOT NULL, answered BLOB NOT NULL
);
CREATE TABLE outcome (
    protocol TEXT NOT NULL, outcome TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (protocol, outcome)
);
"""


class RunError(SousveilError):
    """A run cannot begin or go on; the message says why and what to do. The ledger is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A target that is finished, at its position; `fault` is the traceback of a fault of ours."""

    position: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was asked once for many targets, and is in the archive."""

    protocol: str
    subject: str
    uri: str
    outcome: str
    answered: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Targets that are finished, where the archive ended then, their outcomes, and what was shared."""

    done: tuple[Done, ...]
    mark: tuple[str, int]
    outcomes: Counter[tuple[str, str]]
    shared: tuple[Remembered, ...]


class Book(Protocol):
    """What a worker enters its targets in: the ledger, or a copy of what it must know of it."""

    folder: Path
    facts: RunFacts
    options: Options

    def shared(self, most: int) -> list[Remembered]: ...  # noqa: D102
    def finish(self, entry: Entry) -> None: ...  # noqa: D102


class Ledger:
    """An open ledger; close it, or use `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / NAME
        if not path.is_file():
            raise RunError(f"{folder}: no run of `sousveil collect`: it has no {NAME}")
        with _told(folder):
            self._db = sqlite3.connect(path, timeout=PATIENCE)
            self._db.execute("PRAGMA synchronous = NORMAL")
            row = self._db.execute("SELECT facts, options FROM run").fetchone()
        self.facts = _facts(row[0])
        self.options = Options.parse(row[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def chunks(self, size: int = CHUNK) -> list[int]:
        """Return the first positions of the chunks that have targets left, in order."""
        rows = self._db.execute(
            "SELECT DISTINCT position / :size * :size FROM target WHERE NOT done ORDER BY 1", {"size": size}
        )
        return [row[0] for row in rows]

    def waiting(self, first: int, size: int = CHUNK) -> list[tuple[int, Target]]:
        """Return the positions and targets of a chunk that are not done."""
        rows = self._db.execute(
            "SELECT position, name FROM target WHERE NOT done AND position >= ? AND position < ? ORDER BY 1",
            (first, first + size),
        )
        return [(position, Target(name)) for position, name in rows]

    def finish(self, entry: Entry) -> None:
        """Enter finished targets, all of an entry or nothing."""
        with _told(self.folder), self._db:
            self._db.executemany(
                "UPDATE target SET done = 1, fault = ? WHERE position = ?",
                [(one.fault, one.position) for one in entry.done],
            )
            self._db.executemany("INSERT INTO shared VALUES (?, ?, ?, ?, ?)", map(astuple, entry.shared))
            self._db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", entry.mark)
            self._db.executemany(
                "INSERT INTO outcome VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET number = number + excluded.number",
                [(protocol, outcome, number) for (protocol, outcome), number in entry.outcomes.items()],
            )

    def shared(self, most: int) -> list[Remembered]:
        """Return the newest things that were asked for many targets, the oldest of them first."""
        rows = self._db.execute("SELECT * FROM shared ORDER BY rowid DESC LIMIT ?", (most,))
        return [Remembered(*row) for row in rows][::-1]

    def marks(self) -> dict[str, int]:
        """Return up to where each file of the archive is of finished targets."""
        return dict(self._db.execute("SELECT file, size FROM mark"))

    def progress(self) -> tuple[int, int, Counter[tuple[str, str]]]:
        """Return how many targets are done, how many there are, and the outcomes of the done."""
        done, total = self._db.execute("SELECT sum(done), count(*) FROM target").fetchone()
        rows = self._db.execute("SELECT protocol, outcome, number FROM outcome")
        return done or 0, total, Counter({(protocol, outcome): number for protocol, outcome, number in rows})

    def faults(self) -> list[tuple[str, str]]:
        """Return the targets with a fault of ours, each with its traceback."""
        return self._db.execute(
            "SELECT name, fault FROM target WHERE fault IS NOT NULL ORDER BY 1"
        ).fetchall()

    def stop(self, *, stopping: bool) -> None:
        """Ask every worker to finish what is under way, or take that back."""
        with _told(self.folder), self._db:
            self._db.execute("UPDATE run SET stopping = ?", (int(stopping),))

    @property
    def stopping(self) -> bool:
        """Say whether the workers are asked to stop."""
        return bool(self._db.execute("SELECT stopping FROM run").fetchone()[0])


def create(folder: Path, facts: RunFacts, options: Options, targets: Iterable[Target], seed: int) -> None:
    """Make the ledger of a new run; its targets stand in a random order that `seed` makes again."""
    order = sorted(set(targets))
    random.Random(seed).shuffle(order)  # noqa: S311 - not a secret
    with _told(folder):
        folder.mkdir(parents=True)
        db = sqlite3.connect(folder / f".{NAME}.new")
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(TABLES)
            with db:
                db.execute("INSERT INTO run VALUES (?, ?, ?, 0)", (_text(facts), options.text(), seed))
                db.executemany(
                    "INSERT INTO target (position, name) VALUES (?, ?)",
                    [(position, target.name) for position, target in enumerate(order)],
                )
        finally:
            db.close()
        (folder / f".{NAME}.new").replace(folder / NAME)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Turn what the disk or the database says into a RunError."""
    try:
        yield
    except FileExistsError as error:
        raise RunError(f"{folder}: exists; resume it with --resume {folder}, or give another -o") from error
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise RunError(f"{folder}: {why}; free space or mend the folder, then --resume {folder}") from error


def _text(facts: RunFacts) -> str:
    return json.dumps(asdict(facts) | {"started": facts.started.isoformat()})


def _facts(text: str) -> RunFacts:
    data = json.loads(text)
    data["started"] = datetime.fromisoformat(data["started"])
    data["resolvers"] = tuple(data["resolvers"])
    data["options"] = tuple((name, value) for name, value in data["options"])
    return RunFacts(**data)
