"""DNS messages: chains as chains, the records at their end, and what texts declare."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain as joined
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.reversename
import dns.rrset
from dns.rdataclass import IN
from dns.rdatatype import AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, A, RdataType

from sousveil.ingest.observe import texts
from sousveil.ingest.observe.reading import Reading, UnreadableError
from sousveil.ingest.records import Exchange, Observation

PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
ORIGINS = {b"origin": ipaddress.IPv4Address, b"origin6": ipaddress.IPv6Address}
CYMRU = (b"asn", b"cymru", b"com", b"")
ROUTING = re.compile(r"[/.]asn\.cymru\.com\.?\?", re.IGNORECASE)  # in dns://RESOLVER/NAME?type=TXT


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read an exchange with a resolver; a question of Team Cymru's is about routing, so scope `registry`."""
    reading = Reading(exchange, evidence, vantage)
    routing = ROUTING.search(exchange.uri) is not None
    return reading.told("registry" if routing else "dns", _facts(reading, routing=routing))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, the chain that the answer leads along, and the records at its end.

    `hops` are (owner, where it leads); `end` is None where the chain goes round.
    """

    name: dns.name.Name
    type: RdataType
    hops: tuple[tuple[dns.name.Name, dns.name.Name], ...]
    end: dns.name.Name | None
    answer: list[dns.rrset.RRset]
    authority: list[dns.rrset.RRset]

    def records(self, kind: RdataType, owner: dns.name.Name | None) -> Iterator[Any]:
        """Yield the answer's records of a type and an owner, as dnspython's class for this type."""
        for rrset in self.answer:
            if rrset.rdtype == kind and rrset.name == owner:
                yield from rrset


def _facts(reading: Reading, *, routing: bool) -> Iterator[Observation]:
    answer = _answer(reading)
    if routing:
        yield from _routing(reading, answer)
    elif "yes" in reading.noted("wildcard"):
        yield from _wildcards(reading, answer)
    else:
        yield from _special(reading, answer)


def _answer(reading: Reading) -> Answer:
    try:
        message = dns.message.from_wire(
            reading.exchange.answered, keyring=False, ignore_trailing=True, continue_on_error=True
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise UnreadableError(f"no DNS message: {error or type(error).__name__}") from error
    if len(message.question) != 1:
        raise UnreadableError(f"a DNS message with {len(message.question)} questions")
    if message.errors:
        reading.remarks.append(f"{len(message.errors)} records could not be read")
    question = message.question[0]
    answer, authority = _internet(message.answer), _internet(message.authority)
    hops, end = _chain(question.name, answer)
    return Answer(question.name, question.rdtype, hops, end, answer, authority)


def _internet(section: list[dns.rrset.RRset]) -> list[dns.rrset.RRset]:
    """Leave out what has another class than IN, or no records: their types mean something else."""
    return [rrset for rrset in section if rrset.rdclass == IN and len(rrset)]


def _chain(
    name: dns.name.Name, answer: list[dns.rrset.RRset]
) -> tuple[tuple[tuple[dns.name.Name, dns.name.Name], ...], dns.name.Name | None]:
    leads: dict[dns.name.Name, dns.name.Name] = {}
    for rrset in answer:
        if rrset.rdtype == CNAME:
            leads.setdefault(rrset.name, rrset[0].target)
    hops: dict[dns.name.Name, dns.name.Name] = {}
    end = name
    while end in leads:
        if end in hops:
            return tuple(hops.items()), None
        hops[end] = leads[end]
        end = leads[end]
    return tuple(hops.items()), end


def _special(reading: Reading, answer: Answer) -> Iterator[Observation]:
    """Tell names that have a meaning of their own from hosts and domains."""
    labels = [label.lower() for label in answer.name.labels]
    leads = [text_of(target) for _, target in answer.hops]
    match labels:
        case [b"_autodiscover", b"_tcp", _, *_]:
            yield from _autodiscover_service(reading, answer)
        case [b"autodiscover", _, _, _, *_] if leads:
            for lead in leads:
                yield reading.saw("autodiscover", "dns", lead, _after(answer.name, 1), by="cname")
        case [b"mta-sts", _, _, _, *_] if leads:
            for lead in leads:
                yield reading.saw("mta-sts", "dns", lead, _after(answer.name, 1))
        case [selector, b"_domainkey", _, *_]:
            for lead in leads:
                key = text_of(dns.name.Name([selector]))
                yield reading.saw("dkim", "dns", lead, _after(answer.name, 2), selector=key)
        case _:
            yield from _hops(reading, answer)
    for read in READERS:
        yield from read(reading, answer)


def _autodiscover_service(reading: Reading, answer: Answer) -> Iterator[Observation]:
    for record in answer.records(SRV, answer.end):
        if record.target != dns.name.root:  # RFC 2782: the service is decidedly not there
            yield reading.saw("autodiscover", "dns", text_of(record.target), _after(answer.name, 2), by="srv")


def _hops(reading: Reading, answer: Answer) -> Iterator[Observation]:
    host = text_of(answer.name)
    loop = "yes" if answer.end is None else None
    for hop, (owner, target) in enumerate(answer.hops, start=1):
        yield reading.saw(
            "cname", "dns", text_of(target), host, owner=text_of(owner), hop=str(hop), loop=loop
        )


def _addresses(reading: Reading, answer: Answer) -> Iterator[Observation]:
    for record in joined(answer.records(A, answer.end), answer.records(AAAA, answer.end)):
        yield reading.saw("address", "dns", record.address, text_of(answer.name))


def _mail(reading: Reading, answer: Answer) -> Iterator[Observation]:
    for record in answer.records(MX, answer.end):
        host = text_of(record.exchange)
        yield reading.saw("mx", "dns", host, text_of(answer.name), preference=str(record.preference))


def _servers(reading: Reading, answer: Answer) -> Iterator[Observation]:
    for record in answer.records(NS, answer.name):  # behind a CNAME they would be another zone's
        yield reading.saw("ns", "dns", text_of(record.target), text_of(answer.name))


def _authority(reading: Reading, answer: Answer) -> Iterator[Observation]:
    """Yield the SOA of the zone that the name lies in; behind a CNAME another zone's may stand there."""
    if answer.type != SOA:
        return
    for rrset in joined(answer.answer, answer.authority):
        if rrset.rdtype == SOA and answer.name.is_subdomain(rrset.name):
            record = rrset[0]
            mailbox = record.rname
            yield reading.saw(
                "soa",
                "dns",
                text_of(record.mname),
                text_of(answer.name),
                zone=text_of(rrset.name),
                mailbox_domain=text_of(mailbox.parent()) if len(mailbox.labels) > 2 else None,  # noqa: PLR2004
            )


