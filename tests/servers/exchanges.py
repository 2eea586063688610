"""Exchanges as a collection makes them: real DNS packets, certificates and pages, of nobody's domains."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from sousveil.ingest.archive import RunFacts
from sousveil.ingest.records import Exchange

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = RunFacts(
    id="2026-03-01-test",
    software="0.1.0",
    rules="rules of the day",
    catalogue="catalogue of the day",
    vantage="a test, nowhere\r\nin the world",
    started=STARTED,
    resolvers=("127.0.0.1", "::1"),
    contact="watch@example.org",
    options=(("rate", "100"), ("größe & mehr", "a=b")),
)
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
RESOLVER = "127.0.0.1:53"
RECORDS = {
    "MX": "10 mail.{domain}.",
    "NS": "ns1.{domain}.",
    "A": "100.64.0.7",
    "TXT": '"v=spf1 -all"',
    "SOA": "ns1.{domain}. jane.doe.{domain}. 1 2 3 4 5",
}


def of_domains(number: int) -> Iterator[Exchange]:
    """Yield what a run sees of so many domains; nothing depends on anything but the number."""
    for each in range(number):
        yield from of_domain(f"site{each}.example", STARTED + timedelta(seconds=each))


def of_domain(domain: str, begun: datetime = STARTED) -> Iterator[Exchange]:
    """Yield DNS answers, a chain, two hops of a page, and questions without an answer."""
    for number, kind in enumerate([*RECORDS, "CAA"]):
        yield looked_up(
            domain,
            kind,
            begun + timedelta(milliseconds=number),
            zlib.crc32(f"{domain} {kind}".encode()) & 0xFFFF,
        )
    later = begun + timedelta(milliseconds=100)
    yield handshake(domain, later)
    yield page(domain, f"https://{domain}/", later, moved=True)
    yield page(domain, f"https://www.{domain}/", later + timedelta(milliseconds=50))
    yield unanswered(domain, later + timedelta(milliseconds=90))


def looked_up(domain: str, kind: str, time: datetime, number: int) -> Exchange:
    query = dns.message.make_query(domain, kind, id=number)
    answer = dns.message.make_response(query)
    if kind in RECORDS:
        text = RECORDS[kind].format(domain=domain)
        answer.answer.append(dns.rrset.from_text(f"{domain}.", 300, "IN", kind, text))
    return Exchange(
        target=domain, subject=domain, protocol="dns", question=kind,
        uri=f"dns://127.0.0.1/{domain}?type={kind}", time=time,
        outcome="ok" if kind in RECORDS else "nodata", server=RESOLVER,
        answered=answer.to_wire(), media="application/dns-message", notes=(("transport", "udp"),),
    )  # fmt: skip


def handshake(domain: str, time: datetime) -> Exchange:
    return Exchange(
        target=domain, subject=domain, protocol="tls", question="handshake",
        uri=f"tls://{domain}:443/100.64.0.7", time=time, outcome="ok", server="100.64.0.7:443",
        answered=chain(), media="application/pem-certificate-chain",
        notes=(("protocol", "TLSv1.3"), ("cipher", "TLS_AES_256_GCM_SHA384"), ("sni", domain)),
    )  # fmt: skip


@cache
def chain() -> bytes:
    """Make a certificate of a person, with a name that tries to write to a terminal."""
    key = ec.derive_private_key(7, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jane Doe\x1b[31m")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(STARTED)
        .not_valid_after(STARTED + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("site0.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(PEM)


def page(domain: str, uri: str, time: datetime, *, moved: bool = False) -> Exchange:
    host = uri.split("/")[2]
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: sousveil\r\nAccept-Encoding: gzip\r\n\r\n"
    head, body = f"HTTP/1.1 301 Moved\r\nLocation: https://www.{domain}/\r\n", b""
    if not moved:
        text = f"<html><head><title>{domain}</title></head><body>Welcome to {domain}.</body></html>"
        head, body = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", gzip.compress(text.encode(), mtime=0)
        head += "Content-Encoding: gzip\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    return Exchange(
        target=domain, subject=host, protocol="http", question="GET", uri=uri, time=time, outcome="ok",
        server="100.64.0.7:443", asked=request.encode(), answered=head.encode() + body,
        media="application/http; msgtype=response",
    )  # fmt: skip


def unanswered(domain: str, time: datetime) -> Exchange:
    return Exchange(
        target=domain, subject=f"mail.{domain}", protocol="tls", question="handshake",
        uri=f"tls://mail.{domain}:443/100.64.0.8", time=time, outcome="refused", server="100.64.0.8:443",
        notes=(("error", "connection refused"),),
    )  # fmt: skip


def key_files(folder: Path, name: str) -> tuple[Path, Path]:
    """Write the files that `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}.public.pem"
    private.write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public
