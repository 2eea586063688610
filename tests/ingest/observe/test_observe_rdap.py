"""Registries' answers: organisations that hold networks, registrars of domains, and nobody's own name."""

from __future__ import annotations

import pytest
from archived import card, details, exchange, http, plain, rdap, reason, seen

ORGANISATION = {
    "roles": ["registrant"],
    "vcardArray": card(("version", "4.0"), ("fn", "Imagined Cloud, Inc."), ("kind", "org")),
}
NETWORK = {
    "objectClassName": "ip network",
    "handle": "NET-192-0-2-0-1",
    "startAddress": "192.0.2.0",
    "endAddress": "192.0.2.255",
    "name": "IMAGINED-2",
    "country": "us",
    "entities": [ORGANISATION],
}
PERSON = {
    "roles": ["registrant"],
    "vcardArray": card(("fn", "Jane Doe"), ("kind", "individual"), ("org", "Doe & Doe")),
}
REGISTRAR = {
    "roles": ["registrar"],
    "vcardArray": card(("fn", "Imagined Domains, LLC")),
    "publicIds": [{"type": "IANA Registrar ID", "identifier": "9999"}],
    "entities": [{"roles": ["abuse"], "vcardArray": card(("fn", "Jane Doe"), ("email", "jane@a.example"))}],
}
DOMAIN = {
    "objectClassName": "domain",
    "ldhName": "EXAMPLE.COM",
    "entities": [REGISTRAR],
    "events": [
        {"eventAction": "last changed", "eventDate": "2026-01-01T00:00:00Z"},
        {"eventAction": "registration", "eventDate": "1995-08-14T23:30:00-05:00"},
        {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"},
    ],
}


def domain(**changes: object) -> dict[str, object]:
    return DOMAIN | changes


def test_network_names_the_organisation_that_holds_it() -> None:
    found = rdap(NETWORK)
    assert plain(found, "network") == ["Imagined Cloud, Inc."]
    assert details(found, "network") == {
        "handle": "NET-192-0-2-0-1", "prefix": "192.0.2.0/24", "country": "US",
    }  # fmt: skip
    assert {(one.subject, one.scope) for one in found} == {("192.0.2.1", "registry")}
    assert not reason(found)


@pytest.mark.parametrize(
    ("first", "last", "prefix"),
    [
        ("192.0.2.0", "192.0.2.0", "192.0.2.0/32"),
        ("192.0.2.0", "192.0.2.2", "192.0.2.0 - 192.0.2.2"),
        ("192.0.2.1", "192.0.2.2", "192.0.2.1 - 192.0.2.2"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32"),
        ("192.0.2.9", "192.0.2.1", None),
        ("192.0.2.0", "2001:db8::", None),
        ("::", "x", None),
    ],
)
def test_range_is_a_prefix_only_where_it_is_one(first: str, last: str, prefix: str | None) -> None:
    found = rdap(NETWORK | {"startAddress": first, "endAddress": last})
    assert details(found, "network").get("prefix") == prefix


def test_person_is_passed_over_and_a_network_of_nobody_says_why() -> None:
    found = rdap(NETWORK | {"entities": [PERSON, ORGANISATION]})
    assert plain(found, "network") == ["Imagined Cloud, Inc."]
    for entities in ([PERSON], [], [{"roles": ["registrant"]}], [{"roles": ["abuse"]}]):
        found = rdap(NETWORK | {"entities": entities})
        assert not plain(found, "network")
        assert reason(found) == "no organisation is named; the block is called IMAGINED-2"
        assert "Doe" not in str(found)


def test_holder_that_does_not_say_what_it_is_may_be_a_person() -> None:
    unsaid = {"roles": ["registrant"], "vcardArray": card(("fn", "Jane Doe"))}
    assert "Jane" not in str(rdap(NETWORK | {"entities": [unsaid]}))
    office = {
        "roles": ["registrant"],
        "vcardArray": card(("fn", "Jane Doe"), ("org", ["Example Ltd", "Net"])),
    }
    found = rdap(NETWORK | {"entities": [office]})
    assert plain(found, "network") == ["Example Ltd"]
    assert "Jane" not in str(found)


def test_domain_names_registrar_number_and_days() -> None:
    found = rdap(DOMAIN, "example.com")
    assert plain(found, "registrar") == ["Imagined Domains, LLC"]
    assert details(found, "registrar") == {
        "iana_id": "9999", "registered": "1995-08-15", "expires": "2027-08-13",
    }  # fmt: skip
    assert "Jane" not in str(found)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01T00:00:00.123456789Z", "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T12:00:00", "2026-03-01"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01"),
        ("in spring", None),
        (5, None),
    ],
)
def test_dates_are_days_in_utc(text: object, day: str | None) -> None:
    events = [{"eventAction": "registration", "eventDate": text}]
    assert details(rdap(domain(events=events), "example.com"), "registrar").get("registered") == day


def test_registrar_that_is_a_person_is_not_named() -> None:
    person = PERSON | {"roles": ["registrar"]}
    found = rdap(domain(entities=[PERSON, person]), "example.com")
    assert "Doe" not in str(found)
    assert reason(found) == "no registrar is named"


@pytest.mark.parametrize(
    "cards",
    [
        None, [], ["vcard"], ["vcard", None], ["vcard", [None, [], ["fn"], ["fn", {}, "text", None]]],
        ["vcard", [[5, {}, "text", "x"], ["org", {}, "text", []], ["org", {}, "text", [[["x"]]]]]],
        "vcard", {},
    ],
)  # fmt: skip
def test_odd_card_names_nobody(cards: object) -> None:
    found = rdap(NETWORK | {"entities": [None, 5, {"roles": ["registrant"], "vcardArray": cards}]})
    assert plain(found, "looked") == ["ok"]
    assert not plain(found, "network")


def test_odd_numbers_of_registrars_are_left_out() -> None:
    for number in ("not applicable", "", 292, None):
        odd = REGISTRAR | {"publicIds": [{"type": "IANA Registrar ID", "identifier": number}]}
        assert "iana_id" not in details(rdap(domain(entities=[odd]), "example.com"), "registrar")


def test_bootstrap_file_is_looked_at_and_says_nothing_of_anybody() -> None:
    (only,) = seen(exchange("rdap", http(b'{"services": []}'), "bootstrap"))
    assert (only.value, dict(only.detail)) == ("ok", {"question": "bootstrap"})


def test_answer_without_json_is_formerr_but_an_error_page_keeps_its_outcome() -> None:
    (only,) = seen(exchange("rdap", http(b"<html>sorry</html>"), "network"))
    assert (only.value, dict(only.detail)["reason"]) == ("formerr", "no JSON")
    page = http(b"<html>no</html>", status="404 Not Found")
    (only,) = seen(exchange("rdap", page, "domain", outcome="absent"))
    assert (only.value, dict(only.detail)) == ("absent", {"question": "domain"})
