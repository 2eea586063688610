"""Two answers to one question, and why they differ: the world, or what we knew of it.

The question is asked three times: then; on the later day with the knowledge of then; and on the later day
with the knowledge of later. What differs between the first two is the world (or that nobody looked since),
what differs between the last two is us: our catalogue, our sources, our rules, a retraction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sousveil.queries import Question
from sousveil.queries.answer import Answer, Reader, answer, records

# What may change while a row stays the same row.
STATES = {
    "claims", "confidence", "evidence", "first_seen", "last_seen", "listed_from", "listed_until", "ownership",
    "status", "while_listed",
}  # fmt: skip
NAMES = ("provider", "parent", "company", "domain", "owner", "entity")  # columns that name nodes
UNSEEN = ("last-known", "uncertain")
COLUMNS = {
    "change": "came, went or changed",
    "why": "what made it so: the world, our coverage, our catalogue, our sources, our rules, a retraction",
}
EVENTS = """
WITH date($as_of) AS as_of, date($until) AS until, date($known_on) AS known_on,
     date($known_until) AS known_until
CALL () {
  MATCH (n:Domain) WHERE n.name IN $names RETURN n
  UNION
  MATCH (n:Company) WHERE n.name IN $names RETURN n
  UNION
  MATCH (n:Provider) WHERE n.name IN $names RETURN n
}
CALL (n) {
  MATCH (n)-[r:OWNED_BY|LISTED_ON|BASED_IN]->(m)
  RETURN r, n AS a, m AS b
  UNION
  MATCH (n)<-[r:SERVES|SAID_TO_SERVE]-(m)
  RETURN r, m AS a, n AS b
}
OPTIONAL MATCH (run:Run {id: r.run})
WITH as_of, until, known_on, known_until, r, run.kind = 'attribute' AS attributed, a.name AS a,
     CASE WHEN b:Watchlist THEN b.id ELSE coalesce(b.code, b.name) END AS b,
     [[r.from, 'began'], [r.first_seen_min, 'was first seen'], [r.until, 'ended'],
      [r.ended, 'had ended by']] AS days,
     [[r.known_from, 'is known from'], [r.until_known, 'is known to end from'],
      [r.known_until, 'was withdrawn or replaced on']] AS learned
UNWIND [x IN days WHERE x[0] > as_of AND x[0] <= until | ['the world', x[0], x[1]]]
     + [x IN learned WHERE x[0] > known_on AND x[0] <= known_until |
         [CASE WHEN r.known_cause = 'retraction' AND x[0] = r.known_until THEN 'a retraction'
               WHEN attributed THEN 'our rules'
               WHEN r.source = 'catalogue' THEN 'our catalogue' ELSE 'our sources' END, x[0], x[1]]] AS event
RETURN DISTINCT event[0] AS why, toString(event[1]) AS day, event[2] AS what, type(r) AS type, a, b,
       r.source AS source
ORDER BY why, day, type, a, b, what, source
"""
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the world, and a day of our knowledge."""

    as_of: date
    known_on: date


def compare(
    store: Reader, question: Question, given: Mapping[str, object], *, then: Moment, later: Moment
) -> Answer:
    """Return the rows that came, went or changed, each with its reasons; all else is of the later answer."""
    found = answer(store, question, given, as_of=later.as_of, known_on=later.known_on)
    first, last = _keyed(_rows(store, question, given, then)), _keyed(found.rows)
    between = Moment(later.as_of, then.known_on)
    middle = last if between == later else _keyed(_rows(store, question, given, between))
    differing = [key for key in dict.fromkeys([*first, *last]) if first.get(key) != last.get(key)]
    names = {name for key in differing for rows in (first, middle, last) for name in _names(rows.get(key))}
    events = _events(store, names, then, later)
    rows = [_changed(first.get(key), middle.get(key), last.get(key), events) for key in differing]
    counts = {change: sum(row["change"] == change for row in rows) for change in ("came", "went", "changed")}
    told = ", ".join(f"{number} {change}" for change, number in counts.items())
    sizes = " ".join(
        f"{len(rows_then)} rows on {moment.as_of} as known on {moment.known_on}" + end
        for rows_then, moment, end in ((first, then, ","), (last, later, ":"))
    )
    return replace(
        found,
        question=f"{question.question} What changed between {then.as_of} and {later.as_of}?",
        columns=COLUMNS | question.columns,
        rows=rows,
        caveats=[
            f"{sizes} {told}.",
            *found.caveats,
        ],
    )


