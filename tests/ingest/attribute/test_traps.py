"""Each numbered trap of the design is a promise: what misled others does not mislead us."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sousveil.catalogue import load
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.records import Attribution, Observation

See = Callable[..., Observation]
Conclude = Callable[..., Verdict]
WWW = "www.hikvision.com"


def told(verdict: Verdict) -> dict[str, str]:
    """Return provider → role."""
    return {one.provider: one.role for one in verdict.attributions}


def of(verdict: Verdict, provider: str) -> Attribution:
    return next(one for one in verdict.attributions if one.provider == provider)


@pytest.mark.parametrize("host", ["cdnjs.cloudflare.com", "www.google-analytics.com", "d1.cloudfront.net"])
def test_trap_1_embedded_resource_of_others_never_scores(see: See, conclude: Conclude, host: str) -> None:
    found = [see("embed", host, scope="third-party-asset", element="script")]
    for service in ("cdn", "web-hosting", "cms", "certificate"):
        assert not conclude(service, see("status", "200", scope="document"), *found).attributions


def test_trap_1_the_same_host_as_the_page_s_own_name_does_score(see: See, conclude: Conclude) -> None:
    verdict = conclude("cdn", see("cname", "d111111abcdef8.cloudfront.net", owner="hikvision.com", hop="1"))
    assert told(verdict) == {"amazon-cloudfront": "edge"}


@pytest.mark.parametrize(
    "host", ["smtp.hudiksvall.se", "mx01.outlook.dehosted.net", "aspmx.lgoogle.com", "mx.notgoogle.com"]
)
def test_trap_2_names_match_on_whole_labels(see: See, conclude: Conclude, host: str) -> None:
    verdict = conclude("email", see("mx", host), see("address", "203.0.113.9", subject=host))
    assert verdict.conclusion.finding == "unknown"
    assert not verdict.attributions


def test_trap_3_a_tenant_or_a_token_is_no_mailbox(see: See, conclude: Conclude) -> None:
    hints = [see("tenant", "microsoft"), see("verification", "MS")]
    verdict = conclude("email", see("mx", "mx1.hc1656-87.eu.iphmx.com"), *hints)
    assert told(verdict) == {"cisco-secure-email": "mail-gateway"}
    assert verdict.conclusion.finding == "unknown"
    assert {one.signal.kind for one in verdict.aside} == {"tenant", "verification"}


@pytest.mark.parametrize("kind", ["tenant", "verification", "spf"])
def test_trap_3_a_token_alone_says_nothing(see: See, conclude: Conclude, kind: str) -> None:
    value = {"tenant": "microsoft", "verification": "MS", "spf": "spf.protection.outlook.com"}[kind]
    verdict = conclude("email", see("mx", "mx1.iphmx.com"), see(kind, value))
    assert "microsoft-365" not in told(verdict)


def test_trap_4_gateway_and_mailbox_are_told_apart(see: See, conclude: Conclude) -> None:
    gateway = see("mx", "mx1.hc1656-87.eu.iphmx.com")
    verdict = conclude("email", gateway, see("autodiscover", "autodiscover.outlook.com", by="cname"))
    assert told(verdict) == {"microsoft-365": "mailbox", "cisco-secure-email": "mail-gateway"}
    assert of(verdict, "cisco-secure-email").strength == "publishable"
    assert of(verdict, "microsoft-365").strength == "probable"


def test_trap_4_machine_of_a_gateway_names_no_mailbox(see: See, conclude: Conclude) -> None:
    gateway = see("mx", "hikvision-com.gate.seppmail.cloud")
    in_azure = see("asn", "8075", subject="hikvision-com.gate.seppmail.cloud")
    assert "microsoft-365" not in told(conclude("email", gateway, in_azure))


def test_trap_4_wildcard_names_no_mailbox(see: See, conclude: Conclude) -> None:
    found = [
        see("dkim", "selector1-hikvision-com._domainkey.hikvision.onmicrosoft.com", selector="selector1")
    ]
    found.append(see("mx", "mx1.iphmx.com"))
    assert "microsoft-365" in told(conclude("email", *found))
    found.append(see("wildcard", "CNAME", subject="_domainkey.hikvision.com"))
    assert "microsoft-365" not in told(conclude("email", *found))


def test_trap_5_vanity_mail_host_is_known_by_its_machine(see: See, conclude: Conclude) -> None:
    own = [see("mx", "mail.hikvision.com"), see("address", "203.0.113.9", subject="mail.hikvision.com")]
    microsoft = see("asn", "8075", subject="203.0.113.9")
    assert told(conclude("email", *own, microsoft)) == {"microsoft-365": "mailbox"}
    rented = conclude("email", *own, see("asn", "24940", subject="203.0.113.9"))
    assert told(rented) == {"hetzner": "rented-machine"}
    assert rented.conclusion.finding == "self"
    assert conclude("email", *own, see("asn", "64500", subject="203.0.113.9")).conclusion.finding == "self"


def test_trap_5_soa_never_merges_providers(see: See, conclude: Conclude) -> None:
    servers = [see("ns", "ns1.gandi.net"), see("soa", "ns-1.awsdns-47.com")]
    assert told(conclude("nameserver", *servers)) == {"gandi": "authoritative"}


def test_trap_6_origin_behind_a_cdn_is_unknown(see: See, conclude: Conclude) -> None:
    edge = see("header", "8a1-FRA", scope="document", name="cf-ray")
    verdict = conclude("web-hosting", edge, see("address", "104.16.1.1", scope="document"))
    assert verdict.conclusion.finding == "unknown"
    assert "cloudflare" in verdict.conclusion.reason


def test_trap_6_platform_behind_a_cdn_may_show_itself(see: See, conclude: Conclude) -> None:
    headers = [
        see("header", value, scope="document", name=name)
        for name, value in (("cf-ray", "8a1-FRA"), ("x-github-request-id", "EEA8:4059"))
    ]
    verdict = conclude("web-hosting", *headers)
    assert told(verdict) == {"github-pages": "platform"}
    assert verdict.attributions[0].strength == "probable"


def test_trap_7_certificate_that_the_edge_orders_is_flagged(see: See, conclude: Conclude) -> None:
    issuer = see("issuer", "Google Trust Services", scope="tls", common_name="WE1")
    alone = conclude("certificate", issuer)
    assert not of(alone, "google-trust-services").issued_by_edge
    behind = conclude("certificate", issuer, see("header", "8a1-FRA", scope="document", name="cf-ray"))
    assert of(behind, "google-trust-services").issued_by_edge


def test_trap_7_only_the_outermost_of_stacked_edges_orders_the_certificate(
    see: See, conclude: Conclude
) -> None:
    found = [
        see("issuer", "GlobalSign nv-sa", scope="tls"),
        see("header", "0123456789abcdef", scope="document", name="x-fastly-request-id"),
    ]
    assert of(conclude("certificate", *found), "globalsign").issued_by_edge
    found.append(see("header", "8a1-FRA", scope="document", name="cf-ray"))
    found.append(see("address", "104.16.1.1"))
    assert not of(conclude("certificate", *found), "globalsign").issued_by_edge


def countries(company: str) -> set[str]:
    """Return where a company and those above it have their seat."""
    entry = load().companies[company]
    own = {based.country for based in entry.based_in if based.basis == "headquarters"}
    return own.union(*(countries(owner.company) for owner in entry.owners))


@pytest.mark.parametrize(
    ("asn", "provider", "operator"),
    [
        ("55960", "aws-china-beijing", "beijing-sinnet-technology"),
        ("135629", "aws-china-ningxia", "ningxia-western-cloud-data-technology"),
        ("58593", "azure-china-21vianet", "shanghai-blue-cloud"),
    ],
)
def test_trap_8_operator_in_china_is_not_the_brand(
    see: See, conclude: Conclude, asn: str, provider: str, operator: str
) -> None:
    found = [see("address", "203.0.113.9"), see("asn", asn, subject="203.0.113.9")]
    verdict = conclude("web-hosting", *found)
    assert told(verdict) == {provider: "origin"}
    assert of(verdict, provider).operator == operator
    assert "CN" in countries(operator)
    assert "US" not in countries(operator)


def test_trap_9_customer_s_block_behind_an_edge_names_the_edge(see: See, conclude: Conclude) -> None:
    found = [
        see("address", "198.51.100.1"),
        see("network", "Hikvision Holdings", subject="198.51.100.1"),
        see("asn", "13335", subject="198.51.100.1"),
        see("header", "8a1-FRA", scope="document", name="cf-ray"),
    ]
    verdict = conclude("cdn", *found)
    assert told(verdict) == {"cloudflare": "edge"}
    assert verdict.attributions[0].strength == "publishable"


def test_trap_10_most_specific_service_wins(see: See, conclude: Conclude) -> None:
    found = [
        see("cname", "d111111abcdef8.cloudfront.net", owner="hikvision.com", hop="1"),
        see("address", "13.224.0.1"),
        see("asn", "16509", subject="13.224.0.1"),
    ]
    assert told(conclude("cdn", *found)) == {"amazon-cloudfront": "edge"}
    assert conclude("web-hosting", *found).conclusion.finding == "unknown"


def test_trap_11_alias_beats_the_network_of_a_carrier(see: See, conclude: Conclude) -> None:
    found = [
        see("cname", "www.hikvision.com.edgekey.net", owner="hikvision.com", hop="1"),
        see("address", "203.0.113.9"),
        see("asn", "6939", subject="203.0.113.9"),
    ]
    assert told(conclude("cdn", *found)) == {"akamai": "edge"}
    assert conclude("web-hosting", *found).conclusion.finding == "unknown"


def test_trap_11_carrier_is_no_host(see: See, conclude: Conclude) -> None:
    verdict = conclude(
        "web-hosting", see("address", "203.0.113.9"), see("asn", "6939", subject="203.0.113.9")
    )
    assert verdict.conclusion.finding == "unknown"
    assert told(verdict) == {"hurricane-electric": "network"}


def test_trap_12_rented_machine_is_the_customer_s(see: See, conclude: Conclude) -> None:
    found = [
        see("mx", "mail.hikvision.com"),
        see("address", "203.0.113.9", subject="mail.hikvision.com"),
        see("ptr", "static.9.113.0.203.clients.your-server.de", subject="203.0.113.9"),
    ]
    verdict = conclude("email", *found)
    assert verdict.conclusion.finding == "self"
    assert told(verdict) == {"hetzner": "rented-machine"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("via", "1.1 google"), ("x-cache", "HIT"), ("alt-svc", 'h3=":443"'), ("via", "1.1 varnish")],
)
def test_trap_13_what_anybody_s_cache_sends_proves_nothing(
    see: See, conclude: Conclude, name: str, value: str
) -> None:
    verdict = conclude("cdn", see("header", value, scope="document", name=name))
    assert verdict.conclusion.finding == "unknown"
    assert not verdict.attributions


def test_trap_13_no_alias_is_no_evidence_of_no_cdn(see: See, conclude: Conclude) -> None:
    verdict = conclude("cdn", see("address", "203.0.113.9"))
    assert verdict.conclusion.finding == "unknown"


def test_trap_13_page_that_turns_us_away_names_the_edge_and_never_the_cms(
    see: See, conclude: Conclude
) -> None:
    found = [
        see("status", "403", scope="document", url="https://hikvision.com/"),
        see("header", "8a1-FRA", scope="document", name="cf-ray"),
        see("generator", "WordPress 6.1"),
    ]
    assert told(conclude("cdn", *found)) == {"cloudflare": "edge"}
    assert not conclude("cms", *found).attributions
    allowed = [see("status", "200", scope="document", url="https://hikvision.com/"), *found[1:]]
    assert told(conclude("cms", *allowed)) == {"wordpress": "software"}


def test_trap_13_parked_domain_gets_no_claim(see: See, conclude: Conclude) -> None:
    found = [see("ns", "ns1.sedoparking.com"), see("mx", "aspmx.l.google.com")]
    for service in ("nameserver", "email"):
        verdict = conclude(service, *found)
        assert not verdict.attributions
        assert "parked" in verdict.conclusion.reason


def test_trap_13_dead_domain_gets_no_claim(see: See, conclude: Conclude) -> None:
    found = [see("looked", "absent", question=question) for question in ("MX", "NS", "A", "AAAA")]
    for service in ("email", "nameserver", "web-hosting", "cdn"):
        verdict = conclude(service, *found)
        assert verdict.conclusion.finding == "none"
        assert not verdict.attributions


def test_trap_14_each_host_is_attributed_on_its_own(see: See, conclude: Conclude) -> None:
    found = [
        see(
            "status",
            "302",
            scope="redirect",
            url="http://hikvision.com/",
            location="https://www.hikvision.com/",
        ),
        see("header", "8a1-FRA", scope="redirect", name="cf-ray"),
        see("cname", "e1.dscb.akamaiedge.net", subject=WWW, owner=WWW, hop="1"),
        see("status", "200", subject=WWW, scope="document", url="https://www.hikvision.com/"),
    ]
    assert told(conclude("cdn", *found)) == {"cloudflare": "edge"}
    assert told(conclude("cdn", *found, host=WWW)) == {"akamai": "edge"}


def test_trap_14_final_page_on_another_domain_is_told(see: See, conclude: Conclude) -> None:
    away = see(
        "status", "301", scope="redirect", url="http://hikvision.com/", location="https://example.org/"
    )
    found = [away, see("status", "200", subject="example.org", scope="document", url="https://example.org/")]
    assert "example.org, another domain" in conclude("web-hosting", *found).conclusion.reason


def test_trap_15_who_may_send_keeps_no_mail(see: See, conclude: Conclude) -> None:
    found = [see("mx", "aspmx.l.google.com"), see("spf", "spf.protection.outlook.com", mechanism="include")]
    verdict = conclude("email", *found)
    assert told(verdict) == {"google-workspace": "mailbox"}
    assert [one.signal.provider for one in verdict.aside] == ["microsoft-365"]
    assert of(verdict, "google-workspace").against == ("spf hikvision.com spf.protection.outlook.com",)
