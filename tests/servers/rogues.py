"""Servers on loopback that misbehave: plain sockets in threads, certificates of any kind, a SOCKS5 proxy."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sousveil.ingest.net import Limits, Net, Policy, Rate, Rates
from sousveil.ingest.records import Exchange

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
NOW = datetime.now(UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
QUICK = Limits(
    connect=1,
    handshake=0.3,
    first_byte=0.3,
    read=0.3,
    exchange=1,
    target=30,
    headers=64 * 1024,
    body=200_000,
    unpacked=400_000,
    retries=0,
)
FAST = Rate(1e9, 1e9)

Answer = Callable[[socket.socket], None]


class Rogue:
    """A server that gives each connection to a function, in a thread; `asked` are the bytes of requests."""

    def __init__(
        self,
        answer: Answer | Mapping[str, bytes],
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._answer = answer if callable(answer) else self._pages
        self._pages_of = {} if callable(answer) else answer
        self._context = context
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, 0), family=self._family)
        self.port: int = self._server.getsockname()[1]
        self.connections = 0
        self.asked: list[bytes] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for every connection to be over."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5)

    def seen(self, connections: int) -> bool:
        """Say whether so many connections have come, and no more."""
        until = time.monotonic() + 2
        while self.connections < connections and time.monotonic() < until:
            time.sleep(0.001)
        return self.connections == connections

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with contextlib.suppress(OSError), connection:
            if self._context is None:
                self._answer(connection)
            else:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self._answer(secured)

    def _pages(self, connection: socket.socket) -> None:
        """Answer each path with what stands in a table, whole and raw; anything else is not found."""
        while request := head(connection):
            self.asked.append(request)
            path = request.split()[1].decode()
            connection.sendall(self._pages_of.get(path, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))


def head(connection: socket.socket) -> bytes:
    """Read a request; nothing once the client has gone."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        part = connection.recv(4096)
        if not part:
            return b""
        request += part
    return request


def page(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """Write a whole answer."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines = [f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def moved(location: str) -> bytes:
    """Write a redirect."""
    return page(status="302 Found", Location=location)


def say(*parts: bytes, then: Callable[[socket.socket], None] | None = None) -> Answer:
    """Make an answer that reads a request and sends these bytes, whatever was asked."""

    def answer(connection: socket.socket) -> None:
        head(connection)
        for part in parts:
            connection.sendall(part)
        if then is not None:
            then(connection)

    return answer


def drip(part: bytes, every: float = 0.02) -> Callable[[socket.socket], None]:
    """Make a connection that never ends."""

    def forever(connection: socket.socket) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            connection.sendall(part)
            time.sleep(every)

    return forever


def silence(connection: socket.socket) -> None:
    """Accept, and say nothing until the client has gone."""
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    """Cut the connection without a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class Resolved:
    """What the engine would know of names: a table; what is asked of DNS is written down."""

    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, Exchange] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)

    def addresses(self, host: str) -> tuple[str, ...]:
        self.looked_up.append(host)
        return self.hosts.get(host, ("127.0.0.1",) if host.endswith(".example") else ())

    def ask(self, target: str, name: str, kind: str) -> Exchange:  # noqa: ARG002 - as the engine's
        self.looked_up.append(name)
        return self.answers[name]


def policy(
    http: Rogue | None = None, https: Rogue | None = None, smtp: Rogue | None = None, **more: object
) -> Policy:
    """Make a policy that allows loopback and hurries; a service without a server has a port of nobody's."""
    servers = {"http": http, "https": https, "smtp": smtp}
    ports = tuple((name, server.port if server else 1) for name, server in servers.items())
    usual = {
        "allow": LOOPBACK,
        "limits": QUICK,
        "rates": Rates(network=FAST, resolver=FAST, registry=FAST),
        "ports": ports,
        "smtp": True,
    }
    return Policy(**(usual | more))  # type: ignore[arg-type]


def net(policy: Policy, names: Resolved | None = None) -> Net:
    """Make a net that never sleeps."""
    return Net(policy, names or Resolved(), sleep=lambda _: None)


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and who issued it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def authority(name: str = "Test Authority", issuer: Issued | None = None) -> Issued:
    """Make a certificate authority: a root, or one that another vouches for."""
    return _issue(name, issuer, [x509.BasicConstraints(ca=True, path_length=None)], [], None)


def leaf(
    issuer: Issued | None,
    names: Iterable[str] = ("a.example",),
    *,
    expired: bool = False,
    common_name: str = "a.example",
) -> Issued:
    """Make a certificate for these names; without an issuer it signs itself."""
    san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return _issue(
        common_name, issuer, [x509.BasicConstraints(ca=False, path_length=None)], [san, usage], expired
    )


def _issue(
    name: str,
    issuer: Issued | None,
    critical: list[x509.ExtensionType],
    others: list[x509.ExtensionType],
    expired: bool | None,
) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=expired is None,
        crl_sign=expired is None,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW - timedelta(days=1) if expired else NOW + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    for extension in (*critical, usage):
        builder = builder.add_extension(extension, critical=True)
    for extension in others:
        builder = builder.add_extension(extension, critical=False)
    return Issued(builder.sign(signer, hashes.SHA256()), key)


def pem(*chain: Issued) -> bytes:
    """Write certificates as a file of authorities has them."""
    return b"".join(one.certificate.public_bytes(serialization.Encoding.PEM) for one in chain)


def server_context(folder: Path, *chain: Issued) -> ssl.SSLContext:
    """Make the context of a server that presents this chain, the leaf first."""
    key = chain[0].key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "chain.pem"
    path.write_bytes(key + pem(*chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@dataclass
class Socks:
    """A SOCKS5 proxy (RFC 1928) of as many lines as the tests need; it leads every address to `ports`.

    `asked` are (kind of address, address, port) as they were asked for: 1 is IPv4, 3 a name, 4 IPv6.
    """

    reply: int = 0
    asked: list[tuple[int, str, int]] = field(default_factory=list)

    def __call__(self, client: socket.socket) -> None:
        client.recv(2 + client.recv(2)[1])
        client.sendall(b"\x05\x00")
        kind = client.recv(4)[3]
        size = {1: 4, 4: 16}.get(kind) or client.recv(1)[0]
        raw = client.recv(size)
        address = raw.decode() if kind == 3 else str(ipaddress.ip_address(raw))
        (port,) = struct.unpack("!H", client.recv(2))
        self.asked.append((kind, address, port))
        client.sendall(b"\x05" + bytes([self.reply]) + b"\x00\x01\x7f\x00\x00\x01\x00\x00")
        if self.reply == 0:
            with socket.create_connection(("127.0.0.1", port), 5) as server:
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
