"""What our collectors archive is what our observers read: a run over servers on loopback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from archived import card, plain, seen
from name_server import NameServer, reply
from rogues import (
    FAST,
    LOOPBACK,
    QUICK,
    Resolved,
    Rogue,
    authority,
    leaf,
    moved,
    net,
    page,
    policy,
    server_context,
)

from sousveil.ingest.archive import read
from sousveil.ingest.collect import Look, rdap
from sousveil.ingest.net import Policy, Rates
from sousveil.ingest.records import Exchange, Observation, Target
from sousveil.ingest.run import Options, begin, run

pytestmark = pytest.mark.loopback

ZONE = {
    ("site.test.", "A"): ["A 127.0.0.1"],
    ("site.test.", "MX"): ["MX 10 mx.site.test."],
    ("site.test.", "NS"): ["NS ns.dns.test."],
    ("site.test.", "TXT"): ['TXT "v=spf1 include:_spf.mail.test -all"', 'TXT "MS=ms1"'],
    ("site.test.", "SOA"): ["SOA ns.dns.test. h.dns.test. 1 2 3 4 5"],
    ("site.test.", "CAA"): ['CAA 0 issue "ca.test"'],
    ("www.site.test.", "A"): ["CNAME e.cdn.test."],
    ("www.site.test.", "CNAME"): ["CNAME e.cdn.test."],
    ("_dmarc.site.test.", "TXT"): ['TXT "v=DMARC1; p=none; rua=mailto:a@reports.test"'],
    ("_mta-sts.site.test.", "TXT"): ['TXT "v=STSv1; id=7;"'],
    ("selector1._domainkey.site.test.", "CNAME"): ["CNAME s._domainkey.mail.test."],
    ("selector1._domainkey.site.test.", "TXT"): ["CNAME s._domainkey.mail.test."],
    ("autodiscover.site.test.", "A"): ["CNAME autodiscover.mail.test."],
    ("autodiscover.site.test.", "CNAME"): ["CNAME autodiscover.mail.test."],
    ("mx.site.test.", "A"): ["A 127.0.0.1"],
    ("data.iana.org.", "A"): ["A 127.0.0.1"],
    ("rdap.test.", "A"): ["A 127.0.0.1"],
    ("1.0.0.127.in-addr.arpa.", "PTR"): ["PTR localhost.test."],
}
REGISTRAR = {
    "objectClassName": "domain",
    "ldhName": "site.test",
    "entities": [{"roles": ["registrar"], "vcardArray": card(("fn", "Imagined Domains"))}],
}
NETWORK = {
    "objectClassName": "ip network",
    "handle": "NET-1",
    "startAddress": "100.64.64.0",
    "endAddress": "100.64.67.255",
    "ipVersion": "v4",
    "name": "EXAMPLE",
    "entities": [
        {
            "handle": "O",
            "roles": ["registrant"],
            "vcardArray": card(("fn", "Imagined Cloud"), ("kind", "org")),
        }
    ],
}
PAGE = b"<meta name=generator content=Imagined><script src=https://cdn.other.test/x.js></script>"


def named(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    name, kind = message.question[0].name.to_text(), message.question[0].rdtype.name
    records = [f"{name} {one}" for one in ZONE.get((name, kind), ())]
    if name.endswith(".wild.test.") and kind == "A":
        records = [f"{name} A 127.0.0.1"]
    yield reply(message, *records)


def mail(connection: socket.socket) -> None:
    connection.sendall(b"220 mx.site.test ESMTP\r\n")
    while line := connection.recv(1000):
        connection.sendall(b"250 mx.site.test\r\n" if line.startswith(b"EHLO") else b"221 bye\r\n")


def registered(data: object) -> bytes:
    return page(json.dumps(data).encode(), Content_Type="application/rdap+json")


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """Collect two domains with every protocol; only ports, rates and patience are the test's."""
    root = authority("Imagined Authority")
    context = server_context(tmp_path, leaf(root, ["site.test", "*.site.test"]), root)
    pages = {
        "/": page(PAGE, Content_Type="text/html", Server="imagined", Set_Cookie="sid=secret"),
        "/.well-known/security.txt": page(b"Contact: mailto:jane@sec.test", Content_Type="text/plain"),
    }
    registry = {
        "/rdap/dns.json": registered({"services": [[["test"], ["https://rdap.test/"]]]}),
        "/domain/site.test": registered(REGISTRAR),
        "/": moved("https://site.test/"),
    }
    with (
        NameServer(named) as names,
        Rogue(pages, context) as https,
        Rogue(registry) as http,
        Rogue(mail) as smtp,
    ):
        usual = Options.policy
        ports = (("http", http.port), ("https", https.port), ("smtp", smtp.port))

        def hurried(self: Options, workers: int = 1) -> Policy:
            rates = Rates(network=FAST, resolver=FAST, registry=FAST)
            rules = usual(self, workers)
            return replace(rules, ports=ports, limits=QUICK, rates=rates, rdap=(("https://", "http://"),))

        monkeypatch.setattr(Options, "policy", hurried)
        options = Options(
            resolvers=(names.place,),
            rate=1e5,
            protocols=("dns", "tls", "http", "rdap", "smtp"),
            allow=("127.0.0.0/8",),
        )
        folder = begin(tmp_path / "runs", [Target("site.test"), Target("wild.test")], options, "test", "none")
        run(folder, 1, lambda _now: None, lambda: False)
    return [archived.exchange for archived in read(folder)]


