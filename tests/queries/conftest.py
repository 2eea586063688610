"""The small world on every store, loaded once for each."""

import sys
from pathlib import Path

import pytest

from sousveil.graph import BoltStore

sys.path.insert(0, str(Path(__file__).parent))

import smallworld
import stores


@pytest.fixture(scope="module", params=stores.STORES)
def small_world(store_pool: stores.Pool, request: pytest.FixtureRequest) -> BoltStore:
    """Return a store that holds the small world; tests of one module only read it."""
    store: BoltStore = store_pool.clean(request.param)
    smallworld.build(store)
    return store
