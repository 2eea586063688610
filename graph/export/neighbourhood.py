"""One company, domain or provider with what surrounds it: facts, owners, evidence, statements, runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.graph.picture import Picture, PictureNode, PictureRelationship
from sousveil.graph.store import BoltStore

# The node, the domains of a company, and every relationship of these.
FACTS = """
CALL () {
  MATCH (n:Company {id: $key}) RETURN n
  UNION ALL
  MATCH (n:Domain {name: $key}) RETURN n
  UNION ALL
  MATCH (n:Provider {id: $key}) RETURN n
}
OPTIONAL MATCH (n:Company)<-[:OWNED_BY]-(d:Domain)
WITH n, collect(d) AS domains
UNWIND [n] + domains AS t
OPTIONAL MATCH (t)-[r]-(m)
RETURN t, r, m
"""
# The companies above a node, and where they are based.
OWNERS = {
    "Company": """
UNWIND $keys AS key
MATCH way = (:Company {id: key})-[:OWNED_BY*0..6]->(c:Company)
OPTIONAL MATCH (c)-[b:BASED_IN]->(k:Country)
RETURN way, b, k
""",
    "Provider": """
UNWIND $keys AS key
MATCH way = (:Provider {id: key})-[:OWNED_BY*1..6]->(c:Company)
OPTIONAL MATCH (c)-[b:BASED_IN]->(k:Country)
RETURN way, b, k
""",
}
EVIDENCE = "UNWIND $keys AS key MATCH (n:Evidence {id: key}) RETURN n"
RUNS = "UNWIND $keys AS key MATCH (n:Run {id: key}) RETURN n"


def neighbourhood(store: BoltStore, key: str) -> Picture:
    """Return what surrounds the node of this key; held in memory, so a hub's takes its size."""
    facts = store.graph(FACTS, {"key": key})
    found = [facts]
    for label, cypher in OWNERS.items():
        keys = sorted(node.key for node in facts.nodes if node.label == label)
        found.append(store.graph(cypher, {"keys": keys}))
    relationships = [item for picture in found for item in picture.relationships]
    runs = {item.properties["run"] for item in relationships if "run" in item.properties}
    found.append(store.graph(EVIDENCE, {"keys": sorted(set(_cited(relationships)))}))
    found.append(store.graph(RUNS, {"keys": sorted(runs)}))
    return joined(found)


def _cited(relationships: Iterable[PictureRelationship]) -> Iterator[str]:
    for item in relationships:
        yield from item.properties.get("evidence") or ()


def joined(pictures: Iterable[Picture]) -> Picture:
    """Put pictures together, each thing once."""
    nodes: dict[tuple[str, str], PictureNode] = {}
    relationships: dict[tuple[object, ...], PictureRelationship] = {}
    for picture in pictures:
        nodes |= {node.ref: node for node in picture.nodes}
        relationships |= {(item.type, item.key, item.start, item.end): item for item in picture.relationships}
    return Picture(
        tuple(node for _, node in sorted(nodes.items())),
        tuple(item for _, item in sorted(relationships.items(), key=lambda entry: entry[0])),
    )
