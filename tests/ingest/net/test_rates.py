"""Rates hold in the long run, after a pause, and when the clock jumps."""

import pytest

from sousveil.ingest.net import rates
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.rates import Buckets


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_burst_goes_at_once_and_the_rest_in_turn() -> None:
    buckets = Buckets(Rate(2.0, 3.0), Clock())
    assert [buckets.take("a") for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_keys_do_not_wait_for_each_other() -> None:
    buckets = Buckets(Rate(1.0, 1.0), Clock())
    assert [buckets.take("a"), buckets.take("b"), buckets.take("a")] == [0, 0, 1]


def test_time_fills_the_bucket_up_to_the_burst() -> None:
    clock = Clock()
    buckets = Buckets(Rate(1.0, 2.0), clock)
    for _ in range(3):
        buckets.take("a")
    clock.now += 100
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 1]


def test_pause_keeps_everybody_away() -> None:
    clock = Clock()
    buckets = Buckets(Rate(1.0, 5.0), clock)
    buckets.pause("a", 30)
    assert buckets.take("a") == 30
    assert buckets.take("a") == 31
    assert buckets.take("b") == 0


def test_clock_that_jumps_back_gives_nothing_away() -> None:
    clock = Clock()
    buckets = Buckets(Rate(1.0, 1.0), clock)
    buckets.take("a")
    clock.now -= 500
    assert buckets.take("a") == 1
    clock.now += 1
    assert buckets.take("a") == 1


def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST", 10)
    clock = Clock()
    buckets = Buckets(Rate(1.0, 1.0), clock)
    for number in range(1000):
        clock.now += 0.5
        buckets.take(str(number))
    assert len(buckets._buckets) <= 10
    assert buckets.take("999") == 1  # emptied this moment, so not forgotten
