"""What the DNS says of a target: which questions, in which order, and what to look at next.

A `plan` holds no socket: it yields the questions that can be asked at once, is sent their answers, and
returns what should be looked at next. So one loop has hundreds of plans under way. An exchange is about the
name that was asked for, with three exceptions: a random label is about the name under which it was asked, PTR
about the address, and the next question of a CNAME chain about the name that the chain began with.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import unquote, urlsplit

import dns.name
from dns.rdatatype import AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, A, RdataType
from publicsuffixlist import PublicSuffixList

from sousveil.ingest.collect import Look
from sousveil.ingest.net import messages
from sousveil.ingest.net.dns import NOTHING, Answer, landed, parse_server
from sousveil.ingest.net.messages import HOPS, LOOP, TOO_LONG
from sousveil.ingest.net.ports import Question, Server
from sousveil.ingest.records import Exchange

APEX = (A, AAAA, NS, SOA, MX, TXT, CAA, CNAME)
PROBED = (A, AAAA, TXT)
# Selectors that services give out or most mail servers are set up with, by the lists of
# https://help.sendmarc.com/support/solutions/articles/44001891845 (Google, Microsoft, Mailchimp, Hetzner),
# https://dkim-studio.pages.dev/dkim-selectors-explained/ (Fastmail, Apple, Proton, Yahoo, Mandrill) and
# https://www.suped.com/learn/dkim/a-list-of-the-most-common-dkim-selectors-and-how-to-use-them (the rest).
SELECTORS = (
    "selector1",
    "selector2",
    "google",
    "k1",
    "k2",
    "s1",
    "s2",
    "default",
    "mail",
    "dkim",
    "fm1",
    "sig1",
    "protonmail",
    "s1024",
    "s2048",
    "mandrill",
)
MOST_HOSTS = 20  # name servers, and as many mail hosts, of one target
MOST_ADDRESSES = 8  # of one host
READABLE = frozenset({"ok", "absent", "nodata"})
DEAD = frozenset({"timeout", "servfail", "refused", "unreachable"})
MEDIA = "application/dns-message"  # RFC 8484


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question of a plan, and what it is about.

    What is `shared` is asked once for all targets. `reason` says why it is not asked at all, `probe` that
    the name is a random one.
    """

    subject: str
    question: Question
    shared: bool = False
    probe: bool = False
    reason: str | None = None


Asked = tuple[Ask, Answer]
Plan = Generator[tuple[Ask, ...], tuple[Answer, ...], tuple[Look, ...]]


def exchange(target: str, ask: Ask, answer: Answer) -> Exchange:
    """Write an answer down."""
    kind = RdataType.to_text(ask.question.type)
    notes = (*answer.notes, ("wildcard", "yes")) if ask.probe else answer.notes
    return Exchange(
        target=ask.subject if ask.shared else target,
        subject=ask.subject,
        protocol="dns",
        question=f"wildcard {kind}" if ask.probe else kind,
        uri=answer.uri,
        time=answer.time,
        outcome=answer.outcome,
        server=answer.server[0] or None,
        asked=answer.asked,
        answered=answer.wire,
        media=MEDIA,
        notes=notes,
    )


def unasked(ask: Ask, server: Server) -> Answer:
    """Make the answer of a question that is not put to anybody."""
    return landed(ask.question, server, "not-attempted", ask.reason)


def remembered(uri: str, outcome: str, wire: bytes) -> Answer:
    """Make the answer again that an exchange was made of."""
    parts = urlsplit(uri)
    question = Question.of(unquote(parts.path[1:]), parts.query.removeprefix("type="))
    reading = messages.read(wire) if outcome in READABLE and wire else NOTHING
    return landed(question, parse_server(parts.netloc), outcome, None, reading, wire=wire)


def addresses(host: str) -> Plan:
    """Ask for the addresses of a host; the looks that it returns have them."""
    return _passing(Look(protocol="dns", target=host, subject=host, depth=1))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def is_domain(name: str) -> bool:
    """Say whether this is a registrable domain, or above them, and not a host in one."""
    return _suffixes().privatesuffix(name) in {None, name}


