"""How fast facts go in: SERVES alone, and the whole load, in tenths, so that a slope shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter, process_time

from servers import cpu_seconds
from synthetic import SERVICES, SOURCE, Chunk, World

from sousveil.graph import BoltStore
from sousveil.ingest.load import Run, load, rows
from sousveil.ingest.load.intervals import Seen, intervals
from sousveil.ingest.load.statements import statement
from sousveil.ingest.records import Provider, Sighting, digest

TENTHS = 10
Stores = dict[str, BoltStore]
Tell = Callable[[str], None]


class Rates:
    """SERVES and seconds of each store, by tenth of the world."""

    def __init__(self, stores: Stores, world: World) -> None:
        self._world = world
        self._seconds = {kind: [0.0] * TENTHS for kind in stores}
        self._serves = {kind: [0] * TENTHS for kind in stores}
        self._cpu = dict.fromkeys(stores, (0.0, 0.0))

    @contextmanager
    def measured(self, kind: str, before: int, serves: int) -> Iterator[None]:
        """Count what goes in while `before` SERVES are there already."""
        tenth = min(before * TENTHS // self._world.edges, TENTHS - 1)
        client, server, began = process_time(), cpu_seconds(), perf_counter()
        yield
        self._seconds[kind][tenth] += perf_counter() - began
        self._serves[kind][tenth] += serves
        spent = self._cpu[kind]
        self._cpu[kind] = (spent[0] + process_time() - client, spent[1] + cpu_seconds() - server)

    def cpu(self, kind: str) -> tuple[float, float]:
        """Return the processor time of client and server for one SERVES, in microseconds."""
        serves = sum(self._serves[kind])
        client, server = self._cpu[kind]
        return client / serves * 1e6, server / serves * 1e6

    def tenths(self, kind: str) -> list[float]:
        """Return SERVES per second, tenth by tenth."""
        both = zip(self._serves[kind], self._seconds[kind], strict=True)
        return [serves / seconds for serves, seconds in both if serves]

    def total(self, kind: str) -> float:
        """Return SERVES per second over all."""
        return sum(self._serves[kind]) / sum(self._seconds[kind])

    def slope(self, kind: str) -> float:
        """Return the rate of the last three tenths over that of the first three: 1 is flat."""
        tenths = self.tenths(kind)
        return median(tenths[-3:]) / median(tenths[:3])


def serves_alone(stores: Stores, world: World, tell: Tell) -> Rates:
    """Upsert every SERVES with the product's statement onto nodes that are there; one store at a time."""
    rates = Rates(stores, world)
    providers = [rows.provider(fact) for fact in world.foundation().facts if isinstance(fact, Provider)]
    for store in stores.values():
        store.upsert(statement("provider"), providers)
    done = 0
    for turn, chunk in enumerate(world.chunks()):
        edges = list(_edges(chunk))
        domains = [{"key": key} for key in sorted({str(edge["key"]) for edge in edges})]
        for kind, store in _by_turns(stores, turn):
            store.upsert(statement("domain"), domains)
            with rates.measured(kind, done, len(edges)):
                store.upsert(statement("serves", "Domain"), edges)
        done += chunk.serves
        tell(f"SERVES alone: {done:,} of {world.edges:,}")
    return rates


def whole_load(stores: Stores, world: World, tell: Tell, at: Callable[[int], None]) -> Rates:
    """Load every extract as an ingest does; `at` is called with the SERVES so far, after each."""
    rates = Rates(stores, world)
    for store in stores.values():
        load(store, world.foundation(), _run(0))
    done = 0
    for turn, chunk in enumerate(world.chunks()):
        for kind, store in _by_turns(stores, turn):
            with rates.measured(kind, done, chunk.serves):
                load(store, chunk.extract, _run(turn + 1))
        done += chunk.serves
        tell(f"whole load: {done:,} of {world.edges:,}")
        at(done)
    return rates


def _run(number: int) -> Run:
    return Run(
        kind="ingest",
        source=SOURCE,
        input=digest("synthetic chunk", str(number)),
        input_name=f"synthetic chunk {number}",
        software="bench",
        catalogue="bench",
    )


def _by_turns(stores: Stores, turn: int) -> Iterator[tuple[str, BoltStore]]:
    """Yield the stores, each of them first every other time."""
    yield from list(stores.items())[:: -1 if turn % 2 else 1]


def _edges(chunk: Chunk) -> Iterator[rows.Row]:
    """Yield the row of each SERVES; a claim that was seen again is one."""
    claims: set[str] = set()
    for fact in chunk.extract.facts:
        if isinstance(fact, Sighting) and fact.service in SERVICES and fact.claim not in claims:
            claims.add(fact.claim)
            yield _edge(fact)


def _edge(fact: Sighting) -> rows.Row:
    seen = Seen(
        evidence=fact.evidence,
        seen_min=fact.seen.earliest,
        seen_max=fact.seen.latest,
        known_from=fact.known_from,
        ended=fact.ended,
        ended_known=fact.ended_known,
        basis=fact.basis,
        named=fact.named,
        label=fact.label,
    )
    (interval,) = intervals([seen])
    return rows.interval(interval, fact.claimed, "bench")
