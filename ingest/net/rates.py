"""Token buckets: how long to wait before asking the same network, resolver or registry again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sousveil.ingest.net.policy import Rate

MOST = 10_000  # buckets; beyond that the full ones are forgotten: a full bucket is as good as a new one


@dataclass(slots=True)
class Bucket:
    """Tokens at a time; fewer than none are promises to those who wait."""

    tokens: float
    at: float


@dataclass(slots=True)
class Buckets:
    """One bucket for each key, all with the same rate; safe between threads. `clock` gives seconds."""

    rate: Rate
    clock: Callable[[], float]
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str) -> float:
        """Take a token, and return the seconds to wait before using it."""
        with self._lock:
            bucket = self._filled(key)
            bucket.tokens -= 1
            return max(0.0, -bucket.tokens / self.rate.per_second)

    def pause(self, key: str, seconds: float) -> None:
        """Let nobody who asks from now on go before so many seconds have passed."""
        with self._lock:
            bucket = self._filled(key)
            bucket.tokens = min(bucket.tokens, 1 - seconds * self.rate.per_second)

    def _filled(self, key: str) -> Bucket:
        now = self.clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[key] = Bucket(self.rate.burst, now)
        bucket.tokens = self._level(bucket, now)
        bucket.at = now
        return bucket

    def _level(self, bucket: Bucket, now: float) -> float:
        """Return the tokens that are in it now; a clock that jumps back adds none."""
        return min(self.rate.burst, bucket.tokens + max(0.0, now - bucket.at) * self.rate.per_second)

    def _forget(self, now: float) -> None:
        if len(self._buckets) >= MOST:
            kept = {key: one for key, one in self._buckets.items() if self._level(one, now) < self.rate.burst}
            self._buckets = kept
