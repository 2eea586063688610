"""What we attributed becomes sightings with their rules, and every conclusion is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sousveil import catalogue
from sousveil.ingest.records import Conclusion, Evidence, Sighting
from sousveil.ingest.sources.attributions import read
from sousveil.ingest.sources.documents import Document, SourceError

CDN = {
    "record": "attribution",
    "target": "lion.example",
    "host": "www.lion.example",
    "provider": "cloudflare",
    "service": "cdn",
    "role": "edge",
    "basis": "observed",
    "strength": "publishable",
    "confidence": 0.98,
    "seen": "2026-03-01",
    "rules": ["cloudflare/cdn/edge/header"],
    "evidence": ["e1", "e2"],
    "against": ["e3"],
}
MAIL = {
    "record": "conclusion",
    "target": "lion.example",
    "host": "lion.example",
    "service": "email",
    "finding": "none",
    "reason": "a null MX",
    "seen": "2026-03-01",
}


def facts(*lines: dict[str, Any]) -> list[Any]:
    text = "\n".join(json.dumps(line) for line in lines)
    return list(read(Document(name="a.jsonl", data=text.encode()), catalogue.load()).facts)


def test_attribution_is_a_sighting_for_each_record_that_it_rests_on() -> None:
    found = facts(CDN)
    sightings = [fact for fact in found if isinstance(fact, Sighting)]
    assert [one.evidence for one in sightings] == ["e1", "e2"]
    assert {one.claim for one in sightings} == {sightings[0].claim}
    assert sightings[0].rules == ("cloudflare/cdn/edge/header",)
    assert (sightings[0].strength, sightings[0].confidence, sightings[0].against) == (
        "publishable",
        0.98,
        ("e3",),
    )
    assert {fact.id for fact in found if isinstance(fact, Evidence)} == {"e1", "e2"}


def test_certificate_that_the_edge_chose_is_no_choice_of_the_customer() -> None:
    issued = CDN | {"service": "certificate", "role": "issuer", "issued_by_edge": True}
    assert {one.role for one in facts(issued) if isinstance(one, Sighting)} == {"edge-issuer"}


def test_conclusion_that_names_nobody_is_kept() -> None:
    (only,) = facts(MAIL)
    assert isinstance(only, Conclusion)
    assert (only.finding, only.reason) == ("none", "a null MX")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"provider": "nobody"}, "no provider of this catalogue"),
        ({"service": "magic"}, "service is 'magic'"),
        ({"confidence": "high"}, "'confidence' cannot be 'high'"),
        ({"evidence": []}, "no evidence is cited"),
        ({"evidence": "e1"}, "'evidence' cannot be 'e1'"),
        ({"record": "rumour"}, "record is one of"),
        ({"colour": "red"}, "'colour'"),
        ({"seen": "soon"}, "soon"),
        ({"target": "not a host"}, "not a host"),
    ],
)
def test_line_that_is_no_verdict_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SourceError, match=r"a\.jsonl") as caught:
        facts(CDN | change)
    assert reason in str(caught.value)


def test_field_that_is_missing_is_named() -> None:
    with pytest.raises(SourceError, match="'role' is missing"):
        facts({name: value for name, value in CDN.items() if name != "role"})
