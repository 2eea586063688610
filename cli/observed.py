"""Observations that a user has, and what is concluded from them; for `attribute` and `explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TextIO

import click

from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.records import Attribution, Conclusion, Observation


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
    for one in verdict.attributions:
        yield _line("attribution", one)
    yield _line("conclusion", verdict.conclusion)


def _line(name: str, one: Attribution | Conclusion) -> str:
    held = {key: value for key, value in asdict(one).items() if value not in (None, ())}
    return json.dumps({"record": name, **held}, ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no plain value")
    return value.isoformat()


def row(verdict: Verdict) -> str:
    """Write a verdict on one line for people."""
    one = verdict.conclusion
    made = ", ".join(
        f"{a.provider} ({a.role}, {a.strength} {a.confidence:.2f})" for a in verdict.attributions
    )
    return f"{one.host:<32} {one.service:<12} {one.finding:<10} {made or '-'}  [{one.reason}]"
