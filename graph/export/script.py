"""A Cypher script that makes the graph again, in statements of bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from sousveil.graph.chunks import chunks
from sousveil.graph.definitions import unique_keys
from sousveil.graph.export.content import Content
from sousveil.graph.export.statements import Hop, merge_nodes, merge_relationships
from sousveil.graph.picture import PictureRelationship
from sousveil.schema import graph
from sousveil.schema.text import literal

ROWS = 200  # in one statement: each holds all of its values as text, and is parsed anew
BYTES = 500_000


def script(content: Content) -> Iterator[str]:
    """Yield constraints, then nodes, then relationships, each statement ended by `;` and a line break.

    It merges, so that running it again changes nothing. No line of a statement ends in `;` before its end.
    """
    schema = graph()
    for line in json.dumps(content.about, ensure_ascii=False, indent=2).splitlines():
        yield f"// {line}\n"
    for _, statement in unique_keys(schema):
        yield f"{statement};\n"
    for label, nodes in groupby(content.nodes, key=lambda node: node.label):
        yield from _statements((node.properties for node in nodes), merge_nodes(schema.nodes[label]))
    for (kind, start, end), items in groupby(content.relationships, key=_joined):
        hop = Hop(schema.relationships[kind], schema.nodes[start], schema.nodes[end])
        yield from _statements(map(_row, items), merge_relationships(hop))


def _joined(item: PictureRelationship) -> tuple[str, str, str]:
    return item.type, item.start[0], item.end[0]


def _row(item: PictureRelationship) -> dict[str, object]:
    return {"start_key": item.start[1], "end_key": item.end[1], **item.properties}


def _statements(rows: Iterable[Mapping[str, object]], merge: str) -> Iterator[str]:
    for batch in chunks(rows, max_rows=ROWS, max_bytes=BYTES):
        values = ",\n".join(literal(row) for row in batch)
        yield f"UNWIND [\n{values}\n] AS row\n{merge};\n"
