"""The statements that this product uses give the same rows on every store."""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sousveil.graph import BoltStore

DATA = tomllib.loads(Path(__file__).with_name("conformance.toml").read_text("utf-8"))
CASES: list[dict[str, Any]] = DATA["case"]


def from_toml(value: Any) -> Any:
    """Read the word null, which TOML does not have."""
    if isinstance(value, dict):
        return {key: from_toml(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_toml(item) for item in value]
    return None if value == "null" else value


def to_toml(value: Any) -> Any:
    """Write dates and times the way the data file does."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: to_toml(item) for key, item in value.items()}
    return [to_toml(item) for item in value] if isinstance(value, list | tuple) else value


def statements(case: dict[str, Any]) -> Iterator[tuple[str, dict[str, object]]]:
    yield from ((part["cypher"], {}) for part in DATA["graph"])
    yield from ((cypher, {}) for cypher in case.get("setup", ()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_statement_gives_the_expected_rows(store: BoltStore, case: dict[str, Any]) -> None:
    for statement in statements(case):
        store.write([statement])
    answer = store.read(case["cypher"], from_toml(case.get("parameters", {})))
    rows = to_toml(answer.rows)
    expected = from_toml(case["rows"])
    assert sorted(rows) == sorted(expected) if case.get("unordered") else rows == expected
    assert answer.notifications == ()


def test_names_of_cases_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names))
