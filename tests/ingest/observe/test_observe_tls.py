"""Certificates say who issued them, whom they cover and until when, and never a person's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from archived import (
    CA,
    ISSUER,
    KEY,
    ROOT,
    SEEN,
    certificate,
    details,
    name,
    plain,
    presented,
    reason,
    seen,
    values,
)
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtensionOID

from sousveil.ingest.observe.certificates import covers


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def test_chain_gives_leaf_issuer_root_names_and_the_issuers_hosts() -> None:
    leaf = certificate(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(CA.public_key()),
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(Access.OCSP, uri("http://R1.o.imagined.example/")),
                x509.AccessDescription(Access.CA_ISSUERS, uri("http://r1.i.imagined.example/a.der")),
                x509.AccessDescription(Access.CA_ISSUERS, uri("ldap:///cn=nobody")),
            ]
        ),
        x509.CRLDistributionPoints(
            [x509.DistributionPoint([uri("http://c.imagined.example/1.crl")], None, None, None)]
        ),
        names=("www.example.com", "*.Example.COM", "www.example.com."),
    )
    found = seen(presented(leaf, certificate(subject=ISSUER, issuer=ROOT, names=())))
    parsed = x509.load_pem_x509_certificate(leaf)
    assert values(found, "looked") == [("tls", "ok")]
    assert not reason(found)
    assert plain(found, "certificate") == [parsed.fingerprint(SHA256()).hex()]
    key = x509.SubjectKeyIdentifier.from_public_key(CA.public_key()).digest.hex()
    assert details(found, "certificate") == {
        "address": "192.0.2.1", "position": "0", "not_before": "2026-10-03", "not_after": "2027-01-01",
        "self_signed": "no", "expired": "no", "aki": key,
    }  # fmt: skip
    assert plain(found, "issuer") == ["Let's Imagine"]
    assert details(found, "issuer") == {"common_name": "R1", "country": "US", "root": "Imagined Root Trust"}
    assert [(dict(one.detail)["by"], one.value) for one in found if one.kind == "issuer-host"] == [
        ("ocsp", "r1.o.imagined.example"), ("aia", "r1.i.imagined.example"), ("crl", "c.imagined.example"),
    ]  # fmt: skip
    assert plain(found, "san") == ["www.example.com", "*.example.com"]
    assert details(found, "session") == {
        "cipher": "TLS_AES_256_GCM_SHA384", "alpn": "h2", "address": "192.0.2.1",
    }  # fmt: skip


def test_issuer_without_an_organisation_is_its_common_name() -> None:
    found = seen(presented(certificate(issuer=name(common_name="Imagined CA 5"))))
    assert plain(found, "issuer") == ["Imagined CA 5"]
    assert "root" not in details(found, "issuer")


def test_self_signed_is_said_only_of_what_signed_itself() -> None:
    own = name(common_name="nas.example.com")
    found = seen(presented(certificate(subject=own, issuer=own, signer=KEY)))
    assert details(found, "certificate")["self_signed"] == "yes"
    assert plain(found, "issuer") == ["nas.example.com"]
    found = seen(presented(certificate(subject=own, issuer=own, signer=CA)))
    assert details(found, "certificate")["self_signed"] == "no"


def test_common_name_of_a_certificate_that_names_itself_may_be_a_person() -> None:
    person = name(common_name="Jane Doe")
    found = seen(presented(certificate(subject=person, issuer=person, signer=KEY)))
    assert "Jane" not in str(found)
    assert details(found, "certificate")["self_signed"] == "yes"
    assert not plain(found, "issuer")


@pytest.mark.parametrize(
    ("until", "expired"),
    [
        (SEEN.replace(hour=11), "yes"),
        (SEEN, "no"),  # RFC 5280, 4.1.2.5: through notAfter, inclusive
        (SEEN.replace(hour=13), "no"),
    ],
)
def test_certificate_expires_at_its_moment_on_the_day_it_was_seen(until: datetime, expired: str) -> None:
    found = details(seen(presented(certificate(until=until))), "certificate")
    assert (found["expired"], found["not_after"]) == (expired, "2026-11-24")


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        ("www.example.com", "WWW.example.com.", True),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.www.example.com", False),
        ("*.com", "example.com", False),
        ("*", "example", False),
        ("w*.example.com", "www.example.com", False),
        ("www.*.com", "www.example.com", False),
        ("example.com", "www.example.com", False),
        ("*.0.2.1", "192.0.2.1", False),
        ("*.example.com", ".example.com", False),
    ],
)
def test_wildcard_is_one_whole_first_label(names: str, host: str, *, covered: bool) -> None:
    assert covers(names, host) is covered


def test_mismatch_is_said_only_where_no_name_covers_the_host() -> None:
    assert "mismatch" not in details(seen(presented(certificate(names=("*.example.com",)))), "certificate")
    other = certificate(names=("other.example",), subject=name(common_name="www.example.com"))
    assert (
        details(seen(presented(other)), "certificate")["mismatch"] == "yes"
    )  # the common name counts no more
    alone = certificate(names=(), subject=name(common_name="www.example.com"))
    assert "mismatch" not in details(seen(presented(alone)), "certificate")


def test_organisation_of_the_subject_is_told_and_a_person_is_not() -> None:
    organisation = certificate(subject=name(organization_name="Example Ltd", common_name="www.example.com"))
    assert details(seen(presented(organisation)), "certificate")["organisation"] == "Example Ltd"
    person = name(given_name="Jane", surname="Doe", organization_name="Jane Doe", common_name="Jane Doe")
    found = seen(presented(certificate(subject=person, issuer=person, signer=KEY)))
    assert "Jane" not in str(found)
    mail = x509.SubjectAlternativeName([x509.RFC822Name("jane@example.com"), x509.DNSName("www.example.com")])
    assert "jane" not in str(seen(presented(certificate(mail, names=()))))


def test_hidden_characters_are_written_as_escapes() -> None:
    found = seen(
        presented(
            certificate(
                issuer=name(organization_name="Trusted\u202eCA"),
                names=("www.example.com\x00.evil.example",),
            )
        )
    )
    assert plain(found, "issuer") == ["Trusted\\u202eCA"]
    assert plain(found, "san") == ["www.example.com\\u0000.evil.example"]
    assert details(found, "certificate")["mismatch"] == "yes"


def test_ten_thousand_names_are_cut_and_said() -> None:
    found = seen(presented(certificate(names=tuple(f"h{number}.example.com" for number in range(10_000)))))
    assert len(plain(found, "san")) == 1000
    assert reason(found).startswith("10000 names")


def test_chain_of_a_hundred_is_read_at_both_ends() -> None:
    middle = certificate(subject=ISSUER, issuer=ISSUER, names=())
    last = certificate(subject=ISSUER, issuer=ROOT, names=())
    found = seen(presented(certificate(), *[middle] * 98, last))
    assert details(found, "issuer")["root"] == "Imagined Root Trust"
    assert len(plain(found, "certificate")) == 1


def test_certificate_that_is_refused_is_formerr_and_the_session_stays() -> None:
    broken = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"\xffnonsense")
    found = seen(presented(certificate(broken, names=())))
    assert [(one.kind, one.value) for one in found] == [("looked", "formerr"), ("session", "TLSv1.3")]
    assert "no certificate that can be read" in reason(found)


def test_handshake_that_failed_after_the_chain_came_keeps_its_outcome() -> None:
    found = seen(presented(certificate(), outcome="tls-failure", notes=(("error", "expired"),)))
    assert (plain(found, "looked"), reason(found)) == (["tls-failure"], "expired")
    assert plain(found, "san") == ["www.example.com"]


def test_time_is_read_in_utc() -> None:
    assert {one.time for one in seen(presented(certificate(), time=datetime(2026, 1, 1, tzinfo=UTC)))} == {
        "2026-01-01T00:00:00Z"
    }
