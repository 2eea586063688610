"""A run on an existing Dask cluster: a task is a chunk, and every worker can write the folder of the run.

The ledger stays with whoever began the run, because SQLite is not for network file systems: a task gets a
copy of what it must know, and returns what it would have entered. Until that is in the ledger its file ends
in `.open`, so that `recover` removes what a dead worker, or a dead head, left behind.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from distributed import Client, Event, Future

from sousveil.ingest.archive import RunFacts, Writer
from sousveil.ingest.records import Target
from sousveil.ingest.run.engine import REMEMBERED, Worker
from sousveil.ingest.run.ledger import CHUNK, Entry, Ledger, Remembered, RunError
from sousveil.ingest.run.options import Options

WINDOW = 2  # tasks a worker: one that runs, one that waits
ASKED = 2.0  # seconds between two questions of a task whether to stop
TICK = 0.5  # seconds
PATIENCE = 10.0  # seconds for the scheduler to answer


class _Kept(Exception):  # noqa: N818 - no error: it leaves the Writer's block with the file unnamed
    """The file waits for the ledger."""


@dataclass(slots=True)
class Notes:
    """A task's copy of the ledger, and what it wants entered."""

    folder: Path
    facts: RunFacts
    options: Options
    known: list[Remembered]
    entries: list[Entry] = field(default_factory=list)

    def shared(self, most: int) -> list[Remembered]:
        """Return what was asked for many targets before."""
        return self.known[-most:]

    def finish(self, entry: Entry) -> None:
        """Keep an entry for the ledger."""
        self.entries.append(entry)


def collect_apart(notes: Notes, targets: list[tuple[int, Target]], workers: int) -> list[Entry]:
    """Be a task: collect one chunk, and return the entries."""
    stop, asked, stopping = Event(notes.facts.id), 0.0, False

    def tick() -> bool:
        nonlocal asked, stopping
        if time.monotonic() - asked > ASKED:
            asked, stopping = time.monotonic(), stop.is_set()
        return stopping

    with suppress(_Kept), Writer(notes.folder, notes.facts, f"task-{secrets.token_hex(6)}") as writer:
        Worker(notes, writer, workers, tick).run(iter(targets))
        raise _Kept
    return notes.entries


def run_on_cluster(
    ledger: Ledger, address: str, tell: Callable[[], None], stopping: Callable[[], bool]
) -> None:
    """Hand out the chunks, a few at a time, and enter what comes back."""
    try:
        client = Client(address, timeout=PATIENCE)
    except OSError as error:
        raise RunError(f"{address}: no Dask scheduler answers; start one with `dask scheduler`") from error
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise RunError(f"{address}: the cluster has no worker; start one with `dask worker {address}`")
        stop = Event(ledger.facts.id, client=client)
        stop.clear()
        _, total, _ = ledger.progress()
        size = max(1, min(CHUNK, -(-total // (4 * workers))))
        chunks = iter(ledger.chunks(size))
        under_way = {
            _submit(client, ledger, first, size, workers) for first in islice(chunks, WINDOW * workers)
        }
        while under_way:
            if stopping():
                stop.set()
                chunks = iter(())
            for future in [one for one in under_way if one.done()]:
                under_way.discard(future)
                for entry in future.result():
                    ledger.finish(entry)
                under_way |= {_submit(client, ledger, first, size, workers) for first in islice(chunks, 1)}
            tell()
            time.sleep(TICK)


def _submit(client: Client, ledger: Ledger, first: int, size: int, workers: int) -> Future:
    notes = Notes(ledger.folder.absolute(), ledger.facts, ledger.options, ledger.shared(REMEMBERED))
    return client.submit(collect_apart, notes, ledger.waiting(first, size), workers, pure=False)
