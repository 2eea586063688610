"""The store is a cache: catalogue and journal make the same graph again, on any store."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import pytest
import stores

from sousveil import catalogue
from sousveil.graph import BoltStore
from sousveil.ingest.journal import Journal, JournalError
from sousveil.ingest.pipeline import PipelineError, check_journal, ingest_file, rebuild
from sousveil.ingest.sources import claims, csl, domains, measurements, section_889, sources
from sousveil.ingest.sources.documents import Document

pytestmark = pytest.mark.loopback
Dump = Callable[..., list[str]]

ENTITY_LIST = "Entity List (EL) - Bureau of Industry and Security"
LAW = "https://www.congress.gov/115/plaws/publ232/PLAW-115publ232.pdf"
STUDY = catalogue.load().publications["imc2020"].labels[0]
LION = {"_id": "lion", "source": ENTITY_LIST, "name": "Lion's Den", "addresses": "Peking, CN"}
TIGER = {"_id": "tiger", "source": ENTITY_LIST, "name": "Tiger", "start_date": "2019-10-09"}


def table(columns: Iterable[str], *rows: Mapping[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def ingested(store: BoltStore, home: Path) -> None:
    """Ingest files of five sources, versions of a list out of order among them."""
    newer = table(csl.COLUMNS, {**LION, "start_date": "2020-06-05"}, {**TIGER, "remarks": "a new remark"})
    older = table(csl.COLUMNS, LION, TIGER, {**TIGER, "_id": "gone", "name": "Gone"})
    law = table(
        section_889.COLUMNS, *({"schema": "Company", "name": f"Law {n}", "source_url": LAW} for n in range(5))
    )
    measured = {"service": "nameserver", "measured": "2020-01/2020-09", "source": STUDY}
    study = table(
        measurements.COLUMNS,
        {**measured, "domain": "lion.example", "company": "Lion", "provider_label": "anothercloud"},
        {
            **measured,
            "service": "certificate",
            "domain": "tiger.example",
            "company": "Tiger",
            "provider_label": "Amazon",
        },
    )
    reported = {"claim_origin": "Top10VPN 2020 (via press)", "provider": "Amazon", "service": "unspecified"}
    pages = "https://example.org/a ; https://example.org/b"
    press = table(
        claims.COLUMNS,
        {**reported, "surveillance_company": "Lion", "status": "asserted", "source_urls": pages},
        {**reported, "surveillance_company": "Tiger", "status": "RETRACTED 2020-05", "source_urls": pages},
    )
    own = table(domains.COLUMNS, {"domain": "lion.example", "company": "Lion"})
    for name, data, dated in (
        ("domains", own, date(2026, 1, 1)),
        ("csl", newer, date(2022, 4, 21)),
        ("section-889", law, None),
        ("csl", older, date(2020, 1, 1)),
        ("measurements", study, None),
        ("claims", press, None),
    ):
        document = Document(name=f"{name}.csv", data=data, dated=dated)
        ingest_file(store, home, sources()[name], document, accept_shrink=True)


@pytest.fixture(scope="module")
def made(
    store_pool: stores.Pool, dump: Dump, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """Return a home with a journal, and the graph that was ingested with it on the embedded store."""
    home = tmp_path_factory.mktemp("home")
    store = store_pool.clean("arcade")
    ingested(store, home)
    return home, dump(store, runs=True)


def test_rebuild_makes_the_same_graph_on_every_store(
    made: tuple[Path, list[str]], store: BoltStore, dump: Dump
) -> None:
    home, expected = made
    store.write([("CREATE (:Company {id: 'left over'})", {})])
    done = rebuild(store, home)
    assert dump(store, runs=True) == expected
    assert [one.source for one in done] == [
        "catalogue", "domains", "csl", "section-889", "csl", "measurements", "claims",
    ]  # fmt: skip
    assert done[5].unresolved == ["anothercloud"]


def test_graph_that_is_rebuilt_holds_what_was_ingested(made: tuple[Path, list[str]]) -> None:
    _, lines = made
    for text in ('"SAID_TO_SERVE"', '"NAMED_FOR"', "Lion's Den", "anothercloud", "Gone", "tiger.example"):
        assert [line for line in lines if text in line], text


def removed(home: Path) -> str:
    lines = Journal(home).lines
    first, *others = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(b"".join(others))
    assert first
    return "entries.jsonl, line 1"


def emptied(home: Path) -> str:
    path = max(Journal(home).files.iterdir())
    path.write_bytes(b"")
    return path.name


@pytest.mark.parametrize("damage", [removed, emptied])
def test_damaged_journal_is_refused_before_anything_is_emptied(
    arcade: BoltStore, home: Path, dump: Dump, damage: Callable[[Path], str]
) -> None:
    for text in ("one", "two"):
        Journal(home).record("csl", Document(name="list.csv", data=text.encode()), "0.1.0")
    arcade.write([("CREATE (:Company {id: 'precious'})", {})])
    before = dump(arcade)
    named = damage(home)
    with pytest.raises(JournalError, match=named):
        rebuild(arcade, home)
    assert dump(arcade) == before


def test_journal_of_another_version_is_refused_before_anything_is_emptied(
    arcade: BoltStore, home: Path, dump: Dump
) -> None:
    Journal(home).record("tea-leaves", Document(name="cup.csv", data=b"x"), "9.9.9")
    arcade.write([("CREATE (:Company {id: 'precious'})", {})])
    before = dump(arcade)
    with pytest.raises(PipelineError, match="the source 'tea-leaves', which this version does not have"):
        rebuild(arcade, home)
    assert dump(arcade) == before


def test_check_of_the_journal_returns_every_file(made: tuple[Path, list[str]]) -> None:
    assert [(source.name, entry.dated) for source, entry in check_journal(made[0])][1] == (
        "csl",
        "2022-04-21",
    )
