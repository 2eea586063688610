"""The explorer over a store that holds the small world of tests/queries, and names that mean harm."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "queries"))

import smallworld as world
import stores

from sousveil.explore.guard import Pass
from sousveil.explore.server import application
from sousveil.explore.source import Source
from sousveil.graph import BoltStore
from sousveil.ingest.load import load
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Listing, Ownership, Provider, Ref
from sousveil.ingest.records import Sighting as Seen
from sousveil.schema.dates import Window

DAY = date(2026, 1, 1)
SEEN = date(2025, 12, 1)
HOSTILE = (
    "</script><script>window.fired=1</script>",
    '"onmouseover="window.fired=1',
    "javascript:window.fired=1",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<svg onload=window.fired=1><image href=x onerror=window.fired=1>",
    "x" * 10_000,
    "left \N{RIGHT-TO-LEFT OVERRIDE}thgir\N{ZERO WIDTH SPACE} \x07 bell",
    "\N{ARABIC LETTER SHEEN}\N{ARABIC LETTER REH}\N{ARABIC LETTER KAF}\N{ARABIC LETTER TEH MARBUTA} 海康威视",
    "a/../../b?c=d#e%2f",
)


@dataclass(frozen=True)
class Served:
    """A running explorer: `address` without a path, and the pass of its browser."""

    address: str
    entry: Pass


@contextmanager
def serving(store: BoltStore) -> Iterator[Served]:
    """Serve this store on a free port, as `sousveil explore` does, until the block ends."""
    config = uvicorn.Config(lambda: None, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    entry = Pass(listener.getsockname()[1])
    config.app = application(Source(lambda: store), entry, lambda: DAY)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield Served(f"http://127.0.0.1:{entry.port}", entry)
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module", params=stores.STORES[:2])
def served(store_pool: stores.Pool, request: pytest.FixtureRequest) -> Iterator[Served]:
    store: BoltStore = store_pool.clean(request.param)
    world.build(store)
    facts = Extract(source="hostile", dated=SEEN, facts=list(hostile()))
    load(store, facts, world.run("ingest", "hostile", "hostile"))
    with serving(store) as running:
        yield running


def hostile() -> Iterator[Fact]:
    """Make a listed company, its domain and its provider for each name that means harm."""
    look = Evidence(
        id="e" * 64, kind="record", source=HOSTILE[0], url="javascript:window.fired=1", quote=HOSTILE[4]
    )
    yield look
    for number, name in enumerate(HOSTILE):
        company, domain, provider = f"hostile {number} {name[:90]}", f"evil{number}.example", f"bad-{number}"
        yield Company(id=company, name=name, names=(name,))
        yield Provider(id=provider, name=name, names=(name,), website="javascript:window.fired=1")
        yield Listing(
            source="hostile", company=company, watchlist=world.LIST, entry=str(number), named=name,
            evidence=(look.id,), known_from=SEEN, start=Window(SEEN, SEEN),
        )  # fmt: skip
        yield Ownership(
            source="hostile", owned=Ref("Domain", domain), owner=company, basis="declared",
            known_from=SEEN, evidence=(look.id,),
        )  # fmt: skip
        yield Seen(
            source="hostile", subject=Ref("Domain", domain), service="cdn", provider=provider, named=name,
            seen=Window(SEEN, SEEN), evidence=look.id, known_from=SEEN, basis="observed",
        )  # fmt: skip
