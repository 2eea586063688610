"""DNS answers: each record as what it means, of the name that was asked, and chains hop by hop."""

from __future__ import annotations

import pytest
from archived import asked, details, exchange, message, plain, reason, seen, values

D = "example.com"


def test_mail_hosts_keep_their_preference_and_null_mx_is_a_dot() -> None:
    found = asked(D, "MX", f"{D} 60 IN MX 20 B.mail.example.", f"{D} 60 IN MX 10 a.mail.example.")
    assert {(one.value, dict(one.detail)["preference"]) for one in found if one.kind == "mx"} == {
        ("b.mail.example", "20"), ("a.mail.example", "10"),
    }  # fmt: skip
    assert plain(asked(D, "MX", f"{D} 60 IN MX 0 ."), "mx") == ["."]


def test_name_servers_are_the_asked_names_own() -> None:
    assert plain(asked(D, "NS", f"{D} 60 IN NS NS1.dns.example."), "ns") == ["ns1.dns.example"]
    elsewhere = asked(
        "www.a.example", "NS", "www.a.example 1 IN CNAME b.example.", "b.example 1 IN NS ns.b.example."
    )
    assert not plain(elsewhere, "ns")
    assert plain(elsewhere, "cname") == ["b.example"]


def test_zone_tells_its_primary_and_no_mailbox() -> None:
    found = asked(D, "SOA", rf"{D} 60 IN SOA ns1.dns.example. jane\.doe.mail.example. 1 2 3 4 5")
    assert plain(found, "soa") == ["ns1.dns.example"]
    assert details(found, "soa") == {"zone": D, "mailbox_domain": "mail.example"}
    assert "jane" not in str(found)


def test_caa_names_who_may_issue_and_not_where_to_complain() -> None:
    found = asked(
        D, "CAA", f'{D} 60 IN CAA 0 issue "CA.example; account=5"', f'{D} 60 IN CAA 128 issuewild ";"',
        f'{D} 60 IN CAA 0 iodef "mailto:jane@example.com"',
    )  # fmt: skip
    assert {(one.value, dict(one.detail)["tag"]) for one in found if one.kind == "caa"} == {
        ("ca.example", "issue"), (";", "issuewild"),
    }  # fmt: skip
    assert "jane" not in str(found)


def test_pointers_are_about_the_address_also_behind_a_cname() -> None:
    reverse = "7.2.0.192.in-addr.arpa"
    found = asked(
        reverse, "PTR", f"{reverse} 60 IN CNAME 7.0-63.2.0.192.in-addr.arpa.",
        "7.0-63.2.0.192.in-addr.arpa 60 IN PTR Host.cloud.example.",
    )  # fmt: skip
    assert [(one.subject, one.value) for one in found if one.kind == "ptr"] == [
        ("192.0.2.7", "host.cloud.example")
    ]
    assert not plain(asked("not.an.address", "PTR", "not.an.address 1 IN PTR a.example."), "ptr")


@pytest.mark.parametrize(
    ("text", "domains", "policy"),
    [
        (
            "v=DMARC1; p=Reject; rua=mailto:a@r.example!10m,mailto:b@s.example",
            ["r.example", "s.example"],
            "reject",
        ),
        ("v=DMARC1;p=none;rua=mailto:jane@example.com", ["example.com"], "none"),
        ("v=DMARC1; p=reject; ruf=mailto:jane@r.example", [], None),
        ("v=DMARC2; p=none; rua=mailto:a@r.example", [], None),
        ("v=DMARC1; p=none; rua=https://r.example/", [], None),
    ],
)
def test_dmarc_names_the_domains_that_get_reports(text: str, domains: list[str], policy: str | None) -> None:
    found = asked(f"_dmarc.{D}", "TXT", f'_dmarc.{D} 60 IN TXT "{text}"')
    assert plain(found, "dmarc") == domains
    assert {dict(one.detail).get("policy") for one in found if one.kind == "dmarc"} <= {policy}
    assert {one.subject for one in found if one.kind == "dmarc"} <= {D}
    assert "jane" not in str(found)


