"""An answer: rows with everything that a reader needs to defend them.

Question in words, parameters, both clocks, columns with their meaning, coverage, caveats, and the version of
the data. Every format prints these same parts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sousveil.queries import Question, questions

COVERAGE = "coverage"
LEFT_OUT = {"facts_ended": "facts that ended", "facts_weak": "attributions that are probable or ambiguous"}
STATUSES = ("current", "uncertain", "last-known", "ended", "disputed", "retracted")
RUNS = """
MATCH (r:Run)
WHERE r.finished
RETURN r.id AS id, r.source AS source, r.input_name AS name, toString(r.dated) AS dated, r.input AS input,
       r.software AS software, r.catalogue AS catalogue, r.left_out AS left_out
ORDER BY source, dated, id
"""


class Rows(Protocol):
    """Rows of a read, as the store returns them."""

    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def rows(self) -> Sequence[tuple[object, ...]]: ...  # noqa: D102


class Reader(Protocol):
    """What answering asks of a graph store."""

    def read(self, cypher: str, parameters: Mapping[str, object] = ...) -> Rows: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; `rows` are dicts in the order of `columns`, with plain values (ISO text for dates)."""

    query: str
    question: str
    parameters: dict[str, object]
    as_of: str
    known_on: str
    columns: dict[str, str]
    rows: list[dict[str, object]]
    coverage: dict[str, object]
    caveats: list[str]
    dataset: dict[str, object]

    def as_json(self) -> dict[str, object]:
        """Return the answer as the JSON object that DESIGN and README describe."""
        return {**self.metadata(), "rows": self.rows}

    def metadata(self) -> dict[str, object]:
        """Return everything but the rows."""
        return {
            "query": self.query,
            "question": self.question,
            "parameters": self.parameters,
            "as_of": self.as_of,
            "known_on": self.known_on,
            "columns": [{"name": name, "doc": doc} for name, doc in self.columns.items()],
            "row_count": len(self.rows),
            "coverage": self.coverage,
            "caveats": self.caveats,
            "dataset": self.dataset,
        }

    def statuses(self) -> dict[str, int]:
        """Count the rows by status, in the order of STATUSES; empty where the answer has no such column."""
        if "status" not in self.columns:
            return {}
        counts = Counter(str(row["status"]) for row in self.rows)
        return {status: counts[status] for status in STATUSES}


def answer(
    store: Reader, question: Question, given: Mapping[str, object], *, as_of: date, known_on: date
) -> Answer:
    """Ask one question, and beside it, at the same time, what the answer covers."""
    parameters = question.bind(given, as_of=as_of, known_on=known_on)
    with ThreadPoolExecutor(max_workers=1) as beside:
        measured = beside.submit(_coverage, store, parameters, as_of=as_of, known_on=known_on)
        rows = records(store.read(question.cypher, parameters))
        dataset = describe(store)
        coverage = measured.result()
    draft = Answer(
        query=question.name,
        question=question.question,
        parameters={name: parameters[name] for name in question.parameters},
        as_of=as_of.isoformat(),
        known_on=known_on.isoformat(),
        columns=question.columns,
        rows=rows,
        coverage=coverage,
        caveats=[question.says_not],
        dataset=dataset,
    )
    draft.caveats.extend(_caveats(draft))
    return draft


def records(found: Rows) -> list[dict[str, Any]]:
    """Return rows as dicts with plain values, in the order of their columns."""
    return [dict(zip(found.columns, map(plain, values), strict=True)) for values in found.rows]


def plain(value: object) -> Any:
    """Make a value printable in every format: dates become ISO text, tuples lists."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return value


def describe(store: Reader) -> dict[str, object]:
    """Describe what is in the store: its version is a hash of every finished run."""
    runs = records(store.read(RUNS))
    ids = "\n".join(sorted(str(run["id"]) for run in runs))
    return {
        "version": hashlib.sha256(ids.encode()).hexdigest()[:12] if runs else None,
        "inputs": [
            {
                "source": run["source"],
                "name": run["name"],
                "dated": run["dated"],
                "sha256": run["input"],
                "left_out": run["left_out"] or [],
            }
            for run in runs
        ],
    }


def _coverage(
    store: Reader, parameters: Mapping[str, object], *, as_of: date, known_on: date
) -> dict[str, object]:
    """Return the denominators: of the list that was asked about, else of the Entity List."""
    coverage = questions()[COVERAGE]
    shared = {name: parameters[name] for name in coverage.parameters if parameters.get(name) is not None}
    bound = coverage.bind(shared, as_of=as_of, known_on=known_on)
    found = store.read(coverage.cypher, bound)
    measures = {str(values[0]): values[1] for values in found.rows}
    return {"list": bound["list"], **measures}


def _caveats(draft: Answer) -> list[str]:
    told = []
    statuses = draft.statuses()
    if draft.rows and statuses and not statuses["current"]:
        told.append(
            "Nothing here is current: every row says what was seen then, and nobody has looked since."
        )
    if statuses.get("retracted"):
        told.append(
            f"{statuses['retracted']} rows were taken back after {draft.known_on}; they stand here because "
            "the answer is as it was known then, and are no service."
        )
    if draft.parameters.get("all") is False:
        told += [
            f"Left out: {draft.coverage[measure]} {what}; --all shows them."
            for measure, what in LEFT_OUT.items()
            if draft.coverage.get(measure)
        ]
    if not draft.rows:
        told.append(_why_nothing(draft))
    return told


def _why_nothing(draft: Answer) -> str:
    listed = draft.coverage.get("listed_companies", 0)
    name = draft.coverage.get("list")
    if "list" in draft.parameters and not listed:
        return f"No rows: nobody is known to stand on {name} on {draft.as_of}."
    if "list" in draft.parameters:
        return (
            f"No rows: of {listed} companies on {name}, none has a fact that fits the question. "
            "That is what we know, not what is: see the coverage."
        )
    return "No rows: nothing that is known fits the question. That is what we know, not what is."
