"""Observations, attributions and conclusions as JSON lines: what crosses stages as a file, from anybody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, asdict, fields
from datetime import date, datetime
from typing import Any

from sousveil.ingest.records import Attribution, Conclusion, Observation
from sousveil.schema import observations
from sousveil.schema.errors import SousveilError

LISTS = ("rules", "evidence", "against")
NUMBERS = ("confidence", "share")
EXPECTED = {**dict.fromkeys(LISTS, list), **dict.fromkeys(NUMBERS, float), "issued_by_edge": bool}
RECORDS: dict[str, type[Attribution | Conclusion]] = {"attribution": Attribution, "conclusion": Conclusion}
TEXTS = tuple(field.name for field in fields(Observation) if field.name != "detail")


class LineError(SousveilError):
    """A line is not what it should be; the message names file and line."""


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


def verdict_line(one: Attribution | Conclusion) -> str:
    """Write an attribution or a conclusion as a line, without its end; what is empty is left out."""
    held = {key: value for key, value in asdict(one).items() if value not in (None, ())}
    held["seen"] = one.seen.isoformat()
    return json.dumps({"record": type(one).__name__.lower(), **held}, ensure_ascii=False)


def read_verdicts(lines: Iterable[str], name: str) -> Iterator[Attribution | Conclusion]:
    """Read the attributions and conclusions of a file called `name`, as `read` reads observations."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                yield _verdict(json.loads(text))
            except (ValueError, RecursionError) as error:
                raise LineError(f"{name}, line {number}: {error}") from error


def _verdict(data: Any) -> Attribution | Conclusion:
    kind = RECORDS.get(data.pop("record", "")) if isinstance(data, dict) else None
    if kind is None:
        raise ValueError(f"record is one of {', '.join(RECORDS)}")
    known = {field.name: field for field in fields(kind)}
    missing = [name for name, field in known.items() if field.default is MISSING and name not in data]
    if wrong := sorted(data.keys() - known.keys()) or [name for name in missing if name not in LISTS]:
        raise ValueError(f"field {wrong[0]!r} is missing, or unknown; the fields are {', '.join(known)}")
    for name, value in data.items():
        if type(value) is not EXPECTED.get(name, str) and not (name in NUMBERS and type(value) is int):
            raise ValueError(f"field {name!r} cannot be {value!r}")
    texts = {name: tuple(map(str, data.get(name, ()))) for name in LISTS if name in known}
    return kind(**{**data, **texts, "seen": date.fromisoformat(str(data.get("seen", "")))})


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
