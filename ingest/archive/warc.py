"""Exchanges as WARC records, and back: ISO 28500, WARC/1.1; pure.

An exchange is one record, and a `request` after it where bytes were sent; the two name each other. What came
back over HTTP is a `response`, other bytes are a `resource`, and nothing is a `metadata` record whose block
says what was asked and how it failed. What WARC has no field for stands in `Sousveil-` fields; text from the
network is percent-encoded in all of them, so that no byte of it can end a line.
"""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from sousveil.ingest.records import Exchange
from sousveil.ingest.records import digest as hashed
from sousveil.schema.errors import SousveilError

VERSION = "WARC/1.1"
END = b"\r\n\r\n"
ERRORS = "surrogatepass"  # text from the network may hold half a character
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
PLAIN = VISIBLE.replace("%", "")
URI = VISIBLE.replace("<", "").replace(">", "")  # an address that is escaped already stays as it is
MEDIA = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n")
HTTP = {"request": "application/http; msgtype=request", "response": "application/http; msgtype=response"}
WORDS = "application/warc-fields"
UNKNOWN = "application/octet-stream"
PRIMARY = ("resource", "response", "metadata")
# Why bytes that came are not all there were; the words are WARC's.
TRUNCATED = {"too-large": "length", "timeout": "time", "reset": "disconnect", "truncated": "unspecified"}


