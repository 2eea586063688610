import json
from datetime import date
from typing import Any

import pytest

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Concern, Extract, Ref, Statement
from sousveil.ingest.sources import sources, statements
from sousveil.ingest.sources.documents import Document, SourceError

CLAIM = "ab" * 32
SITE = {"label": "Domain", "key": "lion.example", "claim": CLAIM}
DISPUTE: dict[str, Any] = {
    "kind": "dispute",
    "by": "Amber Inc.",
    "date": "2021-05-01",
    "text": "We never served them.",
    "url": "https://amber.example/answer",
    "concerns": [SITE, {"label": "Company", "key": "lion"}],
}
REVIEW: dict[str, Any] = {
    "kind": "review",
    "by": "The desk",
    "date": "2021-06-01",
    "text": "The record is of another name.",
    "outcome": "upheld",
    "concerns": [{"label": "Statement", "key": "abc"}],
}


def read(*items: object) -> Extract:
    data = json.dumps({"statements": items}).encode()
    return statements.read(Document.unpack("said.json", data), None)  # type: ignore[arg-type]


def one(item: object) -> Statement:
    (statement,) = read(item).facts
    assert isinstance(statement, Statement)
    return statement


def test_dispute_is_open_and_would_take_back_the_claims_that_it_names() -> None:
    found = one(DISPUTE)
    assert (found.kind, found.by, found.date, found.outcome, found.decided) == (
        "dispute", "Amber Inc.", date(2021, 5, 1), "open", None,
    )  # fmt: skip
    assert found.concerns == (
        Concern(Ref("Company", "lion"), None, retracts=False),
        Concern(Ref("Domain", "lion.example"), CLAIM, retracts=True),
    )


def test_reply_takes_nothing_back() -> None:
    assert not any(item.retracts for item in one(DISPUTE | {"kind": "reply"}).concerns)


def test_retraction_counts_from_the_day_on_which_it_was_said() -> None:
    found = one(DISPUTE | {"kind": "retraction"})
    assert (found.outcome, found.decided) == ("upheld", date(2021, 5, 1))


def test_review_decides_on_its_day() -> None:
    found = one(REVIEW)
    assert (found.outcome, found.decided, found.concerns) == (
        "upheld", date(2021, 6, 1), (Concern(Ref("Statement", "abc")),),
    )  # fmt: skip


def test_version_is_the_newest_day() -> None:
    assert read(DISPUTE, REVIEW).dated == date(2021, 6, 1)


def test_id_is_of_what_is_said_and_not_of_the_order() -> None:
    turned = DISPUTE | {"concerns": DISPUTE["concerns"][::-1]}
    assert one(DISPUTE).id == one(turned).id
    assert one(DISPUTE).id != one(DISPUTE | {"text": "Another text."}).id


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "rumour"}, "statement 1: kind 'rumour': one of report"),
        ({"date": "May"}, "statement 1: date 'May': write a day"),
        ({"text": "  "}, "statement 1: text is missing"),
        ({"by": None}, "statement 1: by is missing"),
        ({"outcome": "upheld"}, "only a review has an outcome"),
        ({"concerns": []}, "concerns is empty"),
        ({"concerns": [{"label": "Watchlist", "key": "x"}]}, "a dispute is about Domain or Company"),
        ({"concerns": [SITE | {"claim": "12"}]}, "claim '12' is no claim"),
        ({"concerns": [SITE | {"who": "x"}]}, "nobody reads 'who'"),
        ({"mood": "angry"}, "nobody reads 'mood'"),
        ({"kind": "review"}, "a review is about Statement"),
        (REVIEW | {"outcome": None}, "outcome is missing"),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_the_statement(change: dict[str, Any], told: str) -> None:
    with pytest.raises(SourceError, match=f"said.json, {told}" if told.startswith("st") else told):
        read(DISPUTE | change)


@pytest.mark.parametrize("text", ["[]", '{"statements": []}', '{"claims": []}', "{"])
def test_file_without_statements_is_an_error(text: str) -> None:
    with pytest.raises(SourceError, match=r"said\.json"):
        statements.read(Document.unpack("said.json", text.encode()), Catalogue)  # type: ignore[arg-type]


def test_it_is_a_source_like_the_others() -> None:
    assert sources()["statements"] is statements.SOURCE
