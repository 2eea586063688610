"""Links that open Neo4j Browser: what arrives in its editor is the question, and runs."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import golden
import pytest
from click.testing import CliRunner

from sousveil.cli.commands import open as opening
from sousveil.graph import BoltStore
from sousveil.queries import questions
from sousveil.schema.text import literal

CASES = {case.question: case for case in golden.cases()}
LOCAL = {"NEO4J_URI": "bolt://127.0.0.1:7687"}


def in_classic_editor(link: str) -> str:
    """Read a link as Neo4j Browser 5.24 does: decode the whole of it, then take it apart."""
    found = re.search(r"[?&]arg=([^&#]*)", unquote(link.replace("+", " ")))
    assert found
    return found[1]


def in_new_editor(link: str) -> str:
    """Read a link as the newer Browser does: take it apart, then decode."""
    return parse_qs(urlsplit(link).query)["arg"][0]


@pytest.mark.parametrize("name", questions())
def test_both_editors_get_the_question_and_it_gives_the_same_rows(small_world: BoltStore, name: str) -> None:
    case = CASES[name]
    question = questions()[name]
    bound = question.bind(case.parameters, as_of=case.as_of, known_on=case.known_on)
    link = opening.link(LOCAL, question.filled(bound))
    assert len(link) < opening.LONGEST
    assert in_classic_editor(link) == in_new_editor(link)
    assert small_world.read(in_new_editor(link)).rows == golden.ask(small_world, case).rows


@pytest.mark.parametrize(
    "text", ["AT&T", "a#b", "\\&", "100%41", "+1", "a&arg=b", "it's // no comment", "海康威视"]
)
def test_no_value_ends_the_statement_in_either_editor(small_world: BoltStore, text: str) -> None:
    link = opening.link(LOCAL, f"// comment\nRETURN {literal(text)} AS text")
    for editor in (in_classic_editor, in_new_editor):
        assert small_world.read(editor(link)).rows == [(text,)]


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        (
            {"NEO4J_URI": "bolt://graph:7687"},
            "http://graph:7474/browser/?dbms=bolt://graph:7687&cmd=edit&arg=",
        ),
        ({"NEO4J_URI": "neo4j://[::1]:7687"}, "http://[::1]:7474/browser/?dbms=neo4j://%5B::1%5D:7687&cmd="),
        (
            {"NEO4J_URI": "neo4j+s://graph", "NEO4J_DATABASE": "sv"},
            "https://graph:7473/browser/?dbms=neo4j%2Bs",
        ),
        ({"NEO4J_URI": "bolt://g", "NEO4J_BROWSER_URL": "http://x:1/browser/"}, "http://x:1/browser/?dbms="),
    ],
)
def test_link_leads_to_the_browser_of_that_server(environ: dict[str, str], begins: str) -> None:
    assert opening.link(environ, "RETURN 1").startswith(begins)


def test_link_holds_the_user_and_never_the_password() -> None:
    environ = {"NEO4J_URI": "bolt://u:secret@h:7687", "NEO4J_USERNAME": "a b", "NEO4J_PASSWORD": "secret"}
    link = opening.link(environ, "RETURN 1")
    assert "secret" not in link
    assert parse_qs(urlsplit(link).query)["dbms"] == ["bolt://a%20b@h:7687"]


def test_open_prints_a_link_with_keys_in_place_of_names(
    small_world: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small_world.kind != "neo4j":
        done = CliRunner().invoke(opening.command, ["coverage"])
        assert done.exit_code == 1
        assert "sousveil queries coverage" in done.output
        return
    monkeypatch.setenv("NEO4J_URI", small_world.endpoint.uri)
    done = CliRunner().invoke(opening.command, ["providers-of", "Cub Vision GmbH", "--as-of", "2021-06-01"])
    assert done.exit_code == 0, done.output
    cypher = in_new_editor(done.output.strip())
    assert "date('2021-06-01')" in cypher
    assert "'cub'" in cypher


def test_a_link_that_the_server_would_refuse_is_not_made(
    small_world: BoltStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small_world.kind != "neo4j":
        pytest.skip("needs a Neo4j Browser")
    monkeypatch.setenv("NEO4J_URI", small_world.endpoint.uri)
    done = CliRunner().invoke(opening.command, ["unresolved-labels", "--source", "x" * 20_000])
    assert done.exit_code == 1
    assert "18,000" in done.output
    assert "http://" not in done.output
