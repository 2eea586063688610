"""Collect the miniature Internet, observe, attribute: what comes out is the truth beside each host."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import atlas
import pytest
import stores
from atlas import Outcome, Truth
from world import World

from sousveil.catalogue import load
from sousveil.ingest import archive
from sousveil.ingest.attribute.announcements import Table, announced
from sousveil.ingest.attribute.attribution import attribute
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.observe import observe
from sousveil.ingest.pipeline import ingest_file, ingest_run
from sousveil.ingest.records import Observation
from sousveil.ingest.sources import sources
from sousveil.ingest.sources.documents import Document
from sousveil.queries import questions
from sousveil.queries.answer import answer

ATLAS = atlas.read()
# Whose truth rests on registries: these answer a few questions a minute, so only they are asked about.
REGISTERED = ("registered.example", "cdn-by-cname.example", "watched-networks.example")
# test_internet_world.py asks these one by one; most of them answer after their time is up, or never.
ELSEWHERE = (".hostile.test", ".odd.test")
# No target: its A-label decodes to nothing, and `collect` says so.
UNNAMED = {"xn--99999999.example"}
RDAP = {"rdap-throttled.example", "rdap-garbage.example", "rdap-nested.example", "rdap-absent.example"}
RDAP |= {"rdap-none.cn"}
# What differs, and why. Nothing here may name a provider that the truth forbids.
GODADDY = "no rule has AS26496: GoDaddy parks domains there too, and nothing reads that off a page"
DIFFERENT = {
    ("parked.example", "web-hosting"): "unknown: only the words of its page say that it is parked",
    ("apex-differs.example", "web-hosting"): GODADDY,
    ("www.watched-three.example", "web-hosting"): GODADDY,
}


@dataclass(frozen=True, slots=True)
class Found:
    """All that came of one collection."""

    runs: tuple[Path, ...]
    table: Table
    observations: list[Observation]
    verdicts: list[Verdict]

    def of(self, host: str, service: str) -> list[Verdict]:
        return [
            one for one in self.verdicts if (one.conclusion.host, one.conclusion.service) == (host, service)
        ]


@pytest.fixture(scope="session")
def found(internet: World, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Collect once, with the product's own command: two runs side by side, one of them with registries."""
    folder = tmp_path_factory.mktemp("runs")
    runs = [_collecting(internet, folder / "plain", _targets(), "dns,tls,http")]
    runs.append(_collecting(internet, folder / "registered", REGISTERED, "dns,tls,http,rdap"))
    for run in runs:
        said, _ = run.communicate(timeout=120)
        assert run.returncode == 0, said
    made = tuple(sorted(folder.glob("*/2*")))
    seen = [one for run in made for one in _observed(run)]
    table = Table.parse(internet.asn_table.read_bytes(), internet.asn_table.name)
    return Found(made, table, seen, list(attribute(announced(seen, table), Knowledge.of(load()))))


def _targets() -> list[str]:
    hosts = {one.host.removeprefix("www.") for one in (*ATLAS.truth, *ATLAS.outcomes)}
    return sorted(one for one in hosts - UNNAMED - {*REGISTERED} if not one.endswith(ELSEWHERE))