class ArchiveError(SousveilError):
    """An archive cannot be written or read; the message names file, offset and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What is true of a whole run; stands in the warcinfo record of each of its files.

    `rules` and `catalogue` are hashes or versions; `vantage` says in free text from where was looked
    (country, network); `options` are (name, value) pairs; `started` has a time zone.
    """

    id: str
    software: str
    rules: str
    catalogue: str
    vantage: str
    started: datetime
    resolvers: tuple[str, ...] = ()
    contact: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An exchange as it was added, and where it stands.

    `digest` is the SHA-256 of the record's block, `evidence` that of run, target URI, WARC-Date and digest;
    `offset` is where the gzip member of the record begins in `file` (a name in the run's folder).
    """

    exchange: Exchange
    evidence: str
    digest: str
    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record: its named fields in order, and its block."""

    fields: Mapping[str, str]
    block: bytes

    @property
    def type(self) -> str:
        """Return its WARC-Type."""
        return self.fields["WARC-Type"]

    @property
    def id(self) -> str:
        """Return its WARC-Record-ID."""
        return self.fields["WARC-Record-ID"]

    @property
    def partner(self) -> str | None:
        """Return the id of the record that it was exchanged with."""
        return self.fields.get("WARC-Concurrent-To")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the block, computed."""
        return hashlib.sha256(self.block).hexdigest()


# -- records as bytes


class _Packer(WARCWriter):  # type: ignore[misc]
    """warcio's writer, which would add SHA-1 digests of its own."""

    def ensure_digest(self, record: Any, block: bool = True, payload: bool = True) -> None:
        """Leave the record as it is: it has its SHA-256."""


def pack(record: Record) -> bytes:
    """Write a record as one gzip member; equal records give equal bytes."""
    fields = dict(record.fields)
    media = fields.pop("Content-Type")
    head = StatusAndHeaders("", list(fields.items()), protocol=VERSION)
    stream = io.BytesIO()
    whole = ArcWarcRecord("warc", record.type, head, io.BytesIO(record.block), None, media, len(record.block))
    _Packer(stream, gzip=True, warc_version=VERSION).write_record(whole)
    return stream.getvalue()


def parse(member: bytes) -> Record:
    """Read the content of a gzip member; a ValueError says why it is no record."""
    try:
        read = ArcWarcRecordLoader().parse_record_stream(
            io.BytesIO(member), known_format="warc", no_record_parse=True
        )
    except (ArchiveLoadFailed, EOFError) as error:
        raise ValueError(f"is no WARC record: {error}") from error
    fields = dict(read.rec_headers.headers)
    missing = [name for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date") if name not in fields]
    if missing:
        raise ValueError(f"has no {missing[0]}")
    length = fields.get("Content-Length", "")
    if not length.isdecimal() or len(member) < int(length) + len(END) or not member.endswith(END):
        raise ValueError("is not as long as it says")
    start = len(member) - len(END) - int(length)
    if not member.endswith(END, 0, start):
        raise ValueError("is not as long as it says")
    return Record(fields, member[start : start + int(length)])


# -- an exchange


def records(exchange: Exchange, run: str, warcinfo: str) -> tuple[str, list[Record]]:
    """Return the evidence id of an exchange, and its records: what came back, then what was sent."""
    if exchange.time.tzinfo is None:
        raise ArchiveError(f"{exchange.uri}: the time {exchange.time} has no time zone")
    kind, media, block = _answer(exchange)
    uri, date = quote(exchange.uri, URI, errors=ERRORS), _instant(exchange.time)
    evidence = evidence_id(run, uri, date, hashlib.sha256(block).hexdigest())
    name, partner = record_id(kind, evidence), record_id("request", evidence)
    about = {"WARC-Date": date, "WARC-Target-URI": uri, "WARC-Warcinfo-ID": warcinfo}
    if address := _address(exchange.server):
        about["WARC-IP-Address"] = address
    own = {"WARC-Type": kind, "WARC-Record-ID": name, **about}
    if exchange.asked:
        own["WARC-Concurrent-To"] = partner
    if cut := _truncated(exchange):
        own["WARC-Truncated"] = cut
    answer = _record(own, _named(exchange, uri, media, evidence), media, block)
    if not exchange.asked:
        return evidence, [answer]
    sent = {"WARC-Type": "request", "WARC-Record-ID": partner, **about, "WARC-Concurrent-To": name}
    return evidence, [answer, _record(sent, {}, _sent_as(exchange), exchange.asked)]


def exchange_of(answer: Record, request: Record | None) -> Exchange:
    """Read an exchange back from its records; a ValueError names what is missing."""
    fields = answer.fields

    def own(name: str, other: str | None = None) -> str:
        value = fields.get(f"Sousveil-{name}")
        if value is None and other is None:
            raise ValueError(f"has no Sousveil-{name}")
        return str(other) if value is None else _unquoted(value)

    protocol: Any = own("Protocol")
    notes = parse_qsl(fields.get("Sousveil-Notes", ""), keep_blank_values=True, errors=ERRORS)
    return Exchange(
        target=own("Target"),
        subject=own("Subject"),
        protocol=protocol,
        question=own("Question"),
        uri=own("URI", fields.get("WARC-Target-URI")),
        time=datetime.fromisoformat(fields["WARC-Date"]),
        outcome=own("Outcome"),
        server=own("Server") if "Sousveil-Server" in fields else None,
        asked=request.block if request else b"",
        answered=b"" if answer.type == "metadata" else answer.block,
        media=own("Media", fields.get("Content-Type")),
        notes=tuple(notes),
    )


def evidence_id(run: str, uri: str, date: str, digest: str) -> str:
    """Return the id of a piece of evidence, from what stands in its record."""
    return hashed("record", run, uri, date, digest)


def record_id(kind: str, name: str) -> str:
    """Return the WARC-Record-ID of what this evidence or file has of this type."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'sousveil:{kind}:{name}')}>"


def outcome_words(fields: Mapping[str, str]) -> bytes:
    """Return the block of an exchange without an answer: what its fields say of it."""
    said = ((name, value) for name, value in fields.items() if name.startswith("Sousveil-"))
    lines = (f"{name.removeprefix('Sousveil-').lower()}: {value}\r\n" for name, value in said)
    return "".join(line for line in lines if not line.startswith("evidence:")).encode()


def _answer(exchange: Exchange) -> tuple[str, str, bytes]:
    """Return type, content type and block of the record of what came back."""
    if not exchange.answered:
        uri = quote(exchange.uri, URI, errors=ERRORS)
        return "metadata", WORDS, outcome_words(_named(exchange, uri, WORDS, ""))
    web = exchange.uri.startswith(("http://", "https://"))
    if web and exchange.answered.startswith(b"HTTP/1."):
        return "response", HTTP["response"], exchange.answered
    media = exchange.media if MEDIA.fullmatch(exchange.media) else UNKNOWN
    return "resource", media, exchange.answered


def _sent_as(exchange: Exchange) -> str:
    if REQUEST_LINE.match(exchange.asked):
        return HTTP["request"]
    return "application/dns-message" if exchange.protocol == "dns" else UNKNOWN


def _named(exchange: Exchange, uri: str, media: str, evidence: str) -> dict[str, str]:
    """Return the `Sousveil-` fields; address and content type only where WARC's own cannot hold them."""
    said = {
        "Evidence": evidence,
        "Outcome": exchange.outcome,
        "Protocol": exchange.protocol,
        "Question": exchange.question,
        "Subject": exchange.subject,
        "Target": exchange.target,
        "Server": exchange.server,
        "URI": None if exchange.uri == uri else exchange.uri,
        "Media": None if exchange.media == media else exchange.media,
    }
    fields = {f"Sousveil-{name}": _quoted(value) for name, value in said.items() if value is not None}
    if exchange.notes:
        fields["Sousveil-Notes"] = urlencode(exchange.notes, quote_via=quote, safe="/:,;", errors=ERRORS)
    return fields


def _record(fields: Mapping[str, str], own: Mapping[str, str], media: str, block: bytes) -> Record:
    digest = {"WARC-Block-Digest": f"sha256:{hashlib.sha256(block).hexdigest()}"}
    return Record({**fields, **digest, **own, "Content-Type": media}, block)


def _address(server: str | None) -> str | None:
    """Return the address of a server that may have a port."""
    bare = re.sub(r"^\[(.*)\](:\d+)?$|^([^:]*):\d+$", r"\1\3", server or "")
    try:
        return str(ip_address(bare.partition("%")[0]))
    except ValueError:
        return None


def _truncated(exchange: Exchange) -> str | None:
    if not exchange.answered:
        return None
    return TRUNCATED.get(exchange.outcome) or ("length" if "truncated" in dict(exchange.notes) else None)


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _quoted(text: str) -> str:
    return quote(text, PLAIN + " " if text == text.strip(" ") else PLAIN, errors=ERRORS)


def _unquoted(text: str) -> str:
    return unquote(text, errors=ERRORS)


# -- a run


def warcinfo(run: RunFacts, file: str) -> Record:
    """Return the record that stands first in a file of this run."""
    lines = [*_run_fields(run), ("format", "WARC File Format 1.1"), ("conformsTo", "ISO 28500:2017")]
    lines += [("option", urlencode([pair], quote_via=quote, errors=ERRORS)) for pair in run.options]
    block = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
    fields = {
        "WARC-Type": "warcinfo",
        "WARC-Record-ID": record_id("warcinfo", hashed(run.id, file)),
        "WARC-Date": _instant(run.started),
        "WARC-Filename": file,
    }
    return _record(fields, {}, WORDS, block)


def _run_fields(run: RunFacts) -> list[tuple[str, str]]:
    said = [
        ("run", run.id),
        ("software", run.software),
        ("rules", run.rules),
        ("catalogue", run.catalogue),
        ("vantage", run.vantage),
        ("started", _instant(run.started)),
        *(("resolver", resolver) for resolver in run.resolvers),
    ]
    if run.contact is not None:
        said.append(("operator", run.contact))
    return [(name, _quoted(value)) for name, value in said]


def run_of(record: Record) -> RunFacts:
    """Read the facts of a run back from a warcinfo record; a ValueError names what is missing."""
    if record.type != "warcinfo":
        raise ValueError("is no warcinfo record; the file does not say of which run it is")
    lines = [line.partition(": ") for line in record.block.decode("ascii").split("\r\n")[:-1]]
    pairs = "&".join(value for name, _, value in lines if name == "option")
    said = [(name, _unquoted(value)) for name, _, value in lines]
    one = dict(said)
    try:
        return RunFacts(
            id=one["run"],
            software=one["software"],
            rules=one["rules"],
            catalogue=one["catalogue"],
            vantage=one["vantage"],
            started=datetime.fromisoformat(one["started"]),
            resolvers=tuple(value for name, value in said if name == "resolver"),
            contact=one.get("operator"),
            options=tuple(parse_qsl(pairs, keep_blank_values=True, errors=ERRORS)),
        )
    except KeyError as error:
        raise ValueError(f"its warcinfo has no {error}") from error
