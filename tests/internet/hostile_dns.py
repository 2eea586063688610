"""A name server that does what name servers must not: each name of its zone has a behaviour of its own.

It serves `odd.test` at SERVER, as an authority behind the resolver or asked directly, as if it were one.
`ANSWER` is its true answer, `LIE` what its forgeries say. At three more addresses it says one thing to all.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SERVER = "100.126.53.1"
REFUSING, SILENT, FAILING = "100.126.53.2", "100.126.53.3", "100.126.53.4"
ANSWER, LIE = "100.110.1.66", "100.126.53.13"
FORGING = "100.126.53.5"  # another address of the same machine: answers come from where nobody asked
ZONE = dns.name.from_text("odd.test.")
NOBODY = dns.message.make_query("nobody.invalid.", "A")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it came in."""

    wire: bytes
    message: dns.message.QueryMessage
    tcp: bool

    @property
    def kind(self) -> str:
        return dns.rdatatype.to_text(self.message.question[0].rdtype)

    @property
    def name(self) -> dns.name.Name:
        return self.message.question[0].name

    @property
    def head(self) -> bytes:
        """Return header and question of an answer, up to the counts' end and the question's end."""
        question = self.message.question[0].name.to_wire() + struct.pack(
            "!HH", self.message.question[0].rdtype, 1
        )
        return struct.pack("!HHHHHH", self.message.id, 0x8400, 1, 1, 0, 0) + question


@dataclass(frozen=True, slots=True)
class Packet:
    """What is sent back, after how many seconds, and from where: the port that was asked or another."""

    wire: bytes
    after: float = 0.0
    source: str = "asked"


Behaviour = Callable[[Query], list[Packet]]


def answer(query: Query, *values: str, kind: str | None = None) -> dns.message.Message:
    """Make a proper answer; without values it says that there is no such record."""
    made = dns.message.make_response(query.message)
    made.flags |= dns.flags.AA
    if values:
        made.answer.append(dns.rrset.from_text(query.name, 60, "IN", kind or query.kind, *values))
    return made


def truth(query: Query) -> list[Packet]:
    """Answer A with ANSWER, what an apex must have, and nothing else."""
    if query.name == ZONE and query.kind in {"NS", "SOA"}:
        value = (
            "ns.odd.test." if query.kind == "NS" else "ns.odd.test. hostmaster.odd.test. 1 3600 600 86400 60"
        )
        return [Packet(answer(query, value).to_wire())]
    values = (ANSWER,) if query.kind == "A" and query.name != ZONE else ()
    return [Packet(answer(query, *values).to_wire())]


def _rcode(code: str) -> Behaviour:
    def behave(query: Query) -> list[Packet]:
        made = answer(query)
        made.set_rcode(dns.rcode.from_text(code))
        return [Packet(made.to_wire())]

    return behave


def silent(_query: Query) -> list[Packet]:
    """Say nothing."""
    return []


def late(query: Query) -> list[Packet]:
    """Answer after a second and a half."""
    return [Packet(one.wire, after=1.5) for one in truth(query)]


def truncated(query: Query) -> list[Packet]:
    """Say over UDP that there is more over TCP."""
    return truth(query) if query.tcp else truncated_always(query)


def truncated_always(query: Query) -> list[Packet]:
    """Say over TCP too that there is more."""
    made = answer(query)
    made.flags |= dns.flags.TC
    return [Packet(made.to_wire())]


def truncated_silent(query: Query) -> list[Packet]:
    """Send the client to TCP, and say nothing there."""
    return [] if query.tcp else truncated_always(query)


def big_txt(query: Query) -> list[Packet]:
    """Answer TXT with one record of 64,000 bytes, over TCP only."""
    if query.kind != "TXT":
        return truth(query)
    if not query.tcp:
        return truncated_always(query)
    return [Packet(answer(query, " ".join(['"' + "x" * 255 + '"'] * 250)).to_wire(max_size=65535))]


def many_answers(query: Query) -> list[Packet]:
    """Answer A with 3,000 addresses, over TCP only."""
    if query.kind != "A" or not query.tcp:
        return truncated(query)
    values = [f"100.126.{number // 250 + 100}.{number % 250}" for number in range(3000)]
    return [Packet(answer(query, *values).to_wire(max_size=65535))]


def oversized(query: Query) -> list[Packet]:
    """Answer over UDP with 20,000 bytes that nobody offered to take."""
    values = [f"100.126.{number // 250 + 100}.{number % 250}" for number in range(1200)]
    return [Packet(answer(query, *values, kind="A").to_wire(max_size=65535))]


