"""Nodes and relationships of an answer, for drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from neo4j.graph import Node, Path, Relationship

from sousveil.graph.values import properties_of
from sousveil.schema import GraphSchema

USUAL_KEYS = ("id", "name", "code")  # of nodes that graph.toml does not know
Ref = tuple[str, str]  # label and key: what names a node in every store and every export


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A node: `ref` (label, key) names it; `labels` are all of its labels."""

    label: str
    key: str
    labels: tuple[str, ...]
    properties: dict[str, Any] = field(hash=False)

    @property
    def ref(self) -> Ref:
        """Return what names the node."""
        return self.label, self.key


@dataclass(frozen=True, slots=True)
class PictureRelationship:
    """A relationship from `start` to `end`, each a (label, key); `key` is its id where it has one."""

    type: str
    key: str
    start: Ref
    end: Ref
    properties: dict[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """What an answer shows, each thing once, ordered by label or type and key."""

    nodes: tuple[PictureNode, ...]
    relationships: tuple[PictureRelationship, ...]


@dataclass(slots=True)
class Sketch:
    """Nodes and relationships gathered under the store's own identifiers, which end here."""

    nodes: dict[str, Node] = field(default_factory=dict)
    relationships: dict[str, Relationship] = field(default_factory=dict)

    def add(self, value: object) -> None:
        """Take in whatever nodes and relationships a value holds, however deep."""
        if isinstance(value, Node):
            self.nodes[value.element_id] = value
        elif isinstance(value, Relationship):
            self.relationships[value.element_id] = value
        elif isinstance(value, Path):
            self._add_all(value.nodes)
            self._add_all(value.relationships)
        elif isinstance(value, Mapping):
            self._add_all(value.values())
        elif isinstance(value, list | tuple):
            self._add_all(value)

    def _add_all(self, values: Iterable[object]) -> None:
        for value in values:
            self.add(value)

    def missing(self) -> list[str]:
        """Return the identifiers of ends of relationships that the answer did not hold."""
        ends = {
            end.element_id
            for relationship in self.relationships.values()
            for end in relationship.nodes
            if end is not None
        }
        return sorted(ends - self.nodes.keys())

    def picture(self, schema: GraphSchema) -> Picture:
        """Name everything by label and key and put it in order."""
        nodes = {identifier: _node(node, schema) for identifier, node in self.nodes.items()}
        relationships = [_relationship(item, nodes) for item in self.relationships.values()]
        return Picture(
            nodes=tuple(sorted(nodes.values(), key=lambda node: node.ref)),
            relationships=tuple(
                sorted(relationships, key=lambda item: (item.type, item.key, item.start, item.end))
            ),
        )


def _node(node: Node, schema: GraphSchema) -> PictureNode:
    labels = tuple(sorted(node.labels))
    known = [label for label in labels if label in schema.nodes]
    label = known[0] if known else "".join(labels[:1])
    name = schema.nodes[label].key if known else next((key for key in USUAL_KEYS if key in node), "")
    key = str(node.get(name, ""))
    return PictureNode(label=label, key=key, labels=labels, properties=properties_of(node))


def _relationship(item: Relationship, nodes: Mapping[str, PictureNode]) -> PictureRelationship:
    start, end = (nodes[node.element_id].ref for node in item.nodes if node is not None)
    return PictureRelationship(
        type=item.type, key=str(item.get("id", "")), start=start, end=end, properties=properties_of(item)
    )
