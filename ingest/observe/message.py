"""HTTP messages as they stood on the wire: status, headers, and the body as it was meant. RFC 9112."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import brotli

from sousveil.ingest.observe.reading import Reading, UnreadableError

STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?= |$)")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*\Z", re.DOTALL)
SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\Z")
INTERIM = 10  # answers before the real one
LONGEST = 8192  # bytes of a header that goes on over several lines
LARGEST = 8 << 20  # bytes of a decoded body; a bomb ends here
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Message:
    """An answer: `headers` are (lower-case name, value) in their order, `body` as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return next((value for known, value in self.headers if known == name), None)


def parse(data: bytes) -> Message:
    """Read an answer; what comes before the real one (100 Continue, Early Hints) is passed over."""
    for _ in range(INTERIM):
        lines, body = _head(data)
        found = STATUS.match(lines[0])
        if found is None:
            break
        status = int(found[1])
        if status >= 200 or not body.startswith(b"HTTP/"):  # noqa: PLR2004 - 1xx are interim
            return Message(status, tuple(_headers(lines[1:])), body)
        data = body
    raise UnreadableError("no HTTP message")


def _head(data: bytes) -> tuple[list[bytes], bytes]:
    """Split the lines of the head from the body; a line that begins with a space continues the last."""
    lines: list[bytes] = []
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        stop = len(data) if end < 0 else end
        line = data[start:stop].removesuffix(b"\r")
        start = stop + 1
        if not line and lines:
            break
        if line[:1] in (b" ", b"\t") and len(lines) > 1:
            lines[-1] += b" " + line.strip() if len(lines[-1]) < LONGEST else b""
        else:
            lines.append(line)
    return lines or [b""], data[start:]


def _headers(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if found := FIELD.match(line):
            yield found[1].decode("ascii").lower(), found[2].decode("latin-1")


def content(message: Message, reading: Reading) -> bytes:
    """Return the body without its transfer and content encodings, at most LARGEST bytes of it."""
    body = message.body
    if "chunked" in (message.header("transfer-encoding") or "").lower():
        body = _unchunked(body)
    codings = (message.header("content-encoding") or "").lower().split(",")
    for coding in reversed([name.strip() for name in codings][:3]):
        if coding in ("", "identity"):
            continue
        if coding not in DECODERS:
            reading.remarks.append(f"the body is encoded as {coding[:40]!r}, which is not read")
            return b""
        body = DECODERS[coding](body, reading)
    if len(body) > LARGEST:
        reading.remarks.append(f"of the body the first {LARGEST >> 20} MB were read")
    return body[:LARGEST]


def _unchunked(data: bytes) -> bytes:
    """Join the chunks; what does not look like one ends the body."""
    parts: list[bytes] = []
    at = 0
    while (end := data.find(b"\n", at, at + 4096)) >= 0:
        size = SIZE.match(data[at:end].removesuffix(b"\r"))
        if size is None or int(size[1], 16) == 0:
            break
        length = int(size[1], 16)
        parts.append(data[end + 1 : end + 1 + length])
        at = end + 1 + length
        at += 2 if data[at : at + 2] == b"\r\n" else 1
    return b"".join(parts)


def _gunzip(data: bytes, reading: Reading) -> bytes:
    return _inflate(data, reading, zlib.MAX_WBITS | 16)


def _inflate(data: bytes, reading: Reading, bits: int) -> bytes:
    parts: list[bytes] = []
    decoder = zlib.decompressobj(bits)
    size = 0
    try:
        for at in range(0, len(data), PIECE):
            parts.append(decoder.decompress(data[at : at + PIECE], LARGEST + 1 - size))
            size += len(parts[-1])
            if size > LARGEST:
                break
    except zlib.error:
        reading.remarks.append("the body is not compressed as it says, from some point on")
    return b"".join(parts)


def _deflate(data: bytes, reading: Reading) -> bytes:
    """Inflate; some servers send the bare stream where RFC 9110 (8.4.1.2) wants the zlib wrapper."""
    wrapped = len(data) > 1 and data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0  # noqa: PLR2004
    return _inflate(data, reading, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


def _unbrotli(data: bytes, reading: Reading) -> bytes:
    parts: list[bytes] = []
    decoder = brotli.Decompressor()
    size = 0
    try:
        parts.append(decoder.process(data, output_buffer_limit=LARGEST + 1))
        size += len(parts[-1])
        while size <= LARGEST and parts[-1]:
            parts.append(decoder.process(b"", output_buffer_limit=LARGEST + 1 - size))
            size += len(parts[-1])
    except brotli.error:
        reading.remarks.append("the body is not compressed as it says, from some point on")
    return b"".join(parts)


DECODERS: dict[str, Callable[[bytes, Reading], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
