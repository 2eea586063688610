"""A provider with thousands of clients: answers stay whole, ordered and quick."""

import time
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import smallworld as world
import stores

from sousveil.graph import BoltStore, Rows
from sousveil.ingest.load import load
from sousveil.ingest.records import Company, Evidence, Extract, Fact, Ownership, Ref, Sighting
from sousveil.queries import questions
from sousveil.schema.dates import Window

CLIENTS = 2_000
OWNED = CLIENTS // 4
DAY = date(2026, 1, 1)
SLOW = 30.0  # seconds, on a busy machine; alone it takes less than one


def clients() -> Extract:
    """Let AmberCloud serve client-0.example, client-1.example, …; a quarter of them has an owner."""
    first = date(2025, 1, 1)
    facts: list[Fact] = [Evidence(id="hub", kind="record", source="hub", date=Window(first, first))]
    for n in range(CLIENTS):
        subject = Ref("Domain", f"client-{n}.example")
        seen = Window(first + timedelta(n % 365), first + timedelta(n % 365))
        facts.append(
            Sighting(
                source="hub",
                provider="amber-cloud",
                subject=subject,
                service="web-hosting",
                basis="observed",
                seen=seen,
                known_from=seen.latest,
                evidence="hub",
            )
        )
        if n < OWNED:
            facts.append(Company(id=f"client-{n}", name=f"Client {n}"))
            facts.append(
                Ownership(
                    source="hub",
                    owned=subject,
                    owner=f"client-{n}",
                    basis="declared",
                    known_from=first,
                    evidence=(),
                )
            )
    return Extract(source="hub", dated=DAY, facts=facts)


@pytest.fixture(scope="module", params=stores.STORES)
def hub(store_pool: stores.Pool, request: pytest.FixtureRequest) -> BoltStore:
    store: BoltStore = store_pool.clean(request.param)
    world.build(store)
    load(store, clients(), world.run("attribute", "hub", "hub"))
    return store


def ask(store: BoltStore, name: str, **given: object) -> Rows:
    question = questions()[name]
    start = time.monotonic()
    answer = store.read(question.cypher, question.bind(given, as_of=DAY, known_on=DAY))
    assert time.monotonic() - start < SLOW
    return answer


def column(answer: Rows, name: str) -> Sequence[object]:
    return [row[answer.columns.index(name)] for row in answer.rows]


def test_a_hub_names_all_its_clients_in_order(hub: BoltStore) -> None:
    answer = ask(hub, "clients-of", provider="amber-cloud")
    owned = [name for name in column(answer, "company") if name is not None]
    domains = column(answer, "domain")
    assert len(answer.rows) == CLIENTS + 5  # the small world has five of its own
    assert len(set(domains)) == len(domains)
    assert owned == sorted(owned, key=str)
    assert len(owned) == OWNED + 4
    assert column(answer, "company")[len(owned) :] == [None] * (CLIENTS - OWNED + 1)
    assert ask(hub, "clients-of", provider="amber-cloud").rows == answer.rows


def test_a_hub_on_one_list_names_only_the_listed(hub: BoltStore) -> None:
    answer = ask(hub, "clients-of", provider="amber-group", list="us-cmic")
    assert column(answer, "domain") == ["cub.example", "lion.example", "pride.example"]


def test_clients_of_a_hub_are_answered_from_their_own_end(hub: BoltStore) -> None:
    assert column(ask(hub, "providers-of", entity="client-7"), "provider") == ["AmberCloud"]
    assert column(ask(hub, "providers-of", entity=f"client-{CLIENTS - 1}.example"), "company") == [None]
    assert len(ask(hub, "us-firms-serving-entity-list").rows) == 7
    coverage = ask(hub, "coverage")
    numbers = dict(zip(column(coverage, "measure"), column(coverage, "number"), strict=True))
    assert numbers["facts_last_known"] == 10
