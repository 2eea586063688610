"""Golden rows: tests/queries/golden/QUESTION.toml, written by hand before the question is run.

    [[cases]]
    why = "what this case guards"
    as_of = "2026-01-01"
    known_on = "2026-01-01"              # optional: as_of
    parameters = { list = "us-cmic" }    # optional
    rows = [                             # all of them, in order; only the columns named are compared
        { provider = "AmberCloud", domain = "lion.example", evidence = ["study-2020"] },
    ]

`"(null)"` stands for null, and evidence is written as its sources.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sousveil.graph import BoltStore, Rows
from sousveil.queries import questions

FOLDER = Path(__file__).parent / "golden"
NULL = "(null)"
KEYS = {"why", "as_of", "known_on", "parameters", "rows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One golden case of a question."""

    question: str
    why: str
    as_of: date
    known_on: date
    parameters: Mapping[str, object]
    rows: Sequence[Mapping[str, object]]


def cases() -> list[Case]:
    """Read every golden file."""
    return [case for path in sorted(FOLDER.glob("*.toml")) for case in _cases(path)]


def _cases(path: Path) -> list[Case]:
    found = []
    for item in tomllib.loads(path.read_text("utf-8"))["cases"]:
        assert set(item) <= KEYS, f"{path.name}: {set(item) - KEYS}"
        as_of = date.fromisoformat(item["as_of"])
        known_on = date.fromisoformat(item.get("known_on", item["as_of"]))
        found.append(
            Case(
                question=path.stem,
                why=item["why"],
                as_of=as_of,
                known_on=known_on,
                parameters=item.get("parameters", {}),
                rows=item["rows"],
            )
        )
    return found


def ask(store: BoltStore, case: Case) -> Rows:
    """Run a case."""
    question = questions()[case.question]
    return store.read(
        question.cypher, question.bind(case.parameters, as_of=case.as_of, known_on=case.known_on)
    )


def seen(answer: Rows, case: Case) -> list[dict[str, object]]:
    """Return the rows as golden files write them, each with the columns that its expected row names."""
    named = [set(row) for row in case.rows]
    named += [named[-1] if named else set(answer.columns)] * (len(answer.rows) - len(named))
    return [
        {
            column: _written(value)
            for column, value in zip(answer.columns, row, strict=True)
            if column in wanted
        }
        for row, wanted in zip(answer.rows, named, strict=False)
    ]


def _written(value: Any) -> object:
    if value is None:
        return NULL
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item["source"] if isinstance(item, Mapping) else _written(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