def plan(look: Look) -> Plan:
    """Ask about a target, or about a host that another look led to (`depth` above 0)."""
    if look.depth:
        return _passing(look)
    return _domain(look) if is_domain(look.subject) else _host(look)


def _domain(look: Look) -> Plan:
    """Ask everything about a registrable domain; little where it is dead."""
    name = look.subject
    apex = yield from _chased((*_probes(name), *_probes(f"_domainkey.{name}", (TXT,)), *_asks(name, APEX)))
    reason = _dead(apex)
    under = yield from _chased(tuple(_under(name, reason)))
    servers, mails = (_hosts(apex, kind) for kind in (NS, MX))
    shared = yield from _chased(tuple(_of_hosts(servers, mails)))
    addresses = list(_all_addresses([*apex, *under, *shared]))
    yield from _chased(tuple(_reverse(one) for one in addresses))
    web, mails = (name, f"www.{name}"), mails[:MOST_HOSTS]
    found = [*apex, *under, *shared]
    serving = (one for host in (*web, *mails) for one in _addresses(found, host))
    return (
        *_web(look, web, found),
        Look(protocol="rdap", target=name, subject=name),
        *_networks(serving),
        *_mail(mails, shared),
    )


def _host(look: Look) -> Plan:
    """Ask about a host inside a domain."""
    name = look.subject
    parent = name.partition(".")[2]
    found = yield from _chased((*_probes(parent), *_asks(name, APEX)))
    addresses = list(_all_addresses(found))
    yield from _chased(tuple(_reverse(one) for one in addresses))
    return (*_web(look, (name,), found), *_networks(addresses))


def _passing(look: Look) -> Plan:
    """Ask for the addresses of a host that a target led to, as others may."""
    name = look.subject
    asks = tuple(Ask(subject=name, question=Question(name, kind), shared=True) for kind in (A, AAAA))
    found = yield from _chased(asks)
    looks = _web(look, [name], found)
    return (*(one for one in looks if one.protocol == "tls"), *_networks(_addresses(found, name)))


def _asks(name: str, kinds: Iterable[RdataType], reason: str | None = None) -> tuple[Ask, ...]:
    return tuple(Ask(subject=name, question=Question(name, kind), reason=reason) for kind in kinds)


def _probes(parent: str, kinds: Iterable[RdataType] = PROBED) -> Iterator[Ask]:
    """Ask for a name that nobody made, to know what a wildcard answers."""
    label = secrets.token_hex(6)
    for kind in kinds:
        yield Ask(subject=parent, question=Question(f"{label}.{parent}", kind), probe=True)


def _under(name: str, reason: str | None) -> Iterator[Ask]:
    """Ask for what stands under a domain."""
    names = {
        f"www.{name}": (A, AAAA, CNAME),
        f"_dmarc.{name}": (TXT,),
        f"autodiscover.{name}": (CNAME, A),
        f"_autodiscover._tcp.{name}": (SRV,),
        f"_mta-sts.{name}": (TXT,),
        f"mta-sts.{name}": (CNAME, A),
    }
    for one, kinds in names.items():
        yield from _asks(one, kinds, reason)
    for selector in SELECTORS:
        yield from _asks(f"{selector}._domainkey.{name}", (TXT,), reason)


def _dead(apex: Sequence[Asked]) -> str | None:
    """Say why nothing under a domain needs to be asked for: it does not exist, or its servers say nothing."""
    outcomes = {answer.outcome for ask, answer in apex if not ask.probe}
    if outcomes == {"absent"}:
        return "the domain does not exist, and so nothing under it (RFC 8020)"
    if outcomes <= DEAD:
        return f"no answer to any question about the domain itself ({', '.join(sorted(outcomes))})"
    return None


def _chased(asks: tuple[Ask, ...]) -> Generator[tuple[Ask, ...], tuple[Answer, ...], list[Asked]]:
    """Ask, and follow the CNAME chains at whose middle a resolver stopped, to their end.

    Of a random label the first answer says all: that there is a wildcard.
    """
    done: list[Asked] = []
    trails: tuple[set[str], ...] = tuple(set() for _ in asks)
    while asks:
        answers = yield asks
        done += zip(asks, answers, strict=True)
        going = [
            (_next(ask, answer, passed), passed)
            for ask, answer, passed in zip(asks, answers, trails, strict=True)
            if answer.unfinished and not ask.probe
        ]
        asks, trails = tuple(ask for ask, _ in going), tuple(passed for _, passed in going)
    return done


