"""Archived bytes to typed observations: pure functions, one module per protocol, found by convention.

A module `ingest/observe/PROTOCOL.py` has `observe(exchange, evidence, vantage)`: it yields `looked` with what
came of the exchange, and then its facts in the order in which they stand in the bytes. Bytes that cannot be
read are the outcome `formerr` with a reason, never an exception. There is no clock, no network and no state:
the same archive gives the same observations.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from sousveil.ingest.records import Exchange, Observation

Observer = Callable[[Exchange, str, str], Iterator[Observation]]


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read one archived exchange; `evidence` is the id of its record, `vantage` from where was looked."""
    return observers()[exchange.protocol](exchange, evidence, vantage)


@cache
def observers() -> dict[str, Observer]:
    """Return what reads each protocol: every module here that has `observe`, by its name."""
    modules = {
        module.name: import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)
    }
    return {name: module.observe for name, module in modules.items() if hasattr(module, "observe")}