def test_dkim_leads_to_who_signs_and_the_key_stays_in_the_archive() -> None:
    asked_for = f"selector1._domainkey.{D}"
    found = asked(
        asked_for, "TXT", f"{asked_for} 60 IN CNAME selector1-example-com._domainkey.tenant.mail.example.",
        'selector1-example-com._domainkey.tenant.mail.example 60 IN TXT "v=DKIM1; k=rsa; p=MIGf"',
    )  # fmt: skip
    assert plain(found, "dkim") == ["selector1-example-com._domainkey.tenant.mail.example"]
    assert details(found, "dkim") == {"selector": "selector1"}
    assert {one.kind for one in found} == {"looked", "dkim"}
    own = asked(asked_for, "TXT", f'{asked_for} 60 IN TXT "v=DKIM1; k=rsa; p=MIGf"')
    assert {one.kind for one in own} == {"looked"}


def test_mta_sts_is_the_id_of_the_policy_and_where_its_host_leads() -> None:
    found = asked(f"_mta-sts.{D}", "TXT", f'_mta-sts.{D} 60 IN TXT "v=STSv1; id=20260101;"')
    assert [(one.subject, one.value) for one in found if one.kind == "mta-sts"] == [(D, "20260101")]
    found = asked(f"mta-sts.{D}", "A", f"mta-sts.{D} 60 IN CNAME sts.mail.example.")
    assert [(one.subject, one.value) for one in found if one.kind == "mta-sts"] == [(D, "sts.mail.example")]


def test_autodiscover_leads_by_cname_or_by_service() -> None:
    found = asked(f"autodiscover.{D}", "A", f"autodiscover.{D} 60 IN CNAME autodiscover.mail.example.")
    assert [(one.subject, one.value) for one in found if one.kind == "autodiscover"] == [
        (D, "autodiscover.mail.example")
    ]
    assert details(found, "autodiscover") == {"by": "cname"}
    service = f"_autodiscover._tcp.{D}"
    found = asked(service, "SRV", f"{service} 60 IN SRV 0 0 443 a.mail.example.")
    assert values(found, "autodiscover") == [("dns", "a.mail.example")]
    assert details(found, "autodiscover") == {"by": "srv"}
    assert not plain(asked(service, "SRV", f"{service} 60 IN SRV 0 0 0 ."), "autodiscover")


@pytest.mark.parametrize("name", ["autodiscover.com", "mta-sts.com"])
def test_domain_that_is_called_like_a_service_is_a_domain(name: str) -> None:
    found = asked(name, "A", f"{name} 60 IN CNAME edge.cdn.example.")
    assert [(one.kind, one.subject) for one in found[1:]] == [("cname", name)]


def test_random_label_gives_wildcards_alone() -> None:
    name = f"x7f3q.{D}"
    note = (("wildcard", "yes"),)
    found = asked(
        name, "A", f"{name} 1 IN CNAME e.cdn.example.", "e.cdn.example 1 IN A 192.0.2.9", notes=note
    )
    assert [(one.kind, one.subject, one.value, dict(one.detail).get("answer")) for one in found[1:]] == [
        ("wildcard", D, "CNAME", "e.cdn.example"), ("wildcard", D, "A", "192.0.2.9"),
    ]  # fmt: skip
    assert plain(asked(name, "A", outcome="absent", notes=note), "looked") == ["absent"]


def test_several_spf_records_are_read_and_said() -> None:
    found = asked(
        D, "TXT", f'{D} 1 IN TXT "v=spf1 include:_spf.mail.example -all"', f'{D} 1 IN TXT "v=spf1 mx ~all"'
    )
    assert sorted(plain(found, "spf")) == ["_spf.mail.example", D]
    assert "permerror: 2 SPF records" in reason(found)


def test_spf_terms_are_told_by_mechanism_and_qualifier() -> None:
    text = "v=spf1 +a:out.example/24 ?mx ip4:192.0.2.7/24 -ip6:2001:db8::1 exists:%{i}.x.example"
    found = asked(D, "TXT", f'{D} 1 IN TXT "{text} redirect=r.example"')
    told = [
        (one.value, dict(one.detail)["mechanism"], dict(one.detail).get("qualifier"))
        for one in found if one.kind == "spf"
    ]  # fmt: skip
    assert told == [
        ("out.example", "a", "+"), (D, "mx", "?"), ("192.0.2.0/24", "ip4", "+"),
        ("2001:db8::1/128", "ip6", "-"),
        ("%{i}.x.example", "exists", "+"), ("r.example", "redirect", None),
    ]  # fmt: skip
    assert not reason(found)


