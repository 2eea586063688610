"""The small world exported: every format, read by its own reader, holds what the store holds."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j_server
import networkx as nx
import pytest
import stores
from click.testing import CliRunner

from sousveil.cli.commands import export as exporting
from sousveil.graph import BoltStore, PictureNode, PictureRelationship
from sousveil.graph.export import FILES, FOLDERS, Content, content, neighbourhood, part, whole
from sousveil.schema import graph

EVERYTHING = "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN n, r"
ABOUT = {"dataset": {"version": "0123456789ab"}, "cautions": ["<&> ]]> --"]}
HOSTILE = [
    'it\'s "quoted", and; more\\',
    "</data><script>alert(1)</script>]]>",
    "line\nbreak\r\ttab",
    "nul\0 escape\x1b unit\x1f \ufffe \x85",
    '=HYPERLINK("http://x")',
    "'); MATCH (n) DETACH DELETE n; //",
    "\\u0027 $as_of //",
    "海康威视 شركة 🦉 \u202e",
    ";\n",
]
Entities = tuple[dict[Any, Any], dict[Any, Any]]


def gathered(found: Content) -> Entities:
    """Return nodes by label and key, relationships by type and id, with their properties."""
    nodes = [(node.ref, node.properties) for node in found.nodes]
    hops = [((item.type, item.key), (item.start, item.end, item.properties)) for item in found.relationships]
    assert len({ref for ref, _ in nodes}) == len(nodes)
    assert len({ref for ref, _ in hops}) == len(hops)
    return dict(nodes), dict(hops)


def hostile() -> Content:
    """Return nodes and relationships with every sort of text that a format could trip over."""
    nodes = [
        PictureNode(
            "Company", f"c{n}", ("Company",), {"id": f"c{n}", "name": text, "names": [text, "x"], "rank": 2}
        )
        for n, text in enumerate(HOSTILE)
    ]
    domain = PictureNode("Domain", "d.example", ("Domain",), {"name": "d.example"})
    owned = [
        PictureRelationship(
            "OWNED_BY",
            f"r{n}",
            domain.ref,
            ("Company", f"c{n}"),
            {
                "id": f"r{n}",
                "note": text,
                "share": 50.5,
                "verified": False,
                "known_from": "2020-01-31",
                "evidence": [],
            },
        )
        for n, text in enumerate(HOSTILE)
    ]
    return Content(ABOUT, [*nodes, domain], owned)


def flat(value: Any) -> Any:
    """Write a value as XML formats hold it: lists as JSON, invalid characters marked."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    if not isinstance(text, str):
        return text
    return "".join("\ufffd" if mark in "\0\x1b\x1f\ufffe" else mark for mark in text)


def flattened(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: flat(value) for name, value in properties.items()}


def folder(found: Content, form: str) -> dict[str, str]:
    """Return the files that a folder format writes."""
    files: dict[str, str] = defaultdict(str)
    for name, line in FOLDERS[form](found):
        files[name] += line
    return files


@pytest.mark.parametrize("page", [3, content.PAGE])
def test_pages_together_are_the_whole_graph(
    small_world: BoltStore, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "PAGE", page)
    nodes, hops = gathered(whole(small_world, ABOUT))
    assert (nodes, hops) == gathered(part(small_world.graph(EVERYTHING), ABOUT))
    assert len(nodes) == small_world.read("MATCH (n) RETURN count(n)").rows[0][0]
    assert len(hops) == small_world.read("MATCH ()-[r]->() RETURN count(r)").rows[0][0]
    assert {"SERVES", "SAID_TO_SERVE", "EMBEDDED_IN", "CHECKED", "CONCERNS"} <= {kind for kind, _ in hops}


def test_only_what_the_schema_declares_leaves_the_store(store: BoltStore) -> None:
    store.write(
        [("CREATE (:Company {id: 'a', name: 'A', secret: 'x'})-[:KNOWS {id: 'k'}]->(:Person {id: 'p'})", {})]
    )
    for found in (whole(store, ABOUT), part(store.graph(EVERYTHING), ABOUT)):
        assert gathered(found) == ({("Company", "a"): {"id": "a", "name": "A"}}, {})


