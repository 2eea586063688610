"""What an export asks and what its script says, made from graph.toml.

As in `sousveil.graph.definitions`, labels and types stand here as text, because no store takes them as
parameters; `word` guards each name. Relationships are asked for from the end that has few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sousveil.graph.definitions import word
from sousveil.schema import GraphSchema, NodeType, Property, RelationshipType

HUBS = frozenset({"Country", "Watchlist"})  # thousands of relationships end at one of these


@dataclass(frozen=True, slots=True)
class Hop:
    """A relationship type between two labels."""

    type: RelationshipType
    start: NodeType
    end: NodeType

    @property
    def anchor(self) -> NodeType:
        """Return the end to page by."""
        return self.start if self.end.name in HUBS else self.end


def hops(schema: GraphSchema) -> Iterator[Hop]:
    """Yield every relationship type with every pair of labels that it may join."""
    for item in schema.relationships.values():
        for start in item.sources:
            for end in item.targets:
                yield Hop(item, schema.nodes[start], schema.nodes[end])


def keys_after(node: NodeType) -> str:
    """Ask for the next keys of a label."""
    label, key = word(node.name), word(node.key)
    return f"MATCH (n:{label}) WHERE n.{key} > $after RETURN n.{key} AS key ORDER BY key LIMIT $limit"


def nodes_of(node: NodeType) -> str:
    """Ask for the properties of nodes by their keys, in the order of graph.toml."""
    label, key = word(node.name), word(node.key)
    asked = f"UNWIND $keys AS key MATCH (n:{label} {{{key}: key}})"
    return f"{asked} RETURN {_values('n', node.properties)} ORDER BY n.{key}"


def relationships_of(hop: Hop) -> str:
    """Ask for start key, end key and the properties of every relationship at these nodes."""
    (start, a), (end, b) = ((word(node.name), word(node.key)) for node in (hop.start, hop.end))
    asked, order = (
        (f"MATCH (a:{start} {{{a}: key}})-[r:{word(hop.type.name)}]->(b:{end})", f"a.{a}")
        if hop.anchor is hop.start
        else (f"MATCH (b:{end} {{{b}: key}})<-[r:{word(hop.type.name)}]-(a:{start})", f"b.{b}")
    )
    values = _values("r", hop.type.properties)
    return f"UNWIND $keys AS key {asked} RETURN a.{a}, b.{b}, {values} ORDER BY {order}, r.id"


def _values(name: str, properties: Mapping[str, Property]) -> str:
    """Ask for dates as text: the driver is slow to make them, and they are written as text again."""
    return ", ".join(
        f"toString({name}.{word(item.name)})"
        if item.type in {"date", "datetime"}
        else f"{name}.{word(item.name)}"
        for item in properties.values()
    )


def merge_nodes(node: NodeType) -> str:
    """Say how rows become nodes."""
    label, key = word(node.name), word(node.key)
    others = {name: item for name, item in node.properties.items() if name != node.key}
    return f"MERGE (n:{label} {{{key}: row.{key}}}){_set('n', others)}"


def merge_relationships(hop: Hop) -> str:
    """Say how rows become relationships: merged from the end that has few of them."""
    (start, a), (end, b) = ((word(node.name), word(node.key)) for node in (hop.start, hop.end))
    merge = f"(b)<-[r:{word(hop.type.name)} {{id: row.id}}]-(a)"
    if hop.anchor is hop.start:
        merge = f"(a)-[r:{word(hop.type.name)} {{id: row.id}}]->(b)"
    others = {name: item for name, item in hop.type.properties.items() if name != "id"}
    found = f"MATCH (a:{start} {{{a}: row.start_key}}) MATCH (b:{end} {{{b}: row.end_key}})"
    return f"{found}\nMERGE {merge}{_set('r', others)}"


def _set(name: str, properties: Mapping[str, Property]) -> str:
    told = []
    for item in properties.values():
        value = f"row.{word(item.name)}"
        typed = f"{item.type}({value})" if item.type in {"date", "datetime"} else value
        told.append(f"{name}.{word(item.name)} = {typed}")
    return f"\nSET {', '.join(told)}" if told else ""
