"""TLS handshakes: the session, and the chain as presented."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ingest.observe import certificates
from sousveil.ingest.observe.reading import Reading
from sousveil.ingest.records import Exchange, Observation


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read a handshake; what was negotiated stands in the notes, the chain in the bytes."""
    reading = Reading(exchange, evidence, vantage)
    return reading.told("tls", _facts(reading))


def _facts(reading: Reading) -> Iterator[Observation]:
    yield from session(reading, "tls")
    yield from certificates.facts(reading, "tls")


def session(reading: Reading, scope: str) -> Iterator[Observation]:
    """Yield what was negotiated, as the collector noted it."""
    notes = dict(reading.exchange.notes)
    if protocol := notes.get("protocol"):
        address = reading.exchange.server
        yield reading.saw(
            "session", scope, protocol, cipher=notes.get("cipher"), alpn=notes.get("alpn"), address=address
        )
