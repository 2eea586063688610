"""CSV: one file per label and per relationship type; for people, and for `neo4j-admin database import`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sousveil.graph.definitions import unique_keys
from sousveil.graph.export.content import Content
from sousveil.schema import Property, graph
from sousveil.schema.text import REPLACEMENT, for_spreadsheet

ABOUT = "about.json"
ARGUMENTS = "import.args"
CONSTRAINTS = "constraints.cypher"
ENDS = ("start_label", "start_key", "end_label", "end_key")
# Between the parts of a list: a character that no name needs, because a `;` stands in many.
BETWEEN = "\x1f"
ADMIN_TYPES = {
    "string": "string",
    "strings": "string[]",
    "integer": "long",
    "float": "double",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def csv_files(content: Content) -> Iterator[tuple[str, str]]:
    """Yield (file, line): `nodes-LABEL.csv`, `relationships-TYPE.csv`; no cell runs, lists are JSON."""
    schema = graph()
    yield ABOUT, _about(content)
    begun: set[str] = set()
    for node in content.nodes:
        names = schema.nodes[node.label].properties
        yield from _rows(begun, f"nodes-{node.label}", names, map(_cell, _values(node.properties, names)))
    for item in content.relationships:
        names = schema.relationships[item.type].properties
        cells = map(_cell, (*item.start, *item.end, *_values(item.properties, names)))
        yield from _rows(begun, f"relationships-{item.type}", [*ENDS, *names], cells)


def admin_files(content: Content) -> Iterator[tuple[str, str]]:
    """Yield (file, line) in the layout of `neo4j-admin database import`, its arguments, and what to run then.

    Source: https://neo4j.com/docs/operations-manual/5/import/ ("CSV header format").
    """
    schema = graph()
    yield ABOUT, _about(content)
    begun: set[str] = set()
    for node in content.nodes:
        kind = schema.nodes[node.label]
        head = [
            _typed(item, f"ID({kind.name})" if item.name == kind.key else None)
            for item in kind.properties.values()
        ]
        cells = [*_values(node.properties, kind.properties), node.label]
        yield from _rows(begun, f"nodes-{node.label}", [*head, ":LABEL"], map(_plain, cells))
    for item in content.relationships:
        names = schema.relationships[item.type].properties
        head = [
            f":START_ID({item.start[0]})",
            f":END_ID({item.end[0]})",
            *map(_typed, names.values()),
            ":TYPE",
        ]
        cells = [item.start[1], item.end[1], *_values(item.properties, names), item.type]
        name = f"relationships-{item.type}-{item.start[0]}-{item.end[0]}"
        yield from _rows(begun, name, head, map(_plain, cells))
    yield from ((ARGUMENTS, line) for line in _arguments(sorted(begun)))
    yield from ((CONSTRAINTS, f"{statement};\n") for _, statement in unique_keys(schema))


def _rows(
    begun: set[str], name: str, head: Iterable[str], cells: Iterable[str | None]
) -> Iterator[tuple[str, str]]:
    file = f"{name}.csv"
    if file not in begun:
        begun.add(file)
        yield file, _line(head)
    yield file, _line(cells)


def _line(cells: Iterable[str | None]) -> str:
    """Write a line; what is absent is an empty field, and empty text an empty pair of quotes."""
    return (
        ",".join("" if cell is None else f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells) + "\n"
    )


def _values(properties: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [properties.get(name) for name in names]


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, list | bool)
        else for_spreadsheet(str(value))
    )


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return BETWEEN.join(str(item).replace(BETWEEN, REPLACEMENT) for item in value)
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _typed(item: Property, kind: str | None = None) -> str:
    return f"{item.name}:{kind or ADMIN_TYPES[item.type]}"


def _about(content: Content) -> str:
    return json.dumps(content.about, ensure_ascii=False, indent=2) + "\n"


def _arguments(files: Iterable[str]) -> Iterator[str]:
    """Yield the arguments of `neo4j-admin database import full DATABASE @import.args`."""
    yield "--array-delimiter=U+001F\n"
    yield "--multiline-fields=true\n"
    for file in files:
        yield f"--{file.split('-')[0]}=./{file}\n"  # 2026.08 takes no name without a folder
