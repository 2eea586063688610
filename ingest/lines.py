"""Observations as JSON lines: what `observe` writes, and what `attribute` reads from anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sousveil.ingest.records import Observation
from sousveil.schema import observations
from sousveil.schema.errors import SousveilError

TEXTS = tuple(field.name for field in fields(Observation) if field.name != "detail")


class LineError(SousveilError):
    """A line is no observation; the message names file and line."""


def line(observation: Observation) -> str:
    """Write one observation as a line, without its end; equal observations give equal bytes."""
    return json.dumps(
        asdict(observation) | {"detail": dict(observation.detail)}, ensure_ascii=False, sort_keys=True
    )


def read(lines: Iterable[str], name: str) -> Iterator[Observation]:
    """Read the observations of a file called `name`; blank lines are skipped, a bad one is a LineError."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                yield _observation(json.loads(text))
            except (ValueError, RecursionError) as error:
                raise LineError(f"{name}, line {number}: {error}") from error


def _observation(data: Any) -> Observation:
    if not isinstance(data, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - read() names the line of a ValueError
    detail = data.pop("detail", {})
    unknown = sorted(data.keys() - set(TEXTS))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}; the fields are {', '.join(TEXTS)}, detail")
    if bad := [name for name in TEXTS if not isinstance(data.get(name), str)]:
        raise ValueError(f"field {bad[0]!r} is missing, or no text")
    texts = isinstance(detail, dict) and all(isinstance(value, str) for value in detail.values())
    if not texts:
        raise ValueError("field 'detail' must be an object of texts")
    return _known(Observation(**data, detail=tuple(sorted(detail.items()))))


def _known(one: Observation) -> Observation:
    """Refuse a kind, scope or detail that schema/observations.toml does not have, and a time that is none."""
    kinds = observations().kinds
    if one.kind not in kinds:
        raise ValueError(f"unknown kind {one.kind!r}; the kinds are {', '.join(kinds)}")
    kind = kinds[one.kind]
    if one.scope not in kind.scopes:
        raise ValueError(f"a {one.kind} is not seen in scope {one.scope!r}, but in {', '.join(kind.scopes)}")
    for name, _ in one.detail:
        if name not in kind.detail:
            raise ValueError(f"a {one.kind} has no detail {name!r}")
    datetime.fromisoformat(one.time)
    return one
