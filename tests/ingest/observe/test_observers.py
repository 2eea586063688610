"""Bytes become facts, and bytes that are none become a named outcome."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import dns.message
import dns.rrset
import pytest
from archived import exchange, message, seen, values
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.cli import group
from sousveil.ingest.archive import RunFacts, Writer
from sousveil.ingest.lines import read
from sousveil.ingest.observe import observers
from sousveil.ingest.records import Exchange

PROTOCOLS = get_args(get_type_hints(Exchange)["protocol"])
PAGE = b"""<!doctype html><base href="/shop/"><meta name=generator content="WordPress 6.4">
<script src="//cdnjs.cloudflare.com/x.js"></script><img src="wp-content/a.png?v=1">
<img srcset="https://static.example.com/1.png 1x, data:image/png;base64,xx 2x"><a href="https://other.example">"""


def test_every_protocol_has_an_observer() -> None:
    assert sorted(observers()) == sorted(PROTOCOLS)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_bytes_that_cannot_be_read_are_formerr_with_a_reason(protocol: str) -> None:
    (only,) = seen(exchange(protocol, b"\x00\xff nonsense"))
    assert (only.kind, only.value) == ("looked", "formerr")
    assert dict(only.detail)["reason"]


@settings(max_examples=60, deadline=None)
@given(protocol=st.sampled_from(PROTOCOLS), data=st.binary(max_size=600))
def test_no_bytes_raise(protocol: str, data: bytes) -> None:
    for head in (b"", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"220 "):
        assert seen(exchange(protocol, head + data))[0].kind == "looked"


def test_chain_of_cnames_keeps_its_order_and_the_address_is_the_asked_names() -> None:
    wire = message(
        "www.example.com",
        "A",
        "b.example.net 60 IN A 192.0.2.7",
        "a.example.net 60 IN CNAME b.example.net.",
        "www.example.com 60 IN CNAME a.example.net.",
    )
    found = seen(exchange("dns", wire, "A", uri="dns://192.0.2.53/www.example.com?type=A"))
    hops = [(one.value, dict(one.detail)["hop"]) for one in found if one.kind == "cname"]
    assert hops == [("a.example.net", "1"), ("b.example.net", "2")]
    assert [(one.subject, one.value) for one in found if one.kind == "address"] == [
        ("www.example.com", "192.0.2.7")
    ]


def test_chain_that_goes_round_says_so_and_has_no_address() -> None:
    wire = message("a.example", "A", "a.example 1 IN CNAME b.example.", "b.example 1 IN CNAME a.example.")
    found = seen(exchange("dns", wire, "A"))
    assert [dict(one.detail)["loop"] for one in found if one.kind == "cname"] == ["yes", "yes"]
    assert not values(found, "address")


def test_null_mx_is_a_dot_and_two_spf_records_are_a_permerror() -> None:
    assert values(seen(exchange("dns", message("e.example", "MX", "e.example 1 IN MX 0 ."))), "mx") == [
        ("dns", ".")
    ]
    spf = message("e.example", "TXT", 'e.example 1 IN TXT "v=spf1 include:%{i}._spf.example.net -all"')
    found = seen(exchange("dns", spf, "TXT"))
    assert values(found, "spf") == [("dns", "%{i}._spf.example.net")]
    twice = dns.message.from_wire(spf)
    twice.answer[0].add(dns.rrset.from_text("e.example", 1, "IN", "TXT", '"v=spf1 mx"')[0])
    assert "permerror" in dict(seen(exchange("dns", twice.to_wire(), "TXT"))[0].detail)["reason"]


def test_embedded_resources_never_have_the_scope_of_the_document() -> None:
    found = seen(exchange("http", b"HTTP/1.1 200 OK\r\nServer: nginx\r\nSet-Cookie: a=1\r\n\r\n" + PAGE))
    assert values(found, "embed") == [
        ("third-party-asset", "cdnjs.cloudflare.com"),
        ("first-party-asset", "static.example.com"),
    ]
    assert values(found, "path") == [("document", "/shop/wp-content/a.png")]
    assert values(found, "generator") == [("document", "WordPress 6.4")]
    assert values(found, "cookie") == [("document", "a")]


def test_refusal_names_the_edge_and_never_the_software() -> None:
    found = seen(exchange("http", b"HTTP/1.1 403 No\r\nCF-Ray: 1\r\n\r\n" + PAGE, outcome="blocked"))
    assert values(found, "header") == [("document", "1")]
    assert not values(found, "generator")


def test_headers_of_a_redirect_are_apart() -> None:
    found = seen(exchange("http", b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nServer: a\r\n\r\n" + PAGE))
    assert {one.scope for one in found} == {"redirect"}


def test_hostile_nesting_is_cut_and_said() -> None:
    hostile = b"<p>" + b"".join(b"<b a=%d>" % number for number in range(5000)) + b"<p>x" * 5000
    found = seen(exchange("http", b"HTTP/1.1 200 OK\r\n\r\n" + hostile))
    assert "of the page" in dict(found[0].detail)["reason"]


def test_archived_exchanges_come_back_as_the_same_observations(tmp_path: Path) -> None:
    one = exchange("http", b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n" + PAGE, media="application/http")
    run = RunFacts(
        id="r", software="s", rules="0", catalogue="0", vantage="DE, test", started=one.time, contact=None
    )
    (tmp_path / "run").mkdir()
    with Writer(tmp_path / "run", run) as writer:
        writer.add(one)
    out = tmp_path / "o.jsonl"
    done = CliRunner().invoke(group, ["observe", str(tmp_path / "run"), "-o", str(out)])
    assert done.exit_code == 0, done.output
    found = list(read(out.read_text("utf-8").splitlines(), "o.jsonl"))
    assert [o.value for o in found] == [o.value for o in seen(one)]
    assert {o.vantage for o in found} == {"DE, test"}
