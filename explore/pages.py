"""The pages: what each is asked, what it reads, and which template shows it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sousveil.explore.asked import LONGEST, Asked, AskedError, distinct
from sousveil.explore.facts import SERVICES, Fact, companies, count, listed_facts
from sousveil.explore.flow import flow
from sousveil.explore.lanes import lanes
from sousveil.queries import Question, questions
from sousveil.queries.answer import Answer, Reader, answer, records
from sousveil.queries.entities import find
from sousveil.queries.portrait import portrait
from sousveil.schema.text import for_spreadsheet

if TYPE_CHECKING:
    from sousveil.graph import BoltStore

LISTS = """
MATCH (w:Watchlist)<-[:LISTED_ON]-(c:Company)
WITH w, count(DISTINCT c) AS companies
RETURN w.id AS id, w.name AS name, w.country AS country, w.effect AS effect, w.legal_effect AS legal_effect,
       companies
ORDER BY companies DESC, id
"""
ENTITY = {"company": "Company", "domain": "Domain", "provider": "Provider"}
HITS = 12  # of a search
MOST_ROWS = 500  # of one table on a page; the download has all
MOST_CLAIMS = 20  # on one page of evidence
MOST_COMPANIES = 400  # rows of the matrix at once


class MissingError(Exception):
    """There is no such page or node; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what it shows."""

    template: str
    title: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A company of the matrix: its facts by service, those of one provider together; else a text."""

    company: str
    company_id: str
    cells: Mapping[str, tuple[tuple[Fact, ...], ...]]
    texts: Mapping[str, str]


def matrix(store: Reader, query: Mapping[str, str], today: date) -> Page:
    """Show which company gets which service from whom."""
    asked = Asked.of(query, today)
    listed = listed_facts(store, asked)
    table = companies(store, asked)
    narrowed = any((asked.country, asked.status, asked.basis, asked.service))
    rows = _rows(table, listed.facts, empty_ones=not narrowed)
    services = tuple(s for s in SERVICES if asked.service in (None, s))
    content = {
        **_frame(store, asked, listed.answer),
        "facts": listed.facts,
        "unfiltered": listed.unfiltered,
        "services": services,
        "rows": rows[:MOST_COMPANIES],
        "left_out": max(0, len(rows) - MOST_COMPANIES),
    }
    return Page("matrix.html", f"Who serves {asked.list}", content)


def _rows(table: Answer, facts: tuple[Fact, ...], *, empty_ones: bool) -> list[Row]:
    by_company: dict[str, list[Fact]] = {}
    for fact in facts:
        by_company.setdefault(fact.company_id, []).append(fact)
    rows = [
        Row(
            company=str(row["company"]),
            company_id=str(row["company_id"]),
            cells=_cells(by_company.get(str(row["company_id"]), [])),
            texts={
                service: "; ".join(map(str, _list(row[service.replace("-", "_")]))) for service in SERVICES
            },
        )
        for row in table.rows
    ]
    shown = [row for row in rows if empty_ones or row.cells]
    return sorted(shown, key=lambda row: (-len(row.cells), row.company))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _cells(facts: list[Fact]) -> dict[str, tuple[tuple[Fact, ...], ...]]:
    marks: dict[str, dict[tuple[str, str, str], list[Fact]]] = {}
    for fact in facts:
        same = marks.setdefault(fact.service, {})
        same.setdefault((fact.provider_id, fact.country, fact.status), []).append(fact)
    return {service: tuple(map(tuple, same.values())) for service, same in marks.items()}


def stream(store: Reader, query: Mapping[str, str], today: date) -> Page:
    """Show country → provider → company as a flow."""
    asked = Asked.of(query, today)
    listed = listed_facts(store, asked)
    content = {
        **_frame(store, asked, listed.answer),
        "facts": listed.facts,
        "unfiltered": listed.unfiltered,
        "flow": flow(listed.facts),
        "by_country": count(fact.country for fact in listed.facts),
    }
    return Page("flow.html", f"Where the services of {asked.list} come from", content)


def entity(store: Reader, query: Mapping[str, str], today: date, *, kind: str, key: str) -> Page:
    """Show one company, domain or provider whole."""
    asked = Asked.of(query, today)
    if kind not in ENTITY:
        raise MissingError(f"There is no kind {kind!r}; a page is of a company, a domain or a provider.")
    found = portrait(store, ENTITY[kind], key, as_of=asked.as_of, known_on=asked.known_on)
    if found is None:
        raise MissingError(f"The graph has no {kind} {key!r}. Search for another spelling.")
    served = next((part for heading, part in found.parts if heading in {"Served by", "Serves"}), None)
    content = {
        **_frame(store, asked, found.parts[0][1]),
        "kind": kind,
        "key": key,
        "node": found.node,
        "parts": found.parts,
        "served": served,
        "lanes": lanes(served.rows) if served and served.rows else None,
        "most_rows": MOST_ROWS,
    }
    return Page("entity.html", str(found.node["name"]), content)


def fact(store: Reader, query: Mapping[str, str], today: date, *, claims: str) -> Page:
    """Show why we say it: every piece of evidence of claims, whose ids are joined by commas."""
    asked = Asked.of(query, today)
    ids = distinct(claims.split(","))[:MOST_CLAIMS]
    found = [_answer(store, "evidence-of", {"claim": claim}, asked) for claim in ids]
    rows = [row for part in found for row in part.rows]
    if not rows:
        raise MissingError(f"The graph has no claim {ids[0]!r} as known on {asked.known_on}.")
    grouped = {str(row["fact"]): [one for one in rows if one["fact"] == row["fact"]] for row in rows}
    content = {**_frame(store, asked, found[0]), "claims": ids, "grouped": grouped}
    title = next(iter(grouped)) if len(grouped) == 1 else f"{len(grouped)} facts and what they rest on"
    return Page("fact.html", title, content)


