"""schema/graph.toml in the words of a store: constraints, indexes, names.

Labels and types stand in these statements as text, because no store takes them as parameters; they come from
graph.toml alone, and `word` refuses whatever is not a plain name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.schema import GraphSchema, NodeType

AWKWARD_LABELS = frozenset({"V", "E", "Vertex", "Edge"})  # ArcadeDB's own type names


def word(name: str) -> str:
    """Return a label, type or property name that may stand in a statement; ValueError otherwise."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", name) or name in AWKWARD_LABELS:
        raise ValueError(f"graph.toml, {name!r}: not a name that both stores take; use letters, digits and _")
    return name


def check(schema: GraphSchema) -> None:
    """Raise ValueError where the schema holds a name that one of the stores would trip over."""
    both = schema.nodes.keys() & schema.relationships.keys()
    if both:
        raise ValueError(f"graph.toml, {min(both)}: a label cannot also be a relationship type")
    for node in schema.nodes.values():
        word(node.name)
        if node.properties[node.key].type != "string":
            raise ValueError(f"graph.toml, {node.name}.{node.key}: keys are strings")
    for name in property_names(schema):
        word(name)


def property_names(schema: GraphSchema) -> list[str]:
    """Return every property name that the schema knows, once, sorted."""
    nodes, relationships = schema.nodes.values(), schema.relationships.values()
    of_nodes = {name for item in nodes for name in item.properties}
    return sorted(of_nodes | {name for item in relationships for name in item.properties})


def unique_keys(schema: GraphSchema) -> Iterator[tuple[str, str]]:
    """Yield name and statement of the unique constraint of each node key."""
    for node in schema.nodes.values():
        name = f"{word(node.name).lower()}_{word(node.key)}_key"
        yield (
            name,
            f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{node.name}) REQUIRE n.{node.key} IS UNIQUE",
        )


def lookup_indexes(schema: GraphSchema, types: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield name and statement of an index for each property that asks for one and has one of these types."""
    for node in schema.nodes.values():
        for item in node.properties.values():
            if item.indexed and item.type in types and item.name != node.key:
                name = f"{word(node.name).lower()}_{word(item.name)}"
                yield name, f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{node.name}) ON (n.{item.name})"
    for relationship in schema.relationships.values():
        for item in relationship.properties.values():
            if item.indexed and item.type in types:
                name = f"{word(relationship.name).lower()}_{word(item.name)}"
                yield (
                    name,
                    f"CREATE INDEX {name} IF NOT EXISTS FOR ()-[r:{relationship.name}]-() ON (r.{item.name})",
                )


def searchable(schema: GraphSchema) -> Iterator[tuple[NodeType, tuple[str, ...]]]:
    """Yield the node types with the properties that full-text indexes cover: all but keys."""
    for node in schema.nodes.values():
        fields = tuple(word(name) for name in node.fulltext if name != node.key)
        if fields:
            yield node, fields


def key_searches(schema: GraphSchema) -> Iterator[tuple[str, str]]:
    """Yield label and statement of each search in the keys themselves: every word somewhere in the key."""
    for node in schema.nodes.values():
        if node.key in node.fulltext:
            label, key = word(node.name), word(node.key)
            found = f"MATCH (node:{label}) WHERE all(word IN $words WHERE node.{key} CONTAINS word) "
            yield label, f"{found} RETURN node, 1.0 AS score ORDER BY node.{key} LIMIT $limit"


def search_words(text: str) -> list[str]:
    """Return the words of what a user typed, lower case; a dot inside a word belongs to it.

    Long words are cut, and many left out: Lucene refuses a beginning of more than a thousand letters.
    """
    return [word[:100] for word in re.findall(r"\w+(?:\.\w+)*", text.lower())[:20]]


def lucene(words: list[str]) -> str:
    """Write a Lucene query that both stores take: every word, whole or as a beginning."""
    return " AND ".join(f'("{item}" OR {item}*)' for item in words)
