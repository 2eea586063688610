"""The explorer over a store that holds the small world of tests/queries, and names that mean harm."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "queries"))
sys.path.insert(0, str(Path(__file__).parent))

import hostile
import smallworld
import stores

from sousveil.explore.guard import Pass
from sousveil.explore.server import application
from sousveil.explore.source import Source
from sousveil.graph import BoltStore
from sousveil.ingest.load import load
from sousveil.ingest.records import Extract


@dataclass(frozen=True)
class Served:
    """A running explorer: `address` without a path, and the pass of its browser."""

    address: str
    entry: Pass
    store: BoltStore


@contextmanager
def serving(store: BoltStore) -> Iterator[Served]:
    """Serve this store on a free port, as `sousveil explore` does, until the block ends."""
    config = uvicorn.Config(lambda: None, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    entry = Pass(listener.getsockname()[1])
    config.app = application(Source(lambda: store), entry, lambda: hostile.DAY)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield Served(f"http://127.0.0.1:{entry.port}", entry, store)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module", params=stores.STORES[:2])
def served(store_pool: stores.Pool, request: pytest.FixtureRequest) -> Iterator[Served]:
    store: BoltStore = store_pool.clean(request.param)
    smallworld.build(store)
    facts = Extract(source="hostile", dated=hostile.SEEN, facts=list(hostile.facts()))
    load(store, facts, smallworld.run("ingest", "hostile", "hostile"))
    with serving(store) as running:
        yield running
