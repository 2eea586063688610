"""What every statement keeps: names of graph.toml, both clocks on every dated hop, bounds, a total order."""

import re
from pathlib import Path

import cypher
import pytest

from sousveil.queries import questions
from sousveil.schema import graph

ROOT = Path(__file__).parents[2]
STATEMENTS = sorted(
    [*ROOT.glob("queries/*.cypher"), *ROOT.glob("ingest/load/*.cypher"), *ROOT.glob("cli/*.cypher")]
)
SCREENING = sorted(ROOT.glob("cli/screening-*.cypher"))
QUESTIONS = questions()
CLOCKS = "WITH date($as_of) AS as_of, date($known_on) AS known_on\n"
# Questions about the past: the end of a listing may have passed, and superseded ones may stand there.
PAST = {
    "listing-history": "LISTED_ON",  # every interval that had begun, with its ends as columns
    "served-while-listed": "LISTED_ON",  # listings that ended are compared with, not left out
    "started-after-listing": "LISTED_ON",
    "stopped-after-listing": "LISTED_ON",
    "served-after-removal": "LISTED_ON",
    "changes-since": "LISTED_ON|OWNED_BY",  # what ended is what it asks for
}
# How much hangs on a node, whenever: it bounds a search, and is no fact of an answer.
DEGREE = re.compile(r"COUNT \{ MATCH \(\w+\)-\[:[\w|]+\]-\(\) \}")
STATUS = re.compile(r"WHEN s\.ended <= as_of AND s\.ended_known.*?'last-known' END", re.DOTALL)
RETRACTED = re.compile(r"WHEN s\.known_cause = 'retraction' THEN 'retracted'")
VERDICT = re.compile(r"CASE WHEN s\.last_seen_min >= coalesce.*?'cannot tell' END", re.DOTALL)


def in_line(text: str) -> str:
    return " ".join(text.split())


def bodies(pattern: re.Pattern[str]) -> set[str]:
    """Return the wordings of a rule that several questions carry."""
    return {in_line(found) for question in QUESTIONS.values() for found in pattern.findall(question.cypher)}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_statement_uses_only_names_of_the_schema(path: Path) -> None:
    assert cypher.misnamed(path.read_text("utf-8"), graph()) == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_dated_hop_honours_both_clocks(name: str) -> None:
    found = cypher.undated(DEGREE.sub("", QUESTIONS[name].cypher), graph())
    assert [hop for hop in found if not re.search(PAST.get(name, "no type"), hop)] == []


@pytest.mark.parametrize("path", SCREENING, ids=lambda path: path.stem)
def test_screening_honours_both_clocks_and_bounds_its_paths(path: Path) -> None:
    text = path.read_text("utf-8")
    past = "l:LISTED_ON" if path.stem == "screening-listed" else "-"  # says of each listing whether it stands
    assert [hop for hop in cypher.undated(text, graph()) if past not in hop] == []
    stars = [hop["star"] for hop in cypher.HOP.finditer(cypher.bare(text)) if hop["star"]]
    assert [star for star in stars if not re.fullmatch(r"\*\d+\.\.\d+", star)] == []
    assert bodies(STATUS) >= {in_line(found) for found in STATUS.findall(text)}


@pytest.mark.parametrize("name", PAST)
def test_questions_about_the_past_end_on_the_day_asked_for(name: str) -> None:
    text = cypher.bare(QUESTIONS[name].cypher)
    assert re.search(r"l\.known_from <= known_on", text)
    assert re.search(r"l\.from <= as_of", text)
    assert re.search(r"l\.until_known <= known_on", text)


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_begins_with_both_clocks_and_ends_in_an_order(name: str) -> None:
    text = cypher.bare(QUESTIONS[name].cypher)
    assert QUESTIONS[name].cypher.startswith(CLOCKS)
    assert "ORDER BY" in text[text.rindex("\nRETURN ") :]


@pytest.mark.parametrize("name", QUESTIONS)
def test_paths_are_bounded(name: str) -> None:
    hops = cypher.HOP.finditer(cypher.bare(QUESTIONS[name].cypher))
    assert [
        hop["star"] for hop in hops if hop["star"] and not re.fullmatch(r"\*\d+\.\.\d+", hop["star"])
    ] == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_service_and_what_was_taken_back_later_are_read_alike(name: str) -> None:
    hops = [re.findall(r"\w+", match["types"] or "") for match in cypher.HOP.finditer(QUESTIONS[name].cypher)]
    assert [kinds for kinds in hops if "SERVES" in kinds and "SAID_TO_SERVE" not in kinds] == []
    assert len(RETRACTED.findall(QUESTIONS[name].cypher)) == len(STATUS.findall(QUESTIONS[name].cypher))


