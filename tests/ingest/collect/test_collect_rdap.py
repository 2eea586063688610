"""Registries are asked seldom, through our door, and whatever they answer is kept."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.message
import dns.rrset
import pytest
from rogues import (
    FAST,
    LOOPBACK,
    Resolved,
    Rogue,
    authority,
    leaf,
    moved,
    net,
    page,
    pem,
    policy,
    server_context,
)

from sousveil.ingest.collect import Look, rdap
from sousveil.ingest.net import Net, Rate, Rates
from sousveil.ingest.records import Exchange

pytestmark = pytest.mark.loopback
ORIGIN = "1.65.64.100.origin.asn.cymru.com."
NETWORK = {
    "objectClassName": "ip network",
    "handle": "NET-100-64-64-0-1",
    "startAddress": "100.64.64.0",
    "endAddress": "100.64.67.255",
    "ipVersion": "v4",
    "name": "EXAMPLE",
    "entities": [{"handle": "ORG-1", "roles": ["registrant"]}],
}
BOOTSTRAP = {"services": [[["com", "example"], ["http://rdap.example/com", "https://rdap.example/com/"]]]}
REGISTRIES = (("https://", "http://"),)


def dns_answer(name: str, text: str | None, outcome: str = "ok") -> Exchange:
    """Make what the engine's resolver would have seen."""
    message = dns.message.make_response(dns.message.make_query(name, "TXT"))
    if text:
        message.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
    return Exchange(
        target="x",
        subject="x",
        protocol="dns",
        question="TXT",
        uri=f"dns://127.0.0.1/{name}?type=TXT",
        time=datetime.now(UTC),
        outcome=outcome,
        answered=message.to_wire(),
    )


def names(
    text: str | None = "64500 | 100.64.64.0/22 | US | arin | 2020-01-01", outcome: str = "ok"
) -> Resolved:
    described = "64500 | US | arin | 2020-01-01 | EXAMPLE, US"
    hosts = dict.fromkeys(
        ("rdap.arin.net", "rdap-bootstrap.arin.net", "rdap.db.ripe.net", "data.iana.org"), ("127.0.0.1",)
    )
    return Resolved(
        hosts,
        {ORIGIN: dns_answer(ORIGIN, text, outcome)}
        | {"AS64500.asn.cymru.com.": dns_answer("AS64500.asn.cymru.com.", described)},
    )


def answer(data: Any, **headers: str) -> bytes:
    return page(json.dumps(data).encode(), Content_Type="application/rdap+json", **headers)


def door(server: Rogue, resolved: Resolved | None = None) -> Net:
    allow = (*LOOPBACK, ipaddress.ip_network("100.64.0.0/10"))
    return net(policy(server, rdap=REGISTRIES, allow=allow), resolved or names())


def collected(subject: str, through: Net) -> list[Exchange]:
    look = Look(protocol="rdap", target=subject, subject=subject)
    return [one for one in rdap.collect(look, through) if isinstance(one, Exchange)]


def test_address_gives_system_and_allocation() -> None:
    with Rogue({"/registry/ip/100.64.65.1": answer(NETWORK)}) as server:
        found = collected("100.64.65.1", door(server))
    assert [(one.protocol, one.question, one.outcome) for one in found] == [
        ("dns", "TXT", "ok"),
        ("dns", "TXT", "ok"),
        ("rdap", "network", "ok"),
    ]
    assert {(one.target, one.subject) for one in found} == {("100.64.65.1", "100.64.65.1")}
    assert found[2].answered == answer(NETWORK)
    assert found[2].asked.startswith(b"GET /registry/ip/100.64.65.1 HTTP/1.1\r\nHost: rdap.arin.net\r\n")
    assert b"Accept: application/rdap+json" in found[2].asked


def test_thousand_addresses_of_one_block_are_asked_for_once() -> None:
    with Rogue({"/registry/ip/100.64.65.1": answer(NETWORK)}) as server:
        through = door(server)
        assert len(collected("100.64.65.1", through)) == 3
        for number in range(1000):
            assert not collected(f"100.64.{64 + number // 256}.{number % 256}", through)
        assert len(server.asked) == 1
        assert isinstance(through.names, Resolved)
        assert len(through.names.looked_up) == 3  # two texts, and the registry's address


@pytest.mark.parametrize(
    ("first", "last"),
    [("0.0.0.0", "255.255.255.255"), ("100.0.0.0", "100.255.255.255"), ("1.1.1.0", "1.1.1.9"), ("x", "y")],  # noqa: S104
)
def test_range_that_says_nothing_is_not_remembered(first: str, last: str) -> None:
    table = {"/registry/ip/100.64.65.1": answer(NETWORK | {"startAddress": first, "endAddress": last})}
    with Rogue(table) as server:
        through = door(server)
        assert collected("100.64.65.1", through)[-1].outcome == "ok"
        assert not through.known.covers("allocation", "100.64.65.1")


