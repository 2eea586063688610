"""Facts become the same graph on every store, in whatever order and however often they are loaded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from sousveil.graph import BoltStore
from sousveil.ingest.load import LoadError, Run, load
from sousveil.ingest.records import (
    Base,
    Brand,
    Company,
    Concern,
    Evidence,
    Extract,
    Fact,
    Listing,
    Mention,
    Ownership,
    Period,
    Provider,
    Ref,
    Sighting,
    Statement,
    Watchlist,
    digest,
)
from sousveil.schema.dates import Window, parse_window

pytestmark = pytest.mark.loopback
Dump = Callable[..., list[str]]

V1, V2, V3 = date(2020, 1, 1), date(2020, 6, 1), date(2020, 9, 1)
MARCH, APRIL, OCTOBER, XMAS = (date(2020, *day) for day in ((3, 1), (4, 1), (10, 1), (12, 24)))
LION, SITE = Ref("Company", "lion"), Ref("Domain", "lion.example")
SERVICES = "MATCH (p)-[s:SERVES|SAID_TO_SERVE|NAMED_FOR]->(t) RETURN type(s) AS type, "
HOSTILE = {
    "chinese": "杭州海康威视数字技术股份有限公司",
    "right-to-left": "acme\u202egnp.exe",
    "quotes": "'); MATCH (n) DETACH DELETE n; //",
    "dollar": '"quoted" `backticks` {braces} $dollar',
    "backslashes": "\\ \\\\ \\n \\u0041",
    "lines": "line\nbreak\ttab\r\x01\u2028\x85",
    "emoji": "👁️‍🗨️ 🇨🇳",
    "composed": "Café",
    "combining": "Cafe\u0301",
    "case": "CAFÉ",
    "long": "x" * 2_000,
}


def extract(source: str, dated: date, *facts: Fact, lists: Iterable[str] = ()) -> Extract:
    return Extract(source=source, dated=dated, facts=list(facts), rows=len(facts), watchlists=tuple(lists))


def put(store: Any, one: Extract, kind: str = "ingest") -> None:
    """Load an extract; the run is named by what the extract says."""
    text = f"{one.source} {one.dated} {one.facts}"
    load(
        store,
        one,
        Run(kind=kind, source=one.source, input=digest(text), input_name="f", software="0", catalogue="0"),
    )


def evidence(name: str, source: str = "study") -> Evidence:
    return Evidence(id=digest(name), kind="publication", source=source, url=f"https://example.org/{name}")


def sighting(day: str, cited: Evidence, **more: object) -> Sighting:
    """Make a sighting of amber serving lion.example, said on the last day on which it can have been made."""
    seen = parse_window(day)
    plain = Sighting(
        source="study", provider="amber", subject=SITE, service="cdn", seen=seen, evidence=cited.id,
        known_from=seen.latest,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def bundle(*more: Fact) -> Extract:
    """Make a catalogue: two providers, two companies, a list."""
    return extract(
        "catalogue",
        date(2021, 1, 1),
        Watchlist(
            id="list", name="A list", publisher="An office", country="US", effect="export-control",
            legal_effect="It forbids.", url="https://example.org/",
        ),
        Provider(id="amber", name="Amber", names=("Amber Cloud",), services=("cdn",)),
        Provider(id="birch", name="Birch", website="https://birch.example/"),
        Company(id="lion", name="Lion", names=("The Lion",), kind="company", rank=0),
        Company(id="tiger", name="Tiger", rank=0),
        *more,
    )  # fmt: skip


def owned(owner: str, start: str | None = None, source: str = "catalogue", **more: object) -> Ownership:
    plain = Ownership(
        source=source, owned=Ref("Provider", "amber"), owner=owner, basis="operates", control="yes",
        period=Period.of(parse_window(start) if start else None, None), known_from=date(2021, 1, 1),
        evidence=(digest("deed"),),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def retraction(taken: Sighting, day: date) -> Statement:
    return Statement(
        id=digest("sorry", taken.claim), kind="retraction", by="Example", date=day, text="We were wrong.",
        source="press", outcome="upheld", decided=day,
        concerns=(Concern(taken.subject, taken.claim, retracts=True),),
    )  # fmt: skip


def based(company: str, country: str, day: date, cited: Fact) -> Base:
    assert isinstance(cited, Evidence)
    return Base(
        source="others", company=company, country=country, basis="headquarters", known_from=day,
        evidence=(cited.id,),
    )  # fmt: skip


def entry(
    version: date, name: str, named: str, *, start: str | None = "2019-10-09", row: str = "", on: str = "list"
) -> tuple[Fact, ...]:
    """Make an entry of the list as one version states it; `row` stands for fields that we do not map."""
    cited = Evidence(id=digest("row", name, named, row), kind="row", source="csl", locator=f"entry {name}")
    listing = Listing(
        source="csl", company="lion", watchlist=on, entry=name, named=named, evidence=(cited.id,),
        known_from=version, start=parse_window(start) if start else None, citations=("84 FR 54002",),
    )  # fmt: skip
    return cited, listing


def version(dated: date, *entries: tuple[Fact, ...]) -> Extract:
    return extract("csl", dated, *itertools.chain(*entries), lists=("list",))


def first(**more: object) -> Extract:
    """Make what a study saw, in two intervals, with a label that nobody resolves."""
    cited = [evidence(f"study-{number}") for number in range(3)]
    return extract(
        "study",
        V1,
        *cited,
        Company(id="lion", name="LION LTD", names=("LION",), identifiers=("lei:1",), rank=1),
        Company(id="zebra", name="Zebra", rank=2),
        sighting("2020-01-01", cited[0]),
        sighting("2020-03-01", cited[1], **more),
        sighting("2020-12-24", cited[2], named="Lion Ltd"),
        sighting("2020-01/2020-09", cited[2], provider=None, label="anothercloud", service="email"),
        Mention(evidence=cited[0].id, subject=Ref("Provider", "birch"), known_from=V1),
    )


def second() -> Extract:
    """Make what another file carries of the same study: one claim more often seen, another taken back."""
    cited = [evidence("study-1"), evidence("study-copy"), evidence("notice")]
    return extract(
        "press",
        V2,
        *cited,
        Company(id="lion", name="Lion of the Press", names=("Leo",), kind="company", rank=2),
        sighting("2020-02-01", cited[1], named="LION"),
        cdn := sighting("2020-03-01", cited[0]),
        retraction(cdn, date(2020, 7, 1)),
        mail := sighting("2020-05-01", cited[2], subject=LION, service="email"),
        retraction(mail, date(2020, 6, 1)),
    )  # fmt: skip


def third() -> Extract:
    """Make what somebody else knows: owners and countries, an earlier look, and an end."""
    cited = [evidence("deed"), evidence("old-look"), evidence("study-0")]
    return extract(
        "others",
        V3,
        *cited,
        Company(id="zebra", name="Zebra Inc.", identifiers=("lei:2",), kind="company", rank=1),
        owned("zebra", "2019-05", source="others"),
        based("zebra", "US", V3, cited[0]),
        Brand(source="others", provider="birch", brand="amber", known_from=V3, evidence=(cited[0].id,)),
        sighting("2019-12-01", cited[1], known_from=V3),
        sighting("2020-01-01", cited[2]),
        sighting("2020-10-01", cited[1], service="email", ended=date(2020, 10, 2), ended_known=V3),
        sighting("2020-04-01", cited[1], subject=LION, service="email"),
    )  # fmt: skip


def rows(store: BoltStore, cypher: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.read(cypher).rows]


def listings(store: BoltStore) -> list[tuple[Any, ...]]:
    return rows(
        store,
        "MATCH (:Company {id: 'lion'})-[l:LISTED_ON]->() RETURN l.entry AS entry, l.named AS named, "
        "l.from AS from, l.until AS until, l.until_latest AS latest, l.known_from AS known_from, "
        "l.known_until AS known_until ORDER BY entry, known_from",
    )


class CutError(Exception):
    """The machine went down."""


class Cut:
    """A store that goes down before its write number `left`."""

    def __init__(self, store: BoltStore, left: int) -> None:
        self.store = store
        self.left = left

    def read(self, cypher: str, parameters: Mapping[str, object] = {}) -> Any:
        return self.store.read(cypher, parameters)

    def write(self, statements: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        self.count()
        self.store.write(statements)

    def upsert(self, cypher: str, items: Iterable[Mapping[str, object]]) -> int:
        self.count()
        return self.store.upsert(cypher, items)

    def count(self) -> None:
        if self.left == 0:
            raise CutError
        self.left -= 1


def test_loading_twice_changes_nothing(store: BoltStore, dump: Dump) -> None:
    extracts = [bundle(), first(), second(), third(), version(V1, entry(V1, "1", "LION"))]
    for one in extracts:
        put(store, one)
    once = dump(store, runs=True)
    assert len(once) > 40
    for one in extracts:
        put(store, one)
    assert dump(store, runs=True) == once


def test_order_of_extracts_does_not_matter(store: BoltStore, dump: Dump) -> None:
    found = []
    for order in itertools.permutations([first(), second(), third()]):
        store.wipe()
        for one in (bundle(), *order):
            put(store, one)
        found.append(dump(store))
    for other in found[1:]:
        assert other == found[0]


def test_three_extracts_are_these_intervals(store: BoltStore) -> None:
    for one in (bundle(), first(), second(), third()):
        put(store, one)
    cypher = SERVICES + (
        "s.service AS service, labels(t)[0] AS label, s.first_seen_min AS first, s.last_seen_max AS last, "
        "s.sightings AS n, s.ended AS ended, s.known_from AS known_from, s.known_until AS known_until "
        "ORDER BY service, type, first"
    )
    assert rows(store, cypher) == [
        ("SAID_TO_SERVE", "cdn", "Domain", date(2019, 12, 1), MARCH, 4, None, V1, date(2020, 7, 1)),
        ("SERVES", "cdn", "Domain", XMAS, XMAS, 1, None, XMAS, None),
        ("NAMED_FOR", "email", "Domain", V1, date(2020, 9, 30), 1, None, date(2020, 9, 30), None),
        ("SAID_TO_SERVE", "email", "Company", APRIL, date(2020, 5, 1), 2, None, APRIL, V2),
        ("SERVES", "email", "Domain", OCTOBER, OCTOBER, 1, date(2020, 10, 2), OCTOBER, None),
    ]  # fmt: skip


def test_sightings_from_two_files_of_one_publication_are_one_claim(store: BoltStore) -> None:
    cited = [evidence("page"), evidence("copy")]
    put(store, bundle())
    put(store, extract("study", V1, cited[0], sighting("2020-01-05", cited[0])))
    put(store, extract("press", V2, cited[1], sighting("2020-02-05", cited[1])))
    cypher = "s.claim AS claim, s.evidence AS evidence, s.sightings AS sightings"
    assert rows(store, SERVICES + cypher) == [
        ("SERVES", sighting("2020", cited[0]).claim, [cited[0].id, cited[1].id], 2)
    ]


@pytest.mark.parametrize("same_evidence", [True, False], ids=["same evidence", "evidence of its own"])
def test_retraction_turns_service_into_said_to_serve_whichever_comes_first(
    store: BoltStore, *, same_evidence: bool
) -> None:
    cited = evidence("page")
    notice = cited if same_evidence else evidence("notice")
    plain = extract("study", V1, cited, sighting("2020-01-05", cited))
    taken = sighting("2020-01-05", notice)
    taken_back = extract("press", V2, notice, taken, retraction(taken, date(2020, 5, 31)))
    for order in ([plain, taken_back], [taken_back, plain], [plain, taken_back, plain]):
        store.wipe()
        for one in (bundle(), *order):
            put(store, one)
        cypher = SERVICES + "s.known_until AS until, s.known_cause AS cause, s.ended AS ended"
        assert rows(store, cypher) == [("SAID_TO_SERVE", date(2020, 5, 31), "retraction", None)]


def said(name: str, kind: str, day: date, *concerns: Concern, outcome: str = "open") -> Extract:
    statement = Statement(
        id=name, kind=kind, by="Amber", date=day, text="No.", source="test", outcome=outcome,
        decided=None if outcome == "open" else day, concerns=concerns,
    )  # fmt: skip
    return extract("test", day, statement)


def test_upheld_dispute_takes_a_claim_back_whichever_comes_first(store: BoltStore, dump: Dump) -> None:
    cited = evidence("page")
    seen = sighting("2020-01-05", cited)
    dispute = said("no", "dispute", V2, Concern(SITE, seen.claim, retracts=True))
    plain, review = (
        extract("study", V1, cited, seen),
        said("yes", "review", V3, Concern(Ref("Statement", "no")), outcome="upheld"),
    )
    states = SERVICES + "s.known_until AS until"
    graphs = []
    for order in ([plain, dispute, review], [dispute, plain, review], [dispute, review, plain]):
        store.wipe()
        for one in (bundle(), *order):
            put(store, one)
        assert rows(store, states) == [("SAID_TO_SERVE", V3)]
        graphs.append(dump(store))
    assert graphs[0] == graphs[1] == graphs[2]


def test_newest_review_counts_and_a_rejected_dispute_takes_nothing_back(store: BoltStore) -> None:
    cited = evidence("page")
    seen = sighting("2020-01-05", cited)
    about = Concern(Ref("Statement", "no"))
    put(store, bundle())
    put(store, extract("study", V1, cited, seen))
    put(store, said("no", "dispute", V1, Concern(SITE, seen.claim, retracts=True)))
    states = SERVICES + "s.known_until AS until"
    outcome = "MATCH (s:Statement {id: 'no'}) RETURN s.outcome AS outcome, s.decided AS decided"
    assert (rows(store, outcome), rows(store, states)) == ([("open", None)], [("SERVES", None)])
    put(store, said("later", "review", V3, about, outcome="rejected"))
    assert (rows(store, outcome), rows(store, states)) == ([("rejected", V3)], [("SERVES", None)])
    put(store, said("earlier", "review", V2, about, outcome="upheld"))
    assert (rows(store, outcome), rows(store, states)) == ([("rejected", V3)], [("SERVES", None)])
    put(store, said("last", "review", date(2020, 12, 1), about, outcome="upheld"))
    assert rows(store, states) == [("SAID_TO_SERVE", date(2020, 12, 1))]


def test_review_of_nothing_known_is_refused(store: BoltStore) -> None:
    put(store, bundle())
    with pytest.raises(LoadError, match="Statement nothing is unknown"):
        put(store, said("x", "review", V1, Concern(Ref("Statement", "nothing")), outcome="upheld"))


def test_newer_version_closes_what_is_gone(store: BoltStore) -> None:
    put(store, bundle())
    put(store, version(V1, entry(V1, "1", "LION"), entry(V1, "2", "LIONESS", start=None)))
    put(store, version(V2, entry(V2, "1", "LION")))
    assert listings(store) == [
        ("1", "LION", date(2019, 10, 9), None, None, V1, None),
        ("2", "LIONESS", V1, V1 + timedelta(days=1), V2, V1, None),
    ]


def test_older_version_fed_later_never_overwrites_a_newer(store: BoltStore) -> None:
    put(store, bundle())
    put(store, version(V2, entry(V2, "1", "LION LTD")))
    put(store, version(V1, entry(V1, "1", "LION"), entry(V1, "2", "LIONESS")))
    assert listings(store) == [
        ("1", "LION", date(2019, 10, 9), None, None, V1, V2),
        ("1", "LION LTD", date(2019, 10, 9), None, None, V2, None),
        ("2", "LIONESS", date(2019, 10, 9), V1 + timedelta(days=1), V2, V1, None),
    ]


# "1" changes where we map nothing; "2" vanishes and comes back; "3" is revised; "4" goes; "5" never changes.
VERSIONS = (
    version(
        V1,
        entry(V1, "1", "LION", row="a"),
        entry(V1, "2", "CUB", start=None),
        entry(V1, "3", "LEO"),
        entry(V1, "4", "LEA"),
        entry(V1, "5", "CAT"),
    ),
    version(V2, entry(V2, "1", "LION", row="b"), entry(V2, "3", "LEO INC"), entry(V2, "5", "CAT")),
    version(
        V3,
        entry(V3, "1", "LION", row="a"),
        entry(V3, "2", "CUB", start=None),
        entry(V3, "3", "LEO INC"),
        entry(V3, "5", "CAT"),
    ),
)


def test_order_of_versions_does_not_matter(store: BoltStore, dump: Dump) -> None:
    address = replace(based("lion", "CN", V1, entry(V1, "1", "LION", row="a")[0]), source="csl")
    found = []
    for order in itertools.permutations(VERSIONS):
        store.wipe()
        put(store, bundle())
        for one in order:
            stated = replace(address, known_from=one.dated)
            put(store, extract("csl", one.dated, *one.facts, stated, lists=one.watchlists))
        found.append(dump(store))
    for other in found[1:]:
        assert other == found[0]
    assert [row[:4] + row[5:] for row in listings(store) if row[0] != "1"] == [
        ("2", "CUB", V1, V1 + timedelta(days=1), V1, None),
        ("2", "CUB", V3, None, V3, None),
        ("3", "LEO", date(2019, 10, 9), None, V1, V2),
        ("3", "LEO INC", date(2019, 10, 9), None, V2, None),
        ("4", "LEA", date(2019, 10, 9), V1 + timedelta(days=1), V1, None),
        ("5", "CAT", date(2019, 10, 9), None, V1, None),
    ]
    cypher = "MATCH (:Company)-[b:BASED_IN]->(k) RETURN k.code AS code, b.known_from AS known_from"
    assert rows(store, cypher) == [("CN", V1)]


def test_several_entries_of_one_fact_keep_all_their_evidence(store: BoltStore) -> None:
    cited = [evidence("row-1"), evidence("row-2")]
    stated = [replace(based("lion", "CN", V1, one), source="csl") for one in cited]
    put(store, bundle())
    put(store, extract("csl", V1, *cited, *stated))
    assert rows(store, "MATCH (:Company)-[b:BASED_IN]->() RETURN b.evidence AS evidence") == [
        (sorted(one.id for one in cited),)
    ]


LOST: list[tuple[str, Fact]] = [
    ("Company nobody", based("nobody", "US", V1, evidence("page"))),
    ("Company nobody", owned("nobody")),
    ("Company nobody", sighting("2020", evidence("page"), subject=Ref("Company", "nobody"))),
    ("Provider nobody", sighting("2020", evidence("page"), provider="nobody")),
    ("Provider nobody", Brand(source="x", provider="amber", brand="nobody", known_from=V1, evidence=())),
    ("Provider nobody", owned("lion", owned=Ref("Provider", "nobody"))),
    ("Watchlist nowhere", entry(V1, "1", "LION", on="nowhere")[1]),
]  # fmt: skip


def test_unknown_names_are_refused_before_anything_is_written(store: BoltStore, dump: Dump) -> None:
    put(store, bundle())
    before = dump(store, runs=True)
    for name, fact in LOST:
        with pytest.raises(LoadError, match=f"f: {name} is unknown; load the file that defines it first"):
            put(store, extract("lost", V2, evidence("page"), Company(id="other", name="Other"), fact))
    assert dump(store, runs=True) == before


def test_load_that_was_cut_off_is_completed_by_repeating_it(store: BoltStore, dump: Dump) -> None:
    facts = [*third().facts, *second().facts, *VERSIONS[1].facts]
    last = extract("csl", V2, *facts, lists=("list",))
    assert cuts(store, dump, [first(), VERSIONS[0], VERSIONS[2]], last, every=3) > 5


def test_older_version_that_was_cut_off_loses_nothing_of_the_newer_ones(store: BoltStore, dump: Dump) -> None:
    assert cuts(store, dump, VERSIONS[1:], VERSIONS[0], every=1) > 5


def cuts(store: BoltStore, dump: Dump, before: Iterable[Extract], last: Extract, *, every: int) -> int:
    """Cut the last load before every so many writes, repeat it, and compare; return how often it was cut."""

    def prepare() -> None:
        store.wipe()
        for one in (bundle(), *before):
            put(store, one)

    prepare()
    put(store, last)
    undisturbed = dump(store, runs=True)
    for step in itertools.count():
        prepare()
        try:
            put(Cut(store, step * every), last)
        except CutError:
            put(store, last)
        else:
            return step
        assert dump(store, runs=True) == undisturbed, f"cut before write {step * every}"
    raise AssertionError


def test_fact_that_left_the_catalogue_is_known_until_its_new_version(store: BoltStore) -> None:
    deed = evidence("deed")
    newer = replace(bundle(deed, owned("lion")), dated=date(2022, 2, 2))
    cypher = (
        "MATCH (:Provider)-[o:OWNED_BY]->(c) RETURN c.id AS id, o.known_until AS until "
        "ORDER BY id, o.source DESC"
    )
    put(store, bundle(deed, owned("lion"), owned("tiger", "2018")), "catalogue")
    put(store, extract("others", V1, deed, owned("tiger", "2017", source="others")))
    put(store, newer, "catalogue")
    assert rows(store, cypher) == [("lion", None), ("tiger", None), ("tiger", date(2022, 2, 2))]
    back = replace(bundle(deed, owned("lion"), owned("tiger", "2018")), dated=date(2023, 3, 3))
    put(store, back, "catalogue")
    assert {until for _, until in rows(store, cypher)} == {None}


def test_names_merge_by_rank_in_any_order(store: BoltStore) -> None:
    known = [
        Company(id="lion", name="Vendor Lion", names=("V",), identifiers=("lei:1",), rank=2),
        Company(id="lion", name="LISTED LION", names=("L",), identifiers=("ofac:1",), kind="company", rank=1),
        Company(id="lion", name="Lion", names=("C",), rank=0),
    ]
    for order in itertools.permutations(known):
        store.wipe()
        for number, company in enumerate(order):
            put(store, extract(f"s{number}", V1, company))
        cypher = (
            "RETURN c.name AS name, c.names AS names, c.identifiers AS ids, c.kind AS kind, c.rank AS rank"
        )
        assert rows(store, f"MATCH (c:Company) {cypher}") == [
            ("Lion", ["C", "L", "LISTED LION", "Lion", "V", "Vendor Lion"], ["lei:1", "ofac:1"], "company", 0)
        ]


def test_new_version_of_the_catalogue_may_rename_a_company(store: BoltStore) -> None:
    put(
        store,
        extract("catalogue", V1, Company(id="lion", name="A Lion", kind="company", rank=0)),
        "catalogue",
    )
    put(store, extract("csl", V1, Company(id="lion", name="AAA LION", rank=1)))
    named = Company(id="lion", name="Z Lion", kind="public-body", rank=0)
    put(store, extract("catalogue", V2, named), "catalogue")
    cypher = "MATCH (c:Company) RETURN c.name AS name, c.names AS names, c.kind AS kind"
    assert rows(store, cypher) == [("Z Lion", ["A Lion", "AAA LION", "Z Lion"], "public-body")]


def test_hostile_names_round_trip(store: BoltStore) -> None:
    facts: list[Fact] = []
    for key, name in HOSTILE.items():
        cited = replace(evidence(name), quote=name)
        facts += [cited, Company(id=name, name=name, names=(name, key))]
        subject = Ref("Company", name)
        facts.append(sighting("2020-01-01", cited, subject=subject, named=name, label=name))
        facts.append(sighting("2020-01-01", cited, subject=subject, provider=None, label=name, source=name))
    put(store, bundle())
    put(store, extract("hostile", V1, *facts))
    cypher = (
        "MATCH (c:Company)<-[s:SERVES]-(:Provider) MATCH (c)<-[n:NAMED_FOR]-(u:UnresolvedName) "
        "MATCH (e:Evidence {id: s.evidence[0]})-[a:ABOUT {claim: s.claim}]->(c) "
        "RETURN c.id AS id, c.name AS name, e.quote AS quote, s.named AS named, u.label AS label, "
        "u.source AS source"
    )
    assert sorted(rows(store, cypher)) == sorted((name,) * 6 for name in HOSTILE.values())


def test_window_reaches_the_graph_with_both_ends(store: BoltStore) -> None:
    cited = evidence("page")
    put(store, bundle())
    put(store, extract("study", V1, cited, sighting("2020-01/2020-09", cited)))
    cypher = SERVICES + (
        "s.first_seen_min AS a, s.last_seen_min AS b, s.first_seen_max AS c, s.last_seen_max AS d"
    )
    window = Window(date(2020, 1, 1), date(2020, 9, 30))
    assert rows(store, cypher) == [("SERVES", *[window.earliest] * 2, *[window.latest] * 2)]
