"""kill -9 of the embedded store during a load: what was acknowledged stays, half a batch never shows."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sousveil.graph import BoltStore, LocalArcade, StoreError
from sousveil.graph.chunks import MAX_ROWS

Make = Callable[..., LocalArcade]
ROWS = 4 * MAX_ROWS
STATEMENT = """
UNWIND $rows AS row
MERGE (d:Domain {name: row.name})
WITH row, d
MATCH (p:Provider {id: row.provider})
MERGE (d)<-[s:SERVES {id: row.id}]-(p)
SET s.service = row.service, s.first_seen_max = date(row.day), s.rules = row.rules
"""


def rows() -> list[dict[str, object]]:
    return [
        {
            "name": f"{number:06}.example",
            "provider": f"p{number % 7}",
            "id": f"s{number:06}",
            "service": "cdn",
            "day": "2020-01-01",
            "rules": [f"rule-{number % 50}"],
        }
        for number in range(ROWS)
    ]


def load(store: BoltStore, acknowledged: list[int]) -> None:
    store.write([("UNWIND range(0, 6) AS n MERGE (p:Provider {id: 'p' + toString(n)})", {})])
    store.upsert(STATEMENT, rows(), progress=acknowledged.append)


def kill_during_load(local: LocalArcade, after: int, delay: float) -> int:
    """Load, kill the store `delay` seconds after so many batches; return how many rows were acknowledged."""
    acknowledged: list[int] = [0]
    with local.open() as store:
        store.ensure_schema()
        pid = local.status().pid
        assert pid is not None
        timer = threading.Timer(delay, os.kill, [pid, signal.SIGKILL])

        class Watch(list[int]):
            def append(self, number: int) -> None:
                acknowledged.append(number)
                if number == after * MAX_ROWS:
                    timer.start()

        if after == 0:
            timer.start()
        with contextlib.suppress(StoreError):  # the last batch may have been faster than the signal
            load(store, Watch())
        timer.join()
        with pytest.raises(StoreError):
            store.read("RETURN 1 AS n")
    return acknowledged[-1]


def judge(local: LocalArcade, acknowledged: int) -> None:
    """Look at what is there after the crash, then complete the load."""
    with local.open() as store:
        there = {
            row[0]
            for row in store.stream(
                "MATCH (d:Domain)<-[s:SERVES]-(p:Provider) WHERE s.first_seen_max = date('2020-01-01') "
                "AND s.service = 'cdn' AND size(s.rules) = 1 RETURN d.name AS name"
            )
        }
        domains = store.read("MATCH (d:Domain) RETURN count(*) AS n").rows[0][0]
        everything = [str(row["name"]) for row in rows()]
        assert set(everything[:acknowledged]) <= there, "an acknowledged row is lost"
        assert len(there) % MAX_ROWS == 0, "half a batch is there"
        assert there == set(everything[: len(there)])
        assert len(there) <= acknowledged + MAX_ROWS
        assert domains == len(there), "a node stands without what was written with it"
        load(store, [])
        for question, expected in (
            ("MATCH (d:Domain) RETURN count(*) AS n", ROWS),
            ("MATCH ()-[s:SERVES]->() RETURN count(*) AS n", ROWS),
            ("MATCH (d:Domain)<-[s:SERVES]-(:Provider) RETURN count(DISTINCT s.id) AS n", ROWS),
        ):
            assert store.read(question).rows == [(expected,)]
        found = store.read("MATCH (d:Domain {name: $name}) RETURN d.name AS name", {"name": everything[-1]})
        assert found.rows == [(everything[-1],)]


@pytest.mark.parametrize(("after", "delay"), [(1, 0.15), (2, 0.0)])
def test_killed_store_loses_nothing_and_a_rerun_completes_it(local: Make, after: int, delay: float) -> None:
    store = local()
    judge(store, kill_during_load(store, after, delay))


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_killed_store_loses_nothing_fifty_times(local: Make, tmp_path: Path) -> None:
    chance = random.Random(20201123)  # noqa: S311 - spreads the kills
    for turn in range(50):
        store = local(f"store-{turn}")
        acknowledged = kill_during_load(store, chance.randrange(4), chance.uniform(0.0, 0.8))
        if chance.random() < 0.3:  # and again during recovery
            store.start()
            pid = store.status().pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        judge(store, acknowledged)
        store.discard()
    assert tmp_path.exists()