def _next(ask: Ask, answer: Answer, passed: set[str]) -> Ask:
    """Ask for the name where a chain goes on; `passed` are the names that it came through."""
    end = text_of(answer.end or dns.name.root)
    passed.update({ask.question.name, *_names(answer, CNAME)} - {end})
    reason = LOOP if end in passed else TOO_LONG if len(passed) > HOPS else None
    return replace(ask, question=Question(end, ask.question.type), reason=reason)


def text_of(name: dns.name.Name) -> str:
    """Write a name in lower case, without the final dot; odd bytes as escapes."""
    return name.to_text(omit_final_dot=True).lower()


def _names(answer: Answer, kind: RdataType) -> Iterator[str]:
    """Yield the names that the records of a kind lead to; a null MX leads nowhere (RFC 7505)."""
    field = "exchange" if kind == MX else "target"
    for record in answer.records:
        if record.type == kind and (kind == CNAME or record.owner == answer.end):
            name = getattr(record.data, field)
            if name != dns.name.root:
                yield text_of(name)


def _hosts(found: Iterable[Asked], kind: RdataType) -> list[str]:
    """Return the name servers or mail hosts, without repetition."""
    wanted = (answer for ask, answer in found if ask.question.type == kind and not ask.probe)
    return list(dict.fromkeys(name for answer in wanted for name in _names(answer, kind)))


def _of_hosts(*groups: Sequence[str]) -> Iterator[Ask]:
    """Ask for the addresses of name servers and mail hosts, which many targets share."""
    kept = [host for hosts in groups for host in hosts[:MOST_HOSTS]]
    for host in dict.fromkeys(kept):
        for kind in (A, AAAA):
            yield Ask(subject=host, question=Question(host, kind), shared=True)
    for hosts in groups:
        if left := hosts[MOST_HOSTS:]:
            why = f"{len(left)} more hosts of the target are left out"
            yield Ask(subject=left[0], question=Question(left[0], A), reason=why)


def _addresses(found: Iterable[Asked], host: str) -> list[str]:
    """Return the addresses of a host, IPv4 first, a few of them."""
    own = (answer for ask, answer in found if ask.subject == host and not ask.probe)
    every = dict.fromkeys(one for answer in own for one in _every_address(answer))
    return sorted(every, key=lambda one: ":" in one)[:MOST_ADDRESSES]


def _every_address(answer: Answer) -> Iterator[str]:
    for record in answer.records:
        if record.type in {A, AAAA} and record.owner == answer.end:
            yield str(ipaddress.ip_address(getattr(record.data, "address", "")))


def _all_addresses(found: Sequence[Asked]) -> Iterator[str]:
    """Yield the addresses of all hosts, without repetition."""
    hosts = dict.fromkeys(ask.subject for ask, _ in found if not ask.probe)
    yield from dict.fromkeys(one for host in hosts for one in _addresses(found, host))


def _reverse(address: str) -> Ask:
    name = ipaddress.ip_address(address).reverse_pointer
    return Ask(subject=address, question=Question(name, PTR), shared=True)


def _web(look: Look, hosts: Iterable[str], found: Sequence[Asked]) -> Iterator[Look]:
    """Look at the certificate of each address of a host, and at one page."""
    for host in hosts:
        addresses = _addresses(found, host)
        for address in addresses:
            yield Look(protocol="tls", target=look.target, subject=host, address=address, depth=look.depth)
        if addresses:
            yield Look(
                protocol="http", target=look.target, subject=host, address=addresses[0], depth=look.depth
            )


def _networks(addresses: Iterable[str]) -> Iterator[Look]:
    """Look up whose each address is; not those of name servers, because registries answer a few a minute."""
    for address in dict.fromkeys(addresses):
        yield Look(protocol="rdap", target=address, subject=address, address=address)


def _mail(hosts: Iterable[str], found: Sequence[Asked]) -> Iterator[Look]:
    for host in hosts:
        for address in _addresses(found, host)[:1]:
            yield Look(protocol="smtp", target=host, subject=host, address=address)
