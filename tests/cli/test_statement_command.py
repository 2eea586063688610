"""The right of reply: what is said about a claim travels with it, and an upheld dispute takes it back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from program import Program

SITE = "dahuasecurity.com"
CLIENTS = ("ask", "clients-of", "digicert", "--format", "json")


def rows(program: Program, *args: str) -> list[dict[str, Any]]:
    done = program(*args)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    return found


def of_site(program: Program, *more: str) -> list[dict[str, Any]]:
    return [row for row in rows(program, *CLIENTS, *more) if row["domain"] == SITE]


@pytest.fixture(scope="module")
def claim(loaded: Program) -> str:
    ((found,),) = [row["claims"] for row in of_site(loaded)]
    return str(found)


@pytest.fixture(scope="module")
def dispute(loaded: Program, claim: str) -> str:
    done = loaded(
        "statement", "add", claim[:12], "--kind", "dispute", "--by", "DigiCert", "--date", "2026-01-05",
        "--text", "=We never did", "--url", "https://example.org/answer",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == "It concerns 1 claim.\n"
    return done.stdout.strip()


def test_disputed_claim_is_marked_and_carries_the_dispute(loaded: Program, dispute: str) -> None:
    (row,) = of_site(loaded)
    assert row["status"] == "disputed"
    assert dispute in {item["id"] for item in row["evidence"]}
    others = {row["status"] for row in rows(loaded, *CLIENTS) if row["domain"] != SITE}
    assert "disputed" not in others


def test_statement_shows_the_claim_in_words(loaded: Program, dispute: str) -> None:
    told = loaded("statement", "show", dispute[:8]).stdout
    assert "DigiCert serves dahuasecurity.com (certificate)" in told
    assert "=We never did" in told
    listed = json.loads(loaded("statement", "list", "--open", "--kind", "dispute", "--format", "json").stdout)
    assert [row["id"] for row in listed] == [dispute]


def test_reply_to_an_entity_concerns_every_claim_that_names_it_and_changes_none(
    loaded: Program, dispute: str
) -> None:
    before = {row["domain"]: row["status"] for row in rows(loaded, *CLIENTS)}
    done = loaded(
        "statement", "add", "digicert", "--kind", "reply", "--by", "DigiCert", "--text", "We looked."
    )
    assert done.stderr == f"It concerns {len(before)} claims.\n"
    after = rows(loaded, *CLIENTS)
    assert {row["domain"]: row["status"] for row in after} == before
    assert all("reply by DigiCert" in {item["source"] for item in row["evidence"]} for row in after)
    assert dispute != done.stdout.strip()


def test_upheld_dispute_takes_the_claim_back_and_yesterday_shows_it_marked(
    loaded: Program, dispute: str
) -> None:
    done = loaded(
        "statement", "review", dispute, "--outcome", "upheld", "--by", "The desk", "--date", "2026-11-23",
        "--text", "They showed the record.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert of_site(loaded) == []
    (row,) = of_site(loaded, "--known-on", "2026-11-22")
    assert row["status"] == "retracted"
    (gone,) = [
        row
        for row in rows(loaded, "ask", "retracted-claims", "--entity", SITE, "--format", "json")
        if row["provider"] == "DigiCert"
    ]
    assert (gone["statement_by"], gone["statement_text"]) == ("DigiCert", "=We never did")
    assert loaded("rebuild", "--yes").returncode == 0
    assert of_site(loaded) == []


def test_letter_asks_about_each_claim_with_its_evidence(loaded: Program, claim: str) -> None:
    letter = loaded("statement", "template", "hikvision.com").stdout
    assert "Entrust for hikvision.com" in letter
    assert "does not show a contract" in letter
    assert "https://" in letter
    assert claim not in letter


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("add", "nobody-here", "--kind", "reply", "--by", "x", "--text", "y"), "nothing here is called"),
        (("add", "digicert", "--kind", "reply", "--by", "x"), "--text, or --file"),
        (("add", "00000000", "--kind", "reply", "--by", "x", "--text", "y"), "no claim begins with"),
        (("add", "digicert", "--kind", "reply", "--by", "x", "--text", " "), "the words are missing"),
        (
            ("review", "00000000", "--outcome", "upheld", "--by", "x", "--text", "y"),
            "no statement begins with",
        ),
        (("show", "00000000"), "no statement begins with"),
    ],
)
def test_wrong_usage_exits_2_and_says_what_to_do(loaded: Program, args: tuple[str, ...], told: str) -> None:
    done = loaded("statement", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
