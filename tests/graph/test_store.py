"""What BoltStore promises, on the embedded store and on real Neo4j servers alike."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sousveil.graph import (
    BoltStore,
    LocalArcade,
    ReadOnlyError,
    StatementRefusedError,
    StoreConflictError,
    StoreError,
    StoreTimeoutError,
)
from sousveil.schema import graph

MERGE_COMPANIES = "UNWIND $rows AS row MERGE (c:Company {id: row.id}) SET c.name = row.name"
MERGE_SERVES = """
UNWIND $rows AS row
MATCH (d:Domain {name: row.domain})
MATCH (p:Provider {id: row.provider})
MERGE (d)<-[s:SERVES {id: row.id}]-(p)
SET s.service = row.service
"""
HARD_QUESTION = (
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b < 0 RETURN count(*) AS n"
)
NAMES = {
    "chinese": "杭州海康威视数字技术股份有限公司",
    "arabic": "شركة المراقبة",
    "right-to-left-override": "acme\u202egnp.exe",
    "emoji": "👁️‍🗨️ 🇨🇳",
    "combining": "Cafe\u0301 ≠ Café",
    "quotes": "'); MATCH (n) DETACH DELETE n; //",
    "double-quotes": '"quoted" `backticks` {braces} $dollar',
    "backslashes": "\\ \\\\ \\n \\u0041",
    "control": "line\nbreak\ttab\r\x01\x1b[31m",
    "nul": "nul\x00inside",
    "empty": "",
    "lucene": 'AND OR NOT + - && || ! ( ) { } [ ] ^ " ~ * ? : \\ /',
    "long": "x" * 2_000,
}


def count(store: BoltStore, cypher: str = "MATCH (n) RETURN count(*) AS n") -> int:
    return int(store.read(cypher).rows[0][0])


def names(store: BoltStore) -> list[str]:
    return [row[0] for row in store.read("MATCH (c:Company) RETURN c.id AS id ORDER BY id").rows]


def test_failing_transaction_leaves_nothing(store: BoltStore) -> None:
    with pytest.raises(StatementRefusedError):
        store.write(
            [
                ("MERGE (c:Company {id: $id})", {"id": "first"}),
                ("MERGE (c:Company {id: 'second'}) SET c.since = date($text)", {"text": "never"}),
            ]
        )
    assert count(store) == 0


def test_failing_batch_leaves_the_batches_before_it_and_nothing_of_its_own(store: BoltStore) -> None:
    rows = [{"id": str(number), "day": "2020-01-01"} for number in range(12_000)]
    rows[-1]["day"] = "no day"
    acknowledged: list[int] = []
    statement = "UNWIND $rows AS row MERGE (e:Evidence {id: row.id}) SET e.date = date(row.day)"
    with pytest.raises(StatementRefusedError):
        store.upsert(statement, rows, progress=acknowledged.append)
    assert acknowledged == [5_000, 10_000]
    assert count(store) == 10_000


def test_key_is_unique(store: BoltStore) -> None:
    store.write([("CREATE (c:Company {id: 'one'})", {})])
    with pytest.raises(StoreConflictError):
        store.write([("CREATE (c:Company {id: 'one'})", {})])
    assert names(store) == ["one"]


def test_node_without_its_key_is_refused(store: BoltStore) -> None:
    with pytest.raises(StatementRefusedError):
        store.upsert(MERGE_COMPANIES, [{"id": "there", "name": None}, {"id": None, "name": "nobody"}])
    assert count(store) == 0


def test_upsert_twice_is_upsert_once(store: BoltStore) -> None:
    domains = [{"name": f"{number}.example"} for number in range(30)]
    serves = [
        {"id": f"s{n}", "domain": f"{n}.example", "provider": "cf", "service": "cdn"} for n in range(30)
    ]
    for _ in range(2):
        store.write([("MERGE (p:Provider {id: 'cf'})", {})])
        assert store.upsert("UNWIND $rows AS row MERGE (d:Domain {name: row.name})", domains) == 30
        assert store.upsert(MERGE_SERVES, iter(serves)) == 30
    assert count(store) == 31
    assert count(store, "MATCH ()-[s:SERVES {service: 'cdn'}]->() RETURN count(*) AS n") == 30


def test_upsert_of_nothing_writes_nothing(store: BoltStore) -> None:
    assert store.upsert(MERGE_COMPANIES, []) == 0
    assert count(store) == 0


def test_statement_over_rows_begins_with_unwind(arcade: BoltStore) -> None:
    with pytest.raises(StatementRefusedError, match="UNWIND"):
        arcade.upsert("MERGE (c:Company {id: $rows[0].id})", [{"id": "x"}])


def test_twenty_megabytes_go_in_batches_that_a_message_holds(store: BoltStore) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(number), "quote": f"{number:05} " + "q" * 50_000} for number in range(400)
    ]
    acknowledged: list[int] = []
    statement = "UNWIND $rows AS row MERGE (e:Evidence {id: row.id}) SET e.quote = row.quote"
    assert store.upsert(statement, rows, progress=acknowledged.append) == 400
    assert len(acknowledged) == 3
    lengths = store.read("MATCH (e:Evidence) RETURN count(*) AS n, sum(size(e.quote)) AS bytes")
    assert lengths.rows == [(400, 400 * 50_006)]


def test_one_row_larger_than_a_batch_is_written(store: BoltStore) -> None:
    statement = "UNWIND $rows AS row MERGE (e:Evidence {id: row.id}) SET e.quote = row.quote"
    store.upsert(statement, [{"id": "large", "quote": "q" * 15_500_000}])
    assert store.read("MATCH (e:Evidence) RETURN size(e.quote) AS n").rows == [(15_500_000,)]
    with pytest.raises(StatementRefusedError, match="row 2"):
        store.upsert(statement, [{"id": "small", "quote": "q"}, {"id": "larger", "quote": "q" * 17_000_000}])


def test_eight_writers_of_the_same_nodes_make_each_once(store: BoltStore) -> None:
    store.write([("MERGE (p:Provider {id: 'cf'})", {})])
    errors: list[BaseException] = []

    def work(writer: int) -> None:
        try:
            for turn in range(8):
                numbers = [(writer * 7 + turn * 3 + step) % 40 for step in range(25)]
                rows = [{"name": f"{n}.example", "id": f"s{n}"} for n in dict.fromkeys(numbers)]
                store.upsert(
                    "UNWIND $rows AS row MERGE (d:Domain {name: row.name}) "
                    "WITH row, d MATCH (p:Provider {id: 'cf'}) MERGE (d)<-[s:SERVES {id: row.id}]-(p)",
                    rows,
                )
        except BaseException as error:  # noqa: BLE001 - judged below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert count(store, "MATCH (d:Domain) RETURN count(*) AS n") == 40
    assert count(store, "MATCH ()-[s:SERVES]->() RETURN count(DISTINCT s.id) AS n") == 40


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_text_comes_back_as_it_went_in(store: BoltStore, name: str) -> None:
    rows: list[dict[str, object]] = [{"id": name, "name": name, "names": [name, name]}]
    for _ in range(2):
        store.upsert(
            "UNWIND $rows AS row MERGE (c:Company {id: row.id}) SET c.name = row.name, c.names = row.names",
            rows,
        )
    question = (
        "MATCH (c:Company {id: $id}) WHERE c.name = $id RETURN c.id AS id, c.name AS name, c.names AS names"
    )
    assert store.read(question, {"id": name}).rows == [(name, name, [name, name])]
    assert count(store) == 1


def test_half_a_character_is_refused_and_the_store_goes_on(store: BoltStore) -> None:
    with pytest.raises(StatementRefusedError, match="half a character"):
        store.upsert(MERGE_COMPANIES, [{"id": "\ud800", "name": "x"}])
    assert count(store) == 0


@pytest.mark.parametrize(
    "value",
    [date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC), ["a", None], ["a", 1], {1, 2}, object()],
    ids=["date", "datetime", "null in list", "mixed list", "set", "object"],
)
def test_value_that_stores_understand_differently_is_refused(arcade: BoltStore, value: object) -> None:
    with pytest.raises(StatementRefusedError, match="row 1"):
        arcade.upsert(MERGE_COMPANIES, [{"id": "x", "name": value}])
    with pytest.raises(StatementRefusedError, match=r"\$x"):
        arcade.read("RETURN $x AS x", {"x": value})


def test_dates_and_times_come_back_plain(store: BoltStore) -> None:
    answer = store.read(
        "RETURN date('2020-02-29') AS day, datetime('2020-01-01T01:00:00+02:00') AS time, "
        "duration({days: 2}) AS span, [date('2020-01-01')] AS days, {at: date('2020-01-01')} AS map"
    )
    assert answer.columns == ("day", "time", "span", "days", "map")
    day = date(2020, 1, 1)
    time_ = datetime(2019, 12, 31, 23, tzinfo=UTC)
    assert answer.rows == [(date(2020, 2, 29), time_, "P2D", [day], {"at": day})]
    assert answer.rows[0][1].tzinfo is UTC


def test_node_in_an_answer_shows_labels_and_properties_only(store: BoltStore) -> None:
    made = "MERGE (a:Provider {id: 'aws'}) MERGE (d:Domain {name: 'x'}) MERGE (d)<-[:SERVES {id: 's'}]-(a)"
    store.write([(made, {})])
    path = store.read("MATCH p = (:Provider)-[s:SERVES]->(d) RETURN p AS p, s AS s, d AS d").rows[0]
    node = {"labels": ["Provider"], "properties": {"id": "aws"}}
    line = {"type": "SERVES", "properties": {"id": "s"}}
    domain = {"labels": ["Domain"], "properties": {"name": "x"}}
    assert path == ([node, line, domain], line, domain)


def test_stream_yields_every_row_in_order(store: BoltStore) -> None:
    rows = store.stream("UNWIND range(1, 3000) AS n RETURN n, date('2020-01-01') AS day ORDER BY n")
    assert list(rows) == [(n, date(2020, 1, 1)) for n in range(1, 3001)]


def test_stream_may_be_left_early(store: BoltStore) -> None:
    rows = store.stream("UNWIND range(1, 100000) AS n RETURN n")
    assert next(rows) == (1,)
    rows.close()  # type: ignore[attr-defined]
    assert count(store) == 0


def test_stream_translates_errors(store: BoltStore) -> None:
    with pytest.raises(StatementRefusedError):
        next(store.stream("RETURN nonsense("))


def test_picture_has_both_ends_of_every_line(store: BoltStore) -> None:
    store.write(
        [
            ("MERGE (a:Provider {id: 'aws'}) SET a.name = 'AWS' MERGE (d:Domain {name: 'x.example'})", {}),
            (
                "MATCH (a:Provider), (d:Domain) MERGE (d)<-[s:SERVES {id: 's1'}]-(a) SET s.service = 'cdn'",
                {},
            ),
        ]
    )
    picture = store.graph("MATCH ()-[s:SERVES]->() RETURN s AS line, 'a word' AS word")
    assert [node.ref for node in picture.nodes] == [("Domain", "x.example"), ("Provider", "aws")]
    assert picture.nodes[1].properties == {"id": "aws", "name": "AWS"}
    (line,) = picture.relationships
    assert (line.type, line.key, line.start, line.end) == (
        "SERVES",
        "s1",
        ("Provider", "aws"),
        ("Domain", "x.example"),
    )
    assert line.properties == {"id": "s1", "service": "cdn"}


def test_picture_shows_each_thing_once_however_deep_it_lies(store: BoltStore) -> None:
    store.write(
        [("MERGE (c:Company {id: 'a'}) MERGE (d:Company {id: 'b'}) MERGE (c)-[:OWNED_BY {id: 'o'}]->(d)", {})]
    )
    picture = store.graph("MATCH p = (c)-[o:OWNED_BY]->(d) RETURN p, collect({c: c, all: [o, d]}) AS deep")
    assert len(picture.nodes) == 2
    assert len(picture.relationships) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (c:Company {id: 'x'})",
        "MERGE (c:Company {id: 'x'}) RETURN c.id AS id",
        "MATCH (c:Company) SET c.name = 'changed'",
        "MATCH (c:Company) REMOVE c.name",
        "MATCH (c:Company) DETACH DELETE c",
        "MATCH (c:Company) FOREACH (x IN [1] | SET c.name = 'changed')",
        "MATCH (c:Company) CALL (c) { SET c.name = 'changed' } RETURN c.id AS id",
        "CREATE INDEX sneaky FOR (c:Company) ON (c.kind)",
        "CREATE CONSTRAINT sneaky FOR (c:Sneaky) REQUIRE c.id IS UNIQUE",
        "DROP CONSTRAINT company_id_key",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "LOAD CSV FROM 'http://127.0.0.1:9/x' AS line RETURN line",
        "MATCH (c:Company) CALL (c) { LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line } RETURN line",
        "CREATE USER sneaky SET PASSWORD 'sneakysneaky'",
        "CALL dbms.listConfig()",
    ],
)
def test_free_text_cannot_change_or_leave_the_graph(store: BoltStore, statement: str) -> None:
    store.write([("MERGE (c:Company {id: 'here'}) SET c.name = 'Here'", {})])
    with pytest.raises(StoreError):
        store.read_untrusted(statement)
    assert store.read("MATCH (n) RETURN labels(n) AS l, n.name AS name").rows == [(["Company"], "Here")]


@pytest.mark.parametrize(
    "statement", ["SHOW SETTINGS", "SHOW TRANSACTIONS", "SHOW USERS", "TERMINATE TRANSACTIONS 'x'"]
)
def test_free_text_cannot_ask_neo4j_about_itself(neo4j: BoltStore, statement: str) -> None:
    with pytest.raises(ReadOnlyError):
        neo4j.read_untrusted(statement)


@pytest.mark.parametrize(
    "statement", ["CREATE (c:Company {id: 'x'})", "MERGE (c:Company {id: 'x'}) RETURN c.id AS id"]
)
def test_our_own_reads_cannot_write_either(store: BoltStore, statement: str) -> None:
    for ask in (store.read, store.graph, lambda cypher: list(store.stream(cypher))):
        with pytest.raises(ReadOnlyError):
            ask(statement)
    assert count(store) == 0


def test_free_text_reads(store: BoltStore) -> None:
    store.write([("UNWIND range(1, 20) AS n MERGE (c:Company {id: toString(n)})", {})])
    answer = store.read_untrusted("MATCH (c:Company) RETURN c.id AS id ORDER BY id", max_rows=3)
    assert (answer.rows, answer.truncated) == ([("1",), ("10",), ("11",)], True)
    answer = store.read_untrusted("MATCH (c:Company) WHERE c.id = $id RETURN c.id AS id", {"id": "7"})
    assert (answer.rows, answer.truncated) == ([("7",)], False)
    assert len(store.read_untrusted("CALL db.labels()").rows) > 0


@pytest.mark.parametrize("statement", ["", "   ", "MATCH (n RETURN n", "RETURN $missing AS x", "SELECT 1"])
def test_bad_free_text_is_refused_with_a_reason(store: BoltStore, statement: str) -> None:
    with pytest.raises(StoreError, match="query: "):
        store.read_untrusted(statement)


@contextlib.contextmanager
def limited(store: BoltStore, embedded: LocalArcade, seconds: int) -> Iterator[None]:
    """Lower the limit of the embedded store, which has one for all statements."""
    if store.kind == "arcadedb":
        embedded.sql(f"ALTER DATABASE `arcadedb.command.timeout` {seconds * 1000}")
    try:
        yield
    finally:
        if store.kind == "arcadedb":
            embedded.sql("ALTER DATABASE `arcadedb.command.timeout` 60000")


def test_statement_that_takes_too_long_ends(store: BoltStore, embedded: LocalArcade) -> None:
    with limited(store, embedded, 2):
        started = time.monotonic()
        with pytest.raises(StoreTimeoutError):
            store.read_untrusted(HARD_QUESTION, timeout=2.0)
        assert time.monotonic() - started < 15
    assert count(store) == 0


def test_search_finds_names_in_every_script(store: BoltStore) -> None:
    rows = [
        {"id": "hik", "name": "Hikvision", "names": ["杭州海康威视数字技术"]},
        {"id": "nso", "name": "NSO Group", "names": ["Q Cyber Technologies"]},
        {"id": "cyber", "name": "Cyberbit", "names": []},
    ]
    store.upsert(
        "UNWIND $rows AS row MERGE (c:Company {id: row.id}) SET c.name = row.name, c.names = row.names", rows
    )
    store.upsert("UNWIND $rows AS row MERGE (d:Domain {name: row.name})", [{"name": "www.hikvision.com"}])

    def found(text: str) -> set[tuple[str, str]]:
        deadline = time.monotonic() + 10  # Neo4j's full-text indexes follow a moment later
        while not (hits := store.search(text).rows) and time.monotonic() < deadline:
            time.sleep(0.1)
        return {(label, key) for label, key, *_ in hits}

    assert found("hikvis") == {("Company", "hik"), ("Domain", "www.hikvision.com")}
    assert found("海康") == {("Company", "hik")}
    assert found("CYBER") == {("Company", "nso"), ("Company", "cyber")}
    assert found("q technologies") == {("Company", "nso")}
    assert found("hikvision.com") == {("Domain", "www.hikvision.com")}
    assert store.search("hikvis").columns == ("label", "key", "name", "score")
    assert len(store.search("cyber", limit=1).rows) == 1


@pytest.mark.parametrize("text", [*NAMES.values(), "(", '"', "a AND", "*", "~", "!!", " "])
def test_search_takes_any_text(store: BoltStore, text: str) -> None:
    assert store.search(text).rows == []


def test_schema_is_made_once_and_then_quickly_confirmed(store: BoltStore) -> None:
    store.write([("MERGE (c:Company {id: 'kept'})", {})])
    started = time.monotonic()
    store.ensure_schema()
    assert time.monotonic() - started < 3
    assert names(store) == ["kept"]


def test_no_query_over_the_schema_draws_a_remark(store: BoltStore) -> None:
    for node in graph().nodes.values():
        columns = ", ".join(f"n.{name} AS {name}" for name in node.properties)
        assert store.read(f"MATCH (n:{node.name}) RETURN {columns}").notifications == ()
    for line in graph().relationships.values():
        columns = ", ".join(f"r.{name} AS {name}" for name in line.properties)
        assert store.read(f"MATCH ()-[r:{line.name}]->() RETURN {columns}").notifications == ()


def test_remark_on_an_unknown_name_is_handed_on(neo4j: BoltStore) -> None:
    (remark,) = neo4j.read("MATCH (c:Company) RETURN c.never_heard_of AS x").notifications
    assert remark.startswith("01N52 ")


def test_key_lookups_and_merges_use_the_index(neo4j: BoltStore) -> None:
    for node in graph().nodes.values():
        plan = neo4j.explain(
            f"MATCH (n:{node.name} {{{node.key}: $key}}) RETURN n.{node.key} AS key", {"key": "x"}
        )
        assert plan.query_type == "r"
        assert any("UniqueIndexSeek" in operator for operator in plan.operators), (node.name, plan.operators)


def test_wipe_leaves_the_schema(store: BoltStore) -> None:
    store.write([("UNWIND range(1, 12000) AS n MERGE (c:Company {id: toString(n)})", {})])
    store.wipe()
    assert count(store) == 0
    with pytest.raises(StoreConflictError):
        store.write([("UNWIND [1, 2] AS n CREATE (c:Company {id: 'one'})", {})])


def test_neo4j_is_backed_up_by_its_own_tools(neo4j: BoltStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="neo4j-admin"):
        neo4j.backup(tmp_path / "x.zip")