def _issuers(reading: Reading, answer: Answer) -> Iterator[Observation]:
    """Yield who may issue; `;` is nobody (RFC 8659, 4.2). Where to report is people's, and left out."""
    for record in answer.records(CAA, answer.end):
        tag = record.tag.decode("ascii", "replace").lower()
        if tag in ("issue", "issuewild"):
            issuer = _text(record.value).partition(";")[0].strip().lower().rstrip(".")
            yield reading.saw("caa", "dns", issuer or ";", text_of(answer.name), tag=tag)


def _pointers(reading: Reading, answer: Answer) -> Iterator[Observation]:
    for record in answer.records(PTR, answer.end):
        try:
            address = dns.reversename.to_address(answer.name)
        except (dns.exception.DNSException, ValueError):
            reading.remarks.append(f"{text_of(answer.name)} is no address")
            return
        yield reading.saw("ptr", "dns", text_of(record.target), address)


def _texts(reading: Reading, answer: Answer) -> Iterator[Observation]:
    found = [_text(b"".join(record.strings)) for record in answer.records(TXT, answer.end)]
    match [label.lower() for label in answer.name.labels]:
        case [b"_dmarc", *_]:
            yield from _reports(reading, answer, found)
        case [b"_mta-sts", *_]:
            for policy in filter(None, map(texts.sts_id, found)):
                yield reading.saw("mta-sts", "dns", policy, _after(answer.name, 1))
        case [_, b"_domainkey", *_]:
            return
        case _:
            yield from _declared(reading, answer, found)


