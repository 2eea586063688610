"""SMTP, only where it was asked for: the greeting of a mail host and the certificate that STARTTLS shows."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ingest.collect import Look
from sousveil.ingest.net import Net
from sousveil.ingest.net.smtp import Session, talk
from sousveil.ingest.net.tls import MEDIA
from sousveil.ingest.records import Exchange


def collect(look: Look, net: Net) -> Iterator[Exchange | Look]:
    """Greet each address of a mail host, or the one named, and leave."""
    if not net.policy.smtp:
        return
    visit = net.visit(look.target)
    for address in (look.address,) if look.address else net.addresses(look.subject):
        if visit.claim(f"smtp {look.subject} {address}"):
            yield from _exchanges(look, net, address, talk(net, visit, look.subject, address))


def _exchanges(look: Look, net: Net, address: str, session: Session) -> Iterator[Exchange]:
    """Yield what was said, and of the handshake what it showed."""
    uri = f"smtp://{look.subject}:{net.policy.port('smtp')}/{address}"
    yield Exchange(
        target=look.target,
        subject=look.subject,
        protocol="smtp",
        question="banner",
        uri=uri,
        time=session.time,
        outcome=session.outcome,
        server=address,
        asked=session.asked,
        answered=session.answered,
        media="text/plain",
        notes=session.notes,
    )
    if session.handshake is not None:
        yield Exchange(
            target=look.target,
            subject=look.subject,
            protocol="smtp",
            question="handshake",
            uri=f"{uri}?starttls",
            time=session.handshake.time,
            outcome=session.handshake.outcome,
            server=address,
            answered=session.handshake.chain,
            media=MEDIA,
            notes=session.handshake.notes,
        )
