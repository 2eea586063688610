"""Web and mail servers that do what nginx cannot: silence, dribble, bombs, lies, resets.

A behaviour gets (reader, writer) of a fresh connection. Those of HTTP are served on ports 80 and, inside TLS,
443; those of TLS on 443, before any handshake; those of SMTP on 25. Each has an address of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator

import brotli

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Behaviour = Callable[[Reader, Writer], Awaitable[None]]
BLOCK = 64 * 1024
MEGABYTE = 1024 * 1024
FOREVER = 10_000  # seconds, or megabytes: longer than anybody waits
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
HTTP: dict[str, Behaviour] = {}
TLS: dict[str, Behaviour] = {}
SMTP: dict[str, Behaviour] = {}


def _of(table: dict[str, Behaviour]) -> Callable[[Behaviour], Behaviour]:
    def keep(behaviour: Behaviour) -> Behaviour:
        table[behaviour.__name__.replace("_", "-")] = behaviour  # type: ignore[attr-defined]
        return behaviour

    return keep


async def _asked(reader: Reader) -> str:
    """Read a request; return its path."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head.split(b" ", 2)[1].decode("latin-1")


async def _send(writer: Writer, *parts: bytes) -> None:
    for part in parts:
        writer.write(part)
        await writer.drain()


async def _dribble(writer: Writer, data: bytes) -> None:
    """Send one byte a second."""
    for byte in data:
        await _send(writer, bytes([byte]))
        await asyncio.sleep(1)