def _reports(reading: Reading, answer: Answer, found: list[str]) -> Iterator[Observation]:
    policies = [read for text in found if (read := texts.dmarc(text))]
    if len(policies) > 1:
        reading.remarks.append(f"{len(policies)} DMARC records: none of them counts (RFC 7489, 6.6.3)")
    for domains, policy in policies:
        for domain in domains:
            yield reading.saw("dmarc", "dns", domain, _after(answer.name, 1), policy=policy)


def _declared(reading: Reading, answer: Answer, found: list[str]) -> Iterator[Observation]:
    domain = text_of(answer.name)
    records = [text for text in found if texts.is_spf(text)]
    if len(records) > 1:
        reading.remarks.append(f"permerror: {len(records)} SPF records (RFC 7208, 4.5)")
    for record in records:
        for sender in texts.senders(record, domain, reading.remarks):
            yield reading.saw(
                "spf", "dns", sender.value, domain, mechanism=sender.mechanism, qualifier=sender.qualifier
            )
    for name in filter(None, map(texts.token_name, (text for text in found if not texts.is_spf(text)))):
        yield reading.saw("verification", "dns", name, domain)


def _wildcards(reading: Reading, answer: Answer) -> Iterator[Observation]:
    """Yield what a random label got: names under its parent would get the same, whether they exist or not."""
    domain = _after(answer.name, 1)
    if answer.hops:
        yield reading.saw("wildcard", "dns", "CNAME", domain, answer=text_of(answer.hops[0][1]))
    for kind, write in WILD.items():
        for record in answer.records(kind, answer.end):
            yield reading.saw("wildcard", "dns", kind.name, domain, answer=write(record))


def _routing(reading: Reading, answer: Answer) -> Iterator[Observation]:
    """Read `13335 | 104.16.0.0/14 | US | arin | 2014-03-28` (Team Cymru's zones), and names of systems."""
    address = _origin(answer.name) or reading.exchange.subject
    for record in answer.records(TXT, answer.end):
        fields = [part.strip() for part in _text(b"".join(record.strings)).split("|")]
        if len(fields) != 5 or not fields[0]:  # noqa: PLR2004 - five fields in both kinds of answer
            reading.remarks.append("a routing answer without its five fields")
            continue
        prefix = fields[1] if "/" in fields[1] else None
        country = fields[2] if prefix else fields[1]
        for number in filter(str.isdecimal, fields[0].split()):
            name = None if prefix else fields[4]
            yield reading.saw("asn", "registry", number, address, prefix=prefix, name=name, country=country)


def _origin(name: dns.name.Name) -> str | None:
    labels = [label.lower() for label in name.labels]
    if len(labels) <= len(CYMRU) or labels[-len(CYMRU) - 1] not in ORIGINS:
        return None
    digits = [label.decode("ascii", "replace") for label in reversed(labels[: -len(CYMRU) - 1])]
    kind = ORIGINS[labels[-len(CYMRU) - 1]]
    groups = ["".join(digits[at : at + 4]) for at in range(0, len(digits), 4)]
    try:
        return str(kind(".".join(digits) if kind is ipaddress.IPv4Address else ":".join(groups)))
    except ValueError:
        return None


READERS = (_addresses, _mail, _servers, _authority, _issuers, _pointers, _texts)
WILD: dict[RdataType, Callable[[Any], str]] = {
    A: lambda record: str(record.address),
    AAAA: lambda record: str(record.address),
    MX: lambda record: text_of(record.exchange),
    NS: lambda record: text_of(record.target),
    TXT: lambda record: _text(b"".join(record.strings))[:200],
}


def text_of(name: dns.name.Name) -> str:
    """Write a name in lower case without its last dot, `.` for the root; odd bytes as decimal escapes.

    A dot within a label is escaped, too, so that no label looks like two.
    """
    return ".".join(_label(label) for label in name.labels if label) or "."


def _label(label: bytes) -> str:
    lower = label.lower()
    if PLAIN.issuperset(lower):
        return lower.decode("ascii")
    return "".join(chr(byte) if byte in PLAIN or byte == ord("*") else f"\\{byte:03d}" for byte in lower)


def _after(name: dns.name.Name, labels: int) -> str:
    return text_of(dns.name.Name(name.labels[labels:]))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
