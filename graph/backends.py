"""What differs between the two kinds of store, and only that: definitions, full-text, limits, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sousveil.graph import definitions
from sousveil.graph.errors import ReadOnlyError, StatementRefusedError, StoreError
from sousveil.graph.values import Rows
from sousveil.schema import GraphSchema

READING_PROCEDURES = (
    "db.labels",
    "db.relationshipTypes",
    "db.propertyKeys",
    "db.schema.visualization",
    "db.schema.nodeTypeProperties",
    "db.schema.relTypeProperties",
    "db.index.fulltext.queryNodes",
    "db.index.fulltext.queryRelationships",
)
REFUSED_OPERATORS = ("LoadCSV", "Show", "Terminate")  # type `r` all the same; they reach further


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a store listens and who may log in: enough for any Bolt client."""

    uri: str
    database: str | None
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a store would do with a statement, without doing it.

    `query_type` is r, rw, w or s on Neo4j and always w on ArcadeDB, which tells nothing by it.
    """

    query_type: str
    notifications: tuple[str, ...]
    operators: tuple[str, ...]
    procedures: tuple[str, ...]


class Statements(Protocol):
    """The part of a BoltStore that a backend may use."""

    def read(self, cypher: str, parameters: Mapping[str, object] = ...) -> Rows:
        """Run a reading statement."""

    def write(self, statements: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        """Run writing statements in one transaction."""

    def explain(self, cypher: str, parameters: Mapping[str, object] = ...) -> Explanation:
        """Ask what a statement would do."""


class Backend(Protocol):
    """One kind of store."""

    @property
    def endpoint(self) -> Endpoint:
        """Return where it listens."""

    @property
    def kind(self) -> str:
        """Return `neo4j` or `arcadedb`."""

    def define(self, store: Statements, schema: GraphSchema) -> None:
        """Make what is missing of constraints, indexes and names."""

    def search_indexes(self, schema: GraphSchema) -> list[tuple[str, str]]:
        """Return label and full-text index of each part that a search asks."""

    def guard(self, store: Statements, cypher: str, parameters: dict[str, object]) -> None:
        """Refuse free text that would do more than read this graph."""

    def backup(self, target: Path) -> None:
        """Write the whole store into one file."""

    def restore(self, source: Path) -> None:
        """Replace the whole store by the content of such a file."""


@dataclass(frozen=True, slots=True)
class Neo4jBackend:
    """A Neo4j server: one full-text index per label, EXPLAIN before free text, its own backup tools."""

    endpoint: Endpoint
    kind: str = "neo4j"

    def define(self, store: Statements, schema: GraphSchema) -> None:
        """Create what SHOW does not list yet; name every label, type and property, so that no query warns."""
        wanted = [*definitions.unique_keys(schema), *definitions.lookup_indexes(schema, _EVERY_TYPE)]
        wanted += [
            (name, _fulltext(name, label, properties))
            for label, name, properties in _fulltext_indexes(schema)
        ]
        there = {row[0] for row in store.read("SHOW INDEXES YIELD name RETURN name").rows}
        missing: list[tuple[str, dict[str, object]]] = [
            (statement, {}) for name, statement in wanted if name not in there
        ]
        store.write(missing)
        self._name(store, schema)
        if missing:
            store.read("CALL db.awaitIndexes(120)")

    def _name(self, store: Statements, schema: GraphSchema) -> None:
        """Register names, without data: Neo4j remarks 01N50, 01N51 and 01N52 on those that it never met."""
        known = {
            row[0] for row in store.read("CALL db.propertyKeys() YIELD propertyKey RETURN propertyKey").rows
        }
        names = [name for name in definitions.property_names(schema) if name not in known]
        store.write(
            [
                ("UNWIND $names AS name CALL db.createLabel(name)", {"names": list(schema.nodes)}),
                (
                    "UNWIND $names AS name CALL db.createRelationshipType(name)",
                    {"names": list(schema.relationships)},
                ),
                ("UNWIND $names AS name CALL db.createProperty(name)", {"names": names}),
            ]
        )

    def search_indexes(self, schema: GraphSchema) -> list[tuple[str, str]]:
        """Return the one index of each label."""
        return [(label, name) for label, name, _ in _fulltext_indexes(schema)]

    def guard(self, store: Statements, cypher: str, parameters: dict[str, object]) -> None:
        """Refuse what is not of type `r`, and what is but reads files, settings or other people's queries."""
        plan = store.explain(cypher, parameters)
        if plan.query_type != "r":
            raise ReadOnlyError(
                "query: it would change the graph or the server; only reading is allowed here"
            )
        for operator in plan.operators:
            if operator.startswith(REFUSED_OPERATORS):
                raise ReadOnlyError(f"query: {operator} reaches outside the graph; leave it out")
        for procedure in plan.procedures:
            if procedure not in READING_PROCEDURES:
                raise ReadOnlyError(f"query: procedure {procedure} is not among those allowed; leave it out")

    def backup(self, target: Path) -> None:
        """Refuse, with the command that does it."""
        raise StoreError(
            f"{target}: a Neo4j server is backed up by its own tools; use neo4j-admin database dump"
        )

    def restore(self, source: Path) -> None:
        """Refuse, with the command that does it."""
        raise StoreError(
            f"{source}: a Neo4j server is restored by its own tools; use neo4j-admin database load"
        )


