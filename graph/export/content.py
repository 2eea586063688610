"""What is exported: nodes, then relationships, each once, read page by page so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sousveil.graph.export.statements import Hop, hops, keys_after, nodes_of, relationships_of
from sousveil.graph.picture import Picture, PictureNode, PictureRelationship
from sousveil.graph.store import BoltStore
from sousveil.schema import NodeType, Property, graph

PAGE = 1_000  # nodes at a time; their relationships stream


@dataclass(frozen=True, slots=True)
class Content:
    """Nodes and relationships to write, both read once, nodes first; `about` says which data they are.

    Dates are ISO text, absent properties are left out, and relationships come grouped by type and labels.
    """

    about: Mapping[str, object]
    nodes: Iterable[PictureNode]
    relationships: Iterable[PictureRelationship]


def whole(store: BoltStore, about: Mapping[str, object]) -> Content:
    """Read the whole graph; what somebody writes meanwhile may be in it by half."""
    schema = graph()
    return Content(
        about,
        (item for node in schema.nodes.values() for item in _nodes(store, node)),
        (item for hop in hops(schema) for item in _relationships(store, hop)),
    )


def part(picture: Picture, about: Mapping[str, object]) -> Content:
    """Take what a picture shows, without what is not ours."""
    schema = graph()
    nodes = [node for node in picture.nodes if node.label in schema.nodes]
    refs = {node.ref for node in nodes}
    grouped = sorted(
        (
            item
            for item in picture.relationships
            if item.type in schema.relationships and {item.start, item.end} <= refs
        ),
        key=lambda item: (item.type, item.start[0], item.end[0], item.key),
    )
    return Content(
        about,
        [
            replace(item, properties=_written(item.properties, schema.nodes[item.label].properties))
            for item in nodes
        ],
        [
            replace(item, properties=_written(item.properties, schema.relationships[item.type].properties))
            for item in grouped
        ],
    )


def _nodes(store: BoltStore, node: NodeType) -> Iterator[PictureNode]:
    for keys in _pages(store, node):
        for values in store.stream(nodes_of(node), {"keys": keys}):
            told = _written(dict(zip(node.properties, values, strict=True)), node.properties)
            yield PictureNode(node.name, str(told[node.key]), (node.name,), told)


def _relationships(store: BoltStore, hop: Hop) -> Iterator[PictureRelationship]:
    for keys in _pages(store, hop.anchor):
        for start, end, *values in store.stream(relationships_of(hop), {"keys": keys}):
            told = _written(dict(zip(hop.type.properties, values, strict=True)), hop.type.properties)
            ends = (hop.start.name, str(start)), (hop.end.name, str(end))
            yield PictureRelationship(hop.type.name, str(told["id"]), *ends, told)


def _pages(store: BoltStore, node: NodeType) -> Iterator[list[str]]:
    """Yield every key of a label, in order, some at a time."""
    after = ""
    while keys := [row[0] for row in store.read(keys_after(node), {"after": after, "limit": PAGE}).rows]:
        yield keys
        after = keys[-1]


def _written(values: Mapping[str, Any], declared: Mapping[str, Property]) -> dict[str, Any]:
    """Return the properties that graph.toml declares and the entity has, with dates as ISO text."""
    return {
        name: _text(values[name], item.type)
        for name, item in declared.items()
        if values.get(name) is not None
    }


def _text(value: Any, kind: str) -> Any:
    if kind == "datetime":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value
