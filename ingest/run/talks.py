"""Plans over the DNS loop: hundreds at once, and what they share asked once."""

from __future__ import annotations

import logging
import traceback
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from sousveil.ingest.collect import Look
from sousveil.ingest.collect.dns import Ask, Plan, exchange, unasked
from sousveil.ingest.net.dns import Answer, Asking
from sousveil.ingest.net.ports import Question, Server
from sousveil.ingest.records import Exchange

REMEMBERED = 5_000  # answers to shared questions: some 10 MB

Result = TypeVar("Result")
Done = Callable[[tuple[Look, ...], str | None], None]

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Talk:
    """A plan in the middle of its questions; `answers` has a place for each, `missing` of them are out."""

    plan: Plan
    target: str
    record: Callable[[Exchange], None]
    done: Done
    asks: tuple[Ask, ...] = ()
    answers: list[Answer | None] = field(default_factory=list)
    missing: int = 0


@dataclass(slots=True, eq=False)
class _Shared:
    """The answer to a shared question, or who waits for it."""

    answer: Answer | None = None
    waiting: list[Callable[[Answer], None]] = field(default_factory=list)


def attempt(step: Callable[[], Result], what: str) -> tuple[Result | None, str | None]:
    """Do a step for one target; a fault of ours ends it, with its traceback told, and stops nothing else."""
    try:
        return step(), None
    except CancelledError:
        raise  # the run is over
    except Exception:  # noqa: BLE001 - the one broad except of a run: the other targets go on
        fault = traceback.format_exc()
        log.error("%s: a fault of the program\n%s", what, fault)  # noqa: TRY400 - the traceback is in it
        return None, fault


class Talks:
    """Runs plans over a loop; `record` of each gets its exchanges, `done` its looks, or its fault."""

    def __init__(self, loop: Asking, server: Server) -> None:
        self._loop, self._server = loop, server
        self._shared: OrderedDict[Question, _Shared] = OrderedDict()
        self._own: dict[str, dict[Question, Answer]] = {}

    def begin(self, plan: Plan, target: str, record: Callable[[Exchange], None], done: Done) -> None:
        """Put the first questions of a plan."""
        self._advance(_Talk(plan, target, record, done))

    def remember(self, answer: Answer) -> None:
        """Take an answer to a shared question that is in the archive already."""
        self._shared[answer.question] = _Shared(answer)

    def forget(self, target: str) -> None:
        """Forget what was asked for one target: it is done."""
        self._own.pop(target, None)

    def _advance(self, talk: _Talk) -> None:
        """Give a plan its answers, and put what it asks next."""
        result, fault = attempt(partial(_step, talk), talk.target)
        asks, looks = result or ((), ())
        if not asks:
            talk.done(looks, fault)
            return
        talk.asks, talk.answers, talk.missing = asks, [None] * len(asks), len(asks)
        for place, ask in enumerate(asks):
            self._put(talk, place, ask)

    def _put(self, talk: _Talk, place: int, ask: Ask) -> None:
        if ask.reason is not None:
            self._landed(talk, place, ask, unasked(ask, self._server))
        elif ask.shared and (own := self._own.get(talk.target, {}).get(ask.question)):
            self._fill(talk, place, own)
        elif ask.shared:
            self._share(talk, place, ask)
        else:
            self._loop.ask(ask.question, partial(self._landed, talk, place, ask))

    def _landed(self, talk: _Talk, place: int, ask: Ask, answer: Answer) -> None:
        talk.record(exchange(talk.target, ask, answer))
        self._own.setdefault(talk.target, {})[ask.question] = answer
        self._fill(talk, place, answer)

    def _fill(self, talk: _Talk, place: int, answer: Answer) -> None:
        talk.answers[place] = answer
        talk.missing -= 1
        if not talk.missing:
            self._advance(talk)

    def _share(self, talk: _Talk, place: int, ask: Ask) -> None:
        """Ask what nobody asked yet; the exchange belongs to whoever was first."""
        entry = self._shared.get(ask.question)
        if entry is None:
            entry = self._shared[ask.question] = _Shared()
            if len(self._shared) > REMEMBERED:
                self._shared.popitem(last=False)
            self._loop.ask(ask.question, partial(self._shared_landed, talk, ask, entry))
        if entry.answer is not None:
            self._fill(talk, place, entry.answer)
        else:
            entry.waiting.append(partial(self._fill, talk, place))

    def _shared_landed(self, talk: _Talk, ask: Ask, entry: _Shared, answer: Answer) -> None:
        talk.record(exchange(talk.target, ask, answer))
        entry.answer = answer
        for fill in entry.waiting:
            fill(answer)
        entry.waiting.clear()


def _step(talk: _Talk) -> tuple[tuple[Ask, ...], tuple[Look, ...]]:
    """Return the next questions of a plan, or its looks when it is over."""
    answers = tuple(answer for answer in talk.answers if answer is not None)
    try:
        return (talk.plan.send(answers) if talk.asks else next(talk.plan)), ()
    except StopIteration as over:
        return (), over.value
