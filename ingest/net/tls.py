"""One TLS handshake: whoever answers is let in, and what it presented is kept."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from sousveil.ingest.net.trust import verdict
from sousveil.ingest.net.wire import Ended, TlsWire, Watch, Wire, named

LEGACY = 0x4  # OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT, which `ssl` names since Python 3.12
MEDIA = "application/pem-certificate-chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What came of a handshake; `chain` is PEM, the leaf first, in the order it was presented."""

    time: datetime
    outcome: str
    chain: bytes = b""
    notes: tuple[tuple[str, str], ...] = ()


@cache
def open_context() -> ssl.SSLContext:
    """Make the one context for targets: it takes any certificate and any protocol, because both are evidence.

    It is shared: loading authorities for each connection costs more than all the rest.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= LEGACY
    return _finished(context)


@cache
def strict_context(trust: str) -> ssl.SSLContext:
    """Make the context for registries, whose word is taken: their certificate must hold."""
    return _finished(ssl.create_default_context(cafile=trust))


def _finished(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TlsWire
    return context


def authorities(trust: str | None) -> str:
    """Return the PEM file of the authorities that count: the one given, SSL_CERT_FILE, or Mozilla's."""
    path = trust or os.environ.get("SSL_CERT_FILE") or DEFAULT_CA_BUNDLE_PATH
    return str(Path(path))


def encrypt(wire: Wire, host: str, seconds: float, context: ssl.SSLContext, watch: Watch) -> TlsWire:
    """Shake hands over a connection, which is closed if that fails with Ended."""
    try:
        host.encode("idna")  # as ssl does, which leaks its socket where this fails
        secured = context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)
    except ValueError as error:
        wire.close()
        raise Ended("not-attempted", f"{host} is no name that TLS can ask for: {error}") from error
    except OSError as error:
        wire.close()
        raise named(error) from error
    tls = cast("TlsWire", secured)
    tls.watch = watch
    try:
        tls.settimeout(watch.wait(seconds))
        tls.do_handshake()
    except OSError as error:
        tls.close()
        raise named(error) from error
    except Ended:
        tls.close()
        raise
    return tls


def presented(tls: TlsWire) -> tuple[bytes, ...]:
    """Return the certificates as they were presented, in DER; Python has a public way since 3.13."""
    if hasattr(tls, "get_unverified_chain"):
        return tuple(tls.get_unverified_chain())
    chain = tls._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined]  # noqa: SLF001
    return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain)


def success(tls: TlsWire, host: str, address: str, authorities: str) -> Handshake:
    """Write down a session: its chain and its terms, and whether these authorities vouch for it."""
    now = datetime.now(UTC)
    chain = presented(tls)
    cipher = tls.cipher()
    notes = (
        ("protocol", tls.version() or ""),
        ("cipher", cipher[0] if cipher else ""),
        ("alpn", tls.selected_alpn_protocol() or ""),
        ("sni", host),
        ("address", address),
        ("verified", verdict(chain, host, authorities, now)),
    )
    pem = "".join(ssl.DER_cert_to_PEM_cert(one) for one in chain)
    return Handshake(time=now, outcome="ok", chain=pem.encode(), notes=notes)


def failure(ended: Ended, host: str, address: str) -> Handshake:
    """Write down that there was no session, and why."""
    notes = (("sni", host), ("address", address), ("error", ended.reason))
    return Handshake(time=datetime.now(UTC), outcome=ended.outcome, notes=notes)
