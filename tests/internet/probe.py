"""A client of its own for the tests of the miniature Internet; runs inside, in many threads at once.

    python probe.py < JOBS > ANSWERS      both JSON: a list of [verb, argument, …], and what each came to

It shares nothing with the collectors, so that a mistake there cannot hide one here.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import struct
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brotli
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

PATIENCE = 2.0  # seconds
MOST = 4_000_000  # bytes
UNPACKED = 100_000_000  # bytes
RCODES = {"NOERROR": "nodata", "NXDOMAIN": "absent", "SERVFAIL": "servfail", "REFUSED": "refused"} | {
    "FORMERR": "formerr",
    "NOTIMP": "servfail",
}


def ask(server: str, name: str, kind: str, patience: float = PATIENCE) -> dict[str, Any]:
    """Ask over UDP, and over TCP if told; packets that answer something else are counted and passed over."""
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    told = {"outcome": "timeout", "ignored": 0, "values": []}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(query.to_wire(), (server, 53))
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            try:
                wire, source = client.recvfrom(65535)
            except TimeoutError:
                return told
            if source != (server, 53) or wire[:2] != query.id.to_bytes(2, "big"):
                told["ignored"] += 1
                continue
            read = _read(query, wire)
            if read["outcome"] == "other":
                told["ignored"] += 1
                continue
            if read["outcome"] == "truncated":
                return told | _over_tcp(server, query, patience)
            return told | read
    return told


def _over_tcp(server: str, query: dns.message.Message, patience: float) -> dict[str, Any]:
    wire = query.to_wire()
    try:
        with socket.create_connection((server, 53), timeout=patience) as client:
            client.sendall(struct.pack("!H", len(wire)) + wire)
            file = client.makefile("rb")
            size = int.from_bytes(file.read(2), "big")
            return _read(query, file.read(size)) | {"size": size}
    except TimeoutError:
        return {"outcome": "timeout"}


def _read(query: dns.message.Message, wire: bytes) -> dict[str, Any]:
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True)
    except dns.message.Truncated:
        return {"outcome": "truncated"}
    except dns.exception.DNSException:
        return {"outcome": "formerr"}
    if message.question != query.question or not message.flags & dns.flags.QR:
        return {"outcome": "other"}
    if message.flags & dns.flags.TC:
        return {"outcome": "truncated"}
    chain = {str(query.question[0].name).lower()}
    values: list[str] = []
    for rrset in message.answer:
        if str(rrset.name).lower() in chain and rrset.rdtype == dns.rdatatype.CNAME:
            chain |= {str(one.target).lower() for one in rrset}
        elif str(rrset.name).lower() in chain and rrset.rdtype == query.question[0].rdtype:
            values += [one.to_text()[:200] for one in rrset]
    outcome = "ok" if values else RCODES[dns.rcode.to_text(message.rcode())]
    return {"outcome": outcome, "values": values, "hops": len(chain) - 1, "size": len(wire)}


def fetch(host: str, path: str = "/", *, secure: bool = False) -> dict[str, Any]:
    """Ask for a page by hand: how it ended, after how many bytes, and the first of them."""
    told: dict[str, Any] = {"ended": "timeout", "got": 0, "head": "", "unpacked": 0}
    kept = bytearray()
    try:
        with _open(host, secure=secure) as client:
            client.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip, br\r\n\r\n".encode()
            )
            told["ended"] = _take(client, kept)
    except OSError as error:
        told["ended"] = _word(error)
    head, _, body = bytes(kept).partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    told |= {"got": len(kept), "head": text[:300], "lines": text.count("\r\n"), "head_size": len(head)}
    told |= {"location": _field(text, "location"), "cookies": text.lower().count("\nset-cookie:")}
    told |= {"deep": body.count(b"<div>"), "unpacked": _unpacked(_field(text, "content-encoding"), body)}
    return told | {"body": base64.b64encode(body[:2000]).decode()}


def _open(host: str, *, secure: bool) -> socket.socket:
    plain = socket.create_connection((host, 443 if secure else 80), timeout=PATIENCE)
    return _any_certificate().wrap_socket(plain, server_hostname=host) if secure else plain


def _take(client: socket.socket, kept: bytearray) -> str:
    """Read until the end, the limit, or for as long as patience lasts."""
    deadline = time.monotonic() + PATIENCE
    while len(kept) < MOST:
        if (left := deadline - time.monotonic()) <= 0:
            return "timeout"
        client.settimeout(left)
        piece = client.recv(65536)
        if not piece:
            return "closed"
        kept += piece
    return "limit"


def _field(head: str, name: str) -> str:
    for line in head.split("\r\n")[1:]:
        if line.lower().startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return ""


def _unpacked(encoding: str, body: bytes) -> int:
    """Count what a body unpacks to, up to UNPACKED; -1 for what is not packed so."""
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    unpackers = {"gzip": zlib.decompressobj(31).decompress, "br": brotli.Decompressor().process}
    if encoding not in unpackers:
        return 0
    unpack, total = unpackers[encoding], 0
    try:
        for piece in pieces:
            total += len(unpack(piece))
            if total > UNPACKED:
                break
    except (zlib.error, brotli.error):
        return -1
    return total


def _word(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "tls-failure"
    words = {ConnectionResetError: "reset", ConnectionRefusedError: "refused", TimeoutError: "timeout"}
    return words.get(type(error), f"errno {error.errno}")


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shake(host: str) -> dict[str, Any]:
    """Do a handshake, trusting anybody; return the chain as PEM."""
    try:
        plain = socket.create_connection((host, 443), timeout=PATIENCE)
        with _any_certificate().wrap_socket(plain, server_hostname=host) as client:
            chain = client._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
            return {
                "ended": "ok",
                "chain": [one.public_bytes() for one in chain],
                "version": client.version(),
            }
    except OSError as error:
        return {"ended": _word(error)}


def greet(host: str) -> dict[str, Any]:
    """Listen to a mail host for a while; talk STARTTLS if it lets us."""
    kept = bytearray()
    try:
        with socket.create_connection((host, 25), timeout=PATIENCE) as client:
            client.settimeout(PATIENCE)
            kept += client.recv(65536)
            if kept.startswith(b"220 ") and kept.endswith(b"\r\n"):
                client.sendall(b"EHLO probe\r\n")
                kept += client.recv(65536)
                client.sendall(b"STARTTLS\r\n")
                kept += client.recv(3)
                kept += client.recv(65536) if kept.endswith(b"220") else b""
            ended = _take(client, kept)
    except OSError as error:
        ended = _word(error)
    return {"ended": ended, "got": len(kept), "text": kept[:300].decode("latin-1")}


def connect(address: str, port: int) -> dict[str, Any]:
    """Try to connect."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except OSError as error:
        return {"ended": _word(error)}
    return {"ended": "ok"}


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "ask": ask,
    "fetch": fetch,
    "fetch-tls": lambda host, path="/": fetch(host, path, secure=True),
    "shake": shake,
    "greet": greet,
    "connect": connect,
}

if __name__ == "__main__":
    jobs = json.load(sys.stdin)
    with ThreadPoolExecutor(64) as pool:
        json.dump(list(pool.map(lambda job: VERBS[job[0]](*job[1:]), jobs)), sys.stdout)
