"""Mail servers: the name in the greeting, and the certificate that STARTTLS shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.ingest.observe import certificates
from sousveil.ingest.observe.names import host_of
from sousveil.ingest.observe.reading import Reading, UnreadableError
from sousveil.ingest.observe.tls import session
from sousveil.ingest.records import Exchange, Observation

GREETING = re.compile(rb"220[ -]([^\r\n]{0,512})")  # RFC 5321, 4.2 and 4.5.3.1.5
BEGIN = b"-----BEGIN CERTIFICATE-----"


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read what a mail server said before mail was sent; none is."""
    reading = Reading(exchange, evidence, vantage)
    return reading.told("smtp", _facts(reading))


def _facts(reading: Reading) -> Iterator[Observation]:
    answered = reading.exchange.answered
    chain = BEGIN in answered
    greeting = GREETING.match(answered)
    if greeting is None and not chain:
        raise UnreadableError("no greeting of a mail server")
    if greeting is not None:
        yield from _banner(reading, greeting[1].decode("utf-8", "replace"))
    yield from session(reading, "smtp")
    if chain:
        yield from certificates.facts(reading, "smtp")


def _banner(reading: Reading, text: str) -> Iterator[Observation]:
    name = host_of(text.strip().partition(" ")[0])
    if name is None:
        reading.remarks.append("the greeting begins with no name of a host")
    else:
        yield reading.saw("banner", "smtp", name)