def _cut(writer: Writer) -> None:
    """Reset the connection."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _fixed(name: str, *parts: bytes) -> None:
    """Answer every request with these bytes, then close."""

    async def behave(reader: Reader, writer: Writer) -> None:
        await _asked(reader)
        await _send(writer, *parts)

    HTTP[name] = behave


@_of(HTTP)
async def silent_accept(_reader: Reader, _writer: Writer) -> None:
    """Accept, and say nothing."""
    await asyncio.sleep(FOREVER)


@_of(HTTP)
async def slow_loris(reader: Reader, writer: Writer) -> None:
    """Send the head one byte a second."""
    await _asked(reader)
    await _dribble(writer, OK + b"X-Slow: " + b"a" * FOREVER)


@_of(HTTP)
async def slow_body(reader: Reader, writer: Writer) -> None:
    """Send the body one byte a second."""
    await _asked(reader)
    await _send(writer, OK, b"Content-Length: 10000\r\n\r\n")
    await _dribble(writer, b"a" * FOREVER)


@_of(HTTP)
async def endless_body(reader: Reader, writer: Writer) -> None:
    """Never end the body."""
    await _asked(reader)
    await _send(writer, OK, b"\r\n")
    while True:
        await _send(writer, b"<p>more</p>\n" * 5000)


@_of(HTTP)
async def endless_chunks(reader: Reader, writer: Writer) -> None:
    """Never end the body, in chunks of one byte."""
    await _asked(reader)
    await _send(writer, OK, b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await _send(writer, b"1\r\na\r\n" * 5000)


@_of(HTTP)
async def endless_head(reader: Reader, writer: Writer) -> None:
    """Never end the head."""
    await _asked(reader)
    await _send(writer, OK)
    while True:
        await _send(writer, b"X-More: " + b"a" * 8000 + b"\r\n")


@_of(HTTP)
async def endless_continue(reader: Reader, writer: Writer) -> None:
    """Say 100 Continue for ever."""
    await _asked(reader)
    while True:
        await _send(writer, b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def _bomb(kind: str) -> Iterator[bytes]:
    """Yield ten gigabytes of spaces, compressed to almost nothing."""
    space = b" " * MEGABYTE
    if kind == "br":
        packer = brotli.Compressor(quality=1)
        yield from (packer.process(space) + packer.flush() for _ in range(FOREVER))
    else:
        gzip = zlib.compressobj(9, zlib.DEFLATED, 31)
        yield from (gzip.compress(space) + gzip.flush(zlib.Z_SYNC_FLUSH) for _ in range(FOREVER))


async def _burst(kind: str, reader: Reader, writer: Writer) -> None:
    await _asked(reader)
    await _send(writer, OK, f"Content-Encoding: {kind}\r\n\r\n".encode())
    for piece in _bomb(kind):
        await _send(writer, piece)
        await asyncio.sleep(0)


@_of(HTTP)
async def gzip_bomb(reader: Reader, writer: Writer) -> None:
    """Send 10 GB as gzip."""
    await _burst("gzip", reader, writer)


@_of(HTTP)
async def brotli_bomb(reader: Reader, writer: Writer) -> None:
    """Send 10 GB as brotli."""
    await _burst("br", reader, writer)


@_of(HTTP)
async def nested_gzip(reader: Reader, writer: Writer) -> None:
    """Send 50 MB packed twice, as HTTP allows: a few hundred bytes."""
    await _asked(reader)
    packed = zlib.compress(b"".join([b" " * MEGABYTE] * 50), 9, 31)
    await _send(writer, OK, b"Content-Encoding: gzip, gzip\r\n\r\n", zlib.compress(packed, 9, 31))


@_of(HTTP)
async def huge_html(reader: Reader, writer: Writer) -> None:
    """Send an honest page of 100 MB."""
    await _asked(reader)
    line = b"<p>" + b"a" * 1017 + b"</p>"
    await _send(writer, OK, b"Content-Length: %d\r\n\r\n" % (len(line) * 1024 * 100))
    for _ in range(1600):
        await _send(writer, line * 64)


@_of(HTTP)
async def deep_html(reader: Reader, writer: Writer) -> None:
    """Send a page nested 100,000 deep."""
    await _asked(reader)
    body = b"<html><head><title>deep</title></head><body>" + b"<div>" * 100_000 + b"bottom"
    await _send(writer, OK, b"Content-Length: %d\r\n\r\n" % len(body), body)


@_of(HTTP)
async def redirect_loop(reader: Reader, writer: Writer) -> None:
    """Redirect to itself."""
    path = await _asked(reader)
    await _send(writer, _to(path))


@_of(HTTP)
async def redirect_endless(reader: Reader, writer: Writer) -> None:
    """Redirect to a new path each time."""
    number = (await _asked(reader)).strip("/")
    await _send(writer, _to(f"/{int(number) + 1 if number.isdigit() else 1}"))


@_of(HTTP)
async def reset(_reader: Reader, writer: Writer) -> None:
    """Reset at once."""
    _cut(writer)


@_of(HTTP)
async def reset_body(reader: Reader, writer: Writer) -> None:
    """Reset in the middle of the body."""
    await _asked(reader)
    await _send(writer, OK, b"Content-Length: 1000\r\n\r\n", b"a" * 500)
    await asyncio.sleep(0.1)
    _cut(writer)


@_of(HTTP)
async def closed(_reader: Reader, _writer: Writer) -> None:
    """Close without a word."""


@_of(HTTP)
async def robots_endless(reader: Reader, writer: Writer) -> None:
    """Have a good page, and a robots.txt that never ends."""
    if await _asked(reader) != "/robots.txt":
        await _send(writer, OK, b"Content-Length: 5\r\n\r\nhello")
        return
    await _send(writer, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        await _send(writer, b"User-agent: *\nAllow: /\n" * 1000)


def _to(where: str) -> bytes:
    head = f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode("latin-1")


REDIRECTS = {
    "redirect-file": "file:///etc/passwd",
    "redirect-gopher": "gopher://100.110.1.66:70/1",
    "redirect-ftp": "ftp://100.110.1.66/",
    "redirect-data": "data:text/html,hello",
    "redirect-javascript": "javascript:alert(1)",
    "redirect-private": "http://10.0.0.1/",
    "redirect-loopback": "http://127.0.0.1:7687/",
    "redirect-localhost": "http://localhost/",
    "redirect-link-local": "http://169.254.1.1/",
    "redirect-metadata": "http://169.254.169.254/latest/meta-data/",
    "redirect-metadata6": "http://[fd00:ec2::254]/latest/meta-data/",
    "redirect-mapped": "http://[::ffff:127.0.0.1]/",
    "redirect-number": "http://2130706433/",
    "redirect-octal": "http://0177.0.0.1/",
    "redirect-zero": "http://0.0.0.0/",
    "redirect-multicast": "http://224.0.0.1/",
    "redirect-named": "http://private.odd.test/",
    "redirect-rebinding": "http://rebinding.odd.test/",
    "redirect-port": "http://100.110.1.66:22/",
    "redirect-user": "http://user:secret@private.odd.test/",
    "redirect-empty": "",
    "redirect-garbage": "http://[::1",
    "redirect-bytes": "http://\xe4\xff\xfe.odd.test/\x1b[31m",
    "redirect-long": "http://odd.test/" + "a" * 100_000,
}
for _name, _where in REDIRECTS.items():
    _fixed(_name, _to(_where))

_fixed("megabyte-header", OK, b"X-Big: " + b"a" * MEGABYTE + b"\r\n", b"Content-Length: 2\r\n\r\nok")
_fixed(
    "many-headers",
    OK,
    b"".join(b"X-%d: y\r\n" % one for one in range(10_000)),
    b"Content-Length: 2\r\n\r\nok",
)
_fixed(
    "many-cookies",
    OK,
    b"".join(b"Set-Cookie: c%d=y; Path=/\r\n" % one for one in range(10_000)),
    b"Content-Length: 2\r\n\r\nok",
)
_fixed("short-body", OK, b"Content-Length: 1000\r\n\r\n", b"only this")
_fixed("negative-length", OK, b"Content-Length: -5\r\n\r\nhello")
_fixed("two-lengths", OK, b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello")
_fixed("bad-chunk", OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")
_fixed("huge-chunk", OK, b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello")
_fixed("bad-gzip", OK, b"Content-Encoding: gzip\r\nContent-Length: 11\r\n\r\nnot gzip ok")
_fixed("bad-status", b"HTTP/1.1 abc Nope\r\n\r\n")
_fixed("status-999", b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n")
_fixed("http-09", b"<html><body>no head at all</body></html>")
_fixed("garbage", random.Random(7).randbytes(4000))  # noqa: S311 - noise, the same each time
_fixed(
    "control-characters", OK, b"X-Odd: \x1b[31mred\x07\x00\x7f\r\nServer: a\rb\r\nContent-Length: 2\r\n\r\nok"
)
_fixed("too-many-requests", b"HTTP/1.1 429 No\r\nRetry-After: 99999999\r\nContent-Length: 0\r\n\r\n")
_fixed(
    "charset-lie",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
    b'<html><head><meta charset="utf-16"><title>',
    "监控公司".encode("gb18030"),
    b'</title><meta name="generator" content="WordPress 6.5"></head></html>',
)
_fixed(
    "charset-unknown",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x-rot13-\xff; charset=utf-7\r\n\r\n",
    b"+ADw-script+AD4-<title>hello</title>",
)


@_of(TLS)
async def tls_silent(_reader: Reader, _writer: Writer) -> None:
    """Accept, and never say hello."""
    await asyncio.sleep(FOREVER)


@_of(TLS)
async def tls_garbage(reader: Reader, writer: Writer) -> None:
    """Answer the hello with noise."""
    await reader.read(100)
    await _send(writer, random.Random(11).randbytes(500))  # noqa: S311 - noise, the same each time


@_of(TLS)
async def tls_plain(reader: Reader, writer: Writer) -> None:
    """Speak plain HTTP on port 443."""
    await reader.read(100)
    await _send(writer, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@_of(TLS)
async def tls_reset(reader: Reader, writer: Writer) -> None:
    """Reset on the hello."""
    await reader.read(100)
    _cut(writer)


@_of(TLS)
async def tls_alert(reader: Reader, writer: Writer) -> None:
    """Refuse every handshake: alert 40."""
    await reader.read(100)
    await _send(writer, b"\x15\x03\x03\0\x02\x02\x28")


@_of(TLS)
async def tls_slow(reader: Reader, writer: Writer) -> None:
    """Announce a record of 16 KB and send it one byte a second."""
    await reader.read(100)
    await _dribble(writer, b"\x16\x03\x03\x40\x00\x02" + b"\0" * FOREVER)


@_of(SMTP)
async def smtp_silent(_reader: Reader, _writer: Writer) -> None:
    """Accept, and greet nobody."""
    await asyncio.sleep(FOREVER)


@_of(SMTP)
async def smtp_refusing(_reader: Reader, writer: Writer) -> None:
    """Greet with a no."""
    await _send(writer, b"554 smtp-refusing.hostile.test no SMTP service here\r\n")


@_of(SMTP)
async def smtp_endless(_reader: Reader, writer: Writer) -> None:
    """Never end the greeting."""
    while True:
        await _send(writer, b"220-welcome\r\n" * 1000)


@_of(SMTP)
async def smtp_long_line(_reader: Reader, writer: Writer) -> None:
    """Greet with a line of a gigabyte."""
    await _send(writer, b"220 ")
    for _ in range(16_000):
        await _send(writer, b"a" * BLOCK)


@_of(SMTP)
async def smtp_slow(_reader: Reader, writer: Writer) -> None:
    """Greet one byte a second."""
    await _dribble(writer, b"220 smtp-slow.hostile.test at your service, some day\r\n")


@_of(SMTP)
async def smtp_garbage(_reader: Reader, writer: Writer) -> None:
    """Greet with noise."""
    await _send(writer, random.Random(13).randbytes(500), b"\r\n")  # noqa: S311 - noise, the same each time


@_of(SMTP)
async def smtp_tls_garbage(reader: Reader, writer: Writer) -> None:
    """Offer STARTTLS, and then do not speak TLS."""
    await _send(writer, b"220 smtp-tls-garbage.hostile.test ESMTP\r\n")
    while line := await reader.readline():
        if line.upper().startswith(b"STARTTLS"):
            await _send(writer, b"220 go ahead\r\n", b"this is not TLS" * 20)
            return
        await _send(writer, b"250-hostile\r\n250 STARTTLS\r\n")


def _guarded(behaviour: Behaviour) -> Callable[[Reader, Writer], Awaitable[None]]:
    """Close the connection however a behaviour ends; clients that leave are the point of it."""

    async def handle(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError
        ):
            await behaviour(reader, writer)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()

    return handle


def unanswering(address: str, ports: tuple[int, ...]) -> list[socket.socket]:
    """Listen without room for anybody: who connects hears nothing at all. Keep what is returned."""
    kept = []
    for port in ports:
        listener = socket.create_server((address, port), backlog=0)
        kept.append(listener)
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((address, port))
            kept.append(filler)
    return kept


async def serve(addresses: dict[str, str], context: ssl.SSLContext) -> None:
    """Serve each behaviour at its address; `context` has a certificate for all names."""
    for name, address in addresses.items():
        if name in HTTP:
            await asyncio.start_server(_guarded(HTTP[name]), address, 80)
            await asyncio.start_server(_guarded(HTTP[name]), address, 443, ssl=context)
        elif name in TLS:
            await asyncio.start_server(_guarded(TLS[name]), address, 443)
        elif name in SMTP:
            await asyncio.start_server(_guarded(SMTP[name]), address, 25)
        else:
            raise KeyError(f"hosts/: no behaviour is called {name}")