@pytest.mark.parametrize(
    ("text", "outcome"), [(None, "ok"), (None, "timeout"), ("garbage", "ok"), ("1 | 2 | 3 | moon | 5", "ok")]
)
def test_without_a_system_arin_says_which_registry(text: str | None, outcome: str) -> None:
    table = {
        "/bootstrap/ip/100.64.65.1": moved("https://rdap.db.ripe.net/ip/100.64.65.1"),
        "/ip/100.64.65.1": answer(NETWORK),
    }
    with Rogue(table) as server:
        found = collected("100.64.65.1", door(server, names(text, outcome)))
    assert [(one.protocol, one.outcome) for one in found] == [
        ("dns", outcome),
        ("rdap", "ok"),
        ("rdap", "ok"),
    ]
    assert [one.uri for one in found[1:]] == [
        "http://rdap-bootstrap.arin.net/bootstrap/ip/100.64.65.1",
        "http://rdap.db.ripe.net/ip/100.64.65.1",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"handle": 5}', b'{"handle": "x", "ipVersion": []}'],
)
def test_answer_that_is_none_is_kept(body: bytes) -> None:
    with Rogue({"/registry/ip/100.64.65.1": page(body)}) as server:
        found = collected("100.64.65.1", door(server))
    assert found[-1].answered == page(body)


def test_address_that_may_not_be_asked_about_is_not() -> None:
    with Rogue({}) as server:
        (found,) = collected("10.0.0.1", door(server))
    assert (found.outcome, found.question) == ("not-attempted", "network")


def test_domain_is_asked_of_its_registry() -> None:
    domain = {"objectClassName": "domain", "ldhName": "a.com"}
    table = {"/rdap/dns.json": answer(BOOTSTRAP), "/com/domain/a.com": answer(domain)}
    with Rogue(table) as server:
        through = door(server)
        bootstrap, found = collected("a.com", through)
        (absent,) = collected("b.com", through)
        (nobody,) = collected("a.cn", through)
    assert (bootstrap.question, bootstrap.subject, bootstrap.outcome) == ("bootstrap", "data.iana.org", "ok")
    assert (found.outcome, found.answered, found.target) == ("ok", answer(domain), "a.com")
    assert absent.outcome == "absent"
    assert (nobody.outcome, nobody.asked) == ("not-attempted", b"")
    assert "no RDAP service" in dict(nobody.notes)["error"]


def test_without_the_bootstrap_file_every_domain_says_so() -> None:
    with Rogue({}) as server:
        through = door(server)
        assert [one.outcome for one in collected("a.com", through)] == ["absent", "not-attempted"]
        (again,) = collected("b.com", through)
    assert "did not come: absent" in dict(again.notes)["error"]


def busy(retry_after: str | None) -> bytes:
    headers = {"Retry_After": retry_after} if retry_after else {}
    return page(b"", status="429 Slow", **headers)


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [("7", 7), ("100000", 120), (None, 60), ("soon", 60), ("Sat, 01 Jan 2000 00:00:00 GMT", 0)],
)
def test_busy_registry_is_left_alone_as_long_as_it_says(retry_after: str | None, pause: float) -> None:
    slept: list[float] = []
    table = {"/rdap/dns.json": answer(BOOTSTRAP), "/com/domain/a.com": busy(retry_after)}
    with Rogue(table) as server:
        rules = replace(
            door(server).policy, rates=Rates(network=FAST, resolver=FAST, registry=Rate(1000.0, 1000.0))
        )
        with Net(rules, names(), sleep=slept.append) as through:
            found = collected("a.com", through)[-1]
        assert len(server.asked) == 3
    assert found.outcome == "blocked"
    assert sum(slept) == pytest.approx(pause, abs=0.2)


def test_registries_are_asked_a_few_times_a_minute() -> None:
    slept: list[float] = []
    with Rogue({"/rdap/dns.json": answer(BOOTSTRAP)}) as server:
        rules = replace(door(server).policy, rates=Rates(network=FAST))
        with Net(rules, names(), sleep=slept.append) as through:
            for number in range(6):
                collected(f"{number}.com", through)
    assert len(slept) == 4  # two go at once
    assert slept[-1] == pytest.approx(60, abs=1)


@pytest.mark.parametrize(("vouched", "outcome"), [(True, "ok"), (False, "tls-failure")])
def test_registry_must_show_a_certificate_that_holds(tmp_path: Path, *, vouched: bool, outcome: str) -> None:
    root = authority()
    trust = tmp_path / "trust.pem"
    trust.write_bytes(pem(root))
    context = server_context(tmp_path, leaf(root if vouched else None, ["data.iana.org"]))
    with Rogue({"/rdap/dns.json": answer({"services": []})}, context) as server:
        found = collected("a.com", net(policy(https=server, trust=str(trust)), names()))
    assert found[0].outcome == outcome
