"""The reader of question files, and values written as Cypher."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.graph import BoltStore
from sousveil.queries import QuestionError, parse, questions
from sousveil.schema.text import literal

HEAD = """// question = "Who?"
// about = "Somebody."
// says_not = "Everybody."
// tags = ["who"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the list"
// example = "x"
//
// [columns]
// n = "a number"
"""
BODY = "WITH date($as_of) AS as_of, date($known_on) AS known_on, $list AS n\nRETURN n\nORDER BY n\n"
DAY = date(2026, 1, 1)
ESCAPE = re.compile(r"\\u(?P<code>[0-9a-fA-F]{4})|\\(?P<letter>.)", re.DOTALL)
HOSTILE = [
    "it's",
    "back\\slash",
    "ends in \\",
    "'); MATCH (n) DETACH DELETE n //",
    'double " quote',
    "line\nbreak\r\n",
    "nul\0byte",
    "$as_of and ${list}",
    "// no comment /* nor this */",
    "\\u0027",
    "海康威视",
    "شركة القمر",
    "🦉\u202e\u2028",
    "",
]


def read_back(text: str) -> str:
    """Read a Cypher string literal; anything that ends it early is an error."""
    inner = text[1:-1]
    assert text[0] == text[-1] == "'"
    assert "'" not in ESCAPE.sub("", inner)
    letters = {"n": "\n", "r": "\r", "t": "\t"}
    return ESCAPE.sub(
        lambda m: chr(int(m["code"], 16)) if m["code"] else letters.get(m["letter"], m["letter"]), inner
    )


def test_a_question_reads_as_its_file_states_it() -> None:
    question = parse("who", HEAD + BODY)
    assert question.question == "Who?"
    assert question.columns == {"n": "a number"}
    assert question.parameters["list"].example == "x"
    assert question.cypher == BODY


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('// question = "Who?"\n', "", "question is missing"),
        ('// says_not = "Everybody."\n', '// says_not = " "\n', "says_not is missing"),
        ('// tags = ["who"]\n', "// tags = []\n", "tags is missing"),
        ('// maturity = "stable"\n', '// maturity = "stable"\n// colour = "red"\n', "colour is no key"),
        ('// type = "string"\n', '// type = "text"\n', "list: type is 'text'"),
        ('// example = "x"\n', "", "list: it has type, doc"),
        ('// example = "x"\n', '// example = "x"\n// size = 3\n', "list: it has type, doc"),
        ("// [columns]\n", "// [columns\n", "the head is no TOML"),
        ("$list AS n", "'x' AS n", "declared and used parameters differ: list"),
        ("RETURN n", "RETURN $service + n AS n", "declared and used parameters differ: service"),
        ("date($known_on)", "date('2026-01-01')", "declared and used parameters differ: known_on"),
    ],
)
def test_a_malformed_question_is_told_by_file(old: str, new: str, told: str) -> None:
    text = HEAD + BODY
    assert old in text
    with pytest.raises(QuestionError) as raised:
        parse("who", text.replace(old, new, 1))
    assert "queries/who.cypher" in str(raised.value)
    assert told in str(raised.value)


def test_broken_toml_is_told_by_line() -> None:
    with pytest.raises(QuestionError, match="line 12"):
        parse("who", (HEAD + BODY).replace("// [columns]\n", "// [columns\n"))


def test_text_in_quotes_and_comments_is_no_parameter() -> None:
    body = BODY.replace("RETURN", "// costs $5\nRETURN '$6' + \"$7\" +")
    assert parse("who", HEAD + body).filled({"as_of": "a", "known_on": "b", "list": "c"}) == body.replace(
        "$as_of", "'a'"
    ).replace("$known_on", "'b'").replace("$list", "'c'")


@pytest.mark.parametrize(
    ("given_", "told"), [({}, "entity is missing"), ({"entity": "x", "lst": 1}, "no parameter 'lst'")]
)
def test_a_parameter_that_does_not_fit_is_told(given_: dict[str, object], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        questions()["providers-of"].bind(given_, as_of=DAY, known_on=DAY)


def test_parameters_not_given_take_their_default() -> None:
    bound = questions()["providers-of"].bind({"entity": "x"}, as_of=DAY, known_on=DAY)
    assert bound == {
        "as_of": "2026-01-01",
        "known_on": "2026-01-01",
        "entity": "x",
        "service": None,
        "scope": "corporate",
        "all": False,
    }


@given(st.text(st.characters(codec="utf-8")))
def test_literal_holds_any_text_and_nothing_else(text: str) -> None:
    assert read_back(literal(text)) == text


@given(st.text(st.characters(codec="utf-8")))
def test_filled_text_holds_values_as_they_are(text: str) -> None:
    filled = parse("who", HEAD + BODY).filled({"as_of": "2026-01-01", "known_on": "2026-01-01", "list": text})
    assert filled == BODY.replace("$as_of", "'2026-01-01'").replace("$known_on", "'2026-01-01'").replace(
        "$list", literal(text)
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (0.5, "0.5"),
        (["a", None, 1], "['a', null, 1]"),
    ],
)
def test_literal_writes_every_type(value: object, written: str) -> None:
    assert literal(value) == written


def test_hostile_text_comes_back_from_the_store(store: BoltStore) -> None:
    question = parse("who", HEAD + BODY)
    for text in HOSTILE:
        pasted = question.filled({"as_of": "2026-01-01", "known_on": "2026-01-01", "list": text})
        assert store.read(pasted).rows == [(text,)]