def test_questions_agree_on_what_a_status_is() -> None:
    assert len(bodies(STATUS)) == 1


def test_questions_agree_on_what_served_while_listed_is() -> None:
    assert len(bodies(VERDICT)) == 1


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("MATCH (c:Compny) RETURN c.name", "Compny"),
        ("MATCH (c:Company)-[l:LISTED]->(w:Watchlist) RETURN c.name", "LISTED"),
        ("MATCH (c:Company {key: 'x'}) RETURN c.name", "(c:Company {key:    }) key"),
        ("MATCH (c:Company) RETURN c.domain", "c.domain"),
        ("MATCH (p)-[rs:OWNED_BY*1..6]->() RETURN [r IN rs WHERE r.controls = 'yes']", "r.controls"),
    ],
)
def test_a_name_that_the_schema_lacks_is_found(text: str, wrong: str) -> None:
    assert cypher.misnamed(text, graph()) == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (c:Company)-[:LISTED_ON]->(w) RETURN c",
        "MATCH (c:Company)-[l:LISTED_ON]->(w) WHERE l.known_from <= known_on RETURN c",
        "MATCH (c:Company)-[l:LISTED_ON]->(w) WHERE l.from <= as_of AND l.until > as_of RETURN c",
        (
            "MATCH (c)-[l:LISTED_ON]->(w) WHERE l.known_from <= known_on AND l.known_until > known_on "
            "AND l.from <= as_of RETURN c"
        ),
        "MATCH (p)-[rs:OWNED_BY*1..6]->(o) WHERE all(r IN rs WHERE r.control = 'yes') RETURN o",
        "MATCH (p)-[rs:OWNED_BY*1..6]->(o) WHERE all(r IN rs WHERE r.known_from <= known_on) RETURN o",
        "MATCH (p)-[s:SERVES]->(t) WHERE s.known_from <= known_on AND t.first_seen_min <= as_of RETURN t",
        "MATCH (o)-[b:BASED_IN]->(k) WHERE b.known_from <= known_on RETURN {from: b.from}",
        "MATCH (p)-[b:BRAND_OF]->(q) RETURN q",
        (
            "MATCH (p)-[rs:OWNED_BY*1..6]->(o) WHERE all(r IN rs WHERE r.known_from <= known_on "
            "AND r.known_until > known_on) "
            "RETURN collect({o: o, from: reduce(day = null, r IN rs | r.from)}) AS owners"
        ),
    ],
)
def test_a_hop_without_its_clocks_is_found(text: str) -> None:
    assert len(cypher.undated(text, graph())) == 1


@pytest.mark.parametrize(
    "text",
    [
        (
            "MATCH (c)-[l:LISTED_ON]->(w) WHERE l.known_from <= known_on AND l.known_until > known_on "
            "AND l.from <= as_of AND l.until > as_of RETURN c"
        ),
        (
            "MATCH (c)<-[o:OWNED_BY]-(t) WITH [o] AS owned WHERE all(x IN owned "
            "WHERE x.known_from <= known_on AND x.known_until > known_on AND x.from <= at_min "
            "AND x.until > at_max) RETURN c"
        ),
        (
            "MATCH (p)-[s:SERVES]->(t) WHERE s.known_from <= known_on AND s.known_until > known_on "
            "AND s.first_seen_min <= as_of RETURN t"
        ),
        "MATCH (p)-[b:BRAND_OF]->(q) WHERE b.known_from <= known_on AND b.known_until > known_on RETURN q",
        "MATCH (e:Evidence)-[a:ABOUT]->(t) RETURN t",
        (
            "MATCH (p)-[rs:OWNED_BY*1..6]->(o) WHERE all(r IN rs WHERE r.known_from <= known_on "
            "AND r.known_until > known_on) "
            "WITH collect({o: o, from: reduce(day = null, r IN rs | r.from)}) AS owners "
            "RETURN [x IN owners WHERE x.from <= f.at_max AND x.until > f.at_min]"
        ),
    ],
)
def test_a_hop_with_its_clocks_passes(text: str) -> None:
    assert cypher.undated(text, graph()) == []
