"""Each service is decided by the table: what counts, what comes first, and what is left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.records import Observation

See = Callable[..., Observation]
Conclude = Callable[..., Verdict]
OWN = "mail.hikvision.com"


def told(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(one.provider, one.role, one.strength) for one in verdict.attributions]


# Mail


def test_null_mx_is_an_answer(see: See, conclude: Conclude) -> None:
    verdict = conclude("email", see("mx", ".", preference="0"))
    assert verdict.conclusion.finding == "none"
    assert "RFC 7505" in verdict.conclusion.reason


@pytest.mark.parametrize(
    ("outcome", "finding"),
    [("absent", "none"), ("nodata", "none"), ("timeout", "unknown"), ("servfail", "unknown")],
)
def test_no_mx_and_no_answer_never_look_alike(
    see: See, conclude: Conclude, outcome: str, finding: str
) -> None:
    verdict = conclude("email", see("looked", outcome, question="MX"))
    assert verdict.conclusion.finding == finding


def test_lowest_preference_that_resolves_counts(see: See, conclude: Conclude) -> None:
    found = [
        see("mx", "dead.hikvision.com", preference="0"),
        see("looked", "absent", subject="dead.hikvision.com", question="A"),
        see("mx", "aspmx.l.google.com", preference="10"),
        see("mx", "hikvision-com.mail.protection.outlook.com", preference="20"),
    ]
    verdict = conclude("email", *found)
    assert told(verdict) == [("google-workspace", "mailbox", "publishable")]
    assert [(one.signal.provider, one.why) for one in verdict.aside] == [
        ("microsoft-365", "another MX comes first")
    ]


def test_two_mailboxes_of_one_preference_are_ambiguous(see: See, conclude: Conclude) -> None:
    found = [see("mx", "aspmx.l.google.com"), see("mx", "hikvision-com.mail.protection.outlook.com")]
    verdict = conclude("email", *found)
    assert verdict.conclusion.finding == "ambiguous"
    assert {one.strength for one in verdict.attributions} == {"ambiguous"}
    assert all(one.against for one in verdict.attributions)


def test_alias_of_a_mail_host_counts_as_its_name(see: See, conclude: Conclude) -> None:
    alias = see("cname", "aspmx.l.google.com", subject=OWN, owner=OWN, hop="1")
    assert told(conclude("email", see("mx", OWN), alias)) == [("google-workspace", "mailbox", "publishable")]


def test_own_mail_host_against_autodiscover_and_dkim_is_ambiguous(see: See, conclude: Conclude) -> None:
    found = [
        see("mx", OWN),
        see("address", "203.0.113.9", subject=OWN),
        see("autodiscover", "autodiscover.outlook.com", by="cname"),
    ]
    assert conclude("email", *found).conclusion.finding == "self"
    dkim = see("dkim", "selector1-x._domainkey.x.onmicrosoft.com", selector="selector1")
    verdict = conclude("email", *found, dkim)
    assert verdict.conclusion.finding == "ambiguous"
    assert told(verdict) == [("microsoft-365", "mailbox", "ambiguous")]


@pytest.mark.parametrize(
    ("kind", "value", "confidence"),
    [
        ("san", "*.mail.protection.outlook.com", 0.9),
        ("banner", "AM6EUR05FT1.mail.protection.outlook.com", 0.8),
    ],
)
def test_own_mail_host_says_whose_it_is(
    see: See, conclude: Conclude, kind: str, value: str, confidence: float
) -> None:
    verdict = conclude("email", see("mx", OWN), see(kind, value, subject=OWN, scope="smtp"))
    assert [(one.provider, one.confidence) for one in verdict.attributions] == [("microsoft-365", confidence)]


def test_wildcard_of_other_records_does_not_hide_autodiscover(see: See, conclude: Conclude) -> None:
    found = [see("mx", "mx1.iphmx.com"), see("autodiscover", "autodiscover.outlook.com", by="cname")]
    page = see("wildcard", "A", answer="203.0.113.9")
    assert ("microsoft-365", "mailbox", "probable") in told(conclude("email", *found, page))
    same = see("wildcard", "CNAME", answer="autodiscover.outlook.com.")
    assert ("microsoft-365", "mailbox", "probable") not in told(conclude("email", *found, same))


def test_mail_host_with_only_an_ipv6_address_resolves(see: See, conclude: Conclude) -> None:
    found = [
        see("mx", OWN),
        see("looked", "nodata", subject=OWN, question="A"),
        see("address", "2001:db8::9", subject=OWN),
    ]
    assert conclude("email", *found).conclusion.finding == "self"


def test_spf_beside_autodiscover_makes_it_publishable(see: See, conclude: Conclude) -> None:
    found = [see("mx", "mx1.iphmx.com"), see("autodiscover", "autodiscover.outlook.com", by="cname")]
    assert ("microsoft-365", "mailbox", "probable") in told(conclude("email", *found))
    spf = see("spf", "spf.protection.outlook.com", mechanism="include")
    assert ("microsoft-365", "mailbox", "publishable") in told(conclude("email", *found, spf))


def test_own_mail_host_that_was_not_looked_at_is_unknown(see: See, conclude: Conclude) -> None:
    assert conclude("email", see("mx", OWN)).conclusion.finding == "unknown"


# Name servers


def test_mixed_name_servers_are_all_named_with_their_share(see: See, conclude: Conclude) -> None:
    hosts = ["ns1.gandi.net", "ns-1.awsdns-47.com", "ns-2.awsdns-61.org", "dns.nobody.example"]
    verdict = conclude("nameserver", *(see("ns", host) for host in hosts))
    assert {one.provider: one.share for one in verdict.attributions} == {
        "gandi": 0.25,
        "amazon-web-services": 0.5,
    }
    assert "1 of 4" in verdict.conclusion.reason


def test_vanity_name_server_needs_its_network_and_the_soa(see: See, conclude: Conclude) -> None:
    host = "ns1.hikvision.com"
    found = [see("ns", host), see("address", "203.0.113.9", subject=host)]
    soa = see("soa", "ns1.ovh.net")
    assert conclude("nameserver", *found).conclusion.finding == "self"
    assert conclude("nameserver", *found, soa).conclusion.finding == "unknown"
    asn = see("asn", "16276", subject="203.0.113.9")
    alone = conclude("nameserver", *found, asn)
    assert [(one.provider, one.confidence) for one in alone.attributions] == [("ovh", 0.65)]
    both = conclude("nameserver", *found, asn, soa)
    assert [(one.provider, one.confidence) for one in both.attributions] == [("ovh", 0.85)]


# Web


def test_stacked_cdns_are_both_named_and_the_outermost_owns_the_address(see: See, conclude: Conclude) -> None:
    found = [
        see("address", "104.18.22.52", scope="document"),
        see("header", "7c7c0701-IAD", scope="document", name="cf-ray"),
        see("header", "2or3wg0I==", scope="document", name="x-amz-cf-id"),
    ]
    verdict = conclude("cdn", *found)
    assert [one.provider for one in verdict.attributions] == ["cloudflare", "amazon-cloudfront"]
    assert verdict.conclusion.finding == "named"


def test_header_alone_is_no_proof_to_publish(see: See, conclude: Conclude) -> None:
    verdict = conclude("cdn", see("header", "7c7c0701-IAD", scope="document", name="cf-ray"))
    assert told(verdict) == [("cloudflare", "edge", "probable")]


def test_holder_of_the_block_that_bears_the_certificate_s_name_hosts_itself(
    see: See, conclude: Conclude
) -> None:
    found = [
        see("address", "203.0.113.9"),
        see("network", "Hangzhou Hikvision Ltd", subject="203.0.113.9"),
        see("certificate", "00", scope="tls", position="0", organisation="Hangzhou Hikvision Co., Ltd."),
        see("issuer", "DigiCert Inc", scope="tls"),
    ]
    assert conclude("web-hosting", *found).conclusion.finding == "self"


def test_redirect_to_another_domain_makes_no_claim_about_the_first(see: See, conclude: Conclude) -> None:
    found = [
        see("status", "301", scope="redirect", url="http://hikvision.com/", location="https://example.org/"),
        see("status", "200", subject="example.org", scope="document", url="https://example.org/"),
        see("header", "7c7c0701-IAD", subject="example.org", scope="document", name="cf-ray"),
    ]
    assert not conclude("cdn", *found).attributions
    verdict = conclude("cdn", *found, host="example.org")
    assert {one.target for one in verdict.attributions} == {"example.org"}
    assert "reached from hikvision.com" in verdict.conclusion.reason


# Certificate


def test_brand_and_owner_are_both_named(see: See, conclude: Conclude) -> None:
    issuer = see("issuer", "DigiCert Inc", scope="tls", common_name="GeoTrust TLS RSA CA G1")
    assert ("digicert", "issuer", "publishable") in told(conclude("certificate", issuer))


def test_issuer_and_its_revocation_host_agree(see: See, conclude: Conclude) -> None:
    found = [see("issuer", "DigiCert Inc", scope="tls"), see("issuer-host", "ocsp.digicert.com", scope="tls")]
    verdict = conclude("certificate", *found)
    assert [(one.provider, one.confidence) for one in verdict.attributions] == [("digicert", 0.98)]


@pytest.mark.parametrize(
    ("detail", "finding"), [({"self_signed": "yes"}, "self"), ({"mismatch": "yes"}, "unknown")]
)
def test_certificate_that_nobody_issued_for_this_host_names_nobody(
    see: See, conclude: Conclude, detail: dict[str, str], finding: str
) -> None:
    found = [see("certificate", "00", scope="tls", **detail), see("issuer", "DigiCert Inc", scope="tls")]
    verdict = conclude("certificate", *found)
    assert verdict.conclusion.finding == finding
    assert not verdict.attributions


# Software and registrar


def test_cms_needs_two_marks_to_be_published(see: See, conclude: Conclude) -> None:
    page = [see("status", "200", scope="document", url="https://hikvision.com/")]
    path = see("path", "/wp-content/themes/a/style.css", scope="document")
    assert told(conclude("cms", *page, path)) == [("wordpress", "software", "probable")]
    more = see("path", "/wp-includes/js/a.js", scope="document")
    assert told(conclude("cms", *page, path, more)) == [("wordpress", "software", "publishable")]


def test_registrar_is_known_by_its_number(see: See, conclude: Conclude) -> None:
    found = see("registrar", "Some other spelling", iana_id="146")
    assert told(conclude("registrar", found)) == [("godaddy", "registrar", "publishable")]
    unknown = conclude("registrar", see("registrar", "Nobody Registers Ltd", iana_id="999999"))
    assert unknown.conclusion.finding == "unknown"
    assert "Nobody Registers Ltd" in unknown.conclusion.reason


# All


def test_every_host_and_service_gets_a_conclusion(see: See, conclude: Conclude) -> None:
    services = ("email", "nameserver", "registrar", "cdn", "web-hosting", "certificate", "cms")
    for service in services:
        conclusion = conclude(service, see("looked", "timeout", question="A")).conclusion
        assert conclusion.finding == "unknown"
        assert conclusion.reason


def test_day_is_that_of_the_newest_observation_in_utc(see: See, conclude: Conclude) -> None:
    early = replace(see("mx", "aspmx.l.google.com"), time="2026-11-22T23:30:00")
    late = replace(see("spf", "_spf.google.com"), time="2026-11-22T23:30:00-02:00")
    verdict = conclude("email", early, late)
    assert verdict.conclusion.seen == verdict.attributions[0].seen == date(2026, 11, 23)


def test_machines_that_others_lead_to_are_no_targets(see: See, knowledge: object) -> None:
    from sousveil.ingest.attribute.knowledge import Knowledge
    from sousveil.ingest.attribute.seen import grouped

    assert isinstance(knowledge, Knowledge)
    host = "mx.somebody.example"
    found = [
        see("mx", host),
        see("address", "203.0.113.9", subject=host, target=host),
        see("asn", "64500", subject="203.0.113.9", target="203.0.113.9"),
    ]
    assert [seen.target for seen in grouped(found, knowledge)] == ["hikvision.com"]
