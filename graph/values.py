"""Values on their way in and out of a store: what may go in, what comes back, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from neo4j.graph import Entity, Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from sousveil.graph.errors import StatementRefusedError

SCALAR_BYTES = 9  # a 64-bit number with its marker, in PackStream


@dataclass(frozen=True, slots=True)
class Rows:
    """A whole answer: rows are tuples in the order of `columns`; `notifications` are the server's remarks.

    A notification reads `01N52 The property key does not exist …`; `truncated` says that more rows were
    there than were asked for.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    notifications: tuple[str, ...] = ()
    truncated: bool = False


def plain(value: object) -> Any:
    """Turn a value of the driver into plain Python: dates, aware UTC times, text for durations.

    A node becomes {labels, properties}, a relationship {type, properties}, a path the list of both in turn:
    no identifier of the store gets out. Pictures are made by `BoltStore.graph`.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Date):
        return value.to_native()
    if isinstance(value, DateTime):
        return _utc(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping) and not isinstance(value, Entity):
        return {key: plain(item) for key, item in value.items()}
    return _rare(value)


def _rare(value: object) -> Any:
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": properties_of(value)}
    if isinstance(value, Relationship):
        return {"type": value.type, "properties": properties_of(value)}
    if isinstance(value, Path):
        return _steps(value)
    if isinstance(value, Time):
        return value.iso_format()
    if isinstance(value, Duration):
        return value.iso_format()
    return value if isinstance(value, bytes) else str(value)


def _steps(path: Path) -> list[object]:
    steps: list[object] = [plain(path.nodes[0])] if path.nodes else []
    for relationship, (_, node) in zip(path.relationships, pairwise(path.nodes), strict=True):
        steps += [plain(relationship), plain(node)]
    return steps


def _utc(value: DateTime) -> datetime:
    native = value.to_native()
    return native.replace(tzinfo=UTC) if native.tzinfo is None else native.astimezone(UTC)


def properties_of(entity: Node | Relationship) -> dict[str, Any]:
    """Return the properties of a node or relationship as plain values, sorted by name."""
    return {name: plain(entity[name]) for name in sorted(entity.keys())}


def parameters_of(where: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters for the driver; refuse what the two kinds of store understand differently."""
    for name, value in parameters.items():
        size_of(f"{where}, ${name}", value)
    return dict(parameters)


def size_of(where: str, value: object) -> int:
    """Estimate the bytes of a value on the wire, from above; refuse what stores understand differently.

    Refused: native dates and times (ArcadeDB drops the zone; write date(row.text)) and lists of scalars that
    hold a null or mix types (ArcadeDB keeps them, Neo4j does not).
    """
    if isinstance(value, str):
        return 5 + (len(value) if value.isascii() else 4 * len(value))
    if value is None or isinstance(value, bool | int | float):
        return SCALAR_BYTES
    if isinstance(value, Mapping):
        total = 5
        for key, item in value.items():  # a loop, not a sum over a generator: half the time of a bulk load
            total += 5 + 4 * len(key)
            total += SCALAR_BYTES if item is None else size_of(where, item)
        return total
    if isinstance(value, list | tuple):
        _refuse_mixed(where, value)
        return 5 + sum(size_of(where, item) for item in value)
    if isinstance(value, date | time | Date | DateTime | Time):
        raise StatementRefusedError(
            f"{where}: {value!r} goes as text; write date() or datetime() in the statement"
        )
    raise StatementRefusedError(
        f"{where}: {type(value).__name__} is no value of a graph; pass text or numbers"
    )


def _refuse_mixed(where: str, values: list[object] | tuple[object, ...]) -> None:
    kinds = {type(value) for value in values}
    if len(kinds) > 1 and not kinds <= {dict, list, tuple}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise StatementRefusedError(f"{where}: a list mixes {names}; give it one type and no nulls")
