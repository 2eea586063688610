"""The hard parts of the answer, on the real lists: on the embedded store, and every answer again on a Neo4j.

The lists are not in this repository: without them every test here is skipped, and says so. Questions are
asked for the newest day of the catalogue, so that nothing here depends on a clock.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from stores import Pool

from sousveil import catalogue
from sousveil.graph import BoltStore, LocalArcade
from sousveil.ingest import pipeline
from sousveil.ingest.pipeline import Ingested, document_of
from sousveil.ingest.sources import bundled, sources
from sousveil.queries import questions

REAL = Path(__file__).parents[3] / "shared" / "data" / "real"
FILES = {
    "csl": "consolidated_screening_list_2022-04.csv.gz",
    "misp": "misp_surveillance_vendor_2026-08.json",
    "measurements": "imc2020_measurements.csv",
    "claims": "published_claims_2020-2022.csv",
    "dod-1260h": "dod_1260h.csv",
    "fcc-covered-list": "fcc_covered_list.csv",
    "section-889": "section_889.csv",
}
FLAGSHIP = "us-firms-serving-entity-list"
SCOPES = ("corporate", "product", "attack-infrastructure")
CROSS_A_BORDER = {"foreign-brand-us-parent", "us-brand-foreign-parent"}
NO_COMPANY = ("Individual", "Vessel", "Aircraft")
WINDOW = "2020-01-01/2020-09-30"
# The 26 lines of entity_list_company_domains.csv, as the catalogue names them; the six without a domain.
WITH_DOMAIN = {
    "hikvision", "dahua", "sensetime", "megvii", "yitu", "iflytek", "meiya-pico", "cloudwalk", "fiberhome",
    "netposa", "intellifusion", "cloudminds", "qihoo-360", "kedacom", "leon-technology", "nso-group",
    "positive-technologies", "coseinc", "sandvine", "uniview",
}  # fmt: skip
WITHOUT_DOMAIN = [
    {"yixin-science"},
    {"sensenets"},
    {"isvision"},
    {"candiru"},
    {"intellexa-sa", "intellexa-limited", "cytrox-ad", "cytrox-holdings"},
    {"zhongdun"},
]
RETRACTED = {
    ("Google", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("Google", "Zhejiang Dahua Technology Co., Ltd."),
    ("Facebook", "Hangzhou Hikvision Digital Technology Co., Ltd."),
    ("Twitter", "Hangzhou Hikvision Digital Technology Co., Ltd."),
}
# Questions without a row on the real lists, and why.
NOTHING_YET = {
    "disputed-claims": "nobody has disputed a claim",
    "disagreements": "two sources speak of the same host and service nowhere",
    "embedded-only": "nothing was collected",
    "served-after-removal": "of nobody who was taken off a list a service is known",
}

EXAMPLE: dict[str, Callable[[str], object]] = {
    "boolean": lambda _: True,
    "integer": int,
}  # as the CLI reads them

Row = dict[str, Any]
Answers = dict[tuple[str, str, str | None], list[Row]]


@cache
def today() -> date:
    """Return the newest day that the catalogue knows."""
    return bundled.read(catalogue.load()).dated


@dataclass(slots=True)
class World:
    """A store with the lists in it, and what was seen on the way there."""

    store: BoltStore
    bundle: dict[str, list[Row]] = field(default_factory=dict)
    ingested: list[Ingested] = field(default_factory=list)
    asked: Answers = field(default_factory=dict)

    def ask(self, name: str, as_of: str | None = None, /, **given: object) -> list[Row]:
        question = questions()[name]
        day = date.fromisoformat(as_of) if as_of else today()
        answer = self.store.read(question.cypher, question.bind(given, as_of=day, known_on=today()))
        assert list(answer.notifications) == []
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]

    def load(self, name: str, home: Path) -> None:
        document = document_of(str(REAL / FILES[name]), None)
        self.ingested.append(pipeline.ingest_file(self.store, home, sources()[name], document))

    def answers(self) -> Answers:
        """Return every answer of every question, as it is now and as it was in 2020, asked once."""
        if not self.asked:
            self.asked = {
                (name, str(dict(given)), as_of): self.ask(name, as_of, **given)
                for name in questions()
                for given in _askings(name)
                for as_of in (None, "2020-06-15")
            }
        return self.asked


def _askings(name: str) -> Iterator[Mapping[str, object]]:
    """Yield parameters to ask a question with: its examples, and some subjects with a history."""
    parameters = questions()[name].parameters
    required = {key: p.example for key, p in parameters.items() if p.required}
    yield required
    for key, parameter in parameters.items():
        if key not in required:
            yield {**required, key: EXAMPLE.get(parameter.type, str)(parameter.example)}
    subject = {key for key in ("entity", "provider", "company", "claim") if key in parameters}
    for key in subject:
        for entity in ("netposa", "nso-group", "sensetime", "ultradns", "imperva", "amazon", "google"):
            yield {**required, key: entity}


@pytest.fixture(scope="module")
def worlds(store_pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], World]:
    """Return a function from the name of a store to the world in it; loaded when first asked for."""
    missing = [file for file in FILES.values() if not (REAL / file).exists()]
    if missing:
        pytest.skip(f"the real lists are not here: no {', '.join(missing)} in {REAL}")

    @cache
    def loaded(name: str) -> World:
        found = World(store_pool.clean(name))
        pipeline.ingest_catalogue(found.store)
        found.bundle = {country: found.ask(FLAGSHIP, country=country) for country in ("US", "CN")}
        home = tmp_path_factory.mktemp("real")
        for source in FILES:
            found.load(source, home)
        return found

    return loaded


@pytest.fixture
def world(worlds: Callable[[str], World]) -> World:
    return worlds("arcade")


def _served(rows: list[Row]) -> set[tuple[str, str, str, str | None]]:
    return {(row["provider"], row["service"], row["company"], row["domain"]) for row in rows}


def _measured(rows: list[Row]) -> set[tuple[str, str, str]]:
    return {(row["provider"], row["service"], row["domain"]) for row in rows if row["domain"]}


# -- who serves


def test_us_firms_measured_in_2020_are_in_the_answer(world: World) -> None:
    rows = world.ask(FLAGSHIP)
    assert _measured(rows) >= {
        ("DigiCert", "certificate", "dahuasecurity.com"),
        ("Amazon Web Services", "nameserver", "dahuasecurity.com"),
        ("Entrust", "certificate", "hikvision.com"),
        ("Entrust", "certificate", "ys7.com"),
        ("DigiCert", "certificate", "sensetime.com"),
        ("DigiCert", "certificate", "iflytek.com"),
        ("DigiCert", "certificate", "zhixue.com"),
    }
    domains = "dahuasecurity.com hikvision.com ys7.com sensetime.com iflytek.com zhixue.com dji.com"
    assert {row["domain"] for row in rows if row["basis"] == "measured-elsewhere"} == set(domains.split())
    assert {row["parent_country"] for row in rows} == {"US"}
    assert {row["parent"] for row in rows if row["provider"] == "Amazon Web Services"} == {"Amazon.com, Inc."}


def test_chinese_firms_are_in_the_chinese_answer_only(world: World) -> None:
    expected = {
        ("DNSPod", "nameserver", "hikvision.com"),
        ("DNSPod", "nameserver", "ys7.com"),
        ("DNSPod", "nameserver", "zhixue.com"),
        ("Alibaba Cloud", "nameserver", "sensetime.com"),
        ("Alibaba Cloud", "nameserver", "iflytek.com"),
        ("ChinaNetCenter", "cdn", "zhixue.com"),
        ("WoTrus", "certificate", "360.cn"),
        ("WoSign", "certificate", "360.com"),
    }
    chinese = world.ask(FLAGSHIP, country="CN")
    assert _measured(chinese) == expected
    assert {row["parent"] for row in chinese if row["provider"] == "DNSPod"} == {"Tencent Holdings Limited"}
    assert not _measured(world.ask(FLAGSHIP, all=True)) & expected


def test_what_was_reported_is_about_the_company_and_says_so(world: World) -> None:
    reported = [row for row in world.ask(FLAGSHIP) if row["basis"] == "reported"]
    assert {(row["provider"], row["service"], row["company"]) for row in reported} >= {
        ("Microsoft", "email", "Beijing SenseTime Technology Development Co., Ltd."),
        ("Microsoft", "email", "Megvii Technology"),
        ("Amazon", "unspecified", "Hangzhou Hikvision Digital Technology Co., Ltd."),
        ("Amazon", "unspecified", "Zhejiang Dahua Technology Co., Ltd."),
    }
    assert {(row["domain"], row["tie"]) for row in reported} == {(None, "about the company; no domain named")}


def test_every_row_of_the_flagship_has_evidence_that_a_reader_can_open(world: World) -> None:
    rows = [*world.ask(FLAGSHIP, all=True), *world.ask(FLAGSHIP, country="CN", all=True)]
    assert all(row["evidence"] and all(item["url"] for item in row["evidence"]) for row in rows)


def test_retracted_claims_are_in_no_answer(world: World) -> None:
    for (name, *given), rows in world.answers().items():
        if name != "retracted-claims":
            told = {(row.get("provider"), row.get("company")) for row in rows}
            assert not told & RETRACTED, (name, given)


def test_retracted_claims_are_drawn_as_no_service(world: World) -> None:
    drawn = (
        "MATCH (p:Provider)-[s:SERVES]->(t:Company) WHERE p.id IN ['google', 'facebook', 'twitter'] "
        "RETURN count(s) AS n"
    )
    assert world.store.read(drawn).rows[0][0] == 0


def test_retracted_claims_are_kept_with_who_took_them_back(world: World) -> None:
    rows = world.ask("retracted-claims")
    assert {(row["provider"], row["company"]) for row in rows} == RETRACTED
    assert {(row["statement_by"], row["retracted_on"]) for row in rows} == {("Top10VPN", "2020-05-29")}
    assert all(row["evidence"] and row["statement_text"] and row["statement_url"] for row in rows)


def test_a_claim_about_nobody_is_evidence_and_no_edge(world: World) -> None:
    edges = (
        "MATCH (p:Provider {id: 'nortonlifelock'}) "
        "RETURN COUNT { MATCH (p)-[:SERVES]->() } AS served, "
        "COUNT { MATCH (p)<-[:ABOUT]-(:Evidence) } AS told"
    )
    served, told = world.store.read(edges).rows[0]
    assert (served, told > 0) == (0, True)
    left_out = [item.extract.left_out for item in world.ingested if item.source == "claims"]
    assert left_out[0]["names no company: kept as evidence about the provider"] == 7


def test_attack_infrastructure_is_shown_only_where_it_is_asked_for(world: World) -> None:
    scoped = {"scope": "attack-infrastructure"}
    assert not any("NSO" in row["company"] for row in world.ask(FLAGSHIP, all=True))
    assert {row["provider"]: row["status"] for row in world.ask(FLAGSHIP, **scoped)} == {
        "Amazon CloudFront": "ended",
        "DigitalOcean": "last-known",
        "Linode": "last-known",
    }
    ended = [row for row in world.ask(FLAGSHIP, **scoped) if row["provider"] == "Amazon CloudFront"]
    assert [row["while_listed"] for row in ended] == ["no"]


def test_ovh_is_french_and_never_american(world: World) -> None:
    scoped = {"scope": "attack-infrastructure", "all": True}
    assert {row["provider"] for row in world.ask(FLAGSHIP, country="FR", **scoped)} == {"OVH"}
    for scope in SCOPES:
        assert "OVH" not in {row["provider"] for row in world.ask(FLAGSHIP, scope=scope, all=True)}


# -- who depends on whom


def test_the_matrix_says_unknown_where_nobody_looked(world: World) -> None:
    rows = {row["company"]: row for row in world.ask("service-matrix")}
    dahua = rows["Zhejiang Dahua Technology Co., Ltd."]
    assert dahua["certificate"] == ["DigiCert (last-known)"]
    assert dahua["email"] == ["unknown"]
    services = ("web_hosting", "cdn", "email", "certificate", "nameserver", "cms", "registrar", "unspecified")
    cells = [row[service] for row in rows.values() for service in services]
    assert all(cells)  # an empty cell would read as nobody
    assert not [cell for cell in cells if any(text.startswith(("none", "self")) for text in cell)]


def test_the_parents_that_most_companies_depend_on_come_first(world: World) -> None:
    rows = world.ask("chokepoints")
    assert [row["only_known_for"] for row in rows] == sorted(
        (row["only_known_for"] for row in rows), reverse=True
    )
    by_parent = {(row["parent"], row["service"]): row for row in rows}
    # Dahua, SenseTime and iFLYTEK, which has two domains; both brands of Amazon are one parent.
    assert by_parent["DigiCert, Inc.", "certificate"]["only_known_for"] == 3
    assert by_parent["DigiCert, Inc.", "certificate"]["domains"] == 4
    assert by_parent["Amazon.com, Inc.", "unspecified"]["providers"] == ["Amazon", "Amazon Web Services"]


def test_concentration_is_over_those_who_are_known(world: World) -> None:
    rows = {row["service"]: row for row in world.ask("concentration")}
    assert rows["email"]["top"] == ["Microsoft Corporation"]
    assert (rows["email"]["herfindahl"], rows["email"]["votes"]) == (1.0, 2)
    assert rows["registrar"]["herfindahl"] is None
    totals = {
        row["companies"] + row["owner_unknown"] + row["in_group"] + row["unknown"] for row in rows.values()
    }
    assert len(totals) == 1
    assert totals.pop() > 1500


def test_a_company_with_one_known_service_has_a_single_parent_and_says_so(world: World) -> None:
    rows = {row["company"]: row for row in world.ask("single-parent")}
    assert rows["Megvii Technology"]["parent"] == "Microsoft Corporation"
    assert rows["Megvii Technology"]["services"] == ["email"]
    assert "Zhejiang Dahua Technology Co., Ltd." not in rows


def test_what_is_shared_is_no_hub_and_no_domain_of_the_parent(world: World) -> None:
    rows = {(row["provider"], row["service"]): row for row in world.ask("shared-infrastructure")}
    assert rows["DNSPod", "nameserver"]["domains"] == ["hikvision.com", "ys7.com", "zhixue.com"]
    assert rows["DNSPod", "nameserver"]["companies"] == [
        "Hangzhou Hikvision Digital Technology Co., Ltd.",
        "iFLYTEK Co., Ltd.",
    ]
    assert all(row["clients"] <= 5 and row["evidence"] for row in rows.values())
    assert ("Amazon Web Services", "nameserver") not in rows
    assert ("Amazon Web Services", "nameserver") in {
        (row["provider"], row["service"]) for row in world.ask("shared-infrastructure", most=100)
    }


def test_qihoo_perhaps_certifies_itself(world: World) -> None:
    rows = {row["provider"]: row for row in world.ask("in-group")}
    assert set(rows) == {"WoSign", "WoTrus"}
    assert {row["company"] for row in rows.values()} == {"Qihoo 360 Technology Co. Ltd."}
    assert all(row["tie"].endswith("over both, control unknown") for row in rows.values())


def test_brands_in_china_are_run_by_chinese_companies(world: World) -> None:
    rows = {row["provider"]: row for row in world.ask("brand-operators")}
    beijing = rows["Amazon Web Services China (Beijing)"]
    assert (beijing["operator"], beijing["operator_country"]) == ("Beijing Sinnet Technology Co., Ltd.", "CN")
    assert (beijing["parent"], beijing["parent_country"]) == ("Amazon.com, Inc.", "US")
    assert all(row["operator"] != row["parent"] and row["evidence"] for row in rows.values())


def test_what_is_not_known_of_owners_is_told(world: World) -> None:
    rows = {row["provider"]: row["unknown"] for row in world.ask("owners-unknown")}
    assert "control unknown: Clearlake Capital Group, L.P." in rows["DigiCert"]
    assert "control unknown: Qihoo 360 Technology Co. Ltd." in rows["WoSign"]
    assert "Amazon Web Services" not in rows


# -- when


def test_a_window_keeps_both_ends(world: World) -> None:
    rows = [row for row in world.ask(FLAGSHIP) if row["basis"] == "measured-elsewhere"]
    assert {(row["first_seen"], row["last_seen"]) for row in rows} == {(WINDOW, WINDOW)}


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2019-12-31", None),
        ("2020-01-01", "uncertain"),
        ("2020-09-29", "uncertain"),
        ("2020-10-01", "last-known"),
    ],
)
def test_a_window_never_counts_as_holding_throughout(world: World, as_of: str, status: str | None) -> None:
    rows = [row for row in world.ask(FLAGSHIP, as_of) if row["domain"] == "dahuasecurity.com"]
    assert {row["status"] for row in rows} == ({status} if status else set())


def test_while_listed_is_yes_or_cannot_tell(world: World) -> None:
    told = {row["company"]: row["while_listed"] for row in world.ask(FLAGSHIP) if row["domain"]}
    assert told["Zhejiang Dahua Technology Co., Ltd."] == "yes"
    chinese = world.ask(FLAGSHIP, country="CN")
    assert {row["while_listed"] for row in chinese if "360" in row["company"]} == {"cannot tell"}


def test_nothing_seen_since_2020_is_current(world: World) -> None:
    statuses = {
        row["status"]
        for (name, _, as_of), rows in world.answers().items()
        if "status" in questions()[name].columns and as_of is None
        for row in rows
    }
    assert statuses >= {"last-known"}
    assert "current" not in statuses


def test_evidence_of_a_company_is_what_its_listings_rest_on(world: World) -> None:
    rows = world.ask("evidence-of", claim="hikvision")
    listed = {row["source"] for row in rows if row["fact"] and " stands on us-entity-list " in row["fact"]}
    assert "csl" in listed
    assert [row["withdrawn"] for row in rows if row["fact"] and " was said to serve " in row["fact"]]
    one = next(row for row in rows if row["fact"] and "Google was said to serve" in row["fact"])
    found = world.ask("evidence-of", claim=one["claim"])
    assert found == [row for row in rows if row["claim"] == one["claim"]]


def test_what_was_said_of_a_company_is_found_from_both_ends(world: World) -> None:
    for entity in ("hikvision", "google"):
        rows = world.ask("statements-of", entity=entity)
        assert ("retraction", "Top10VPN") in {(row["kind"], row["statement_by"]) for row in rows}


def test_nothing_that_was_measured_once_is_known_to_have_begun_after_the_listing(world: World) -> None:
    rows = world.ask("started-after-listing")
    assert {row["started_after"] for row in rows} == {"cannot tell"}
    assert not world.ask("started-after-listing", certain=True)


def test_what_stopped_after_the_listing_is_certain_or_cannot_be_told(world: World) -> None:
    assert {row["stopped_after"] for row in world.ask("stopped-after-listing")} <= {"yes", "cannot tell"}
    assert {row["status"] for row in world.ask("stopped-after-listing", certain=True)} <= {"ended"}


def test_of_nobody_who_was_taken_off_the_list_a_service_is_known(world: World) -> None:
    ended = {row["company"] for row in _entity_list(world) if row["listed_until"]}
    assert any("Sandvine" in name for name in ended)
    served = {row["company"] for row in world.ask("served-while-listed") if row["listed_until"]}
    assert (served, world.ask("served-after-removal")) == (set(), [])


def test_what_was_taken_back_in_2020_is_a_change_with_its_cause(world: World) -> None:
    rows = world.ask("changes-since", since="2020-05-28")
    taken_back = {row["fact"] for row in rows if row["change"] == "withdrawn" and row["kind"] == "service"}
    assert len(taken_back) == len(RETRACTED)
    assert all(" was said to serve " in fact for fact in taken_back)
    assert {row["cause"] for row in rows if row["fact"] in taken_back if row["change"] == "withdrawn"} == {
        "retraction"
    }
    assert {row["change"] for row in rows if "Sandvine" in row["fact"] and row["kind"] == "listing"} >= {
        "ended"
    }


def test_nothing_was_collected_that_a_page_embeds(world: World) -> None:
    assert world.store.read("MATCH ()-[r:EMBEDDED_IN]->() RETURN count(r)").rows[0][0] == 0


def test_no_two_sources_speak_of_one_service_of_a_listed_company(world: World) -> None:
    told = world.ask("providers-of", entity="hikvision", all=True)
    assert len({row["service"] for row in told}) > 1
    assert world.ask("disagreements") == []


def test_behind_a_network_nobody_looked_for_the_origin(world: World) -> None:
    rows = world.ask("hidden-origin")
    assert {(row["domain"], row["provider"]) for row in rows} == {
        ("dji.com", "Amazon CloudFront"),
        ("zhixue.com", "ChinaNetCenter"),
    }
    assert {row["origin"] for row in rows} == {"nobody looked"}
    assert len(rows) == 2


def test_reports_that_name_no_client_are_kept_as_such(world: World) -> None:
    rows = world.ask("unattributed-reports")
    assert "NortonLifeLock" in {row["provider"] for row in rows}
    assert all(row["url"] for row in rows)


def test_the_weakest_claims_come_first_and_say_why(world: World) -> None:
    rows = world.ask("weakest-evidence")
    counts = [row["weaknesses"] for row in rows]
    assert counts == sorted(counts, reverse=True)
    assert all(len(row["why"]) == row["weaknesses"] > 0 for row in rows)
    assert any("one source, measured-elsewhere" in row["why"] for row in rows)


def test_two_companies_on_one_list_meet_there_and_nobody_is_followed_through_it(world: World) -> None:
    rows = world.ask("path-between", entity="nso-group", other="hikvision")
    assert {row["steps"] for row in rows} == {2}
    assert all("stands on" in step for row in rows for step in row["path"])
    assert all(row["evidence"] for row in rows)


# -- who owns


@pytest.mark.parametrize(
    ("entity", "as_of", "there", "not_there"),
    [
        ("maxcdn", "2020-06-01", {"stackpath-llc"}, set()),
        ("geotrust", "2017-10-30", {"gen-digital-inc"}, {"digicert-inc"}),
        ("geotrust", "2017-10-31", {"digicert-inc"}, {"gen-digital-inc"}),
        ("dyn", "2016-06-01", {"dyn-inc"}, {"oracle-corp"}),
        ("dyn", "2020-06-01", {"oracle-corp"}, {"dyn-inc"}),
        ("ultradns", "2020-06-01", {"neustar-inc"}, {"vercara-llc", "digicert-inc"}),
        ("ultradns", "2022-06-01", {"vercara-llc"}, {"neustar-inc", "digicert-inc"}),
        ("ultradns", "2025-06-01", {"digicert-inc"}, {"neustar-inc", "vercara-llc"}),
        ("linode", "2021-07-18", {"linode-llc"}, {"akamai-technologies"}),
        ("linode", "2022-03-31", {"linode-llc", "akamai-technologies"}, set()),
        ("imperva", "2020-09-30", {"imperva-inc", "thoma-bravo"}, {"thales"}),
        ("imperva", "2023-12-31", {"imperva-inc", "thales"}, {"thoma-bravo"}),
        ("entrust", "2020-09-30", {"entrust-corp"}, {"sectigo-limited"}),
        ("entrust", "2025-12-31", {"sectigo-limited"}, set()),
    ],
)
def test_ownership_is_that_of_the_day(
    world: World, entity: str, as_of: str, there: set[str], not_there: set[str]
) -> None:
    rows = [row for row in world.ask("ownership-chain", as_of, entity=entity) if row["start"] == "provider"]
    owners = {row["owner_id"] for row in rows}
    assert owners >= there
    assert not owners & not_there
    assert all(row["evidence"] for row in rows)
    assert {row["verified"] for row in rows} <= {True, False}


def test_imperva_answers_to_both_countries_and_says_since_when(world: World) -> None:
    rows = {row["owner_id"]: row for row in world.ask("ownership-chain", "2024-06-01", entity="imperva")}
    assert any(base.startswith("US ") for base in rows["imperva-inc"]["countries"])
    assert rows["thales"]["countries"] == ["FR headquarters"]
    assert rows["thales"]["owned_from"].startswith("2023")
    assert rows["thales"]["control"] == "yes"


def test_affiliates_of_unknown_share_are_shown_as_unknown(world: World) -> None:
    rows = {row["company_id"]: row for row in world.ask("affiliates")}
    assert rows["hikvision"]["owned"] == "cannot tell"
    assert rows["hikvision"]["listed_itself"] is True
    assert any("share unknown" in owner for owner in rows["hikvision"]["owners"])
    assert {row["rule"] for row in rows.values()} == {"unknown"}
    assert {row["rule"] for row in world.ask("affiliates", "2025-10-15")} == {"in force"}
    assert all(row["evidence"] for row in rows.values())


# -- who is listed


def _entity_list(world: World, as_of: str | None = None, /, **given: object) -> list[Row]:
    return world.ask("listing-history", as_of, list="us-entity-list", **given)


@pytest.mark.parametrize("source", ["csl", "catalogue"])
def test_28_entries_are_of_9_october_2019(world: World, source: str) -> None:
    rows = [r for r in _entity_list(world) if (r["listed_from"], r["source"]) == ("2019-10-09", source)]
    assert len(rows) == 28
    names = " ".join(row["named"] for row in rows)
    assert not [name for name in ("NetPosa", "SenseNets", "Starrysky") if name in names]


@pytest.mark.parametrize("entity", ["netposa", "sensenets", "nanjing-fiberhome-starrysky"])
def test_reviewed_corrections_keep_what_the_list_says(world: World, entity: str) -> None:
    rows = _entity_list(world, entity=entity)
    assert {row["source"] for row in rows} == {"csl", "catalogue"}
    assert {(row["listed_from"], row["from_published"]) for row in rows} == {("2020-06-05", "2019-10-09")}
    assert all(row["corrected_by"] for row in rows)


@pytest.mark.parametrize(
    ("as_of", "listed"),
    [("2024-02-26", False), ("2024-02-27", True), ("2024-10-20", True), ("2024-10-21", False)],
)
def test_sandvine_is_on_the_list_for_its_time_only(world: World, as_of: str, listed: bool) -> None:
    on_the_day = [
        row
        for row in _entity_list(world, as_of, entity="sandvine")
        if row["listed_until"] is None or row["listed_until"] > as_of
    ]
    assert bool(on_the_day) == listed
    assert {(row["listed_from"], row["listed_until"]) for row in _entity_list(world, entity="sandvine")} == {
        ("2024-02-27", "2024-10-21")
    }


def test_the_sensetimes_are_two_companies(world: World) -> None:
    lists = {
        entity: {row["list"] for row in world.ask("listing-history", entity=entity)}
        for entity in ("sensetime", "sensetime-group")
    }
    assert "us-entity-list" in lists["sensetime"]
    assert "us-cmic" not in lists["sensetime"]
    assert "us-cmic" in lists["sensetime-group"]
    assert "us-entity-list" not in lists["sensetime-group"]


def test_cloudwalk_is_not_cloudwalk_io(world: World) -> None:
    domains = {row["domain"] for row in world.ask("domain-portfolio", entity="cloudwalk")}
    assert domains == {"cloudwalk.com", "cloudwalk.cn"}
    found = world.store.read("MATCH (d:Domain) WHERE d.name ENDS WITH 'cloudwalk.io' RETURN count(d) AS n")
    assert found.rows[0][0] == 0


def test_isvision_is_repaired_and_the_original_kept(world: World) -> None:
    rows = _entity_list(world, entity="isvision")
    assert {(row["source"], row["named"], row["original"]) for row in rows} == {
        ("catalogue", "IS'Vision", None),
        ("csl", "IS'Vision", "IS?Vision"),
    }


def test_companies_without_a_known_domain_are_counted(world: World) -> None:
    before_sandvine_left = world.ask("no-known-domain", "2024-12-31")
    silent = {row["id"] for row in before_sandvine_left}
    assert all(ids <= silent for ids in WITHOUT_DOMAIN)
    assert not silent & WITH_DOMAIN
    assert len(before_sandvine_left) > 1500


# -- what nobody could resolve, and what is no company


def test_an_unresolved_label_is_neither_dropped_nor_guessed(world: World) -> None:
    rows = {row["label"]: row for row in world.ask("unresolved-labels", source="imc2020")}
    assert rows["anothercloud"]["subject"] == "ys7.com"
    assert rows["anothercloud"]["service"] == "cdn"
    assert rows["anothercloud"]["evidence"]
    found = world.store.read("MATCH (p:Provider) WHERE 'anothercloud' IN p.names RETURN count(p) AS n")
    assert found.rows[0][0] == 0
    measured = next(item for item in world.ingested if item.source == "measurements")
    assert "anothercloud" in measured.unresolved


@cache
def _screened() -> list[dict[str, str]]:
    text = gzip.decompress((REAL / FILES["csl"]).read_bytes()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_no_person_vessel_or_aircraft_became_a_company(world: World) -> None:
    rows = [row for row in world.ask("listing-history") if row["source"] == "csl"]
    listed = {(row["list"], row["original"] or row["named"]) for row in rows}
    persons = {(name, person) for name, named in catalogue.load().persons.items() for person in named}
    assert len(persons) > 1400
    assert not listed & persons
    located = world.store.read(
        "MATCH (:Company)-[l:LISTED_ON {source: 'csl'}]->() UNWIND l.evidence AS id "
        "MATCH (e:Evidence {id: id}) WHERE e.source = 'csl' RETURN DISTINCT e.locator AS locator"
    ).rows
    no_company = {f"entry {item['_id']}" for item in _screened() if item["type"] in NO_COMPANY}
    company = {f"entry {item['_id']}" for item in _screened() if item["type"] not in NO_COMPANY}
    assert len(no_company) > 5000
    assert not {str(row[0]) for row in located} & (no_company - company)


def test_what_was_left_out_is_counted(world: World) -> None:
    screened = next(item for item in world.ingested if item.source == "csl")
    types = [item["type"] for item in _screened()]
    left_out = screened.extract.left_out
    assert left_out["natural person, by type"] == types.count("Individual")
    assert left_out["vessel"] == types.count("Vessel")
    assert left_out["aircraft"] == types.count("Aircraft")
    assert left_out["natural person, by review"] > 1400


def test_a_company_of_which_nobody_gives_a_type_is_untyped(world: World) -> None:
    reviewed = set(catalogue.load().companies)
    kinds = {row["kind"] for row in world.ask("no-known-domain") if row["id"] not in reviewed}
    assert "untyped" in kinds


# -- the same graph, however it was loaded


def _without_evidence(rows: list[Row]) -> list[Row]:
    return [{key: value for key, value in row.items() if key != "evidence"} for row in rows]


@pytest.mark.parametrize("country", ["US", "CN"])
def test_the_bundle_alone_gives_the_same_rows_for_its_companies(world: World, country: str) -> None:
    known = {entry.name for entry in catalogue.load().companies.values()}
    with_lists = [row for row in world.ask(FLAGSHIP, country=country) if row["company"] in known]
    assert _without_evidence(world.bundle[country]) == _without_evidence(with_lists)


def test_every_question_has_a_result_on_the_real_lists(world: World) -> None:
    found = {name for (name, *_), rows in world.answers().items() if rows}
    assert found == set(questions()) - CROSS_A_BORDER - set(NOTHING_YET)


def test_no_chain_of_the_real_lists_crosses_a_border(world: World) -> None:
    """Say why two questions have no result yet: each US provider of the lists is American up to the top."""
    rows = [row for scope in SCOPES for row in world.ask(FLAGSHIP, scope=scope)]
    assert rows
    certain = [
        owner
        for row in rows
        for owner in row["ownership"]
        if not re.search("unknown;|control unknown", owner)
    ]
    assert [owner for owner in certain if "US " not in owner] == []


def test_nobody_has_disputed_a_claim(world: World) -> None:
    assert world.store.read("MATCH (s:Statement {kind: 'dispute'}) RETURN count(s)").rows[0][0] == 0


@pytest.mark.timeout(900)
def test_neo4j_gives_the_same_answers(worlds: Callable[[str], World]) -> None:
    assert _differing(worlds("arcade"), worlds("neo4j-5.26")) == []


@pytest.fixture
def second(worlds: Callable[[str], World], tmp_path: Path) -> Iterator[World]:
    """Return another embedded store, still empty."""
    worlds("arcade")
    with contextlib.ExitStack() as stack:
        arcade = LocalArcade(tmp_path / "second", idle=600.0)
        stack.callback(arcade.stop)
        store = stack.enter_context(arcade.open())
        store.ensure_schema()
        yield World(store)


@pytest.mark.timeout(900)
def test_loading_in_another_order_and_twice_gives_the_same_answers(
    world: World, second: World, tmp_path: Path
) -> None:
    for name in reversed(FILES):
        second.load(name, tmp_path)
        second.load(name, tmp_path)
    assert _differing(world, second) == []


def _differing(first: World, second: World) -> list[tuple[str, str, str | None]]:
    one, other = first.answers(), second.answers()
    return [asked for asked in {**one, **other} if one.get(asked) != other.get(asked)]
