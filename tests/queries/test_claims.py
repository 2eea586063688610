"""Claims cited from the small world: in words, with what came of them and what they rest on."""

from __future__ import annotations

from datetime import date

import click
import pytest

from sousveil.cli import claims
from sousveil.cli.citation import Citation
from sousveil.graph import BoltStore
from sousveil.queries.answer import describe

DAY = date(2026, 1, 1)
ANY = "MATCH ()-[r:SERVES|SAID_TO_SERVE|NAMED_FOR|LISTED_ON|OWNED_BY]->() RETURN DISTINCT type(r), r.claim"
DISPUTED = """
MATCH (s:Statement {kind: 'dispute'})-[n:CONCERNS]->(t)<-[r:SERVES]-(p)
WHERE n.claim = r.claim
RETURN r.claim, p.name
"""
RETRACTED = "MATCH (p)-[r:SAID_TO_SERVE]->(t) RETURN r.claim, p.name, toString(r.known_until)"


def cited(store: BoltStore, prefix: str) -> Citation:
    return claims.cite(store, claims.find(store, prefix), describe(store), DAY)


def test_every_claim_of_the_world_can_be_cited_with_its_evidence(small_world: BoltStore) -> None:
    kinds = {str(claim): str(kind) for kind, claim in small_world.read(ANY).rows}
    assert set(kinds.values()) == {"SERVES", "SAID_TO_SERVE", "NAMED_FOR", "LISTED_ON", "OWNED_BY"}
    for claim, kind in kinds.items():
        told = cited(small_world, claim)
        assert told.facts[0] == f"claim {claim}"
        assert any(fact.startswith("interval ") for fact in told.facts), kind
        assert any(fact.startswith("evidence: ") and " id " in fact for fact in told.facts), kind
        assert any(fact.startswith("run ") and "sha256" in fact for fact in told.facts), kind


def test_eight_digits_are_enough(small_world: BoltStore) -> None:
    claim = str(small_world.read(DISPUTED).rows[0][0])
    assert cited(small_world, claim[:8]) == cited(small_world, claim)


def test_a_disputed_claim_says_so_in_its_title(small_world: BoltStore) -> None:
    claim, provider = small_world.read(DISPUTED).rows[0]
    told = cited(small_world, claim)
    assert told.title.startswith(f"{provider} serves ")
    assert told.title.endswith("[DISPUTED]")
    assert any(fact.startswith("dispute by ") for fact in told.facts)


def test_a_retracted_claim_is_never_cited_as_service(small_world: BoltStore) -> None:
    for claim, provider, until in small_world.read(RETRACTED).rows:
        told = cited(small_world, claim)
        assert told.title.startswith(f"{provider} was said to serve ")
        assert "which was retracted" in told.title
        assert f"status: RETRACTED by {until}" in told.facts


def test_a_prefix_of_several_claims_lists_them(small_world: BoltStore) -> None:
    with pytest.raises(click.UsageError) as told:
        claims.find(small_world, "")
    assert len(told.value.message.splitlines()) == claims.SHOWN + 1
    assert "according to" in told.value.message


def test_a_prefix_of_no_claim_is_a_usage_error(small_world: BoltStore) -> None:
    with pytest.raises(click.UsageError, match="no claim begins with"):
        claims.find(small_world, "no-digits")
