"""The DNS loop: thousands of questions on their way at once, from one thread, through one selector.

Each query has a random id and leaves from a random one of a few UDP ports, which are renewed as they age. An
answer counts only if id, port, server and question are those of a query that still waits (RFC 5452);
everything else is ignored and counted. What does not fit a datagram is asked again over TCP. A timeout and a
SERVFAIL are asked again, of another resolver where there are several; every other outcome is final.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import heapq
import ipaddress
import itertools
import os
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

import dns.exception
import dns.resolver
from dns.name import Name
from dns.rdatatype import RdataType

from sousveil.ingest.net import messages
from sousveil.ingest.net.messages import Reading, Record
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Flight, Port, Question, Server, Stream, family_of, outcome_of
from sousveil.schema.errors import SousveilError

PORT = 53
TIMEOUTS = (3.0, 5.0, 8.0)  # seconds for each attempt: resolvers need some for names with dead servers
TCP_TIMEOUT = 10.0  # seconds for a whole answer over TCP
BACKOFF = 1.0  # seconds before a SERVFAIL is asked again
PORTS = 32  # open UDP ports of a family; an off-path liar has to guess the port, too
OLDEST, MOST_SENT = 30.0, 1_000  # seconds and queries after which a port is renewed
WINDOW = 250  # questions on their way to one resolver; Linux' receive buffer holds 270 small datagrams
STREAMS = 20  # connections at a time
NOTHING = Reading("")


class ResolverError(SousveilError):
    """A resolver is misnamed; the message says how to write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one question; `records` is the answer section of `wire`, the message as received.

    `end` is the name at the end of the CNAME chain; where it is `unfinished` the resolver stopped there.
    """

    question: Question
    outcome: str
    time: datetime
    server: Server
    asked: bytes = b""
    wire: bytes = b""
    records: tuple[Record, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    end: Name | None = None
    unfinished: bool = False

    @property
    def uri(self) -> str:
        """Write server and question as a URI (RFC 4501)."""
        kind = RdataType.to_text(self.question.type)
        return f"dns://{name_server(self.server)}/{quote(self.question.name)}?type={kind}"


@dataclass(slots=True, eq=False)
class _Resolver:
    """One resolver's bucket, and how many questions are on their way to it."""

    server: Server
    tokens: float
    filled: float
    busy: int = 0

    def fill(self, now: float, rate: Rate) -> bool:
        """Drop in what has come since, and say whether a question may go."""
        self.tokens = min(rate.burst, self.tokens + max(0.0, now - self.filled) * rate.per_second)
        self.filled = now
        return self.tokens >= 1 and self.busy < WINDOW