def _rows(store: Reader, question: Question, given: Mapping[str, object], moment: Moment) -> list[Row]:
    bound = question.bind(given, as_of=moment.as_of, known_on=moment.known_on)
    return [*records(store.read(question.cypher, bound))]


def _keyed(rows: Sequence[Row]) -> dict[str, Row]:
    """Give each row the text of what makes it that row, numbered where several share it."""
    found: dict[str, Row] = {}
    seen: Counter[str] = Counter()
    for row in rows:
        stable = {name: value for name, value in row.items() if name not in STATES}
        key = json.dumps(stable, sort_keys=True)
        seen[key] += 1
        found[f"{key} {seen[key]}"] = row
    return found


def _changed(
    first: Row | None, middle: Row | None, last: Row | None, events: Sequence[Row]
) -> dict[str, object]:
    change = "came" if first is None else "went" if last is None else "changed"
    why = list(dict.fromkeys(_reasons(first, middle, last, events)))
    return {"change": change, "why": "; ".join(why), **(last or first or {})}


def _reasons(first: Row | None, middle: Row | None, last: Row | None, events: Sequence[Row]) -> Iterator[str]:
    rows = [row for row in (first, middle, last) if row]
    near = [event for event in events if any(_fits(event, row) for row in rows)]
    if first != middle:
        worldly = [_told(event) for event in near if event["why"] == "the world"]
        yield from worldly
        if not worldly:
            yield _drift(first, middle)
    if middle != last:
        ours = [_told(event) for event in near if event["why"] != "the world"]
        yield from ours
        if not ours:
            yield f"our knowledge: {_columns(middle, last)}"


def _fits(event: Row, row: Row) -> bool:
    """Say whether an event is about this row: both ends of service and listing, one end of all else."""
    names = _names(row)
    match event["type"]:
        case "SERVES" | "SAID_TO_SERVE":
            return {event["a"], event["b"]} <= names
        case "LISTED_ON":
            return event["a"] in names and event["b"] == row.get("list")
        case _:
            return event["a"] in names


def _drift(before: Row | None, after: Row | None) -> str:
    """Explain a change that no event made: time passed."""
    if (
        before
        and after
        and after.get("status") in UNSEEN
        and before.get("last_seen") == after.get("last_seen")
    ):
        return f"our coverage: nobody has looked since {after.get('last_seen')}"
    return f"the world: {_columns(before, after)}"


def _columns(before: Row | None, after: Row | None) -> str:
    if before is None or after is None:
        return "no single date explains it; ask for both days"
    parts = [
        f"{name} {_short(before[name])} → {_short(after[name])}"
        for name in after
        if before[name] != after[name]
    ]
    return ", ".join(parts)


def _short(value: object) -> str:
    return f"{len(value)} items" if isinstance(value, list) else str(value)


def _told(event: Row) -> str:
    fact = f"{event['a']} {event['type']} {event['b']}"
    return f"{event['why']}: {fact} {event['what']} {event['day']} ({event['source']})"


def _names(row: Row | None) -> set[str]:
    values = (row.get(name) for name in NAMES) if row else ()
    return {value for value in values if isinstance(value, str)}


def _events(store: Reader, names: set[str], then: Moment, later: Moment) -> list[Row]:
    """Return every beginning and end, in the world or in our knowledge, between the two moments."""
    parameters = {
        "names": sorted(names),
        "as_of": then.as_of.isoformat(),
        "until": later.as_of.isoformat(),
        "known_on": then.known_on.isoformat(),
        "known_until": later.known_on.isoformat(),
    }
    return [*records(store.read(EVENTS, parameters))]