def self_cname(query: Query) -> list[Packet]:
    """Lead a name to itself."""
    return [Packet(answer(query, query.name.to_text(), kind="CNAME").to_wire())]


def endless_cname(query: Query) -> list[Packet]:
    """Lead every name to a new one: a chain without an end."""
    number = int(query.name.labels[0].rpartition(b"-")[2] or 0) if query.name.labels[0][-1:].isdigit() else 0
    target = f"endless-cname-{number + 1}.odd.test."
    return [Packet(answer(query, target, kind="CNAME").to_wire())]


def chain_30(query: Query) -> list[Packet]:
    """Answer with a chain of thirty hops and its end, as a resolver would."""
    made = answer(query)
    names = [query.name.to_text(), *(f"hop-{number}.odd.test." for number in range(1, 31))]
    for here, there in itertools.pairwise(names):
        made.answer.append(dns.rrset.from_text(here, 60, "IN", "CNAME", there))
    made.answer.append(dns.rrset.from_text(names[-1], 60, "IN", "A", ANSWER))
    return [Packet(made.to_wire(max_size=65535))]


def pointer_loop(query: Query) -> list[Packet]:
    """Give the answer a name whose compression pointer points at itself."""
    head = query.head
    pointer = struct.pack("!H", 0xC000 | len(head))
    return [Packet(head + pointer + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(ANSWER))]


def pointer_ahead(query: Query) -> list[Packet]:
    """Give the answer a name that points behind the end of the packet."""
    return [Packet(query.head + b"\xff\xff" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(ANSWER))]


def long_label(query: Query) -> list[Packet]:
    """Give the answer a name with a label of a kind that does not exist (0x80)."""
    return [Packet(query.head + b"\x80odd\0" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(ANSWER))]


def malformed(query: Query) -> list[Packet]:
    """Announce an answer that is not there."""
    return [Packet(query.head)]


def short_data(query: Query) -> list[Packet]:
    """Give an address of two bytes."""
    return [Packet(query.head + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 2) + b"\x64\x40")]


def long_data(query: Query) -> list[Packet]:
    """Announce 60,000 bytes of data and give four."""
    return [Packet(query.head + b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 60000) + b"\x64\x40\0\0")]


def short_packet(query: Query) -> list[Packet]:
    """Send five bytes."""
    return [Packet(query.wire[:2] + b"\x84\0\0")]


def garbage(query: Query) -> list[Packet]:
    """Send the right id, and noise."""
    return [Packet(query.wire[:2] + random.Random(5).randbytes(300))]  # noqa: S311 - noise, the same each time


def trailing(query: Query) -> list[Packet]:
    """Answer, with noise behind the answer."""
    return [Packet(one.wire + b"\xde\xad\xbe\xef" * 8) for one in truth(query)]


def echo(query: Query) -> list[Packet]:
    """Send the question back as it is, not marked as an answer."""
    return [Packet(query.wire)]


def no_question(query: Query) -> list[Packet]:
    """Answer without repeating the question."""
    made = answer(query, ANSWER, kind="A")
    made.question = []
    return [Packet(made.to_wire())]


def other_type(query: Query) -> list[Packet]:
    """Answer with a TXT, whatever was asked."""
    return [Packet(answer(query, '"nothing you asked for"', kind="TXT").to_wire())]


def other_name(query: Query) -> list[Packet]:
    """Answer with the address of somebody else's name."""
    made = answer(query)
    made.answer.append(dns.rrset.from_text("www.google.com.", 60, "IN", "A", LIE))
    return [Packet(made.to_wire())]


def binary_name(query: Query) -> list[Packet]:
    """Lead to a name with a NUL, a dot inside a label, an escape sequence and a line break."""
    odd = dns.name.Name([b"a\0b", b"c.d", b"\x1b[31m", b"\r\nX: y", b"odd", b"test", b""])
    return [Packet(answer(query, odd.to_text(), kind="CNAME").to_wire())]


def wrong_id(query: Query) -> list[Packet]:
    """Answer another question's id, with a lie."""
    wire = _lie(query)
    other = (query.message.id ^ 0x5555).to_bytes(2, "big")
    return [Packet(other + wire[2:])]


def wrong_question(query: Query) -> list[Packet]:
    """Answer with the right id a question that was not asked, with a lie."""
    made = dns.message.make_response(NOBODY)
    made.id = query.message.id
    made.answer.append(dns.rrset.from_text("nobody.invalid.", 60, "IN", "A", LIE))
    return [Packet(made.to_wire())]


def wrong_port(query: Query) -> list[Packet]:
    """Answer from another port, with a lie."""
    return [Packet(_lie(query), source="port")]