def _collecting(
    internet: World, folder: Path, targets: tuple[str, ...] | list[str], protocols: str
) -> subprocess.Popen[str]:
    words = ["sousveil", "collect", *targets, "--yes", "--resolver", internet.resolver, "--rate", "5000"]
    words += ["--allow-network", "100.64.0.0/10", "--allow-network", "2001:db8::/32"]
    words += ["--protocols", protocols, "-o", str(folder)]
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"SOUSVEIL_HOME": str(folder / "home"), "LANG": "C.UTF-8"}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return subprocess.Popen(
        [*internet.enter(), *words], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _observed(run: Path) -> Iterator[Observation]:
    vantage = archive.facts(run).vantage
    for one in archive.read(run):
        yield from observe(one.exchange, one.evidence, vantage)


@pytest.mark.parametrize("one", ATLAS.truth, ids=lambda one: f"{one.host} {one.service}")
def test_conclusion_is_the_written_truth(one: Truth, found: Found) -> None:
    verdicts = found.of(one.host, one.service)
    assert verdicts, "nothing was concluded"
    made = [attribution for verdict in verdicts for attribution in verdict.attributions]
    named = {each.provider for each in made}
    assert not named & {*one.never}
    if (one.host, one.service) in DIFFERENT:
        return
    told = [(verdict.conclusion.finding, verdict.conclusion.reason) for verdict in verdicts]
    assert {finding for finding, _ in told} == {one.finding}, told
    assert named == {*one.providers}, told
    if one.roles:
        assert {each.role for each in made} == {*one.roles}
    assert {each.issued_by_edge for each in made} <= {one.issued_by_edge}


@pytest.mark.parametrize(("host", "service"), DIFFERENT)
def test_what_differs_from_the_truth_still_does(host: str, service: str, found: Found) -> None:
    truth = next(one for one in ATLAS.truth if (one.host, one.service) == (host, service))
    assert {one.conclusion.finding for one in found.of(host, service)} != {truth.finding}


@pytest.mark.parametrize(
    "one",
    [
        one
        for one in ATLAS.outcomes
        if not one.host.endswith(ELSEWHERE)
        and one.host not in UNNAMED | RDAP
        and not one.host.startswith("sousveil-random-label")
    ],
    ids=lambda one: f"{one.host} {one.question}",
)
def test_outcome_is_one_of_the_expected(one: Outcome, found: Found) -> None:
    looked = {
        seen.value
        for seen in found.observations
        if seen.kind == "looked"
        and seen.subject == one.host
        and dict(seen.detail).get("question") == one.question
    }
    assert looked
    assert looked <= {*one.outcomes}, looked


def test_stacked_edges_stand_in_their_order(found: Found) -> None:
    verdict = found.of("www.stacked-cdns.example", "cdn")[0]
    assert [one.provider for one in verdict.attributions] == ["cloudflare", "fastly"]


def test_nothing_embedded_is_named_as_service(found: Found) -> None:
    services = [one for one in found.verdicts if one.conclusion.target == "embeds.example"]
    named = {one.provider for verdict in services for one in verdict.attributions}
    assert named == {"lets-encrypt"}


DOMAINS = b"""\
domain,company,dated
watched-one.example,hikvision,2026-01-01
watched-four.example,dahua,2026-01-01
watched-two.example,megvii,2026-01-01
embeds.example,yitu,2026-01-01
"""


@pytest.mark.loopback
def test_flagship_names_the_written_truth_and_nobody_else(
    found: Found, store_pool: stores.Pool, tmp_path: Path
) -> None:
    """What is only probable stays out: a mailbox behind a gateway, machines by network alone."""
    store = store_pool.clean("arcade")
    document = Document(name="domains.csv", data=DOMAINS, dated=None)
    ingest_file(store, tmp_path, sources()["domains"], document)
    for run in found.runs:
        ingest_run(store, tmp_path, run, table=found.table)
    day = max(one.conclusion.seen for one in found.verdicts)
    told = answer(store, questions()["us-firms-serving-entity-list"], {}, as_of=day, known_on=day)
    rows = {
        (row["domain"], row["provider"], row["service"])
        for row in told.rows
        if str(row["domain"]).endswith(".example")
    }
    assert rows == {
        ("embeds.example", "Let's Encrypt", "certificate"),
        ("watched-four.example", "Cloudflare", "cdn"),
        ("watched-four.example", "Cloudflare", "nameserver"),
        ("watched-four.example", "Google Trust Services", "certificate"),
        ("watched-four.example", "Microsoft 365", "email"),
        ("watched-one.example", "Akamai", "cdn"),
        ("watched-one.example", "Amazon Trust Services", "certificate"),
        ("watched-one.example", "Amazon Web Services", "nameserver"),
        ("watched-one.example", "DigiCert", "certificate"),
        ("watched-one.example", "Proofpoint", "email"),
    }
