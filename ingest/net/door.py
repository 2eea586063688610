"""The one door to the world: whoever goes through it is guarded, paced, timed and written down."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TypeVar

from sousveil.ingest.net import tls
from sousveil.ingest.net.guard import network_of, refusal
from sousveil.ingest.net.known import Known
from sousveil.ingest.net.policy import Policy
from sousveil.ingest.net.proxy import through
from sousveil.ingest.net.rates import Buckets
from sousveil.ingest.net.robots import Robots
from sousveil.ingest.net.wire import Ended, TlsWire, Watch, Wire, named
from sousveil.ingest.records import Exchange

RETRIED = frozenset({"timeout", "servfail", "reset"})


Answer = TypeVar("Answer")


class Names(Protocol):
    """What the engine knows of names: nothing else here looks one up."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a host, CNAMEs followed; none where there are none, or nobody could say."""

    def ask(self, target: str, name: str, kind: str) -> Exchange:
        """Put one question to the resolver: `kind` is a record type."""


@dataclass(slots=True)
class Visit:
    """What is remembered of one target while it is looked at.

    `left` are the seconds that may still be spent on the network, `robots` the rules of each origin.
    """

    left: float
    robots: dict[str, Robots] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, what: str) -> bool:
        """Say whether this is the first to do something for the target; later ones leave it."""
        with self.lock:
            first = what not in self.claimed
            self.claimed.add(what)
            return first

    def spend(self, seconds: float) -> None:
        """Count time on the network."""
        with self.lock:
            self.left -= seconds


class Net:
    """The state of a collection's network: rates, open visits, caches. Safe between threads; use `with`.

    `clock` and `sleep` are seconds.
    """

    def __init__(
        self,
        policy: Policy,
        names: Names,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.policy = policy
        self.names = names
        self.clock = clock
        self.sleep = sleep
        self.networks = Buckets(policy.rates.network, clock)
        self.registries = Buckets(policy.rates.registry, clock)
        self.proxy = policy.proxy_address
        self.authorities = tls.authorities(policy.trust)
        self.known = Known()
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything; connections are closed by those who opened them."""
        with self._lock:
            self._visits.clear()

    def visit(self, target: str) -> Visit:
        """Return what is remembered of a target, from the first look until `leave`."""
        with self._lock:
            if target not in self._visits:
                self._visits[target] = Visit(self.policy.limits.target)
            return self._visits[target]

    def leave(self, target: str) -> None:
        """Forget a target: all its looks are done."""
        with self._lock:
            self._visits.pop(target, None)

    def refusal(self, address: str) -> str | None:
        """Say why this address is no target, or None."""
        return refusal(address, self.policy.allow)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a host, IPv4 first; an address stands for itself."""
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            return tuple(sorted(self.names.addresses(host), key=lambda one: ":" in one))

    @contextmanager
    def watching(self, visit: Visit, most: int) -> Iterator[Watch]:
        """Start the clock and the tape of an exchange, in which at most `most` bytes may come."""
        limits = self.policy.limits
        if visit.left <= 0:
            raise Ended("not-attempted", f"the {limits.target:.0f} seconds for this target are used up")
        started = self.clock()
        watch = Watch(
            clock=self.clock,
            deadline=started + min(limits.exchange, visit.left),
            patience=limits.first_byte,
            afterwards=limits.read,
            most=most,
        )
        try:
            yield watch
        finally:
            visit.spend(self.clock() - started - watch.paused)

    def pace(self, buckets: Buckets, key: str, watch: Watch | None = None) -> None:
        """Wait until it is polite to ask again; a watch does not count this time."""
        seconds = buckets.take(key)
        if seconds > 0:
            started = self.clock()
            self.sleep(seconds)
            if watch is not None:
                watch.pause(self.clock() - started)

    def connect(self, address: str, port: int, watch: Watch) -> Wire:
        """Connect to an address that the guard lets pass, or raise Ended.

        What was checked is what is connected to: no name is looked up here. The caller closes it.
        """
        if reason := self.refusal(address):
            raise Ended("not-attempted", reason)
        self.pace(self.networks, network_of(address), watch)
        seconds = watch.wait(self.policy.limits.connect)
        if self.proxy is not None:
            wire = Wire(fileno=through(self.proxy, address, port, seconds).detach())
        else:
            wire = _direct(address, port, seconds)
        wire.watch = watch
        return wire

    def encrypt(self, wire: Wire, host: str, watch: Watch, *, strict: bool = False) -> TlsWire:
        """Shake hands, or raise Ended with the connection closed; `strict` insists on a valid certificate."""
        context = tls.strict_context(self.authorities) if strict else tls.open_context()
        return tls.encrypt(wire, host, self.policy.limits.handshake, context, watch)

    def handshake_of(self, wire: TlsWire, host: str, address: str) -> tls.Handshake:
        """Write down the session of a connection."""
        return tls.success(wire, host, address, self.authorities)

    def retry(self, ask: Callable[[], Answer], outcome: Callable[[Answer], str]) -> Answer:
        """Ask, and again after a failure that may pass; the last answer counts."""
        limits = self.policy.limits
        answer = ask()
        for tries in range(limits.retries):
            if outcome(answer) not in RETRIED:
                break
            self.sleep(limits.backoff * 2**tries)
            answer = ask()
        return answer

    def shake(self, visit: Visit, host: str, address: str, port: int) -> tls.Handshake:
        """Shake hands with a machine and hang up."""
        return self.retry(lambda: self._shaken(visit, host, address, port), lambda one: one.outcome)

    def _shaken(self, visit: Visit, host: str, address: str, port: int) -> tls.Handshake:
        try:
            with self.watching(visit, 0) as watch:
                wire = self.connect(address, port, watch)
                with self.encrypt(wire, host, watch) as secured:
                    return self.handshake_of(secured, host, address)
        except Ended as ended:
            return tls.failure(ended, host, address)


def _direct(address: str, port: int, seconds: float) -> Wire:
    try:
        wire = Wire(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise named(error) from error
    try:
        wire.settimeout(seconds)
        wire.connect((address, port))
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        wire.close()
        raise named(error) from error
    return wire
