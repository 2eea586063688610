"""One worker of a run: targets go through DNS, then to the web and the registries, until nothing is left.

The DNS loop runs in one thread, with hundreds of targets under way; the other protocols block, and have
threads: one for each target at a time, which is also the polite way. What they find goes back to DNS, at most
DEPTH times. A target is written to the archive when all about it is known, in a row, and the ledger is told
at the next mark. What many targets share (a name server, an address block) is asked once.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from sousveil.ingest.archive import Writer
from sousveil.ingest.collect import Look, dns
from sousveil.ingest.net import Net
from sousveil.ingest.net.dns import Answer, Asking, Loop
from sousveil.ingest.net.ports import Question
from sousveil.ingest.net.tunnel import Tunnel
from sousveil.ingest.records import Exchange, Target
from sousveil.ingest.run.ledger import Book, Done, Entry, Remembered, RunError
from sousveil.ingest.run.talks import Talks, attempt

UNDER_WAY = 500  # targets
BACKLOG = 200  # questions, or errands, that wait for their turn; beyond, no target is begun
HELD = 64 << 20  # bytes of unfinished targets; beyond, no target is begun
WEB_THREADS, REGISTRY_THREADS = 24, 8
DEPTH = 2  # looks that may lead to one another: a redirect, and one more
REMEMBERED = 20_000  # shared looks
COMMIT = 25  # finished targets in one transaction
PATIENCE = 1.0  # seconds that a finished target waits for it
GRACE = 60.0  # seconds for what is under way when the run is stopped
TICK = 0.2  # seconds
Result = TypeVar("Result")
WEB = ("http", "tls", "smtp")  # in this order: the handshake of a page serves both


@dataclass(slots=True, eq=False)
class Case:
    """A target under way: what was seen so far, and how many errands are out for it."""

    position: int
    target: Target
    exchanges: list[Exchange] = field(default_factory=list)
    looks: set[tuple[str, str, str | None]] = field(default_factory=set)
    errands: int = 0
    fault: str | None = None


class Worker:
    """Collects targets into an archive; made for one `run`. It is the Names of its Net, from any thread.

    It has its share of every rate, as one of so many `workers`. `tick` is called a few times a second, and
    says whether to stop.
    """

    def __init__(self, book: Book, writer: Writer, workers: int, tick: Callable[[], bool]) -> None:
        policy, servers = book.options.policy(workers), book.options.servers()
        self._book, self._writer, self._tick = book, writer, tick
        self._protocols = frozenset(book.options.protocols)
        proxy, rate = policy.proxy_address, policy.rates.resolver
        self._loop: Asking = Tunnel(servers, rate, proxy) if proxy else Loop(servers, rate)
        self._talks = Talks(self._loop, servers[0])
        self._web = ThreadPoolExecutor(WEB_THREADS, "web")
        self._registries = ThreadPoolExecutor(REGISTRY_THREADS, "registry")
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._cases: dict[int, Case] = {}
        self._finished: list[Case] = []
        self._committed = time.monotonic()
        self._held = 0
        self._out = 0
        self._shared: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._mine = threading.local()
        self._promised: set[Future[Any]] = set()
        self._over = threading.Event()
        self._net = Net(policy, self, sleep=self._sleep)
        self._remember()

    def run(self, targets: Iterator[tuple[int, Target]]) -> None:
        """Collect the targets; once `tick` says so, only those under way, and not for longer than GRACE."""
        end = None
        coming = next(targets, None)
        try:
            while (coming or self._cases) and (end is None or time.monotonic() < end):
                if self._tick() and end is None:
                    coming, end = None, time.monotonic() + GRACE
                while coming and self._has_room():
                    self._begin(*coming)
                    coming = next(targets, None)
                self._loop.step(TICK)
                self._take_messages()
                self._commit_sometimes()
            self._commit()
        finally:
            self._close()

    def _remember(self) -> None:
        """Take up what was asked for many targets before: nobody is asked twice."""
        for one in self._book.shared(REMEMBERED):
            if one.protocol == "dns":
                self._talks.remember(dns.remembered(one.uri, one.outcome, one.answered))
            else:
                self._shared[one.protocol, one.subject] = None

    def _has_room(self) -> bool:
        waits = self._loop.backlog < BACKLOG and self._out < BACKLOG
        return waits and len(self._cases) < UNDER_WAY and self._held < HELD

    def _begin(self, position: int, target: Target) -> None:
        case = self._cases[position] = Case(position, target)
        self._ask(case, Look(protocol="dns", target=target.name, subject=target.name))

    def _ask(self, case: Case, look: Look) -> None:
        """Have the DNS asked."""
        case.errands += 1
        done = partial(self._back, case)
        self._talks.begin(dns.plan(look), case.target.name, partial(self._record, case), done)

    def _record(self, case: Case, exchange: Exchange) -> None:
        case.exchanges.append(exchange)
        self._held += len(exchange.asked) + len(exchange.answered)

    def _back(self, case: Case, looks: Iterable[Look], fault: str | None) -> None:
        """Go on with a target when one of its errands is back: look further, or close it."""
        case.fault = case.fault or fault
        self._send_out(case, [look for look in looks if self._is_new(case, look)])
        case.errands -= 1
        if not case.errands:
            self._net.leave(case.target.name)
            self._talks.forget(case.target.name)
            self._finished.append(self._cases.pop(case.position))

    def _is_new(self, case: Case, look: Look) -> bool:
        """Say whether a look is wanted, and nobody had it before; a shared one is remembered for all."""
        if look.protocol not in self._protocols or look.depth > DEPTH:
            return False
        if look.target == case.target.name:
            key = (look.protocol, look.subject, look.address)
            new = key not in case.looks
            case.looks.add(key)
            return new
        new = (look.protocol, look.subject) not in self._shared
        self._shared[look.protocol, look.subject] = None
        if len(self._shared) > REMEMBERED:
            self._shared.popitem(last=False)
        return new

    def _send_out(self, case: Case, looks: Sequence[Look]) -> None:
        for look in looks:
            if look.protocol == "dns":
                self._ask(case, look)
        web = [look for protocol in WEB for look in looks if look.protocol == protocol]
        registry = [look for look in looks if look.protocol == "rdap"]
        for pool, errand in ((self._web, web), (self._registries, registry)):
            if errand:
                self._errand(case, pool, errand)

    def _errand(self, case: Case, pool: Executor, looks: Sequence[Look]) -> None:
        """Have a thread look at one thing after the other."""
        case.errands += 1
        self._out += 1
        future = pool.submit(self._collect, case, looks)
        future.add_done_callback(lambda done: self._tell(partial(self._returned, case, done)))

    def _collect(self, case: Case, looks: Sequence[Look]) -> tuple[list[Exchange | Look], str | None]:
        """Look, in a thread; a fault ends this look, and not the others."""
        self._mine.case = case
        found: list[Exchange | Look] = []
        faults = []
        for look in looks:
            if self._over.is_set():
                break
            _, fault = attempt(partial(_append, found, look, self._net), f"{look.protocol} {look.subject}")
            faults.append(fault)
            if look.target != case.target.name:
                self._net.leave(look.target)
        return found, next(filter(None, faults), None)

    def _returned(self, case: Case, future: Future[tuple[list[Exchange | Look], str | None]]) -> None:
        self._out -= 1
        found, fault = future.result()
        for one in found:
            if isinstance(one, Exchange):
                self._record(case, one)
        self._back(case, [one for one in found if isinstance(one, Look)], fault)

    def _tell(self, message: Callable[[], None]) -> None:
        """Leave a message for the thread of the loop, from any thread."""
        self._inbox.put(message)
        if not self._over.is_set():
            self._loop.wake()

    def _take_messages(self) -> None:
        while not self._inbox.empty():
            self._inbox.get_nowait()()

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a host; what was asked for belongs to the target that led there."""
        future: Future[tuple[Look, ...]] = Future()
        record = partial(self._record, self._mine.case)
        done = partial(_promised, future)
        begin = partial(self._talks.begin, dns.addresses(host), self._mine.case.target.name, record, done)
        looks = self._wait(future, begin)
        return tuple(look.address for look in looks if look.protocol == "tls" and look.address)

    def ask(self, target: str, name: str, kind: str) -> Exchange:
        """Put one question."""
        future: Future[Answer] = Future()
        question = Question.of(name.rstrip("."), kind)
        answer = self._wait(future, partial(self._loop.ask, question, future.set_result))
        return dns.exchange(target, dns.Ask(subject=name, question=question), answer)

    def _sleep(self, seconds: float) -> None:
        """Wait until it is polite to ask, in a thread; the end of the run ends that too."""
        if self._over.wait(seconds):
            raise CancelledError

    def _wait(self, future: Future[Result], begin: Callable[[], None]) -> Result:
        """Have the thread of the loop begin something, and wait for what it promises."""
        self._promised.add(future)
        self._tell(begin)
        try:
            if self._over.is_set():
                raise CancelledError
            return future.result()
        finally:
            self._promised.discard(future)

    def _commit_sometimes(self) -> None:
        old = time.monotonic() - self._committed > PATIENCE
        if len(self._finished) >= COMMIT or (self._finished and old):
            self._commit()

    def _commit(self) -> None:
        """Write the finished targets, mark the archive, and tell the ledger."""
        self._committed = time.monotonic()
        if not self._finished:
            return
        seen = [(case.target.name, exchange) for case in self._finished for exchange in case.exchanges]
        try:
            for _, exchange in seen:
                self._writer.add(exchange)
            mark = self._writer.mark()
        except OSError as error:
            folder = self._book.folder
            raise RunError(
                f"{folder}: {error.strerror or error}; free space or mend the folder, then --resume {folder}"
            ) from error
        entry = Entry(
            done=tuple(Done(position=case.position, fault=case.fault) for case in self._finished),
            mark=mark,
            outcomes=Counter((one.protocol, one.outcome) for _, one in seen),
            shared=tuple(_remembered(one) for target, one in seen if one.target != target),
        )
        self._book.finish(entry)
        self._held -= sum(len(one.asked) + len(one.answered) for _, one in seen)
        self._finished.clear()

    def _close(self) -> None:
        """Let the threads end; nobody waits for a name any more."""
        self._over.set()
        for future in list(self._promised):
            future.cancel()
        for pool in (self._web, self._registries):
            pool.shutdown(wait=False, cancel_futures=True)
        self._net.close()
        self._loop.close()


def _remembered(one: Exchange) -> Remembered:
    return Remembered(one.protocol, one.subject, one.uri, one.outcome, one.answered)


def _append(found: list[Exchange | Look], look: Look, net: Net) -> None:
    """Keep what a collector yields, also if it fails later."""
    for one in import_module(f"sousveil.ingest.collect.{look.protocol}").collect(look, net):
        found.append(one)  # noqa: PERF402 - what came before a failure counts


def _promised(future: Future[tuple[Look, ...]], looks: tuple[Look, ...], fault: str | None) -> None:
    del fault  # was told; without looks there are no addresses
    if not future.cancelled():
        future.set_result(looks)
