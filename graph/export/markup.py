"""GraphML and GEXF, for network tools; lists are JSON text, because few readers know lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sousveil.graph.export.content import Content
from sousveil.graph.picture import PictureNode, PictureRelationship, Ref
from sousveil.schema import NodeType, RelationshipType, graph
from sousveil.schema.text import for_xml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TYPES = {"integer": "long", "float": "double", "boolean": "boolean"}  # everything else is text
KINDS = ("labels", "type")  # what carries label and type: no property has such a name


def graphml(content: Content) -> Iterator[str]:
    """Yield a directed graph (http://graphml.graphdrawing.org/specification.html); nodes are `Label:key`."""
    nodes, edges = _columns()
    yield HEAD + '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for kind, columns in (("node", nodes), ("edge", edges)):
        for name, (key, form) in columns.items():
            yield f'<key id="{key}" for="{kind}" attr.name="{name}" attr.type="{form}"/>\n'
    yield f'<graph id="sousveil" edgedefault="directed">\n<desc>{_about(content)}</desc>\n'
    for node in content.nodes:
        yield f'<node id="{_id(node.ref)}">{_data(_node_values(node), nodes)}</node>\n'
    for item in content.relationships:
        ends = f'source="{_id(item.start)}" target="{_id(item.end)}"'
        yield f'<edge id="{for_xml(item.key)}" {ends}>{_data(_edge_values(item), edges)}</edge>\n'
    yield "</graph>\n</graphml>\n"


def gexf(content: Content) -> Iterator[str]:
    """Yield a directed graph in GEXF 1.3 (https://gexf.net/schema.html), with labels for Gephi.

    An edge has its type as `kind`: a label of it would hide the property of that name.
    """
    nodes, edges = _columns()
    yield HEAD + '<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield f"<meta><creator>sousveil</creator><description>{_about(content)}</description></meta>\n"
    yield '<graph defaultedgetype="directed" mode="static">\n'
    for kind, columns in (("node", nodes), ("edge", edges)):
        yield f'<attributes class="{kind}">\n'
        for name, (key, form) in columns.items():
            yield f'<attribute id="{key}" title="{name}" type="{form}"/>\n'
        yield "</attributes>\n"
    yield "<nodes>\n"
    for node in content.nodes:
        label = for_xml(str(node.properties.get("name") or node.properties.get("label") or node.key))
        yield f'<node id="{_id(node.ref)}" label="{label}">{_attvalues(_node_values(node), nodes)}</node>\n'
    yield "</nodes>\n<edges>\n"
    for item in content.relationships:
        ends = f'source="{_id(item.start)}" target="{_id(item.end)}" kind="{item.type}"'
        values = _attvalues(_edge_values(item), edges)
        yield f'<edge id="{for_xml(item.key)}" {ends} type="directed">{values}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


Columns = Mapping[str, tuple[str, str]]


def _columns() -> tuple[Columns, Columns]:
    """Return id and type of each attribute of nodes and of edges."""
    schema = graph()
    return _numbered("n", schema.nodes.values()), _numbered("e", schema.relationships.values())


def _numbered(letter: str, kinds: Iterable[NodeType | RelationshipType]) -> Columns:
    types = {KINDS[letter == "e"]: "string"}
    for kind in kinds:
        types |= {item.name: TYPES.get(item.type, "string") for item in kind.properties.values()}
    return {name: (f"{letter}{number}", form) for number, (name, form) in enumerate(types.items())}


def _node_values(node: PictureNode) -> Mapping[str, Any]:
    return {KINDS[0]: node.label, **node.properties}


def _edge_values(item: PictureRelationship) -> Mapping[str, Any]:
    return {KINDS[1]: item.type, **item.properties}


def _data(values: Mapping[str, Any], columns: Columns) -> str:
    return "".join(f'<data key="{columns[name][0]}">{_text(value)}</data>' for name, value in values.items())


def _attvalues(values: Mapping[str, Any], columns: Columns) -> str:
    told = (f'<attvalue for="{columns[name][0]}" value="{_text(value)}"/>' for name, value in values.items())
    return f"<attvalues>{''.join(told)}</attvalues>"


def _text(value: Any) -> str:
    return for_xml(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _id(ref: Ref) -> str:
    return for_xml(":".join(ref))


def _about(content: Content) -> str:
    return for_xml(json.dumps(content.about, ensure_ascii=False))
