"""What the graph may say, read from graph.toml, and what can be observed, read from observations.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TYPES = ("string", "strings", "integer", "float", "boolean", "date", "datetime")


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its type is one of TYPES; `strings` is a list of strings."""

    name: str
    type: str
    doc: str
    indexed: bool
    vocabulary: str | None = None


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label with its key (unique, a string) and the properties that full-text search covers."""

    name: str
    doc: str
    key: str
    properties: dict[str, Property]
    fulltext: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A relationship type, the labels it may join, and its properties, provenance included."""

    name: str
    doc: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    properties: dict[str, Property]
    states_fact: bool


@dataclass(frozen=True, slots=True)
class GraphSchema:
    """Everything that graph.toml declares, by name."""

    nodes: dict[str, NodeType]
    relationships: dict[str, RelationshipType]
    vocabulary: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of observation; signals of one `family` never add up. `detail` maps each key to its meaning."""

    name: str
    family: str
    scopes: tuple[str, ...]
    subject: str
    value: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class ObservationSchema:
    """Everything that observations.toml declares; `outcomes` maps each named outcome to its meaning."""

    scopes: tuple[str, ...]
    families: tuple[str, ...]
    outcomes: dict[str, str]
    kinds: dict[str, Kind]


@cache
def observations() -> ObservationSchema:
    """Read observations.toml."""
    data = tomllib.loads(files(__name__).joinpath("observations.toml").read_text("utf-8"))
    return ObservationSchema(
        scopes=_strings(data["scope"]),
        families=_strings(data["family"]),
        outcomes=dict(data["outcome"]),
        kinds={name: _kind(name, table) for name, table in data["kind"].items()},
    )


def _kind(name: str, table: dict[str, object]) -> Kind:
    detail = table["detail"]
    if not isinstance(detail, dict):
        raise TypeError(f"observations.toml, {name}: detail must be a table")
    return Kind(
        name=name,
        family=str(table["family"]),
        scopes=_strings(table["scopes"]),
        subject=str(table["subject"]),
        value=str(table["value"]),
        detail=detail,
    )


@cache
def graph() -> GraphSchema:
    """Read graph.toml; a malformed line raises ValueError naming it."""
    data = tomllib.loads(files(__name__).joinpath("graph.toml").read_text("utf-8"))
    provenance = _properties("provenance", data["provenance"])
    tables = data["relationship"]
    return GraphSchema(
        nodes={name: _node(name, table) for name, table in data["node"].items()},
        relationships={name: _relationship(name, tables, provenance) for name in tables},
        vocabulary={name: tuple(words) for name, words in data["vocabulary"].items()},
    )


def vocabulary(name: str) -> tuple[str, ...]:
    """Return the words that a property of this vocabulary may hold, strongest first where they are ranked."""
    return graph().vocabulary[name]


def _node(name: str, table: dict[str, object]) -> NodeType:
    return NodeType(
        name=name,
        doc=str(table["doc"]),
        key=str(table["key"]),
        properties=_properties(name, table["properties"]),
        fulltext=_strings(table.get("fulltext")),
    )


def _relationship(
    name: str, tables: dict[str, dict[str, object]], provenance: dict[str, Property]
) -> RelationshipType:
    table = tables[name]
    base = tables[str(table["like"])] if "like" in table else table
    states_fact = bool(base.get("provenance", False))
    return RelationshipType(
        name=name,
        doc=str(table["doc"]),
        sources=_strings(table.get("from", base.get("from"))),
        targets=_strings(table.get("to", base.get("to"))),
        properties=(provenance if states_fact else {}) | _properties(name, base["properties"]),
        states_fact=states_fact,
    )


def _properties(owner: str, table: object) -> dict[str, Property]:
    if not isinstance(table, dict):
        raise TypeError(f"graph.toml, {owner}: properties must be a table")
    return {name: _property(owner, name, str(text)) for name, text in table.items()}


def _property(owner: str, name: str, text: str) -> Property:
    match = re.fullmatch(r"(?P<type>\w+)(?:\((?P<words>\w+)\))?(?P<index>\*?): (?P<doc>.+)", text)
    if match is None or match["type"] not in TYPES:
        raise ValueError(f"graph.toml, {owner}.{name}: write 'type: meaning', type one of {', '.join(TYPES)}")
    return Property(
        name=name,
        type=match["type"],
        doc=match["doc"],
        indexed=bool(match["index"]),
        vocabulary=match["words"],
    )


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