def parse_server(text: str) -> Server:
    """Read ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port or (":" in host and not host.startswith("[")):
        host, port = text, str(PORT)
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        return str(address), range(1 << 16).index(int(port))
    except ValueError as error:
        raise ResolverError(f"resolver {text!r}: write an address, 192.0.2.1 or 192.0.2.1:53") from error


def name_server(server: Server) -> str:
    """Write a resolver as it stands in a URI (RFC 4501); port 53 goes without saying."""
    host = f"[{server[0]}]" if ":" in server[0] else server[0]
    return host if server[1] == PORT else f"{host}:{server[1]}"


def system_resolvers() -> list[Server]:
    """Return the resolvers that this machine uses; none is a ResolverError."""
    try:
        known = dns.resolver.Resolver().nameservers
        return [parse_server(str(server)) for server in known]
    except (dns.exception.DNSException, OSError) as error:
        raise ResolverError("this machine names no resolver; say one with --resolver ADDRESS") from error


class Asking(Protocol):
    """What a Loop is to those who ask; a Tunnel is the same."""

    ignored: Counter[str]
    busy: int

    @property
    def backlog(self) -> int: ...  # noqa: D102
    def ask(self, question: Question, land: Callable[[Answer], None]) -> None: ...  # noqa: D102
    def step(self, patience: float) -> None: ...  # noqa: D102
    def wake(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


def landed(
    question: Question,
    server: Server,
    outcome: str,
    reason: str | None,
    reading: Reading = NOTHING,
    *,
    query: bytes = b"",
    wire: bytes = b"",
) -> Answer:
    """Make an answer that came now."""
    return Answer(
        question=question,
        outcome=outcome,
        time=datetime.now(UTC),
        server=server,
        asked=query,
        wire=wire,
        records=reading.records,
        notes=(("error", reason),) if reason else (),
        end=reading.end,
        unfinished=reading.unfinished,
    )


class Loop:
    """Asks many questions at once: `ask`, and `step` until nothing is `busy`. For one thread, but for `wake`.

    `ignored` counts the datagrams that answered nothing that was asked, by what was wrong with them.
    """

    def __init__(self, servers: Sequence[Server], rate: Rate, timeouts: Sequence[float] = TIMEOUTS) -> None:
        if not servers:
            raise ResolverError("no resolver given; say one with --resolver ADDRESS")
        now = time.monotonic()
        self.ignored: Counter[str] = Counter()
        self.busy = 0
        self._rate, self._timeouts = rate, tuple(timeouts)
        self._resolvers = {server: _Resolver(server, rate.burst, now) for server in servers}
        self._turns = itertools.cycle(self._resolvers.values())
        self._selector = selectors.DefaultSelector()
        self._ports: dict[socket.AddressFamily, list[Port]] = {}
        self._waiting: deque[Flight] = deque()
        self._cut: deque[Flight] = deque()
        self._streams = 0
        self._due: list[tuple[float, int]] = []
        self._timed: dict[int, Flight] = {}
        self._states = itertools.count(1)
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ, None)

    @property
    def backlog(self) -> int:
        """Count the questions that wait for their turn."""
        return len(self._waiting) + len(self._cut)

    def ask(self, question: Question, land: Callable[[Answer], None]) -> None:
        """Put a question; a later `step` calls `land` with its answer."""
        try:
            asked = messages.question(question.name, question.type)
        except dns.exception.DNSException:
            asked = b""
        self.busy += 1
        self._waiting.append(Flight(question, asked, land))

    def step(self, patience: float) -> None:
        """Send what may be sent, and take what comes; wait for it at most `patience` seconds."""
        now = time.monotonic()
        self._expire(now)
        self._launch(now)
        for key, _ in self._selector.select(self._pause(now, patience)):
            if isinstance(key.data, Port):
                self._receive(key.data)
            elif isinstance(key.data, Flight):
                self._advance(key.data)
            else:
                self._ear.recv(1 << 12)

    def wake(self) -> None:
        """End the waiting of a `step`, from any thread."""
        with contextlib.suppress(OSError):  # it is ringing already, or all is over
            self._bell.send(b".")

    def close(self) -> None:
        """Give everything back; what is on its way never lands."""
        sockets = [key.fileobj for key in self._selector.get_map().values()]
        for one in sockets:
            if isinstance(one, socket.socket):
                one.close()
        self._bell.close()
        self._selector.close()

    def _pause(self, now: float, patience: float) -> float:
        if self._due:
            patience = min(patience, self._due[0][0] - now)
        if self._waiting:
            lacking = min(1 - one.tokens for one in self._resolvers.values())
            if lacking > 0:
                patience = min(patience, lacking / self._rate.per_second)
        return max(0.0, patience)

    def _launch(self, now: float) -> None:
        while self._cut and self._streams < STREAMS:
            self._connect(self._cut.popleft(), now)
        while self._waiting:
            flight = self._waiting[0]
            resolver = self._free(now, flight.server)
            if resolver is None:
                return
            self._waiting.popleft()
            if not flight.asked:
                flight.server = resolver.server
                self._land(flight, "not-attempted", reason="the name cannot be asked for in the DNS")
            elif not self._send(flight, resolver, now):
                return

    def _free(self, now: float, last: Server) -> _Resolver | None:
        """Return the next resolver that may be asked; the one that failed last only if no other may."""
        found = None
        for _ in self._resolvers:
            resolver = next(self._turns)
            if resolver.fill(now, self._rate):
                found = resolver
                if resolver.server != last:
                    break
        return found

    def _send(self, flight: Flight, resolver: _Resolver, now: float) -> bool:
        """Send a query; False where this machine cannot take more at the moment."""
        draw = int.from_bytes(os.urandom(4), "big")
        port = self._port(family_of(resolver.server), draw >> 16, now)
        number = draw & 0xFFFF
        while (number, resolver.server) in port.waiting:
            number = number + 1 & 0xFFFF
        query = messages.query(number, flight.asked)
        failed = port.send(query, resolver.server)
        if failed in {errno.EAGAIN, errno.ENOBUFS}:
            self._waiting.appendleft(flight)
            return False
        resolver.tokens -= 1
        resolver.busy += 1
        flight.server, flight.number, flight.query, flight.port = resolver.server, number, query, port
        port.waiting[number, resolver.server] = flight
        flight.attempt += 1
        self._time(flight, now + self._timeouts[flight.attempt - 1])
        if failed:
            self._fail(flight, outcome_of(failed), os.strerror(failed))
        return True

    def _port(self, family: socket.AddressFamily, draw: int, now: float) -> Port:
        ports = self._ports.setdefault(family, [])
        place = draw % PORTS
        if place < len(ports):
            port = ports[place]
            if port.sent < MOST_SENT and now - port.born < OLDEST:
                return port
            port.retired = True
            self._close_idle(port)
            ports[place] = new = Port.open(family, now)
        else:
            new = Port.open(family, now)
            ports.append(new)
        self._selector.register(new.sock, selectors.EVENT_READ, new)
        return new

    def _close_idle(self, port: Port) -> None:
        if port.retired and not port.waiting:
            self._selector.unregister(port.sock)
            port.sock.close()

    def _time(self, flight: Flight, when: float) -> None:
        self._timed.pop(flight.state, None)
        flight.state = next(self._states)
        self._timed[flight.state] = flight
        heapq.heappush(self._due, (when, flight.state))

    def _expire(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            flight = self._timed.pop(heapq.heappop(self._due)[1], None)
            if flight is None:
                continue
            if flight.port or flight.stream:
                self._fail(flight, "timeout", "no answer in time")
            else:
                self._waiting.append(flight)

    def _release(self, flight: Flight) -> None:
        """Take a flight off its socket, and stop its clock."""
        self._timed.pop(flight.state, None)
        if port := flight.port:
            del port.waiting[flight.number, flight.server]
            self._close_idle(port)
        elif stream := flight.stream:
            self._selector.unregister(stream.sock)
            stream.sock.close()
            self._streams -= 1
        else:
            return
        self._resolvers[flight.server].busy -= 1
        flight.port = flight.stream = None

    def _receive(self, port: Port) -> None:
        came = False
        for wire, source in port.received():
            came = True
            flight = port.waiting.get((int.from_bytes(wire[:2], "big"), source))
            if flight is None:
                known = any(wire[:2] == one.query[:2] for one in port.waiting.values())
                self.ignored["wrong server" if known else "wrong id"] += 1
            elif not messages.answers(wire, flight.asked):
                self.ignored["wrong question"] += 1
            else:
                self._answered(flight, wire)
        for query, server, error in () if came else port.refusals():
            flight = port.waiting.get((int.from_bytes(query[:2], "big"), server))
            if flight is not None:
                self._fail(flight, outcome_of(error), os.strerror(error))

    def _answered(self, flight: Flight, wire: bytes) -> None:
        if messages.is_cut(wire):
            self._release(flight)
            flight.held = ("truncated", wire, "did not fit a datagram")
            self._cut.append(flight)
        elif len(wire) > messages.LARGEST:
            why = f"{len(wire)} bytes in a datagram, though we take {messages.LARGEST}"
            self._land(flight, "formerr", wire, why)
        else:
            self._read(flight, wire)

    def _read(self, flight: Flight, wire: bytes) -> None:
        reading = messages.read(wire)
        endless = reading.end is not None  # a CNAME loop: no resolver finds its end
        if reading.outcome == "servfail" and not endless and flight.attempt < len(self._timeouts):
            self._release(flight)
            flight.held = ("servfail", wire, reading.reason or "")
            self._time(flight, time.monotonic() + BACKOFF * flight.attempt)
            return
        self._land(flight, reading.outcome, wire, reading.reason, reading)

    def _connect(self, flight: Flight, now: float) -> None:
        query = messages.query(flight.number, flight.asked)
        try:
            flight.stream = Stream.open(query, flight.server)
        except OSError as error:
            self._fail(flight, outcome_of(error.errno), str(error.strerror))
            return
        self._streams += 1
        self._resolvers[flight.server].tokens -= 1
        self._resolvers[flight.server].busy += 1
        self._selector.register(flight.stream.sock, selectors.EVENT_WRITE, flight)
        self._time(flight, now + TCP_TIMEOUT)

    def _advance(self, flight: Flight) -> None:
        """Go on with a question over TCP."""
        stream = flight.stream
        if stream is None:
            return
        try:
            if stream.unsent:
                if stream.write():
                    self._selector.modify(stream.sock, selectors.EVENT_READ, flight)
                return
            wire = stream.read()
        except OSError as error:
            self._fail(flight, outcome_of(error.errno), str(error.strerror))
            return
        if wire is None:
            return
        if wire[:2] != flight.query[:2] or not messages.answers(wire, flight.asked):
            self._land(flight, "formerr", wire, "over TCP came no answer to the question")
        elif messages.is_cut(wire):
            self._land(flight, "truncated", wire, "cut over TCP, too")
        else:
            self._read(flight, wire)

    def _fail(self, flight: Flight, outcome: str, reason: str) -> None:
        """End an attempt without an answer: ask again, or say so, with what had come before."""
        over_tcp = flight.held is not None and flight.held[0] == "truncated"
        self._release(flight)
        if outcome == "timeout" and not over_tcp and flight.attempt < len(self._timeouts):
            self._waiting.append(flight)
        elif flight.held:
            outcome, wire, before = flight.held
            self._land(flight, outcome, wire, f"{before}; asked again: {reason}")
        else:
            self._land(flight, outcome, reason=reason)

    def _land(
        self,
        flight: Flight,
        outcome: str,
        wire: bytes = b"",
        reason: str | None = None,
        reading: Reading = NOTHING,
    ) -> None:
        notes = [("transport", "tcp")] if flight.stream else []
        if flight.attempt > 1:
            notes.append(("attempts", str(flight.attempt)))
        self._release(flight)
        self.busy -= 1
        answer = landed(
            flight.question, flight.server, outcome, reason, reading, query=flight.query, wire=wire
        )
        flight.land(replace(answer, notes=(*answer.notes, *notes)) if notes else answer)


def resolve(loop: Asking, questions: Iterable[Question]) -> list[Answer]:
    """Ask, wait, and return the answers in the order of the questions."""
    found: dict[int, Answer] = {}
    for number, question in enumerate(questions):
        loop.ask(question, functools.partial(found.__setitem__, number))
    while loop.busy:
        loop.step(1.0)
    return [found[number] for number in sorted(found)]
