"""The Cypher of this package: one static statement per file, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from sousveil.ingest.records import Label

PACKAGE = __name__.rpartition(".")[0]
# Which statement writes to, or reads from, a node of this label.
SUFFIX: dict[Label, str] = {
    "Domain": "domain",
    "Company": "company",
    "Provider": "provider",
    "Watchlist": "watchlist",
    "Statement": "statement",
}


@cache
def statement(name: str, label: Label | None = None) -> str:
    """Return a statement by file name; where there is one per label, that of the node they touch."""
    file = f"{name}_{SUFFIX[label]}.cypher" if label else f"{name}.cypher"
    return files(PACKAGE).joinpath(file).read_text("utf-8")
