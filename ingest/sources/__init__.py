"""Who: one module per list or data set, found by its `SOURCE`.

A module turns a Document into an Extract: records, and an account of every row that became none. It
writes nothing and asks nobody. To add one, add a file here; `sousveil ingest --help` and README list it
by themselves.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Extract
from sousveil.ingest.sources.documents import Document

Read = Callable[[Document, Catalogue], Extract]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data set that can be read.

    `url` is its live address (None: the user's own file), `kind` what sort of run reading it is. `rows` are
    the fewest and the most rows that a whole file may have, `lists` the fewest entries per watchlist; less is
    refused without `--accept-shrink`.
    """

    name: str
    title: str
    publisher: str
    licence: str
    url: str | None
    rows: tuple[int, int]
    read: Read
    kind: str = "ingest"
    lists: Mapping[str, int] = field(default_factory=dict)


@cache
def sources() -> dict[str, Source]:
    """Find every module of this package that declares a SOURCE, by name."""
    found: dict[str, Source] = {}
    for module in pkgutil.iter_modules(__path__):
        source = getattr(import_module(f"{__name__}.{module.name}"), "SOURCE", None)
        if isinstance(source, Source):
            found[source.name] = source
    return dict(sorted(found.items()))