def test_verification_tokens_are_named_and_not_shown() -> None:
    found = asked(
        D, "TXT", f'{D} 1 IN TXT "MS=ms12345678"', f'{D} 1 IN TXT "google-site-verification=abcDEF"',
        f'{D} 1 IN TXT "v=unknown1; a=b"', f'{D} 1 IN TXT "just words"',
    )  # fmt: skip
    assert sorted(plain(found, "verification")) == ["MS", "google-site-verification"]
    assert "12345678" not in str(found)


def test_loop_behind_the_first_hop_ends_and_says_so() -> None:
    found = asked("a.example", "A", "a.example 1 IN CNAME b.example.", "b.example 1 IN CNAME c.example.",
                  "c.example 1 IN CNAME b.example.", "b.example 1 IN A 192.0.2.1")  # fmt: skip
    assert plain(found, "cname") == ["b.example", "c.example", "b.example"]
    assert {dict(one.detail)["loop"] for one in found if one.kind == "cname"} == {"yes"}
    assert not plain(found, "address")


def test_addresses_beside_the_chain_are_not_the_asked_names() -> None:
    found = asked(
        "www.a.example", "A", "www.a.example 1 IN CNAME b.example.", "other.example 1 IN A 192.0.2.66"
    )
    assert not plain(found, "address")


@pytest.mark.parametrize("dot", ["", "."])
def test_cymru_names_the_systems_that_announce_an_address(dot: str) -> None:
    name = f"7.2.0.192.origin.asn.cymru.com{dot}"
    text = "64500 64501 | 192.0.2.0/24 | US | arin | 2014-03-28"
    found = asked(
        name, "TXT", f'{name.rstrip(".")} 1 IN TXT "{text}"', subject="192.0.2.7", target="192.0.2.7"
    )
    assert [(one.subject, one.value, one.scope) for one in found if one.kind == "asn"] == [
        ("192.0.2.7", "64500", "registry"), ("192.0.2.7", "64501", "registry"),
    ]  # fmt: skip
    assert {one.detail for one in found if one.kind == "asn"} == {
        (("country", "US"), ("prefix", "192.0.2.0/24"))
    }
    assert [one.scope for one in found if one.kind == "looked"] == ["registry"]


def test_cymru_names_systems_and_ipv6() -> None:
    text = "64500 | US | arin | 2010-07-14 | IMAGINED, US"
    found = asked(
        "AS64500.asn.cymru.com", "TXT", f'AS64500.asn.cymru.com 1 IN TXT "{text}"', subject="192.0.2.7"
    )
    assert details(found, "asn") == {"country": "US", "name": "IMAGINED, US"}
    digits = ".".join(reversed("20010db8" + "0" * 24))
    name = f"{digits}.origin6.asn.cymru.com"
    found = asked(
        name, "TXT", f'{name} 1 IN TXT "64500 | 2001:db8::/32 | US | arin | "', subject="2001:db8::"
    )
    assert [(one.subject, one.value) for one in found if one.kind == "asn"] == [("2001:db8::", "64500")]


def test_name_that_only_ends_like_cymrus_is_nobody_special() -> None:
    found = asked(
        "evilasn.cymru.com", "TXT", 'evilasn.cymru.com 1 IN TXT "64500 | 192.0.2.0/24 | US | arin | x"'
    )
    assert not plain(found, "asn")
    assert {one.scope for one in found} == {"dns"}


def test_nothing_of_this_type_is_nodata_and_not_malformed() -> None:
    assert [(one.kind, one.value) for one in asked(D, "AAAA", outcome="nodata")] == [("looked", "nodata")]
    absent = asked(D, "AAAA", outcome="absent")
    assert [(one.kind, one.value) for one in absent] == [("looked", "absent")]


def test_odd_bytes_in_a_name_never_look_like_labels() -> None:
    found = asked(D, "MX", rf"{D} 1 IN MX 5 mail\.google\.com.evil.example.")
    assert plain(found, "mx") == [r"mail\046google\046com.evil.example"]


@pytest.mark.parametrize("class_", [b"\x00\x03", b"\xc0\x0c", b"\x00\xff"])
def test_address_of_another_class_is_no_address(class_: bytes) -> None:
    wire = message(D, "A", f"{D} 1 IN A 192.0.2.1")
    assert plain(seen(exchange("dns", wire, "A")), "address") == ["192.0.2.1"]
    at = wire.rindex(b"\x00\x01\x00\x01")
    odd = wire[: at + 2] + class_ + wire[at + 4 :]
    assert not plain(seen(exchange("dns", odd, "A")), "address")
