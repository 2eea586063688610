"""BoltStore: everything this product asks of a graph store, over one driver, on Neo4j and ArcadeDB alike.

What makes both answer alike: writes in managed transactions, reads with a login or access mode that cannot
write, rows in bounded batches, dates as text on the way in, plain Python on the way out.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neo4j import READ_ACCESS, Driver, ManagedTransaction, Result, ResultSummary, Session, unit_of_work
from neo4j.exceptions import ConstraintError

from sousveil.graph import definitions
from sousveil.graph.backends import Backend, Endpoint, Explanation
from sousveil.graph.chunks import chunks
from sousveil.graph.errors import StatementRefusedError, translated
from sousveil.graph.picture import Picture, Sketch
from sousveil.graph.values import Rows, parameters_of, plain, properties_of
from sousveil.schema import GraphSchema, graph

Parameters = Mapping[str, object]
NOTHING: Parameters = {}
# ArcadeDB raises where Neo4j would wait. Of 800 batches of 8 writers 142 collided; after one retry 47 did,
# after two 19, after five 2. There is one writer as a rule.
CONFLICT_RETRIES = 8
WIPE_BATCH = 5_000
UPSERT = re.compile(r"(\s*//[^\n]*\n)*\s*UNWIND \$rows AS row\b")  # comments may stand before it


class BoltStore:
    """A graph store behind the few verbs that the product needs; close it, or use it in a `with`.

    `driver` may write, `reader` only reads (on Neo4j they are the same and the access mode decides).
    Methods raise subclasses of StoreError; nothing of the driver's own types gets out.
    """

    def __init__(
        self, driver: Driver, reader: Driver, backend: Backend, *, schema: GraphSchema | None = None
    ) -> None:
        self._driver = driver
        self._reader = reader
        self._backend = backend
        self._schema = schema or graph()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the server goes on."""
        self._reader.close()
        self._driver.close()

    @property
    def endpoint(self) -> Endpoint:
        """Return address and login, for other Bolt clients."""
        return self._backend.endpoint

    @property
    def kind(self) -> str:
        """Return `neo4j` or `arcadedb`."""
        return self._backend.kind

    def ensure_schema(self) -> None:
        """Make the constraints, indexes and names of graph.toml that are missing; quick when none is."""
        definitions.check(self._schema)
        self._backend.define(self, self._schema)

    def read(self, cypher: str, parameters: Parameters = NOTHING, *, timeout: float | None = None) -> Rows:
        """Return the whole answer of a reading statement.

        `timeout`, in seconds, holds on Neo4j; the embedded store has one limit for all statements, given at
        its start.
        """
        return self._rows(cypher, parameters, timeout=timeout)

    def read_untrusted(
        self, cypher: str, parameters: Parameters = NOTHING, *, timeout: float = 30.0, max_rows: int = 10_000
    ) -> Rows:
        """Run a user's own Cypher: read only, checked before, at most `max_rows` rows.

        Raises ReadOnlyError if it would write, or reach files, network, settings or other people's queries.
        """
        with translated("query"):
            self._backend.guard(self, cypher, parameters_of("query", parameters))
        return self._rows(cypher, parameters, timeout=timeout, max_rows=max_rows, where="query")

    def stream(self, cypher: str, parameters: Parameters = NOTHING) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a reading statement as they come; for exports that do not fit in memory.

        A connection is held until the last row or the generator's `close()`; no retry.
        """
        with translated("stream"), self._reading() as session:
            transaction = session.begin_transaction()
            result = transaction.run(cypher, parameters_of("stream", parameters))
            for record in result:
                yield tuple(plain(value) for value in record.values())

    def graph(self, cypher: str, parameters: Parameters = NOTHING) -> Picture:
        """Return every node and relationship that an answer holds, for drawing.

        Ends of relationships that the answer left out are fetched, so that every line has two ends.
        """
        sketch = Sketch()

        def gather(transaction: ManagedTransaction) -> None:
            for record in transaction.run(cypher, checked):
                sketch.add(record.values())
            missing = sketch.missing()
            if missing:
                ends = "MATCH (n) WHERE elementId(n) IN $ids RETURN n"
                for record in transaction.run(ends, {"ids": missing}):
                    sketch.add(record.values())

        checked = parameters_of("graph", parameters)
        with translated("graph"), self._reading() as session:
            session.execute_read(gather)
        return sketch.picture(self._schema)

    def write(self, statements: Sequence[tuple[str, Parameters]]) -> None:
        """Run statements in one transaction: all of them, or none."""
        checked = [(cypher, parameters_of("write", parameters)) for cypher, parameters in statements]

        def work(transaction: ManagedTransaction) -> None:
            for cypher, parameters in checked:
                transaction.run(cypher, parameters).consume()

        with translated("write"), self._writing() as session:
            session.execute_write(work)

    def upsert(
        self,
        cypher: str,
        rows: Iterable[Mapping[str, object]],
        *,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Write rows with a statement that begins `UNWIND $rows AS row`; return how many.

        Rows go in order, in batches bounded by count and bytes, each one transaction; what `progress` was
        told is stored for good. A failure leaves whole batches, and the same call again completes them, as
        long as the statement merges.
        """
        if not UPSERT.match(cypher):
            raise StatementRefusedError(
                "upsert: the statement does not begin with UNWIND $rows AS row; write it so"
            )
        done = 0
        with translated("upsert"), self._writing() as session:
            for batch in chunks(rows):
                _merge(session, cypher, batch)
                done += len(batch)
                if progress is not None:
                    progress(done)
        return done

    def explain(self, cypher: str, parameters: Parameters = NOTHING) -> Explanation:
        """Ask what the store would do with a statement, without doing it; see Explanation for ArcadeDB."""
        checked = parameters_of("query", parameters)
        with translated("query"), self._reading() as session:
            summary = session.execute_read(lambda tx: tx.run("EXPLAIN " + cypher, checked).consume())
        steps = list(_steps(summary.plan))
        return Explanation(
            query_type=summary.query_type or "",
            notifications=_notifications(summary),
            operators=tuple(operator for operator, _ in steps),
            procedures=tuple(
                details.split("(")[0].strip()
                for operator, details in steps
                if operator.startswith("ProcedureCall")
            ),
        )

    def search(self, text: str, limit: int = 20) -> Rows:
        """Find nodes by words of their names: rows of label, key, name and score, best first.

        Every word must occur, whole or as the beginning of a word (in a domain name: anywhere).
        Scores compare within one store only.
        """
        words = definitions.search_words(text)
        columns = ("label", "key", "name", "score")
        if not words:
            return Rows(columns, [])
        best: dict[tuple[str, str], tuple[float, str]] = {}
        for label, cypher, parameters in self._searches(words, limit):
            for key, name, score in self._hits(label, cypher, parameters):
                best[label, key] = max(best.get((label, key), (0.0, name)), (score, name))
        ranked = sorted(best.items(), key=lambda hit: (-hit[1][0], hit[0]))
        return Rows(columns, [(*ref, name, score) for ref, (score, name) in ranked[:limit]])

    def wipe(self) -> None:
        """Delete every node and relationship, in batches; constraints and indexes stay."""
        statement = "MATCH (n) WITH n LIMIT $batch DETACH DELETE n RETURN count(*) AS gone"
        with translated("wipe"), self._writing() as session:
            while session.execute_write(
                lambda tx: tx.run(statement, {"batch": WIPE_BATCH}).single(strict=True)["gone"]
            ):
                pass

    def backup(self, path: Path) -> None:
        """Write the embedded store into one file while it runs; a Neo4j has its own tools."""
        with translated("backup"):
            self._backend.backup(path)

    def restore(self, path: Path) -> None:
        """Replace the embedded store by a backup; this BoltStore is closed by it, open another."""
        self.close()
        self._backend.restore(path)

    def _reading(self) -> Session:
        return self._reader.session(
            database=self.endpoint.database, default_access_mode=READ_ACCESS, fetch_size=1_000
        )

    def _writing(self) -> Session:
        return self._driver.session(database=self.endpoint.database)

    def _rows(
        self,
        cypher: str,
        parameters: Parameters,
        *,
        timeout: float | None = None,
        max_rows: int | None = None,
        where: str = "read",
    ) -> Rows:
        @unit_of_work(timeout=timeout)
        def work(transaction: ManagedTransaction) -> Rows:
            return _collect(transaction.run(cypher, checked), max_rows)

        checked = parameters_of(where, parameters)
        with translated(where), self._reading() as session:
            return session.execute_read(work)

    def _searches(self, words: list[str], limit: int) -> Iterator[tuple[str, str, dict[str, object]]]:
        for label, index in self._backend.search_indexes(self._schema):
            cypher = (
                "CALL db.index.fulltext.queryNodes($index, $text) YIELD node, score "
                "RETURN node, score ORDER BY score DESC LIMIT $limit"
            )
            yield label, cypher, {"index": index, "text": definitions.lucene(words), "limit": limit}
        for label, cypher in definitions.key_searches(self._schema):
            yield label, cypher, {"words": words, "limit": limit}

    def _hits(
        self, label: str, cypher: str, parameters: dict[str, object]
    ) -> Iterator[tuple[str, str, float]]:
        node_type = self._schema.nodes[label]
        shown = node_type.fulltext[0]
        with translated("search"), self._reading() as session:
            records = session.execute_read(lambda tx: list(tx.run(cypher, parameters)))
        for record in records:
            properties = properties_of(record["node"])
            key = str(properties.get(node_type.key, ""))
            yield key, str(properties.get(shown, key)), float(record["score"])


