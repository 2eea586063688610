"""DNS messages as bytes: queries from a template, answers through dnspython's decoders; pure.

The answer section is decoded record by record; authority and additional sections are only walked, to find
out whether the message is whole and whether a server sent us away. `dns.message.from_wire` does all of this
too, at five times the cost; the tests compare the two.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import lru_cache

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.wire
from dns.rcode import Rcode
from dns.rdatatype import CNAME, NS, OPT, SOA

HEADER = struct.Struct("!HHHHHH")
RECORD = struct.Struct("!HHIH")  # type, class, TTL, length of what follows
ASKING = 0x0120  # recursion desired; AD, so that a validating resolver tells (RFC 6840, 5.7)
LARGEST = (
    1232  # bytes of an answer over UDP (DNS flag day 2020); DO is off: signatures are no evidence of ours
)
EDNS = b"\x00" + RECORD.pack(OPT, LARGEST, 0, 0)
QUESTION_AT = HEADER.size
LABEL, NAME = 63, 255  # bytes at most (RFC 1035, 2.3.4)
SAME_NAME = b"\xc0\x0c"  # a pointer to the question's name
HOPS = 30  # CNAMEs that are followed; resolvers stop at 8 to 17, so nobody who wants to be reached has more
LOOP, TOO_LONG = "a CNAME loop", f"more than {HOPS} CNAMEs"
OUTCOMES: dict[int, str] = {
    Rcode.NOERROR: "ok",
    Rcode.FORMERR: "formerr",
    Rcode.SERVFAIL: "servfail",
    Rcode.NXDOMAIN: "absent",
    Rcode.NOTIMP: "refused",
    Rcode.REFUSED: "refused",
    Rcode.NOTAUTH: "refused",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer section; names compare without regard to case."""

    owner: dns.name.Name
    type: int
    data: dns.rdata.Rdata


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says: an outcome, its answer section, and what a person should know of a failure.

    `end` is the last name of the CNAME chain; where the chain is `unfinished` it has to be asked for.
    """

    outcome: str
    records: tuple[Record, ...] = ()
    reason: str | None = None
    end: dns.name.Name | None = None
    unfinished: bool = False


def question(name: str, kind: int) -> bytes:
    """Render a question section; `name` is presentation format without the final dot."""
    return _wire_name(name) + struct.pack("!HH", kind, 1)


def query(number: int, asked: bytes) -> bytes:
    """Put a query together: `number` is its id, `asked` its question section."""
    return HEADER.pack(number, ASKING, 1, 0, 0, 1) + asked + EDNS


def _wire_name(name: str) -> bytes:
    if "\\" in name or not name.isascii() or name in {"", "."}:
        return dns.name.from_text(name).to_wire() or b""
    parts = [bytes((len(label),)) + label for label in name.encode().split(b".")]
    if not all(1 < len(part) <= LABEL + 1 for part in parts):
        raise dns.name.LabelTooLong
    wire = b"".join(parts) + b"\x00"
    if len(wire) > NAME:
        raise dns.name.NameTooLong
    return wire


def answers(wire: bytes, asked: bytes) -> bool:
    """Say whether this is an answer to the question (RFC 5452, 4.2); its id was compared before.

    Some servers send an error without the question.
    """
    if len(wire) < HEADER.size or not wire[2] & 0x80:
        return False
    end = QUESTION_AT + len(asked)
    if wire[QUESTION_AT:end].lower() == asked.lower() and wire[4:6] == b"\x00\x01":
        return wire[end - 4 : end] == asked[-4:]  # lower() must not make a type of another
    return wire[4:6] == b"\x00\x00" and wire[3] & 0xF not in {Rcode.NOERROR, Rcode.NXDOMAIN}


def is_cut(wire: bytes) -> bool:
    """Say whether the server left something out (TC)."""
    return bool(wire[2] & 0x02)


def read(wire: bytes) -> Reading:
    """Read an answer; one that is malformed anywhere is `formerr` with the reason."""
    try:
        return _read(wire)
    except (dns.exception.DNSException, struct.error, ValueError, IndexError) as error:
        return Reading("formerr", reason=f"malformed answer: {str(error) or type(error).__name__}")


def _read(wire: bytes) -> Reading:
    _, flags, questions, count, authority, additional = HEADER.unpack_from(wire)
    end = _after_name(wire, QUESTION_AT) if questions else QUESTION_AT - 4
    parser = dns.wire.Parser(wire, end + 4)
    name = _name(wire[QUESTION_AT:end]) if questions and count else dns.name.root
    records = tuple(_record(parser, name) for _ in range(count))
    kinds, extended = _rest(wire, parser.current, authority, additional)
    code = extended << 4 | flags & 0xF
    outcome = OUTCOMES.get(code, "formerr")
    if outcome not in {"ok", "absent"}:
        return Reading(outcome, records, f"the server said {dns.rcode.to_text(Rcode.make(code))}")
    if records:
        kind = int.from_bytes(wire[end : end + 2], "big")
        return _settled(outcome, _chained(records, name, kind), SOA in kinds)
    if outcome == "ok" and NS in kinds and SOA not in kinds:
        return Reading("servfail", reason="a referral: the server does not resolve for us")
    return Reading("absent" if outcome == "absent" else "nodata")


def _settled(outcome: str, reading: Reading, whole: bool) -> Reading:
    """Join what the code says with what the chain says; `whole` says that its end has no such record."""
    if outcome == "absent" and reading.outcome != "servfail":
        return replace(reading, outcome="absent", unfinished=False)
    if reading.unfinished:
        return replace(reading, unfinished=False) if whole else replace(reading, outcome="ok")
    return reading


@lru_cache(1 << 12)
def _name(wire: bytes) -> dns.name.Name:
    """Decode the name of a question; the same one is asked for several types in a row."""
    return dns.name.from_wire(wire, 0)[0]


def _record(parser: dns.wire.Parser, asked: dns.name.Name) -> Record:
    at = parser.current
    if parser.wire[at : at + 2] == SAME_NAME:
        parser.seek(at + 2)
        owner = asked
    else:
        owner = parser.get_name(decompress=True)
    kind, rdclass, _, size = parser.get_struct("!HHIH")
    with parser.restrict_to(size):
        return Record(owner, kind, dns.rdata.from_wire_parser(rdclass, kind, parser))


def _rest(wire: bytes, at: int, authority: int, additional: int) -> tuple[set[int], int]:
    """Walk the other sections to the last byte; return the types in authority, and the extended rcode."""
    kinds: set[int] = set()
    extended = 0
    for number in range(authority + additional):
        at = _after_name(wire, at)
        kind, _, ttl, size = RECORD.unpack_from(wire, at)
        at += RECORD.size + size
        if number < authority:
            kinds.add(kind)
        elif kind == OPT:
            extended = ttl >> 24
    if at != len(wire):
        raise ValueError("records and bytes do not add up")
    return kinds, extended


def _after_name(wire: bytes, at: int) -> int:
    while size := wire[at]:
        if size >= 0xC0:  # noqa: PLR2004 - a pointer; it ends the name
            return at + 2
        if size > LABEL:
            raise ValueError("a label of an unknown kind")
        at += size + 1
    return at + 1


def _chained(records: tuple[Record, ...], name: dns.name.Name, kind: int) -> Reading:
    """Follow the CNAMEs of one answer, and say whether what was asked for stands at their end."""
    leads = {one.owner: getattr(one.data, "target", one.owner) for one in records if one.type == CNAME}
    if kind == CNAME or name not in leads:
        found = any(one.type == kind and one.owner == name for one in records)
        return Reading("ok" if found else "nodata", records, end=name)
    owners = {one.owner for one in records if one.type == kind}
    end, seen = name, {name}
    while end in leads:
        end = leads[end]
        if end in seen or len(seen) > HOPS:
            return Reading("servfail", records, LOOP if end in seen else TOO_LONG, end)
        seen.add(end)
    return Reading("ok" if end in owners else "nodata", records, end=end, unfinished=end not in owners)
