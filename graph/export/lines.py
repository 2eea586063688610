"""JSON lines: what the data are, then one object per node and per relationship."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sousveil.graph.export.content import Content
from sousveil.graph.picture import Ref


def lines(content: Content) -> Iterator[str]:
    """Yield {"about"}, then {"node"} and {"relationship"} lines; ends are named by label and key."""
    yield _line({"about": content.about})
    for node in content.nodes:
        yield _line({"node": {**_end(node.ref), "properties": node.properties}})
    for item in content.relationships:
        ends = {"start": _end(item.start), "end": _end(item.end)}
        yield _line({"relationship": {"type": item.type, **ends, "properties": item.properties}})


def _end(ref: Ref) -> dict[str, str]:
    return {"label": ref[0], "key": ref[1]}


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
