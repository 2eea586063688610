"""Bytes that are nearly right never raise: they are read, or named, and always the same way."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import brotli
import pytest
from archived import CA, ISSUER, ROOT, card, certificate, exchange, http, message, name, presented, seen
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.ingest.records import Exchange

D = "www.example.com"
PAGE = b"""<!doctype html><base href=/x/><meta charset=gbk><meta http-equiv=refresh content="9;url=/y">
<meta name=generator content="Drupal 10"><script src=//cdn.other.example:443/a.js></script><svg>
<use href=#a /></svg><img srcset="/b.png 1x, //c.example/d.png 2x">
<style>@import "https://e.example/f";</style><select><option><hr>
<template><img src=/g></template><table background=h><p style="background:url('i')">"""
REGISTRY = {
    "objectClassName": "ip network", "handle": "N", "startAddress": "192.0.2.0", "endAddress": "192.0.2.255",
    "country": "US",
    "entities": [{"roles": ["registrant"], "vcardArray": card(("fn", "A Ltd"), ("kind", "org"))}],
}  # fmt: skip
DOMAIN = {
    "objectClassName": "domain",
    "entities": [
        {
            "roles": ["registrar"],
            "vcardArray": card(("fn", "B"), ("org", ["C", "D"])),
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "1"}],
        }
    ],
    "events": [{"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}],
}
CARBON = b'[upstream]\nservices = [{domain = "host.example", service_type = "web"}]\n'


def looked_up(asked: str, kind: str, *records: str, **changes: object) -> Exchange:
    uri = f"dns://192.0.2.53/{asked}?type={kind}"
    return exchange("dns", message(asked, kind, *records), kind, **({"uri": uri} | changes))


def valid() -> list[Exchange]:
    """Make one exchange for each way that an observer can go."""
    person = name(common_name="Jane", surname="Doe", organization_name="E Ltd")
    key = x509.AuthorityKeyIdentifier.from_issuer_public_key(CA.public_key())
    crl = x509.DistributionPoint([x509.UniformResourceIdentifier("http://c.example/1")], None, None, None)
    leaf = certificate(key, x509.CRLDistributionPoints([crl]), subject=person, names=(D, "*.example.com"))
    chain = presented(leaf, certificate(subject=ISSUER, issuer=ROOT, names=()))
    origin, service = "1.2.0.192.origin.asn.cymru.com", "_autodiscover._tcp.example.com"
    html, site = "Content-Type: text/html", "https://www.example.com"
    return [
        chain,
        replace(chain, protocol="smtp"),
        looked_up(D, "A", f"{D} 1 IN CNAME e.example.", "e.example 1 IN A 192.0.2.1"),
        looked_up(
            D, "A", f"{D} 1 IN CNAME e.example.", "e.example 1 IN A 192.0.2.1", notes=(("wildcard", "yes"),)
        ),
        looked_up(
            D, "TXT", f'{D} 1 IN TXT "v=spf1 a:b.example/24 ip6:2001:db8::/32 -all"', f'{D} 1 IN TXT "MS=1"'
        ),
        looked_up(f"_dmarc.{D}", "TXT", f'_dmarc.{D} 1 IN TXT "v=DMARC1; p=none; rua=mailto:a@b.example!1m"'),
        looked_up(origin, "TXT", f'{origin} 1 IN TXT "64500 | 192.0.2.0/24 | US | arin | 2014-03-28"'),
        looked_up(service, "SRV", f"{service} 1 IN SRV 0 0 443 a.example."),
        looked_up("1.2.0.192.in-addr.arpa", "PTR", "1.2.0.192.in-addr.arpa 1 IN PTR a.example."),
        looked_up(D, "SOA", rf"{D} 1 IN SOA ns.example. a\.b.example. 1 2 3 4 5"),
        looked_up(D, "CAA", f'{D} 1 IN CAA 0 issue "ca.example"'),
        looked_up(D, "MX", f"{D} 1 IN MX 0 ."),
        exchange("rdap", http(json.dumps(REGISTRY).encode()), "network"),
        exchange("rdap", http(json.dumps(DOMAIN).encode()), "domain"),
        exchange("http", http(PAGE, html, "Server: a", "Set-Cookie: b=c")),
        exchange("http", http(gzip.compress(PAGE), html, "Content-Encoding: gzip")),
        exchange("http", http(brotli.compress(PAGE), html, "Content-Encoding: br")),
        exchange("http", http(b"5\r\n<meta\r\n0\r\n\r\n", html, "Transfer-Encoding: chunked")),
        exchange("http", http(b"", "Location: /x", status="302 Found")),
        exchange("http", http(CARBON), "declaration", uri=f"{site}/.well-known/carbon.txt"),
        exchange(
            "http",
            http(b"Contact: mailto:a@b.example"),
            "declaration",
            uri=f"{site}/.well-known/security.txt",
        ),
        exchange("smtp", b"220-mx.example.com ESMTP\r\n250 mx\r\n", "banner"),
    ]


VALID = valid()


@st.composite
def mutated(draw: st.DrawFn) -> Exchange:
    """Draw a valid exchange of which some bytes were changed, cut out, doubled or put in."""
    one = draw(st.sampled_from(VALID))
    data = one.answered
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = at + draw(st.integers(0, 12))
        part = draw(st.one_of(st.binary(max_size=8), st.just(data[at:until] * 2), st.just(b"")))
        data = data[:at] + part + data[until:]
    return replace(one, answered=data)


def read_the_same_twice(one: Exchange) -> None:
    found = seen(one)
    assert found[0].kind == "looked"
    assert [each.kind for each in found].count("looked") == 1
    assert seen(one) == found


@pytest.mark.parametrize("one", VALID, ids=lambda one: f"{one.protocol}-{one.question}")
def test_what_is_mutated_below_is_valid(one: Exchange) -> None:
    looked, *facts = seen(one)
    assert looked.value == "ok"
    assert "reason" not in dict(looked.detail)
    assert facts


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_mutated_bytes_never_raise(one: Exchange) -> None:
    read_the_same_twice(one)


@pytest.mark.parametrize("one", VALID, ids=lambda one: f"{one.protocol}-{one.question}")
def test_bytes_that_break_off_anywhere_never_raise(one: Exchange) -> None:
    for end in range(0, len(one.answered), 7):
        assert seen(replace(one, answered=one.answered[:end]))[0].kind == "looked"


@pytest.mark.soak
@settings(max_examples=200_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutated_bytes_never_raise_for_long(one: Exchange) -> None:
    read_the_same_twice(one)
