"""From archived bytes to the graph: what a run saw, who serves by it, and what nobody could tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dns.message
import dns.rrset
import pytest
import stores

from sousveil.graph import BoltStore
from sousveil.ingest import archive
from sousveil.ingest.pipeline import ingest_run, rebuild
from sousveil.ingest.records import Exchange

TIME = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DOMAIN = "hikvision.com"
SERVED = """
MATCH (d:Domain {name: 'hikvision.com'})<-[s:SERVES {source: 'looks'}]-(p:Provider)
RETURN p.id AS provider, s.service AS service, s.role AS role, s.basis AS basis, s.strength AS strength,
       s.rules AS rules, s.sightings AS sightings, size(s.evidence) AS evidence
ORDER BY provider, service
"""
CONCLUDED = """
MATCH (d:Domain {name: 'hikvision.com'})<-[c:CONCLUDED]-(:Run)
WHERE c.host = d.name
RETURN c.service AS service, c.finding AS finding
ORDER BY service
"""
CHECKED = """
MATCH (d:Domain {name: 'hikvision.com'})<-[c:CHECKED]-(:Run)
RETURN c.service AS service, c.outcome AS outcome, c.vantage AS vantage
ORDER BY service
"""
PLACE = """
MATCH (e:Evidence {source: 'looks'})
WHERE e.url STARTS WITH 'dns://'
RETURN DISTINCT size(e.digest) AS digest, e.locator CONTAINS 'run r1' AS place
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Archive a run that looked at the mail and the name servers of one domain."""
    folder = tmp_path / "r1"
    folder.mkdir()
    facts = archive.RunFacts(id="r1", software="0", rules="0", catalogue="0", vantage="a test", started=TIME)
    with archive.Writer(folder, facts) as writer:
        for exchange in exchanges():
            writer.add(exchange)
    archive.finish(folder, TIME)
    return folder


def exchanges() -> Iterator[Exchange]:
    yield answer("MX", f"{DOMAIN}. 300 IN MX 0 hikvision-com.mail.protection.outlook.com.")
    yield answer("NS", f"{DOMAIN}. 300 IN NS ns1.dnsv2.com.", f"{DOMAIN}. 300 IN NS ns2.dnsv2.com.")
    yield Exchange(
        target=DOMAIN, subject=DOMAIN, protocol="tls", question="handshake", time=TIME,
        uri=f"tls://{DOMAIN}:443/100.64.0.1", outcome="timeout",
    )  # fmt: skip


def answer(kind: str, *records: str) -> Exchange:
    query = dns.message.make_query(DOMAIN, kind, id=7)
    said = dns.message.make_response(query)
    for record in records:
        said.answer.append(dns.rrset.from_text(*record.split(" ", 4)))
    return Exchange(
        target=DOMAIN, subject=DOMAIN, protocol="dns", question=kind, time=TIME, outcome="ok",
        uri=f"dns://127.0.0.1/{DOMAIN}?type={kind}", server="127.0.0.1", asked=query.to_wire(),
        answered=said.to_wire(), media="application/dns-message",
    )  # fmt: skip


@pytest.mark.parametrize("name", stores.STORES[:2])
def test_archived_run_becomes_service_with_rules_and_evidence(
    store_pool: stores.Pool, tmp_path: Path, run: Path, name: str
) -> None:
    store = store_pool.clean(name)
    ingest_run(store, tmp_path / "home", run)
    assert store.read(SERVED).rows == [
        ("dnspod", "nameserver", "authoritative", "configured", "publishable",
         ["dnspod/nameserver/authoritative/ns"], 1, 1),
        ("microsoft-365", "email", "mailbox", "configured", "publishable",
         ["microsoft-365/email/mailbox/mx"], 1, 1),
    ]  # fmt: skip
    found = dict(store.read(CONCLUDED).rows)
    assert (found["email"], found["nameserver"], found["certificate"]) == ("named", "named", "unknown")
    assert store.read(CHECKED).rows == [
        ("certificate", "timeout", "a test"),
        ("email", "ok", "a test"),
        ("nameserver", "ok", "a test"),
    ]
    assert store.read(PLACE).rows == [(64, True)]


def test_run_loads_once_and_survives_a_rebuild(store_pool: stores.Pool, tmp_path: Path, run: Path) -> None:
    store: BoltStore = store_pool.clean("arcade")
    ingest_run(store, tmp_path / "home", run)
    once = [store.read(cypher).rows for cypher in (SERVED, CONCLUDED, CHECKED, PLACE)]
    ingest_run(store, tmp_path / "home", run)
    assert [store.read(cypher).rows for cypher in (SERVED, CONCLUDED, CHECKED, PLACE)] == once
    rebuild(store, tmp_path / "home")
    assert [store.read(cypher).rows for cypher in (SERVED, CONCLUDED, CHECKED, PLACE)] == once