def facts(found: list[Observation]) -> set[tuple[str, str, str]]:
    return {(one.kind, one.scope, one.value) for one in found}


def test_everything_that_was_collected_is_read(collected: list[Exchange]) -> None:
    found = []
    for one in collected:
        looked, *rest = seen(one)
        assert (looked.kind, looked.value, looked.subject) == ("looked", one.outcome, one.subject), one.uri
        assert dict(looked.detail)["question"] == one.question
        assert rest or one.outcome != "ok" or one.question in ("robots", "bootstrap"), one.uri
        found += rest
    assert {one.protocol for one in collected} == {"dns", "tls", "http", "rdap", "smtp"}
    assert facts(found) >= {
        ("address", "dns", "127.0.0.1"), ("mx", "dns", "mx.site.test"), ("ns", "dns", "ns.dns.test"),
        ("spf", "dns", "_spf.mail.test"), ("verification", "dns", "MS"), ("soa", "dns", "ns.dns.test"),
        ("caa", "dns", "ca.test"), ("cname", "dns", "e.cdn.test"), ("dmarc", "dns", "reports.test"),
        ("mta-sts", "dns", "7"), ("dkim", "dns", "s._domainkey.mail.test"), ("ptr", "dns", "localhost.test"),
        ("autodiscover", "dns", "autodiscover.mail.test"), ("wildcard", "dns", "A"),
        ("san", "tls", "*.site.test"), ("issuer", "tls", "Imagined Authority"), ("session", "tls", "TLSv1.3"),
        ("address", "document", "127.0.0.1"), ("status", "document", "200"), ("cookie", "document", "sid"),
        ("header", "document", "imagined"), ("generator", "document", "Imagined"),
        ("embed", "third-party-asset", "cdn.other.test"), ("declared", "document", "sec.test"),
        ("registrar", "registry", "Imagined Domains"), ("banner", "smtp", "mx.site.test"),
    }  # fmt: skip
    assert "secret" not in str(found)
    assert "jane" not in str(found)


def told(name: str, text: str) -> Exchange:
    """Answer as Team Cymru's zones do."""
    answer = dns.message.make_response(dns.message.make_query(name, "TXT"))
    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
    return Exchange(
        target="x",
        subject="x",
        protocol="dns",
        question="TXT",
        uri=f"dns://127.0.0.1/{name.rstrip('.')}?type=TXT",
        time=datetime.now(UTC),
        outcome="ok",
        answered=answer.to_wire(),
    )


def test_what_ipwhois_asked_gives_network_and_systems() -> None:
    origin, system = "1.65.64.100.origin.asn.cymru.com.", "AS64500.asn.cymru.com."
    names = Resolved(
        {"rdap.arin.net": ("127.0.0.1",)},
        {
            origin: told(origin, "64500 | 100.64.64.0/22 | US | arin | 2020-01-01"),
            system: told(system, "64500 | US | arin | 2020-01-01 | EXAMPLE, US"),
        },
    )
    look = Look(protocol="rdap", target="100.64.65.1", subject="100.64.65.1")
    with Rogue({"/registry/ip/100.64.65.1": registered(NETWORK)}) as server:
        allow = (*LOOPBACK, ip_network("100.64.0.0/10"))
        through = net(policy(server, rdap=(("https://", "http://"),), allow=allow), names)
        found = [
            fact for one in rdap.collect(look, through) if isinstance(one, Exchange) for fact in seen(one)
        ]
    assert plain(found, "looked") == ["ok", "ok", "ok"]
    assert plain(found, "network") == ["Imagined Cloud"]
    assert plain(found, "asn") == ["64500", "64500"]
    assert {one.subject for one in found} == {"100.64.65.1"}
    assert {one.scope for one in found} == {"registry"}
