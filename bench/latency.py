"""How long answers take: the bare question, the flagship, and every other canned one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from synthetic import AS_OF, FIXED_LIST, HUB, LIST, TAIL, company_id, domain_name

from sousveil.graph import BoltStore, StoreError
from sousveil.queries import Question, questions
from sousveil.queries.answer import COVERAGE, answer

FLAGSHIP = "us-firms-serving-entity-list"
BARE = "listed edges, bare"
BARE_FIXED = "listed edges, bare, short list"
ALONE = "flagship, without its coverage"
WHOLE = "flagship, whole answer"
WHOLE_FIXED = "flagship, whole answer, short list"
WARM = 5
SLOW = 10.0  # seconds; what takes longer is not asked again
Rows = list[tuple[object, ...]]
Given = Mapping[str, object]
# What to ask a question with, where its defaults do not do; a question may be asked in several ways.
ASKED: dict[str, dict[str, Given]] = {
    "clients-of": {
        "hub, on a list": {"provider": HUB, "list": FIXED_LIST},
        "small provider": {"provider": TAIL},
    },
    "ownership-chain": {"hub": {"entity": HUB}},
}
# What else a required parameter of this name or type takes.
SENSIBLE: Given = {
    "entity": company_id(0),
    "other": company_id(1),
    "company": company_id(0),
    "provider": TAIL,
    "domain": domain_name(0, 0),
    "country": "US",
    "claim": company_id(0),
    "since": "2021-02-28",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask: its name in the table, and how."""

    name: str
    ask: Callable[[BoltStore], Rows]


@dataclass(slots=True)
class Timing:
    """What one case took on one store, in milliseconds."""

    cold: float = 0.0
    warm: float = 0.0
    rows: int = 0
    failure: str = ""
    answer: Rows = field(default_factory=list, repr=False)


def cases() -> list[Case]:
    """List what to ask: the floor, the flagship in parts, then every question that there is."""
    flagship = questions()[FLAGSHIP]
    found = [
        Case(BARE, lambda store: _bare(store, LIST)),
        Case(ALONE, lambda store: _alone(store, flagship)),
        Case(WHOLE, lambda store: _whole(store, flagship, {})),
        Case(BARE_FIXED, lambda store: _bare(store, FIXED_LIST)),
        Case(WHOLE_FIXED, lambda store: _whole(store, flagship, {"list": FIXED_LIST})),
    ]
    for name, question in questions().items():
        if name != FLAGSHIP:
            found += [_case(question, way, given) for way, given in _ways(question).items()]
    return found


def time_all(stores: Mapping[str, BoltStore], tell: Callable[[str], None]) -> dict[str, dict[str, Timing]]:
    """Ask everything of each store in turn: case → kind → timing."""
    found: dict[str, dict[str, Timing]] = {}
    for case in cases():
        found[case.name] = {kind: _time(case, store) for kind, store in stores.items()}
        tell(case.name + ": " + ", ".join(f"{kind} {t.warm:,.0f} ms" for kind, t in found[case.name].items()))
        _compare(found[case.name])
    return found


def _time(case: Case, store: BoltStore) -> Timing:
    try:
        cold, rows = _once(case, store)
        warm = [_once(case, store)[0] for _ in range(WARM if cold < SLOW else 1)]
    except StoreError as error:
        return Timing(failure=f"{type(error).__name__}: {error}"[:200])
    return Timing(cold * 1_000, median(warm) * 1_000, len(rows), answer=rows)


def _once(case: Case, store: BoltStore) -> tuple[float, Rows]:
    began = perf_counter()
    rows = case.ask(store)
    return perf_counter() - began, rows


def _compare(timings: Mapping[str, Timing]) -> None:
    """Note where two stores answer differently, and forget the answers."""
    first, *others = timings.values()
    for other in others:
        if not (first.failure or other.failure) and first.answer != other.answer:
            other.failure = "another answer than the first store"
    for timing in timings.values():
        timing.answer = []


def _bare(store: BoltStore, watchlist: str) -> Rows:
    cypher = Path(__file__).with_name("listed_edges.cypher").read_text("utf-8")
    return store.read(cypher, {"list": watchlist}).rows


def _alone(store: BoltStore, question: Question) -> Rows:
    return store.read(question.cypher, question.bind({}, as_of=AS_OF, known_on=AS_OF)).rows


def _whole(store: BoltStore, question: Question, given: Given) -> Rows:
    found = answer(store, question, given, as_of=AS_OF, known_on=AS_OF)
    return [*(tuple(row.values()) for row in found.rows), tuple(found.coverage.items())]


def _case(question: Question, way: str, given: Given) -> Case:
    name = f"{question.name}, {way}" if way else question.name
    if question.name == COVERAGE:
        return Case(name, lambda store: store.read(question.cypher, _bound(question, given)).rows)
    return Case(name, lambda store: _whole(store, question, given))


def _bound(question: Question, given: Given) -> dict[str, object]:
    return question.bind(given, as_of=AS_OF, known_on=AS_OF)


def _ways(question: Question) -> Mapping[str, Given]:
    if question.name in ASKED:
        return ASKED[question.name]
    needed = [parameter for parameter in question.parameters.values() if parameter.required]
    return {"": {parameter.name: SENSIBLE[parameter.name] for parameter in needed}}
