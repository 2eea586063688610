"""A run from its first target to its manifest, in this process or in several.

Each worker process takes one chunk of targets at a time, with its share of every rate, and writes files of
its own. One that dies loses what it had not marked: another asks those targets again.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from sousveil.ingest.archive import RunFacts, Writer, finish, recover
from sousveil.ingest.records import Target
from sousveil.ingest.run.engine import Worker
from sousveil.ingest.run.ledger import CHUNK, Ledger, RunError, create
from sousveil.ingest.run.options import Options
from sousveil.schema.errors import SousveilError

TICK = 0.5  # seconds between two looks at who is still alive
ATTEMPTS = 3  # workers that may die over one chunk
TOLD = 3  # exit status of a worker that has said why


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is; `outcomes` counts (protocol, outcome) of the finished targets."""

    done: int
    total: int
    outcomes: Counter[tuple[str, str]]


Tell = Callable[[Progress], None]


def begin(parent: Path, targets: Iterable[Target], options: Options, software: str, catalogue: str) -> Path:
    """Make the folder and the ledger of a new run below `parent`; nothing is asked yet."""
    options = options.checked()
    started = datetime.now(UTC)
    name = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    seed = random.SystemRandom().getrandbits(32)
    stated = {key: value for key, value in asdict(options).items() if key not in {"resolvers", "contact"}}
    facts = RunFacts(
        id=name,
        software=software,
        rules=catalogue,
        catalogue=catalogue,
        vantage=options.vantage,
        started=started,
        resolvers=options.resolvers,
        contact=options.contact,
        options=(*((key, str(value)) for key, value in sorted(stated.items())), ("seed", str(seed))),
    )
    folder = parent / name
    create(folder, facts, options, targets, seed)
    return folder


def run(
    folder: Path, workers: int, tell: Tell, stopping: Callable[[], bool], dask: str | None = None
) -> Progress:
    """Collect what is not done yet, and write the manifest if all is; `stopping` is asked all the time.

    In this process, in so many `workers`, or on the cluster whose scheduler is at `dask`.
    """
    with Ledger(folder) as ledger:
        ledger.stop(stopping=False)
        recover(folder, ledger.marks())
        if ledger.chunks():
            if dask is not None:
                _on_cluster(ledger, dask, tell, stopping)
            elif workers == 1:
                _here(ledger, tell, stopping)
            else:
                _in_processes(ledger, workers, tell, stopping)
            recover(folder, ledger.marks())
            if not ledger.chunks():
                finish(folder, datetime.now(UTC), ledger.progress()[2])
        return _progress(ledger)


def _progress(ledger: Ledger) -> Progress:
    done, total, outcomes = ledger.progress()
    return Progress(done=done, total=total, outcomes=outcomes)


def _on_cluster(ledger: Ledger, address: str, tell: Tell, stopping: Callable[[], bool]) -> None:
    try:
        from sousveil.ingest.run.cluster import run_on_cluster
    except ImportError as error:
        raise RunError("there is no Dask here; pip install 'sousveil[dask]'") from error
    run_on_cluster(ledger, address, lambda: tell(_progress(ledger)), stopping)


def _here(ledger: Ledger, tell: Tell, stopping: Callable[[], bool]) -> None:
    """Collect in this process."""
    told = 0.0

    def tick() -> bool:
        nonlocal told
        if time.monotonic() - told > TICK:
            told = time.monotonic()
            tell(_progress(ledger))
        return stopping()

    targets = (each for first in ledger.chunks() for each in ledger.waiting(first))
    _collect(ledger, "run", 1, targets, tick)


def _collect(
    ledger: Ledger,
    name: str,
    workers: int,
    targets: Iterator[tuple[int, Target]],
    tick: Callable[[], bool],
) -> None:
    with Writer(ledger.folder, ledger.facts, name) as writer:
        Worker(ledger, writer, workers, tick).run(targets)


def _in_processes(ledger: Ledger, workers: int, tell: Tell, stopping: Callable[[], bool]) -> None:
    """Give each chunk to a process; a chunk whose process dies goes to the next one."""
    _, total, _ = ledger.progress()
    size = max(1, min(CHUNK, -(-total // (4 * workers))))
    chunks = deque(ledger.chunks(size))
    died: Counter[int] = Counter()
    alive: dict[int, BaseProcess] = {}
    try:
        while chunks or alive:
            if chunks and stopping():
                chunks.clear()
                ledger.stop(stopping=True)
            while chunks and len(alive) < workers:
                first = chunks.popleft()
                alive[first] = _start(ledger.folder, first, size, workers)
            tell(_progress(ledger))
            time.sleep(TICK)
            for first in [first for first, process in alive.items() if not process.is_alive()]:
                if _has_failed(ledger, alive.pop(first), died, first):
                    chunks.append(first)
    finally:
        for process in alive.values():
            process.kill()
            process.join()


def _has_failed(ledger: Ledger, process: BaseProcess, died: Counter[int], first: int) -> bool:
    """Say whether a process died before its chunk was done; too often, or with a reason, is a RunError."""
    process.join()
    if not process.exitcode:
        return False
    died[first] += 1
    if process.exitcode == TOLD or died[first] == ATTEMPTS:
        raise RunError(
            f"{ledger.folder}: a worker ended with status {process.exitcode}; see above, "
            f"then --resume {ledger.folder}"
        )
    return True


def _start(folder: Path, first: int, size: int, workers: int) -> BaseProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=collect_chunk, args=(folder, first, size, workers), daemon=True)
    process.start()
    return process


def collect_chunk(folder: Path, first: int, size: int, workers: int) -> None:
    """Be a worker process: collect one chunk; stop when the ledger says so, or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    parent = os.getppid()
    asked = 0.0
    stop = False
    with Ledger(folder) as ledger:

        def tick() -> bool:
            nonlocal asked, stop
            if time.monotonic() - asked > TICK:
                asked = time.monotonic()
                stop = ledger.stopping or os.getppid() != parent
            return stop

        try:
            _collect(ledger, f"chunk-{first:07}", workers, iter(ledger.waiting(first, size)), tick)
        except SousveilError as error:
            sys.stderr.write(f"Error: {error}\n")
            sys.exit(TOLD)
