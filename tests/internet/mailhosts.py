"""Machines that take mail: greeting, STARTTLS with the certificate of the host, a file for what arrives."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from atlas import Atlas


class Sink:
    """Appends each message to a file: what nobody here should ever have sent."""

    def __init__(self, file: Path) -> None:
        self.file = file

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - theirs
        """Keep a message."""
        with self.file.open("ab") as out:
            out.write(envelope.content + b"\n")  # type: ignore[operator]
        return "250 kept"


async def serve(atlas: Atlas, contexts: dict[str, ssl.SSLContext], file: Path) -> None:
    """Listen on port 25 of every mail host; `contexts` has a TLS context by first name."""
    loop = asyncio.get_running_loop()
    for host in atlas.mail:
        name, _, ident = host.banner.partition(" ")

        def greet(name: str = name, ident: str = ident, first: str = host.names[0]) -> SMTP:
            return SMTP(Sink(file), hostname=name, ident=ident, tls_context=contexts.get(first), loop=loop)

        for address in {one for each in host.names for one in atlas.addresses(each)}:
            await loop.create_server(greet, address, 25)
