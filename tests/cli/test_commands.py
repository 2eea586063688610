"""The program as a user runs it: a process of its own, on an embedded store of its own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from program import Program

FLAGSHIP = "us-firms-serving-entity-list"
COLUMNS = [
    "provider",
    "parent",
    "parent_country",
    "service",
    "company",
    "list",
    "listed_from",
    "listed_until",
    "while_listed",
    "domain",
    "first_seen",
    "last_seen",
    "status",
    "basis",
    "confidence",
    "evidence",
    "tie",
    "ownership",
]


def test_help_and_version_need_no_store(tmp_path: Path) -> None:
    fresh = Program(tmp_path)
    assert fresh("--version").stdout.startswith("sousveil, version ")
    assert "us-firms-serving-entity-list" in fresh("--help").stdout
    assert "Licence" in fresh("ingest", "csl", "--help").stdout
    assert not fresh.home.exists()


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    fresh = Program(tmp_path)
    try:
        asked = fresh("ask", FLAGSHIP)
    finally:
        fresh("store", "stop")
    assert asked.returncode == 1
    assert "sousveil demo" in asked.stderr
    assert not asked.stdout


def test_flagship_as_json_has_the_promised_columns_and_parts(loaded: Program) -> None:
    found = json.loads(loaded("ask", FLAGSHIP, "--format", "json").stdout)
    assert [column["name"] for column in found["columns"]] == COLUMNS
    pairs = {(row["provider"], row["service"], row["domain"]) for row in found["rows"]}
    assert ("DigiCert", "certificate", "dahuasecurity.com") in pairs
    assert found["coverage"]["list"] == "us-entity-list"
    assert found["dataset"]["version"]
    assert all(row["evidence"] and row["ownership"] for row in found["rows"])
    assert {row["status"] for row in found["rows"]} == {"last-known"}


def test_flagship_as_csv_has_the_promised_columns_in_order(loaded: Program) -> None:
    rows = list(csv.reader(io.StringIO(loaded("ask", FLAGSHIP, "--format", "csv").stdout)))
    assert rows[0] == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows)


def test_table_says_how_many_rows_are_current_and_last_known(loaded: Program) -> None:
    lines = loaded("ask", FLAGSHIP).stdout.splitlines()
    assert any("0 current" in line and "last-known" in line for line in lines[:6])
    assert any(line.startswith("coverage:") for line in lines)


@pytest.mark.parametrize(
    ("args", "env", "paged"),
    [
        ((), {}, True),
        (("--no-pager",), {}, False),
        ((), {"PAGER": "cat"}, False),
        ((), {"PAGER": ""}, False),
        ((), {"LINES": "500"}, False),
        (("--format", "md"), {}, False),
    ],
)
def test_a_table_longer_than_the_terminal_pages(
    loaded: Program, args: tuple[str, ...], env: dict[str, str], *, paged: bool
) -> None:
    told = loaded.on_terminal("ask", FLAGSHIP, *args, **env)
    assert "DigiCert" in told
    assert ("PAGED" in told) == paged


def test_no_rows_is_an_answer_that_says_why(loaded: Program) -> None:
    done = loaded("ask", FLAGSHIP, "--as-of", "1999-01-01")
    assert done.returncode == 0
    assert "No rows" in done.stdout


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("aks",), "ask"),
        (("ask", "us-firms-serving-entitylist"), FLAGSHIP),
        (("ask", FLAGSHIP, "--service", "certifcate"), "certificate"),
        (("ask", FLAGSHIP, "--list", "us-entitylist"), "us-entity-list"),
        (("ask", FLAGSHIP, "--country", "USA"), "US"),
        (("ask", FLAGSHIP, "--as-of", "yesterday"), "2020-01-31"),
        (("show", "hikvison"), "hikvision"),
        (("ask", "path-between", "hikvision", "digicrt"), "digicert"),
        (("ingest", "cls"), "csl"),
        (("queries", "ownership-chian"), "ownership-chain"),
        (("cite", "provider-of"), "providers-of"),
        (("cite", "00000000"), "no claim begins with 00000000"),
    ],
)
def test_wrong_usage_exits_2_and_offers_the_nearest(
    loaded: Program, args: tuple[str, ...], told: str
) -> None:
    done = loaded(*args)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_failure_exits_1_without_a_traceback_unless_debug_asks_for_it(loaded: Program) -> None:
    args = ("ingest", "csl", "no-such-file.csv")
    plain, debug = loaded(*args), loaded("--debug", *args)
    assert (plain.returncode, debug.returncode) == (1, 1)
    assert "no-such-file.csv" in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr


@pytest.mark.parametrize(
    "entity", ["hikvision", "Hikvision", "海康威视", "hikvision.com", "digicert", "DigiCert"]
)
def test_show_finds_by_id_name_and_domain(loaded: Program, entity: str) -> None:
    done = loaded("show", entity)
    assert done.returncode == 0, done.stderr
    assert entity.lower() in done.stdout.lower()


def test_show_never_lists_a_retracted_claim_as_service(loaded: Program) -> None:
    sections = json.loads(loaded("show", "hikvision", "--format", "json").stdout)["sections"]
    assert not {"Google", "Facebook", "Twitter"} & {
        row["provider"] for row in sections["providers-of"]["rows"]
    }
    assert {"Google", "Facebook", "Twitter"} == {
        row["provider"] for row in sections["retracted-claims"]["rows"]
    }


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (x:Company {id: 'x'}) RETURN x",
        "MATCH (c:Company) SET c.name = 'x'",
        "MATCH (c:Company) DETACH DELETE c",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    ],
)
def test_cypher_of_a_user_cannot_write_or_read_files(loaded: Program, statement: str) -> None:
    done = loaded("cypher", statement)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    count = loaded("cypher", "MATCH (c:Company {id: 'hikvision'}) RETURN c.name AS name", "--format", "csv")
    assert "Hikvision" in count.stdout


def test_cypher_reads_standard_input(loaded: Program) -> None:
    done = loaded("cypher", "-", "--format", "csv", stdin="RETURN 1 AS one")
    assert done.stdout.splitlines() == ["one", "1"]


def test_queries_prints_cypher_that_runs_as_it_is(loaded: Program) -> None:
    text = loaded("queries", FLAGSHIP).stdout
    assert "$" not in text.split("WITH date(", 1)[1]
    done = loaded("cypher", "-", "--format", "json", stdin=text.rstrip().removesuffix(";"))
    assert done.returncode == 0, done.stderr
    assert any(row["provider"] == "Entrust" for row in json.loads(done.stdout)["rows"])


@pytest.mark.parametrize(
    ("style", "begins"), [("text", "sousveil ("), ("bibtex", "@misc{"), ("csl-json", "[")]
)
def test_cite_cites_an_answer_and_a_claim(loaded: Program, style: str, begins: str) -> None:
    asked = loaded("cite", "providers-of", "hikvision", "--as-of", "2020-12-31", "--style", style)
    assert asked.stdout.startswith(begins), asked.stderr
    assert "2020-12-31" in asked.stdout
    statement = "MATCH (p:Provider {id: 'digicert'})-[r:SERVES]->() RETURN r.claim ORDER BY r.claim LIMIT 1"
    claim = loaded("cypher", statement, "--format", "csv").stdout.split()[1]
    done = loaded("cite", claim[:16], "--style", style)
    assert done.stdout.startswith(begins), done.stderr
    assert "DigiCert serves" in done.stdout
    assert claim in done.stdout


def test_output_goes_to_a_file_and_nothing_to_stdout(loaded: Program) -> None:
    done = loaded("ask", FLAGSHIP, "--format", "csv", "-o", "rows.csv")
    assert done.stdout == ""
    assert (loaded.folder / "rows.csv").read_text("utf-8").startswith("provider,parent,")
    assert json.loads((loaded.folder / "rows.csv.meta.json").read_text("utf-8"))["row_count"] > 0
    again = loaded("ask", FLAGSHIP, "--format", "csv", "-o", "rows.csv")
    assert (again.returncode, "--force" in again.stderr) == (1, True)


def test_colour_never_reaches_a_pipe(loaded: Program) -> None:
    assert "\x1b" not in loaded("ask", FLAGSHIP, FORCE_COLOR="1").stdout
    assert "\x1b" not in loaded("--help", NO_COLOR="1").stdout


def test_a_second_demo_loads_nothing_again(loaded: Program) -> None:
    done = loaded("demo")
    assert done.returncode == 0
    assert "facts" not in done.stderr


def test_doctor_finds_everything_in_place(loaded: Program) -> None:
    done = loaded("doctor")
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout


def test_doctor_asks_the_network_only_when_told_to(loaded: Program) -> None:
    done = loaded("doctor", "--network", "--resolver", "127.0.0.1:1")
    assert done.returncode == 1
    assert "WRONG resolver: 127.0.0.1:1: refused; every name would end so" in done.stdout
    assert "resolver" not in loaded("doctor").stdout


def test_collect_takes_the_domains_of_a_list_from_the_graph(loaded: Program) -> None:
    """Nothing listens there, so that every question is refused at once."""
    nobody = ("--resolver", "127.0.0.1:1", "--protocols", "dns", "--rate", "9999", "--yes")
    done = loaded("collect", "--from-graph", "entity-list", *nobody, "-o", "runs")
    assert done.returncode == 0, done.stderr
    (run,) = (loaded.folder / "runs").iterdir()
    targets = {
        line.split()[-1].split("/")[3].partition("?")[0]
        for line in loaded("archive", "ls", str(run)).stdout.splitlines()
    }
    assert "www.hikvision.com" in targets
    unknown = loaded("collect", "--from-graph", "us-entity-lst", *nobody)
    assert unknown.returncode == 2
    assert "did you mean us-entity-list" in unknown.stderr


def test_backup_and_restore_bring_the_same_answer_back(loaded: Program) -> None:
    before = loaded("ask", FLAGSHIP, "--format", "csv").stdout
    assert loaded("store", "backup", "all.zip").returncode == 0
    assert loaded("store", "backup", "all.zip").returncode == 1
    assert loaded("store", "restore", "all.zip", "--yes").returncode == 0
    assert loaded("ask", FLAGSHIP, "--format", "csv").stdout == before


def test_rebuild_gives_the_same_answer(loaded: Program) -> None:
    before = loaded("ask", FLAGSHIP, "--format", "csv").stdout
    done = loaded("rebuild", "--yes")
    assert done.returncode == 0, done.stderr
    assert loaded("ask", FLAGSHIP, "--format", "csv").stdout == before


def test_completion_is_offered_for_the_common_shells(program: Program) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_SOUSVEIL_COMPLETE" in program(_SOUSVEIL_COMPLETE=f"{shell}_source").stdout


def test_nothing_is_written_outside_home(loaded: Program) -> None:
    assert list((loaded.folder / "user").iterdir()) == []
    assert {path.name for path in loaded.folder.iterdir()} <= {
        "home",
        "user",
        "all.zip",
        "rows.csv",
        "rows.csv.meta.json",
        "runs",
    }