def catalogue_of_questions(store: Reader, query: Mapping[str, str], today: date) -> Page:
    """List every canned question by what it is about."""
    asked = Asked.of(query, today)
    tags = distinct(question.tags[0] for question in questions().values())
    grouped = {tag: [q for q in questions().values() if q.tags[0] == tag] for tag in tags}
    return Page("questions.html", "Questions", {**_frame(store, asked, None), "grouped": grouped})


def question(store: Reader, query: Mapping[str, str], today: date, *, name: str) -> Page:
    """Show one question: its form, and its answer once it was asked."""
    asked = Asked.of({k: v for k, v in query.items() if k in {"as_of", "known_on"}}, today)
    chosen = _question(name)
    given = _given(chosen, query)
    complete = all(not p.required or p.name in given for p in chosen.parameters.values())
    found = _answer(store, name, given, asked) if complete and "ask" in query else None
    bound = (
        chosen.filled(chosen.bind(given, as_of=asked.as_of, known_on=asked.known_on))
        if complete
        else chosen.cypher
    )
    content = {
        **_frame(store, asked, found),
        "question": chosen,
        "given": {**{p.name: p.default for p in chosen.parameters.values()}, **given},
        "found": found,
        "cypher": bound,
        "most_rows": MOST_ROWS,
    }
    return Page("question.html", chosen.question, content)


def asked_answer(store: Reader, query: Mapping[str, str], today: date, name: str) -> Answer:
    """Ask a question as an address asks it, for a download."""
    chosen = _question(name)
    asked = Asked.of({k: v for k, v in query.items() if k in {"as_of", "known_on"}}, today)
    return _answer(store, name, _given(chosen, query), asked)


def search(store: BoltStore, query: Mapping[str, str], today: date) -> Page:
    """Show what a text may mean."""
    sought = query.get("q", "").strip()[:LONGEST]
    asked = Asked(as_of=today, known_on=today)
    content = {**_frame(store, asked, None), "sought": sought, "hits": suggestions(store, sought)}
    return Page("search.html", "Search", content)


def suggestions(store: BoltStore, text: str) -> list[dict[str, str]]:
    """Return kind, key and name of the nodes that a text may mean, exact ones first."""
    text = text.strip()[:LONGEST]
    if not text:
        return []
    found = [*find(store, text), *(tuple(row[:3]) for row in store.search(text, HITS).rows)]
    kinds = {label: kind for kind, label in ENTITY.items()}
    hits = {(label, key): name for label, key, name in reversed(found) if label in kinds}
    return [
        {"kind": kinds[label], "key": str(key), "name": str(name)}
        for (label, key), name in reversed(hits.items())
    ][:HITS]


def _question(name: str) -> Question:
    if name not in questions():
        raise MissingError(f"There is no question {name!r}; the list of questions has all of them.")
    return questions()[name]


def _given(chosen: Question, query: Mapping[str, str]) -> dict[str, object]:
    """Read the parameters of a question from the query string; an empty field is none."""
    given: dict[str, object] = {}
    for parameter in chosen.parameters.values():
        text = query.get(parameter.name, "").strip()
        if parameter.type == "boolean":
            given[parameter.name] = text in {"true", "on", "1"}
        elif text:
            given[parameter.name] = _value(parameter.type, parameter.name, text)
    return given


def _value(kind: str, name: str, text: str) -> object:
    try:
        if kind == "integer":
            return int(text)
        if kind == "date":
            return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise AskedError(f"{name} is no {kind}: {text!r}") from error
    return [word.strip() for word in text.split(",") if word.strip()] if kind == "strings" else text


def _answer(store: Reader, name: str, given: Mapping[str, object], asked: Asked) -> Answer:
    return answer(store, questions()[name], given, as_of=asked.as_of, known_on=asked.known_on)


def _frame(store: Reader, asked: Asked, found: Answer | None) -> dict[str, Any]:
    """Return what every page shows: the state, the lists, the answer behind it."""
    lists = records(store.read(LISTS))
    return {"asked": asked, "lists": lists, "answer": found}


def download(found: Answer, form: str) -> tuple[str, str]:
    """Return (text, media type) of an answer as csv or json; a cell of a sheet executes nothing."""
    if form == "json":
        return json.dumps(found.as_json(), ensure_ascii=False, indent=2), "application/json"
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in _notes(found))
    writer = csv.writer(out)
    writer.writerow(found.columns)
    for row in found.rows:
        writer.writerow([for_spreadsheet(_flat(value)) for value in row.values()])
    return out.getvalue(), "text/csv; charset=utf-8"


def _notes(found: Answer) -> list[str]:
    asked = ", ".join(f"{name}={value}" for name, value in found.parameters.items() if value is not None)
    told = [found.question, f"asked: {asked}; as of {found.as_of}, as known on {found.known_on}"]
    told += [f"dataset {found.dataset['version']}", *found.caveats]
    return [line.replace("\n", " ") for line in told]


def _flat(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_flat(item) for item in value)
    if isinstance(value, Mapping):
        return " ".join(str(item) for item in value.values() if item is not None)
    return "" if value is None else str(value)
