"""The store behind the pages: opened when it is needed, and again when it went away."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from sousveil.graph.errors import StoreUnavailableError

if TYPE_CHECKING:
    from sousveil.graph import BoltStore

T = TypeVar("T")


class Source:
    """One store for all requests; `run` asks it, and opens it anew once if it does not answer."""

    def __init__(self, opener: Callable[[], BoltStore]) -> None:
        self._open = opener
        self._store: BoltStore | None = None
        self._lock = Lock()

    def run(self, ask: Callable[[BoltStore], T]) -> T:
        """Return what `ask` reads; StoreUnavailableError when the store does not come back."""
        store = self._current()
        try:
            return ask(store)
        except StoreUnavailableError:
            self._forget(store)
            return ask(self._current())

    def close(self) -> None:
        """Let the store go."""
        if self._store is not None:
            self._forget(self._store)

    def _current(self) -> BoltStore:
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store

    def _forget(self, store: BoltStore) -> None:
        with self._lock:
            if self._store is store:
                self._store = None
                store.close()
