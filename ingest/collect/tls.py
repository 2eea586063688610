"""TLS: the certificate chain that a machine presents for a host."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ingest.collect import Look
from sousveil.ingest.net import Net
from sousveil.ingest.net.tls import MEDIA, Handshake
from sousveil.ingest.records import Exchange


def collect(look: Look, net: Net) -> Iterator[Exchange | Look]:
    """Shake hands with each address of the host, or with the one named.

    Where `http` was there before, its handshake is in the archive already, and this yields nothing.
    """
    visit = net.visit(look.target)
    for address in (look.address,) if look.address else net.addresses(look.subject):
        if visit.claim(uri(look.subject, address, net)):
            handshake = net.shake(visit, look.subject, address, net.policy.port("https"))
            yield presented(look.target, look.subject, address, handshake, net)


def uri(host: str, address: str, net: Net) -> str:
    """Name the question in an archive."""
    return f"tls://{host}:{net.policy.port('https')}/{address}"


def presented(target: str, host: str, address: str, handshake: Handshake, net: Net) -> Exchange:
    """Make an exchange of a handshake."""
    return Exchange(
        target=target,
        subject=host,
        protocol="tls",
        question="handshake",
        uri=uri(host, address, net),
        time=handshake.time,
        outcome=handshake.outcome,
        server=address,
        answered=handshake.chain,
        media=MEDIA,
        notes=handshake.notes,
    )