_EVERY_TYPE = ("string", "strings", "integer", "float", "boolean", "date", "datetime")


def _fulltext_indexes(schema: GraphSchema) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (node.name, f"{definitions.word(node.name).lower()}_text", fields)
        for node, fields in definitions.searchable(schema)
    ]


def _fulltext(name: str, label: str, properties: tuple[str, ...]) -> str:
    fields = ", ".join(f"n.{definitions.word(item)}" for item in properties)
    return f"CREATE FULLTEXT INDEX {name} IF NOT EXISTS FOR (n:{label}) ON EACH [{fields}]"


@dataclass(frozen=True, slots=True)
class ArcadeBackend:
    """The embedded store: SQL for what its Cypher lacks, a reader login instead of a guard.

    `sql` runs one SQL statement as the owner and returns its result rows; `save` and `load` copy the files.
    """

    endpoint: Endpoint
    sql: Callable[[str], list[dict[str, Any]]]
    save: Callable[[Path], None]
    load: Callable[[Path], None]
    kind: str = "arcadedb"

    def define(self, store: Statements, schema: GraphSchema) -> None:
        """Create types with mandatory keys, indexes on text, and a full-text index for each property.

        Only texts are indexed: an index made before the first value takes every number for text, and
        relationship indexes are not used for ranges.
        """
        there = self._definitions()
        for statement, name in [*_types(schema), *_properties(schema)]:
            if name not in there:
                self.sql(statement)
        keys = (f"{node.name}[{node.key}]" for node in schema.nodes.values())
        uniques = zip(keys, (statement for _, statement in definitions.unique_keys(schema)), strict=True)
        for name, statement in [*uniques, *definitions.lookup_indexes(schema, ("string",))]:
            if name not in there:
                store.write([(statement, {})])
        for statement, name in _fulltext_by_property(schema):
            if name not in there:
                self.sql(statement)

    def _definitions(self) -> set[str]:
        """Return the names of all types, of properties as `Type.property`, and of indexes."""
        found: set[str] = set()
        for item in self.sql("SELECT name, properties, indexes FROM schema:types"):
            found.add(str(item["name"]))
            found |= {f"{item['name']}.{entry['name']}" for entry in item["properties"]}
            found |= {str(entry["name"]) for entry in item["indexes"]}
        return found

    def search_indexes(self, schema: GraphSchema) -> list[tuple[str, str]]:
        """Return the index of each searchable property."""
        return [
            (node.name, _index_name(node.name, item, node.properties[item].type))
            for node, fields in definitions.searchable(schema)
            for item in fields
        ]

    def guard(self, store: Statements, cypher: str, parameters: dict[str, object]) -> None:  # noqa: ARG002
        """Leave it to the reader login, which holds readRecord and nothing else."""
        if not cypher.strip():
            raise StatementRefusedError("query: it is empty; write one Cypher statement")

    def backup(self, target: Path) -> None:
        """Write the database into one zip file, while it runs."""
        self.save(target)

    def restore(self, source: Path) -> None:
        """Put the database back from such a file; every connection has to be opened anew."""
        self.load(source)


_SQL_TYPES = {"string": "STRING", "strings": "LIST OF STRING"}


def _types(schema: GraphSchema) -> list[tuple[str, str]]:
    return [
        *((f"CREATE VERTEX TYPE {definitions.word(name)} IF NOT EXISTS", name) for name in schema.nodes),
        *(
            (f"CREATE EDGE TYPE {definitions.word(name)} IF NOT EXISTS", name)
            for name in schema.relationships
        ),
    ]


def _properties(schema: GraphSchema) -> list[tuple[str, str]]:
    found = []
    for node in schema.nodes.values():
        for item in dict.fromkeys((node.key, *node.fulltext)):
            rule = " (mandatory true, notnull true)" if item == node.key else ""
            name = f"{node.name}.{definitions.word(item)}"
            kind = _SQL_TYPES[node.properties[item].type]
            found.append((f"CREATE PROPERTY {name} IF NOT EXISTS {kind}{rule}", name))
    return found


def _index_name(label: str, item: str, kind: str) -> str:
    return f"{label}[{item}byitem]" if kind == "strings" else f"{label}[{item}]"


def _fulltext_by_property(schema: GraphSchema) -> list[tuple[str, str]]:
    found = []
    for node, fields in definitions.searchable(schema):
        for item in fields:
            kind = node.properties[item].type
            column = f"{item} BY ITEM" if kind == "strings" else item
            name = _index_name(node.name, item, kind)
            found.append((f"CREATE INDEX IF NOT EXISTS ON {node.name} ({column}) FULL_TEXT", name))
    return found
