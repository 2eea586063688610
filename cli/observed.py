"""Observations that a user has, and what is concluded from them; for `attribute` and `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.lines import verdict_line
from sousveil.ingest.records import Observation


@contextmanager
def observed(path: Path) -> Iterator[Iterator[Observation]]:
    """Open a file of observations, one JSON object a line."""
    from sousveil.ingest.lines import read

    try:
        file = path.open(encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror or error}; give the path of a file") from error
    with file:
        yield read(_texts(file, path), path.name)


@contextmanager
def kept(name: str) -> Iterator[Iterator[Observation]]:
    """Open the newest observations in the journal that have this domain or host."""
    from sousveil.cli.home import home
    from sousveil.ingest.journal import Journal
    from sousveil.ingest.sources.observations import SOURCE, observed

    journal = Journal(home())
    for entry in reversed([entry for entry in journal.entries() if entry.source == SOURCE.name]):
        found = list(observed(journal.document(entry)))
        if any(name in (one.target, one.subject) for one in found):
            yield iter(found)
            return
    raise click.ClickException(
        f"nothing that was loaded has {name!r}; `sousveil scan {name}` looks, --observations takes a file"
    )


def _texts(file: TextIO, path: Path) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: is no UTF-8 text: {error.reason}") from error


def knowledge() -> Knowledge:
    """Compile the catalogue that ships."""
    from sousveil import catalogue

    return Knowledge.of(catalogue.load())


def records(verdict: Verdict) -> Iterator[str]:
    """Write a verdict as lines of JSON: its attributions, then its conclusion."""
    yield from map(verdict_line, verdict.attributions)
    yield verdict_line(verdict.conclusion)


def row(verdict: Verdict) -> str:
    """Write a verdict on one line for people."""
    one = verdict.conclusion
    made = ", ".join(
        f"{a.provider} ({a.role}, {a.strength} {a.confidence:.2f})" for a in verdict.attributions
    )
    return f"{one.host:<32} {one.service:<12} {one.finding:<10} {made or '-'}  [{one.reason}]"
