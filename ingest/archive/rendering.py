"""An archived exchange as lines for a person; no byte of a stranger reaches the terminal as it is."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

import dns.exception
import dns.message
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from sousveil.ingest.archive.warc import Archived
from sousveil.schema.text import REPLACEMENT, UNSEEN

LONGEST = 4_000  # characters of a body that are shown
WIDEST = 1_000  # characters of a line
NAMES = 20  # names of a certificate that are shown
CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def lines(archived: Archived) -> Iterator[str]:
    """Yield what came back, and before it what was asked and how it ended; every line is safe to print."""
    exchange = archived.exchange
    said = {
        "evidence": archived.evidence,
        "digest": f"sha256:{archived.digest}",
        "file": f"{archived.file}, byte {archived.offset}",
        "time": exchange.time.isoformat(),
        "target": exchange.target,
        "subject": exchange.subject,
        "question": f"{exchange.protocol} {exchange.question}",
        "address": exchange.uri,
        "server": exchange.server or "-",
        "outcome": exchange.outcome,
        "sent": f"{len(exchange.asked)} bytes",
        "received": f"{len(exchange.answered)} bytes, {exchange.media}",
        **{f"note {name}": value for name, value in exchange.notes},
    }
    yield from (safe(f"{name}: {value}") for name, value in said.items())
    if exchange.answered:
        yield ""
        web = exchange.answered.startswith(b"HTTP/1.")
        yield from (_page if web else _body(exchange.media))(exchange.answered)


def safe(text: str) -> str:
    """Write one line, with a mark in place of control and direction characters, cut where it is too long."""
    line = text.encode("utf-8", "replace").decode().expandtabs().translate(UNSEEN)
    return line if len(line) <= WIDEST else f"{line[:WIDEST]} … {len(line) - WIDEST} more characters"


def _body(media: str) -> Callable[[bytes], Iterator[str]]:
    known = {"application/dns-message": _dns, "application/pem-certificate-chain": _chain}
    return known.get(media, _text)


def _dns(data: bytes) -> Iterator[str]:
    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError) as error:
        yield safe(f"no whole DNS message: {error}")
        yield from _text(data)
        return
    yield from (safe(line) for line in message.to_text().splitlines())


def _chain(data: bytes) -> Iterator[str]:
    for position, found in enumerate(CERTIFICATE.finditer(data)):
        yield f"certificate {position}"
        try:
            said = list(_certificate(x509.load_pem_x509_certificate(found[0])))
        except ValueError as error:
            said = [f"cannot be read: {error}"]
        yield from (safe(f"  {line}") for line in said)


def _certificate(certificate: x509.Certificate) -> Iterator[str]:
    yield f"subject: {certificate.subject.rfc4514_string() or '-'}"
    yield f"issuer: {certificate.issuer.rfc4514_string() or '-'}"
    yield f"valid: {_day(certificate.not_valid_before_utc)} to {_day(certificate.not_valid_after_utc)}"
    yield f"serial: {certificate.serial_number:x}"
    yield f"sha256: {certificate.fingerprint(SHA256()).hex()}"
    try:
        covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return
    names = [str(name.value) for name in covered]
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    yield f"names: {', '.join(names[:NAMES])}{more}"


def _day(time: datetime) -> str:
    return time.date().isoformat()


def _page(data: bytes) -> Iterator[str]:
    """Yield the head of an HTTP message, and its body unpacked as far as it is shown."""
    head, _, body = data.partition(b"\r\n\r\n")
    yield from _text(head)
    if not body:
        return
    yield ""
    try:
        yield from _text(zlib.decompressobj(wbits=47).decompress(body, LONGEST))  # gzip or zlib
    except zlib.error:
        yield from _text(body)


def _text(data: bytes) -> Iterator[str]:
    """Yield bytes as UTF-8 text; what is mostly none is only counted."""
    head = data[:LONGEST].decode("utf-8", "replace")
    if head.count(REPLACEMENT) + head.count("\0") > len(head) // 10:
        yield f"{len(data)} bytes that are no text; `sousveil archive extract` writes them to a file"
        return
    yield from (safe(line) for line in head.splitlines())
    if len(data) > LONGEST:
        yield f"… {len(data) - LONGEST} more bytes; `sousveil archive extract` writes all to a file"