def wrong_address(query: Query) -> list[Packet]:
    """Answer from another address, with a lie."""
    return [Packet(_lie(query), source="address")]


def spoofed(query: Query) -> list[Packet]:
    """Send every forgery first, and the truth after it."""
    forged = [*wrong_id(query), *wrong_question(query), *wrong_port(query), *wrong_address(query)]
    return forged + [Packet(one.wire, after=0.2) for one in truth(query)]


def private(query: Query) -> list[Packet]:
    """Lead to loopback: what a rebinding attack answers the second time."""
    return [Packet(answer(query, *(("127.0.0.1",) if query.kind == "A" else ())).to_wire())]


def metadata(query: Query) -> list[Packet]:
    """Lead to the address where clouds keep secrets."""
    return [Packet(answer(query, *(("169.254.169.254",) if query.kind == "A" else ())).to_wire())]


class Rebinding:
    """Answers with a good address first and with loopback afterwards, by turns."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, query: Query) -> list[Packet]:
        if query.kind != "A":
            return truth(query)
        self.asked += 1
        made = answer(query, ANSWER if self.asked % 2 else "127.0.0.1")
        made.answer[0].ttl = 0
        return [Packet(made.to_wire())]


def _lie(query: Query) -> bytes:
    return answer(query, LIE, kind="A").to_wire()


BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__.replace("_", "-"): behaviour
    for behaviour in (
        silent,
        late,
        truncated,
        truncated_always,
        truncated_silent,
        big_txt,
        many_answers,
        oversized,
        self_cname,
        endless_cname,
        chain_30,
        pointer_loop,
        pointer_ahead,
        long_label,
        malformed,
        short_data,
        long_data,
        short_packet,
        garbage,
        trailing,
        echo,
        no_question,
        other_type,
        other_name,
        binary_name,
        wrong_id,
        wrong_question,
        wrong_port,
        wrong_address,
        spoofed,
        private,
        metadata,
    )
} | {
    "refused": _rcode("REFUSED"),
    "servfail": _rcode("SERVFAIL"),
    "formerr": _rcode("FORMERR"),
    "notimp": _rcode("NOTIMP"),
    "absent": _rcode("NXDOMAIN"),
    "nodata": lambda query: [Packet(answer(query).to_wire())],
    "rebinding": Rebinding(),
}
EVERYBODY = {REFUSING: BEHAVIOURS["refused"], SILENT: silent, FAILING: BEHAVIOURS["servfail"]}


def behave(query: Query, address: str) -> list[Packet]:
    """Choose the behaviour: by the address that was asked, else by the label before odd.test."""
    if address in EVERYBODY:
        return EVERYBODY[address](query)
    if not query.name.is_subdomain(ZONE):
        return BEHAVIOURS["refused"](query)
    labels = query.name.relativize(ZONE).labels
    word = labels[-1].decode("ascii", "replace").lower() if labels else ""
    if word.startswith("endless-cname"):
        word = "endless-cname"
    return BEHAVIOURS.get(word, truth)(query)


class Datagrams(asyncio.DatagramProtocol):
    """Answers over UDP at one address."""

    def __init__(self, address: str, others: dict[str, asyncio.DatagramTransport]) -> None:
        self.address = address
        self.others = others

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.DatagramTransport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with contextlib.suppress(dns.exception.DNSException):
            query = Query(data, dns.message.from_wire(data), tcp=False)  # type: ignore[arg-type]
            for packet in behave(query, self.address):
                by = self.others.get(packet.source, self.transport)
                asyncio.get_running_loop().call_later(packet.after, by.sendto, packet.wire, addr)


async def _stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer over TCP until the client goes away."""
    address = writer.get_extra_info("sockname")[0]
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, dns.exception.DNSException):
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            wire = await reader.readexactly(size)
            query = Query(wire, dns.message.from_wire(wire), tcp=True)  # type: ignore[arg-type]
            for packet in behave(query, address):
                await asyncio.sleep(packet.after)
                writer.write(len(packet.wire).to_bytes(2, "big") + packet.wire)
                await writer.drain()
    writer.close()


async def serve() -> None:
    """Listen at every address, over UDP and TCP."""
    loop = asyncio.get_running_loop()
    others: dict[str, asyncio.DatagramTransport] = {}
    for source, place in (("port", (SERVER, 0)), ("address", (FORGING, 53))):
        others[source], _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=place)
    for address in (SERVER, *EVERYBODY):
        await loop.create_datagram_endpoint(
            lambda address=address: Datagrams(address, others), local_addr=(address, 53)
        )
        await asyncio.start_server(_stream, address, 53)