def _merge(session: Session, cypher: str, batch: list[dict[str, object]]) -> None:
    """Write one batch, again if another writer made the same node in between."""
    for attempt in range(CONFLICT_RETRIES + 1):
        try:
            session.execute_write(lambda tx: tx.run(cypher, {"rows": batch}).consume())
        except ConstraintError:
            if attempt == CONFLICT_RETRIES:
                raise
            time.sleep(random.uniform(0.01, 0.1) * (attempt + 1))  # noqa: S311 - spreads writers, no secret
        else:
            return


def _collect(result: Result, max_rows: int | None) -> Rows:
    rows: list[tuple[Any, ...]] = []
    truncated = False
    for record in result:
        if max_rows is not None and len(rows) >= max_rows:
            truncated = True
            break
        rows.append(tuple(plain(value) for value in record.values()))
    columns = tuple(result.keys())
    return Rows(columns, rows, _notifications(result.consume()), truncated)


def _notifications(summary: ResultSummary) -> tuple[str, ...]:
    """Return the server's remarks; classes 00 and 02 only say success and no data."""
    return tuple(
        f"{status.gql_status} {status.status_description}"
        for status in summary.gql_status_objects
        if not status.gql_status.startswith(("00", "02"))
    )


def _steps(plan: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield name and details of each operator in a plan."""
    if plan is None:
        return
    name = str(plan.get("operatorType", "")).split("@")[0]
    yield name, str((plan.get("args") or {}).get("Details", ""))
    for child in plan.get("children") or ():
        yield from _steps(child)