def worlds(small_world: BoltStore) -> Iterator[Entities | Content]:
    yield part(small_world.graph(EVERYTHING), ABOUT)
    yield hostile()


def test_json_lines_read_back(small_world: BoltStore) -> None:
    for found in worlds(small_world):
        about, *rest = [json.loads(line) for line in "".join(FILES["jsonl"](found)).split("\n") if line]
        assert about == {"about": ABOUT}
        nodes = [item["node"] for item in rest if "node" in item]
        hops = [item["relationship"] for item in rest if "relationship" in item]
        ends = [tuple((item[end]["label"], item[end]["key"]) for end in ("start", "end")) for item in hops]
        read = (
            {(item["label"], item["key"]): item["properties"] for item in nodes},
            {
                (item["type"], item["properties"]["id"]): (*pair, item["properties"])
                for item, pair in zip(hops, ends, strict=True)
            },
        )
        assert read == gathered(found)


@pytest.mark.parametrize(("form", "reader"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_network_formats_read_back(small_world: BoltStore, form: str, reader: Any) -> None:
    for found in worlds(small_world):
        read = reader(io.BytesIO("".join(FILES[form](found)).encode()))
        assert read.is_directed()
        nodes, hops = gathered(found)
        for ref, properties in nodes.items():
            told, wanted = read.nodes[":".join(ref)], {"labels": ref[0], **flattened(properties)}
            assert wanted.items() <= told.items()
            assert told.keys() - wanted.keys() <= ({"label"} if form == "gexf" else set())
        assert read.number_of_nodes() == len(nodes)
        assert read.number_of_edges() == len(hops)
        edges = {told["id"]: (start, end, told) for start, end, told in read.edges(data=True)}
        for (kind, key), (start, end, properties) in hops.items():
            source, target, told = edges[key]
            assert (source, target) == (":".join(start), ":".join(end))
            assert {"type": kind, **flattened(properties)} == told


def test_csv_reads_back_and_no_cell_runs(small_world: BoltStore) -> None:
    for found in worlds(small_world):
        files = folder(found, "csv")
        assert json.loads(files.pop("about.json")) == ABOUT
        nodes, hops = gathered(found)
        rows = {name: list(csv.DictReader(io.StringIO(text))) for name, text in files.items()}
        assert Counter({name: len(found) for name, found in rows.items()}) == Counter(
            [f"nodes-{label}.csv" for label, _ in nodes] + [f"relationships-{kind}.csv" for kind, _ in hops]
        )
        for name, items in rows.items():
            for row in items:
                assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
                if name == "nodes-Company.csv":
                    properties = nodes["Company", row["id"]]
                    assert json.loads(row["names"]) == properties["names"]
                    assert row["rank"] == str(properties["rank"])
                if name == "relationships-OWNED_BY.csv":
                    start, end, properties = hops["OWNED_BY", row["id"]]
                    assert (row["start_label"], row["start_key"], row["end_label"], row["end_key"]) == (
                        *start,
                        *end,
                    )
                    assert row["known_from"] == properties["known_from"]
                    assert row["verified"] == json.dumps(properties["verified"])


def test_neo4j_admin_imports_it(
    small_world: BoltStore, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    version = stores.NEO4J.get(request.node.callspec.params["small_world"], "5.26.30")
    try:
        java, libraries = neo4j_server.find_java(version), neo4j_server.fetch(version)
    except neo4j_server.NoServerError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "neo4j.conf").touch()
    (tmp_path / "data").mkdir()
    place = {"NEO4J_HOME": str(tmp_path), "NEO4J_CONF": str(tmp_path / "conf")}
    command = [
        str(java),
        "--add-opens=java.base/java.nio=ALL-UNNAMED",  # as Neo4j's own launcher does
        "-Xmx1g",
        "-cp",
        f"{libraries}/*",
        "org.neo4j.cli.AdminTool",
        "database",
        "import",
        "full",
    ]
    for number, found in enumerate(worlds(small_world)):
        target = tmp_path / str(number)
        target.mkdir()
        for name, text in folder(found, "neo4j-admin").items():
            (target / name).write_text(text, "utf-8", newline="\n")
        done = subprocess.run(
            [*command, f"world{number}", "@import.args"],
            cwd=target, env=place, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert (target / "constraints.cypher").read_text("utf-8").count(";\n") == len(graph().nodes)
        nodes, hops = gathered(found)
        counts = [len(nodes), len(hops)]
        counts.append(sum(map(len, nodes.values())) + sum(len(told) for *_, told in hops.values()))
        told = done.stdout.split("Imported:")[1].split()
        assert [int(told[0]), int(told[2]), int(told[4])] == [*counts[:2], counts[2] - empty_lists(found)]


def empty_lists(found: Content) -> int:
    """Count what `neo4j-admin` leaves away: a list without parts is an absent property there."""
    everything = [node.properties for node in found.nodes] + [item.properties for item in found.relationships]
    return sum(value == [] for properties in everything for value in properties.values())


@pytest.mark.parametrize("form", [*FILES, *FOLDERS])
def test_a_retracted_claim_keeps_its_own_type(small_world: BoltStore, form: str) -> None:
    found = part(small_world.graph("MATCH (a)-[r:SAID_TO_SERVE]->(b) RETURN a, r, b"), {})
    text = (
        "".join(FILES[form](found)) if form in FILES else "".join(f"{n} {t}" for n, t in FOLDERS[form](found))
    )
    assert "SAID_TO_SERVE" in text
    assert not [mark for mark in ('"SERVES"', ":SERVES", "-SERVES", ">SERVES<") if mark in text]


@pytest.mark.parametrize("key", ["cub", "amber-cloud", "lion.example"])
def test_a_neighbourhood_holds_facts_owners_and_all_evidence(small_world: BoltStore, key: str) -> None:
    found = part(neighbourhood(small_world, key), ABOUT)
    nodes, hops = gathered(found)
    everything, every_hop = gathered(whole(small_world, ABOUT))
    assert nodes.items() <= everything.items()
    own = {ref: item for ref, item in every_hop.items() if key in {item[0][1], item[1][1]}}
    assert own
    assert own.keys() <= hops.keys() < every_hop.keys()
    for start, end, properties in hops.values():
        assert {start, end} <= nodes.keys()
        cited = {("Evidence", item) for item in properties.get("evidence", [])}
        assert cited & everything.keys() <= nodes.keys()


def test_an_export_is_written_whole_and_over_nothing(
    small_world: BoltStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small_world.kind != "neo4j":
        pytest.skip("NEO4J_URI points the command at the small world")
    monkeypatch.setenv("NEO4J_URI", small_world.endpoint.uri)
    target = tmp_path / "graph"
    for form in (*FILES, *FOLDERS):
        made = target / form
        target.mkdir(exist_ok=True)
        asked = ["--format", form, "-o", str(made)]
        done = CliRunner().invoke(exporting.command, asked)
        assert done.exit_code == 0, done.output
        assert "SAID_TO_SERVE is a claim of service that was retracted" in about_text(made)
        again = CliRunner().invoke(exporting.command, asked)
        assert again.exit_code == 1
        assert "exists" in again.output
    one = CliRunner().invoke(exporting.command, ["--entity", "Cub Vision GmbH"])
    assert '"what": "what surrounds Cub Vision GmbH"' in one.output
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".new")]


def about_text(made: Path) -> str:
    return (made / "about.json" if made.is_dir() else made).read_text("utf-8")


def test_a_folder_format_asks_where() -> None:
    done = CliRunner().invoke(exporting.command, ["--format", "csv"])
    assert done.exit_code == 2
    assert "-o FOLDER" in done.output


def test_every_format_that_is_offered_is_written() -> None:
    assert (list(FILES), list(FOLDERS)) == (list(exporting.FILES), list(exporting.FOLDERS))


def test_no_property_is_called_as_the_formats_call_label_and_type() -> None:
    schema = graph()
    of_nodes = {name for node in schema.nodes.values() for name in node.properties}
    of_hops = {name for item in schema.relationships.values() for name in item.properties}
    assert "labels" not in of_nodes
    assert not {"type", "start_key", "end_key", "start_label", "end_label"} & of_hops
