"""A claim in words: who says what about whom, since when, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from sousveil.cli import citation
from sousveil.cli.formats import cell
from sousveil.queries.answer import records

if TYPE_CHECKING:
    from sousveil.graph import BoltStore, Picture, PictureNode, PictureRelationship

CLAIMS = """
MATCH (a)-[r:SERVES|SAID_TO_SERVE|NAMED_FOR|LISTED_ON|OWNED_BY]->(b)
WHERE r.claim STARTS WITH $prefix
RETURN a, r, b
"""
EVIDENCE = """
UNWIND $ids AS id
MATCH (e:Evidence {id: id})
RETURN e.id AS id, e.source AS source, e.title AS title, e.url AS url,
       coalesce(e.date_text, toString(e.date)) AS date, e.locator AS locator, e.digest AS digest
ORDER BY source, url, id
"""
RUNS = """
UNWIND $ids AS id
MATCH (r:Run {id: id})
RETURN r.id AS id, r.input_name AS name, toString(r.dated) AS dated, r.input AS sha256, r.software AS software
ORDER BY id
"""
STATEMENTS = """
MATCH (s:Statement)-[n:CONCERNS]->(t)
WHERE n.claim = $claim OR (n.claim IS NULL AND coalesce(t.id, t.name) = $subject)
WITH DISTINCT s
RETURN s.id AS id, s.kind AS kind, s.by AS by, toString(s.date) AS date, s.outcome AS outcome,
       toString(s.decided) AS decided, s.url AS url
ORDER BY date, id
"""
CLAIM = re.compile(r"[0-9a-f]{8,64}")  # a claim, or its first digits
SERVING = ("SERVES", "SAID_TO_SERVE", "NAMED_FOR")  # the subject is at their end; of the others at the start
DISPUTED = "DISPUTED"
SHOWN = 8  # candidates in a message
Row = Mapping[str, Any]


def find(graph: BoltStore, prefix: str) -> Picture:
    """Return every interval of the one claim that begins so; several or none is a usage error."""
    picture = graph.graph(CLAIMS, {"prefix": prefix})
    claims = {str(item.properties["claim"]): item for item in picture.relationships}
    if not claims:
        raise click.UsageError(f"no claim begins with {prefix}; an export has the claim of each relationship")
    if len(claims) > 1:
        nodes = _nodes(picture)
        told = [f"  {claim}  {words(item, nodes)}" for claim, item in sorted(claims.items())[:SHOWN]]
        raise click.UsageError(f"{prefix} may mean:\n" + "\n".join(told))
    return picture


def told(picture: Picture) -> str:
    """Say in a sentence what the claim is whose intervals these are."""
    return words(picture.relationships[-1], _nodes(picture))


def cite(graph: BoltStore, picture: Picture, dataset: Row, accessed: date) -> citation.Citation:
    """Cite the claim whose intervals these are."""
    nodes = _nodes(picture)
    intervals = sorted(picture.relationships, key=lambda item: (str(item.properties["known_from"]), item.key))
    last = intervals[-1]
    claim = str(last.properties["claim"])
    subject = last.end if last.type in SERVING else last.start
    statements = rows(graph, STATEMENTS, {"claim": claim, "subject": subject[1]})
    cited = rows(graph, EVIDENCE, {"ids": _ids(intervals, "evidence")})
    runs = rows(graph, RUNS, {"ids": _ids(intervals, "run")})
    state = status(last, statements, accessed)
    return citation.Citation(
        key=f"{citation.AUTHOR}-claim-{claim[:12]}",
        title=words(last, nodes) + (f" [{state}]" if state == DISPUTED else ""),
        facts=(
            f"claim {claim}",
            f"status: {state}",
            *(_interval(item) for item in intervals),
            *(_statement(item) for item in statements),
            *(citation.evidence(item, item["digest"]) for item in cited),
            *(_run(item) for item in runs),
        ),
        details=(),
        version=str(dataset["version"]),
        issued=citation.issued(dataset, accessed),
        accessed=accessed,
    )


def words(item: PictureRelationship, nodes: Mapping[tuple[str, str], PictureNode]) -> str:
    """Say what is claimed, in a sentence."""
    start, end = (_name(nodes[ref]) for ref in (item.start, item.end))
    told = item.properties
    with_what = ", ".join(cell(told[name]) for name in ("service", "role", "host") if told.get(name))
    match item.type:
        case "SERVES":
            said = f"{start} serves {end} ({with_what})"
        case "SAID_TO_SERVE":
            said = f"{start} was said to serve {end} ({with_what}), which was retracted"
        case "NAMED_FOR":
            said = f"The unresolved label {start} is named for serving {end} ({with_what})"
        case "LISTED_ON":
            said = f"{start} stands on {end}, entry {cell(told.get('entry'))}, as {cell(told.get('named'))}"
        case _:
            control = {"yes": "controlled", "no": "not controlled"}.get(
                str(told.get("control")), "control unknown"
            )
            share = f", {told['share']:g} %" if told.get("share") is not None else ""
            said = f"{start} belongs to {end} ({cell(told.get('basis'))}{share}, {control})"
    return f"{said}, according to {cell(told['source'])}"


def status(item: PictureRelationship, statements: Sequence[Row], day: date) -> str:
    """Say whether a claim stands on a day: retracted before disputed before withdrawn."""
    until = item.properties.get("known_until")
    if item.type == "SAID_TO_SERVE":
        return f"RETRACTED by {until}"
    if any(said["kind"] == "dispute" and (said["decided"] or "9999") > str(day) for said in statements):
        return DISPUTED
    return f"withdrawn or replaced on {until}" if until else "not withdrawn"


def _interval(item: PictureRelationship) -> str:
    told = item.properties
    if "first_seen_min" in told:
        days = [f"first seen {_window(told, 'first_seen')}", f"last seen {_window(told, 'last_seen')}"]
        days += [f"ended by {told['ended']}"] if told.get("ended") else []
    else:
        since = told.get("from_text") or told.get("stated_from") or told.get("from") or "an unknown day"
        until = told.get("until_text") or told.get("stated_until") or told.get("until")
        days = [f"since {cell(since)}", *([f"until {cell(until)}"] if until else [])]
    basis = [f"basis {told['basis']}"] if told.get("basis") else []
    verified = ["not verified"] if told.get("verified") is False else []
    known = f"known from {told['known_from']}"
    return f"interval {item.key}: " + ", ".join([*days, *basis, *verified, known])


def _window(told: Mapping[str, Any], name: str) -> str:
    first, last = told[f"{name}_min"], told[f"{name}_max"]
    return str(first) if first == last else f"{first}/{last}"


def _statement(item: Row) -> str:
    outcome = f", {item['outcome']}" if item["outcome"] else ""
    return f"{item['kind']} by {cell(item['by'])}, {item['date']}{outcome}: {cell(item['url'])}"


def _run(item: Row) -> str:
    return (
        f"run {item['id']}: {cell(item['name'])}, of {item['dated']}, sha256 {item['sha256']}, "
        f"sousveil {item['software']}"
    )


def _name(node: PictureNode) -> str:
    return cell(node.properties.get("name") or node.properties.get("label") or node.key)


def _nodes(picture: Picture) -> dict[tuple[str, str], PictureNode]:
    return {node.ref: node for node in picture.nodes}


def _ids(intervals: Sequence[PictureRelationship], name: str) -> list[str]:
    values = (item.properties.get(name) for item in intervals)
    return sorted({text for value in values for text in _texts(value)})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from value


def rows(graph: BoltStore, cypher: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
    """Read rows as dicts."""
    return records(graph.read(cypher, parameters))
