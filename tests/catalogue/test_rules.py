"""A rule fits on whole labels, and a rule that breaks its own examples is refused by line."""

from __future__ import annotations

import re

import pytest

from sousveil.catalogue import CatalogueError, parse
from sousveil.catalogue.rules import fits, mistake

HEAD = """
name = "Edge"
services = ["cdn"]
recorded = "2026-11-23"
[sources.docs]
url = "https://example.com/docs"
title = "Docs"
publisher = "Edge"
"""
RULE = """
[[rules]]
service = "cdn"
role = "edge"
kind = "cname"
values = ["edge.example"]
matches = ["a.edge.example"]
rejects = ["myedge.example"]
sources = ["docs"]
"""


@pytest.mark.parametrize(
    ("kind", "value", "text", "expected"),
    [
        ("mx", "outlook.com", "mx.outlook.com.", True),
        ("mx", "outlook.com", "MX.OUTLOOK.COM", True),
        ("mx", "outlook.de", "mx01.outlook.dehosted.net", False),
        ("mx", "google.com", "aspmx.lgoogle.com", False),
        ("mx", "google.com", "google.com.example.net", False),
        ("ns", "awsdns-*.co.uk", "ns-1.awsdns-47.co.uk", True),
        ("ns", "awsdns-*.co.uk", "ns-1.awsdns-4.7.co.uk", False),
        ("ptr", "vps*.ovh.net", "vps-1.ovh.net", True),
        ("ptr", "vps*.ovh.net", "ovh.net", False),
        ("address", "100.64.0.0/10", "100.64.1.1", True),
        ("address", "100.64.0.0/10", "100.128.0.0", False),
        ("address", "2001:db8::/32", "100.64.0.0", False),
        ("address", "2001:db8::/32", "nonsense", False),
        ("header", "cf-ray", "CF-RAY: 1-FRA", True),
        ("header", "cf-ray", "cf-ray-id: 1", False),
        ("header", "server: cloudflare", "Server: Cloudflare", True),
        ("header", "server: cloudflare", "server: cloudflare-nginx", False),
        ("header", "server: cloudflare*", "server: cloudflare-nginx", True),
        ("generator", "WordPress*", "wordpress 6.1", True),
        ("generator", "WordPress*", "Not WordPress", False),
        ("asn", "13335", "13335", True),
        ("asn", "13335", "133350", False),
        ("registrar", "iana:146", "iana:1460", False),
    ],
)
def test_value_fits_on_whole_labels_networks_and_texts(
    kind: str, value: str, text: str, expected: bool
) -> None:
    assert fits(kind, value, text) is expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mx", "com"),
        ("mx", "google.*"),
        ("mx", "Google.com"),
        ("mx", ".google.com"),
        ("address", "1.2.3.4/8"),
        ("asn", "AS13335"),
        ("header", "*"),
    ],
)
def test_value_that_is_no_name_network_or_number_is_a_mistake(kind: str, value: str) -> None:
    assert mistake(kind, value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('"a.edge.example"', '"edge.example.com"'), "'edge.example.com' must match, and does not"),
        (('"myedge.example"', '"my.edge.example"'), "'my.edge.example' must not match, and does"),
        (('rejects = ["myedge.example"]', ""), "rejects is missing"),
        (('"cname"', '"embed"'), "kind is 'embed'"),
        (('["edge.example"]', '["example"]'), "at least two labels"),
        (('"edge"', '"centre"'), "role is 'centre'"),
    ],
)
def test_rule_that_breaks_its_examples_is_refused(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(reason)) as caught:
        parse({"providers/edge.toml": HEAD + RULE.replace(*change)})
    assert "catalogue/providers/edge.toml, line" in str(caught.value)


def test_value_that_two_providers_claim_is_refused() -> None:
    texts = {"providers/edge.toml": HEAD + RULE, "providers/other.toml": HEAD + RULE}
    with pytest.raises(CatalogueError, match=r"edge has the cname 'edge\.example' too"):
        parse(texts)


def test_value_may_name_another_provider_in_another_service() -> None:
    other = RULE.replace('"cdn"', '"web-hosting"').replace('"edge"', '"platform"')
    texts = {"providers/edge.toml": HEAD + RULE, "providers/other.toml": HEAD + other}
    assert len(parse(texts).providers["other"].rules) == 1


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(CatalogueError, match="two rules edge/cdn/edge/cname"):
        parse({"providers/edge.toml": HEAD + RULE + RULE})
