"""DNS through a SOCKS5 proxy: over TCP, a connection for each question, in a few threads.

What `dns.Loop` is, for whoever must not be seen: no datagram leaves this machine.
"""

from __future__ import annotations

import itertools
import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial

import dns.exception

from sousveil.ingest.net import messages
from sousveil.ingest.net.dns import STREAMS, TCP_TIMEOUT, Answer, landed
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Question, Server, outcome_of
from sousveil.ingest.net.proxy import through
from sousveil.ingest.net.rates import Buckets
from sousveil.ingest.net.wire import Ended

ATTEMPTS = 2
RETRIED = frozenset({"timeout", "servfail"})


class Tunnel:
    """Asks through a proxy; `ask`, `step`, `wake`, `busy` and `backlog` are those of `dns.Loop`."""

    def __init__(self, servers: Sequence[Server], rate: Rate, proxy: tuple[str, int]) -> None:
        self.ignored: Counter[str] = Counter()  # nobody can put a word in
        self.busy = 0
        self._proxy = proxy
        self._turns = itertools.cycle(servers)
        self._buckets = Buckets(rate, time.monotonic)
        self._threads = ThreadPoolExecutor(STREAMS, "tunnel")
        self._landing: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._over = threading.Event()

    @property
    def backlog(self) -> int:
        """Count the questions that wait for their turn."""
        return max(0, self.busy - STREAMS)

    def ask(self, question: Question, land: Callable[[Answer], None]) -> None:
        """Put a question; a later `step` calls `land` with its answer."""
        self.busy += 1
        future = self._threads.submit(self._answer, question, next(self._turns))
        future.add_done_callback(lambda done: self._landing.put(partial(self._land, land, done.result)))

    def step(self, patience: float) -> None:
        """Take the answers that have come; wait for one at most `patience` seconds."""
        with suppress(queue.Empty):
            landing = self._landing.get(timeout=patience)
            while True:
                if landing:
                    landing()
                landing = self._landing.get_nowait()

    def wake(self) -> None:
        """End the waiting of a `step`, from any thread."""
        self._landing.put(None)

    def close(self) -> None:
        """Ask nothing more; what is on its way never lands."""
        self._over.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _land(self, land: Callable[[Answer], None], answer: Callable[[], Answer]) -> None:
        self.busy -= 1
        land(answer())

    def _answer(self, question: Question, server: Server) -> Answer:
        for number in range(1, ATTEMPTS + 1):
            self._over.wait(self._buckets.take(server[0]))
            answer = self._once(question, server)
            if answer.outcome not in RETRIED or number == ATTEMPTS:
                break
        return answer

    def _once(self, question: Question, server: Server) -> Answer:
        query = b""
        try:
            asked = messages.question(question.name, question.type)
            query = messages.query(secrets.randbits(16), asked)
            wire = self._exchange(query, server)
        except dns.exception.DNSException:
            why = "the name cannot be asked for in the DNS"
            return landed(question, server, "not-attempted", why)
        except Ended as ended:
            return landed(question, server, ended.outcome, ended.reason, query=query)
        except OSError as error:
            outcome = "timeout" if isinstance(error, TimeoutError) else outcome_of(error.errno)
            return landed(question, server, outcome, str(error), query=query)
        if wire[:2] != query[:2] or not messages.answers(wire, asked):
            return landed(question, server, "formerr", "no answer to the question", query=query, wire=wire)
        reading = messages.read(wire)
        return landed(question, server, reading.outcome, reading.reason, reading, query=query, wire=wire)

    def _exchange(self, query: bytes, server: Server) -> bytes:
        """Send a query on a connection of its own, and return the message that comes back."""
        with closing(through(self._proxy, *server, TCP_TIMEOUT)) as connection:
            end = time.monotonic() + TCP_TIMEOUT
            connection.sendall(len(query).to_bytes(2, "big") + query)
            got = b""
            while (size := int.from_bytes(got[:2], "big")) > len(got) - 2 or not size:
                connection.settimeout(max(0.001, end - time.monotonic()))
                part = connection.recv(1 << 16)
                if not part:
                    raise ConnectionResetError("the connection was cut")
                got += part
            return got[2 : 2 + size]
