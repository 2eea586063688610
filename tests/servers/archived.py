"""Exchanges as they lie in an archive, made by hand: DNS messages, certificates, answers of web servers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sousveil.ingest.lines import line, read
from sousveil.ingest.observe import observe
from sousveil.ingest.records import Exchange, Observation

SEEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
CA = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)  # signs the same every time
KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)


def exchange(protocol: str, answered: bytes, question: str = "GET", **changes: object) -> Exchange:
    """Make an exchange about www.example.com."""
    made = Exchange(
        target="example.com",
        subject="www.example.com",
        protocol="http",
        question=question,
        uri="https://www.example.com/",
        time=SEEN,
        outcome="ok",
        server="192.0.2.1",
        answered=answered,
    )
    return replace(made, protocol=protocol, **changes)  # type: ignore[arg-type]


def seen(one: Exchange) -> list[Observation]:
    """Observe, and hold every kind, scope and detail against the contract."""
    found = list(observe(one, "e1", "test"))
    assert list(read(map(line, found), "o.jsonl")) == found
    return found


def values(found: list[Observation], kind: str) -> list[tuple[str, str]]:
    """Return (scope, value) of one kind."""
    return [(one.scope, one.value) for one in found if one.kind == kind]


def plain(found: list[Observation], kind: str) -> list[str]:
    """Return the values of one kind."""
    return [one.value for one in found if one.kind == kind]


def details(found: list[Observation], kind: str) -> dict[str, str]:
    """Return what stands beside the only observation of a kind."""
    (only,) = (one for one in found if one.kind == kind)
    return dict(only.detail)


def reason(found: list[Observation]) -> str:
    """Return the remarks of `looked`."""
    return details(found, "looked").get("reason", "")


def message(name: str, kind: str, *records: str) -> bytes:
    """Write a DNS answer with records such as `a.example 60 IN A 192.0.2.1`, in their order."""
    answer = dns.message.make_response(dns.message.make_query(name, kind, id=1))
    answer.flags |= dns.flags.RA
    for record in records:
        owner, ttl, _, kind_of, text = record.split(" ", 4)
        answer.answer.append(dns.rrset.from_text(f"{owner}.", int(ttl), "IN", kind_of, text))
    return answer.to_wire(max_size=65535)


def asked(name: str, kind: str, *records: str, **changes: object) -> list[Observation]:
    """Observe a DNS answer about a name."""
    uri = f"dns://192.0.2.53/{name}?type={kind}"
    made = exchange("dns", message(name, kind, *records), kind, subject=name, uri=uri, server="192.0.2.53:53")
    return seen(replace(made, **changes))  # type: ignore[arg-type]


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Write an answer of a web server."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def rdap(data: object, subject: str = "192.0.2.1") -> list[Observation]:
    """Observe an RDAP answer about an address or a domain."""
    body = http(json.dumps(data).encode(), "Content-Type: application/rdap+json")
    return seen(exchange("rdap", body, "network", target=subject, subject=subject))


def card(*properties: tuple[str, object]) -> list[object]:
    """Write a jCard."""
    return ["vcard", [[name, {}, "text", value] for name, value in properties]]


def name(**parts: str) -> x509.Name:
    """Write a distinguished name: `name(common_name="a", organization_name="b")`."""
    return x509.Name(
        [x509.NameAttribute(getattr(NameOID, part.upper()), text) for part, text in parts.items()]
    )


ISSUER = name(country_name="US", organization_name="Let's Imagine", common_name="R1")
ROOT = name(organization_name="Imagined Root Trust", common_name="Root X")


def certificate(
    *extensions: x509.ExtensionType,
    subject: x509.Name | None = None,
    issuer: x509.Name = ISSUER,
    names: tuple[str, ...] = ("www.example.com",),
    until: datetime = datetime(2027, 1, 1, tzinfo=UTC),
    signer: Ed25519PrivateKey = CA,
) -> bytes:
    """Make a certificate in PEM; the same arguments give the same bytes."""
    subject = x509.Name([]) if subject is None else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 10, 3, tzinfo=UTC))
        .not_valid_after(until)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
        builder = builder.add_extension(alternatives, critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, None).public_bytes(Encoding.PEM)


def presented(*chain: bytes, **changes: object) -> Exchange:
    """Make a handshake that showed these certificates, the leaf first."""
    notes = (("protocol", "TLSv1.3"), ("cipher", "TLS_AES_256_GCM_SHA384"), ("alpn", "h2"))
    uri = "tls://www.example.com:443/192.0.2.1"
    made = exchange("tls", b"".join(chain), "handshake", uri=uri, notes=notes)
    return replace(made, **changes)  # type: ignore[arg-type]
