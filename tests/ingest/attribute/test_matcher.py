"""The compiled matcher fits what the plain reading fits, and names the most specific."""

from __future__ import annotations

import time
from ipaddress import ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sousveil.catalogue import load
from sousveil.catalogue.rules import KINDS, NAMES, NETWORKS, Rule, fits
from sousveil.ingest.attribute.matcher import Matcher

LABELS = st.sampled_from(["a", "b", "ab", "aws", "awsdns-1", "awsdns-47", "com", "net", "x-y", "xn--p1ai"])
GLOBS = st.sampled_from(["aws*", "awsdns-*", "*b", "a*b", "*"])
NAME_VALUES = st.builds(
    lambda glob, rest: ".".join([*glob, *rest]),
    st.lists(GLOBS | LABELS, max_size=2),
    st.lists(LABELS, min_size=2, max_size=3),
)
NAME_TEXTS = st.lists(LABELS | st.just("") | st.text(max_size=3), max_size=5).map(".".join)
WORDS = st.sampled_from(
    ["cf-ray", "CF-RAY", "server: cloudflare", "Server: Cloudflare", "x", "wordpress", "ß", "SS"]
)
TEXT_VALUES = WORDS | WORDS.map(lambda word: word + "*")
ADDRESSES = st.ip_addresses(v=4, network="10.0.0.0/29") | st.ip_addresses(v=6, network="2001:db8::/125")


@st.composite
def networks(draw: st.DrawFn) -> str:
    address = draw(ADDRESSES)
    width = draw(st.integers(address.max_prefixlen - 4, address.max_prefixlen))
    return str(ip_network((address, width), strict=False))


def rule(kind: str, number: int, values: tuple[str, ...], service: str = "cdn") -> Rule:
    return Rule(
        provider=f"p{number}",
        service=service,
        role="edge",
        kind=kind,
        values=values,
        matches=(),
        rejects=(),
        sources=(),
        note=None,
    )


@given(
    kind=st.sampled_from(sorted(NAMES)),
    values=st.lists(NAME_VALUES, unique=True, max_size=12),
    text=NAME_TEXTS,
)
@example(kind="mx", values=["outlook.de"], text="mx01.outlook.dehosted.net")
@example(kind="ns", values=["awsdns-*.co.uk", "co.uk"], text="NS1.awsdns-47.CO.UK.")
def test_matcher_fits_names_as_the_plain_reading_does(kind: str, values: list[str], text: str) -> None:
    same(kind, values, text)


@given(
    kind=st.sampled_from(sorted(KINDS - NAMES - NETWORKS)),
    values=st.lists(TEXT_VALUES, unique=True, max_size=8),
    text=WORDS | st.builds("{}{}".format, WORDS, st.text(max_size=4)) | st.text(max_size=6),
)
def test_matcher_fits_texts_as_the_plain_reading_does(kind: str, values: list[str], text: str) -> None:
    same(kind, values, text)


@given(values=st.lists(networks(), unique=True, max_size=12), text=ADDRESSES.map(str) | st.text(max_size=5))
def test_matcher_fits_networks_as_the_plain_reading_does(values: list[str], text: str) -> None:
    same("address", values, text)


def same(kind: str, values: list[str], text: str) -> None:
    matcher = Matcher([rule(kind, number, (value,)) for number, value in enumerate(values)])
    found = sorted(hit.value for hit in matcher.fitting(kind, text))
    assert sorted(set(found)) == sorted(value for value in values if fits(kind, value, text))


def test_matcher_fits_the_examples_of_the_catalogue_and_no_look_alike() -> None:
    rules = [rule for entry in load().providers.values() for rule in entry.rules]
    matcher = Matcher(rules)
    assert rules
    for one in rules:
        for text in one.matches:
            assert one.id in {hit.rule.id for hit in matcher.fitting(one.kind, text)}, (one.id, text)
        for text in one.rejects:
            assert one.id not in {hit.rule.id for hit in matcher.fitting(one.kind, text)}, (one.id, text)


@pytest.mark.parametrize(
    ("kind", "values", "text", "expected"),
    [
        ("cname", ("example.com", "edge.example.com"), "a.edge.example.com", "edge.example.com"),
        ("ns", ("awsdns-*.com", "awsdns-47.com"), "ns.awsdns-47.com", "awsdns-47.com"),
        ("address", ("10.0.0.0/8", "10.1.0.0/16"), "10.1.2.3", "10.1.0.0/16"),
        ("header", ("server: cloud*", "server: cloudflare"), "server: cloudflare", "server: cloudflare"),
    ],
)
def test_most_specific_value_wins(kind: str, values: tuple[str, ...], text: str, expected: str) -> None:
    matcher = Matcher([rule(kind, number, (value,)) for number, value in enumerate(values)])
    assert [hit.value for hit in matcher.best(kind, text)] == [expected]


def test_range_of_one_service_beats_the_range_around_it_that_another_service_has() -> None:
    aws, front = rule("address", 1, ("52.84.0.0/14",), "web-hosting"), rule("address", 2, ("52.84.0.0/15",))
    assert [hit.rule.provider for hit in Matcher([aws, front]).best("address", "52.84.1.1")] == ["p2"]


def test_a_value_that_two_services_share_speaks_for_both() -> None:
    both = [rule("asn", 1, ("13335",)), rule("asn", 1, ("13335",), "nameserver")]
    assert len(Matcher(both).best("asn", "13335")) == 2


def test_matching_does_not_slow_down_with_the_number_of_rules() -> None:
    rules = [rule("mx", number, (f"mail{number}.example.com",)) for number in range(20_000)]
    matcher = Matcher(rules)
    start = time.perf_counter()
    for number in range(20_000):
        assert len(matcher.fitting("mx", f"a.mail{number}.example.com")) == 1
    assert time.perf_counter() - start < 5  # 0.06 s where it was written; a scan would take minutes
