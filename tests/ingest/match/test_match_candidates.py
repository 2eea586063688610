"""Who is proposed for whom, with reasons on both sides; and nobody is linked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from sousveil.catalogue import Catalogue, load, parse
from sousveil.ingest.match.candidates import Candidate, Index, with_parents
from sousveil.ingest.match.entries import Entry, of_extract
from sousveil.ingest.match.review import accepting, rejecting, sheet, text
from sousveil.ingest.sources import sources
from sousveil.ingest.sources.documents import Document

REAL = Path(__file__).parents[4] / "shared" / "data" / "real"
LISTS = {
    "csl": "consolidated_screening_list_2022-04.csv.gz",
    "dod-1260h": "dod_1260h.csv",
    "misp": "misp_surveillance_vendor_2026-08.json",
    "section-889": "section_889.csv",
}
LEAST = 80.0
LION, OTHER = "00000000000000LION00", "0000000000000OTHER00"
PAGE = '[sources.page]\nurl = "https://example.org/"\ntitle = "A page"\npublisher = "Example"\n'
HEAD = 'kind = "company"\nrecorded = "2026-01-01"\n'
CATS = {
    "companies/lion.toml": f'name = "Lion Optics Co., Ltd."\nidentifiers = ["lei:{LION}"]\n{HEAD}{PAGE}'
    '[[based_in]]\ncountry = "GB"\nbasis = "headquarters"\nsources = ["page"]\n'
    '[[domains]]\nname = "lion.example"\nscope = "corporate"\nbasis = "declared"\nsources = ["page"]\n',
    "companies/cub.toml": f'name = "Cub Lenses Ltd"\n{HEAD}{PAGE}'
    '[[owners]]\ncompany = "lion"\nbasis = "legal"\ncontrol = "yes"\nsources = ["page"]\n',
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="module")
def cats() -> Catalogue:
    return parse(CATS)


def entry(name: str, **more: object) -> Entry:
    return replace(Entry(source="user:names", key="line 1", name=name, carrier="user:names"), **more)  # type: ignore[arg-type]


def found(catalogue: Catalogue, *entries: Entry, least: float = LEAST) -> list[Candidate]:
    index = Index(catalogue)
    return sorted(
        (one for item in entries for one in index.candidates(item, least)), key=lambda one: one.order
    )


def one(catalogue: Catalogue, item: Entry, company: str) -> Candidate:
    return next(one for one in found(catalogue, item) if one.company.id == company)


def said(texts: Iterable[str], word: str) -> bool:
    return any(word in told for told in texts)


def real(source: str, catalogue: Catalogue) -> list[Entry]:
    path = REAL / LISTS[source]
    if not path.exists():
        pytest.skip(f"no {path.name} in {REAL}")
    return of_extract(sources()[source].read(Document.open(path), catalogue))


def test_cloudwalk_of_the_payments_is_rejected_by_name_and_by_domain(catalogue: Catalogue) -> None:
    for item in (entry("CloudWalk, Inc."), entry("CloudWalk", domains=("cloudwalk.io",))):
        candidate = one(catalogue, item, "cloudwalk")
        assert candidate.review == "rejected"
        assert said(candidate.against, "a payment company")


def test_cloudwalk_without_more_is_open_and_its_namesake_is_told(catalogue: Catalogue) -> None:
    candidate = one(catalogue, entry("CLOUDWALK INC", countries=("US",)), "cloudwalk")
    assert (candidate.review, candidate.score) == ("open", 100)
    assert said(candidate.against, "is another company: a payment company")
    assert said(candidate.against, "other country: US, not CN")


def test_rejection_that_an_identifier_contradicts_is_open_again(catalogue: Catalogue) -> None:
    (number,) = catalogue.companies["cloudwalk"].identifiers
    candidate = one(catalogue, entry("CloudWalk, Inc.", identifiers=(number,)), "cloudwalk")
    assert candidate.review == "open"
    assert said(candidate.reasons, f"same identifier {number}")
    assert said(candidate.against, "a payment company")


def test_two_sensetimes_stay_two(catalogue: Catalogue) -> None:
    reviews = {
        (one.entry.source, one.company.id): one.review
        for one in found(catalogue, *real("csl", catalogue))
        if "sensetime" in one.entry.name.casefold()
    }
    assert reviews["us-entity-list", "sensetime"] == "linked"
    assert reviews["us-cmic", "sensetime-group"] == "linked"
    assert reviews["us-cmic", "sensetime"] == "rejected"
    assert reviews["us-cmic", "sensetime-group-inc"] == "rejected"
    assert "open" not in reviews.values()


def test_anyvision_is_oosto(catalogue: Catalogue) -> None:
    candidate = one(catalogue, entry("ANYVISION LTD."), "oosto")
    assert candidate.review == "open"
    assert candidate.reasons == ("same name but for ltd: ANYVISION LTD. = alias AnyVision",)
    linked = {one.entry.name for one in found(catalogue, *real("misp", catalogue)) if one.review == "linked"}
    assert {"Oosto", "AnyVision"} <= linked


@pytest.mark.parametrize("source", LISTS)
def test_every_reviewed_link_is_found_by_name_and_alias_alone(source: str, catalogue: Catalogue) -> None:
    entries = real(source, catalogue)
    bare = replace(
        catalogue,
        companies={
            key: replace(company, listings=(), vendors=()) for key, company in catalogue.companies.items()
        },
    )
    blind = [replace(item, linked=(), identifiers=(), domains=()) for item in entries]
    proposed = {(one.entry.source, one.entry.name, one.company.id) for one in found(bare, *blind)}
    reviewed = {
        (item.source, item.name, company)
        for item in entries
        for company in item.linked
        if company in catalogue.companies
    }
    assert reviewed
    assert reviewed - proposed == set()


def test_identifier_proposes_whatever_the_name(cats: Catalogue) -> None:
    (candidate,) = found(cats, entry("Another Name", identifiers=(f"lei:{LION}",)))
    assert (candidate.company.id, candidate.score, candidate.review) == ("lion", 100, "open")
    assert candidate.reasons == (f"same identifier lei:{LION}",)


def test_domain_proposes_without_a_score_for_the_name(cats: Catalogue) -> None:
    (candidate,) = found(cats, entry("Another Name", domains=("lion.example",)))
    assert (candidate.score, candidate.reasons) == (0, ("same domain lion.example",))


def test_what_differs_is_told(cats: Catalogue) -> None:
    (candidate,) = found(
        cats,
        entry(
            "Lion Optics GmbH",
            countries=("DE",),
            identifiers=(f"lei:{OTHER}",),
            domains=("loewe.example",),
            remarks=("the record is INACTIVE",),
        ),
    )
    assert candidate.against == (
        "the record is INACTIVE",
        "other country: DE, not GB",
        f"other identifier: lei:{OTHER}, not lei:{LION}",
        "other domain: loewe.example, not lion.example",
        "other legal form: gmbh, not co ltd",
    )


def test_what_is_unknown_is_not_told_as_different(cats: Catalogue) -> None:
    (candidate,) = found(cats, entry("Lion Optics", countries=("GB",)))
    assert candidate.against == ()
    assert candidate.reasons[-1] == "same country GB"


def test_id_in_a_users_own_file_links_and_others_are_elsewhere(cats: Catalogue) -> None:
    candidates = found(cats, entry("Lion Optics", linked=("cub",)))
    assert {one.company.id: one.review for one in candidates} == {"lion": "elsewhere", "cub": "linked"}


def test_owner_of_level_2_speaks_for_or_against(cats: Catalogue) -> None:
    candidates = found(cats, entry("Lion Optics", source="gleif", key="1"), entry("Cub Lenses", key="2"))
    parents = {"1": [("directly", LION)], "2": [("directly", LION), ("ultimately", OTHER)]}
    told = {one.company.id: one for one in with_parents(candidates, parents, cats)}
    assert said(told["lion"].against, f"a subsidiary of this company: directly consolidated by lei:{LION}")
    assert said(told["cub"].reasons, f"directly consolidated by lei:{LION}, lion")
    assert said(told["cub"].against, f"ultimately consolidated by lei:{OTHER}, whom the catalogue has not")


def test_order_is_total_and_does_not_follow_the_input(catalogue: Catalogue) -> None:
    entries = [entry(name, key=name) for name in ("Huawei", "HUAWEI", "SenseTime", "Megvii Technology")]
    forth, back = found(catalogue, *entries), found(catalogue, *reversed(entries))
    assert forth == back
    assert len({one.order for one in forth}) == len(forth)


@pytest.mark.parametrize("name", ["", " ", "\u202e", "Co., Ltd.", "(" * 500, "A" * 5_000, "(A) (B) (C"])
def test_hostile_names_propose_nobody(catalogue: Catalogue, name: str) -> None:
    assert found(catalogue, entry(name)) == []


HOSTILE = 'x"]\nname = "y\\\u202e\x7f\U0001f595\ue000'


def test_reviewed_lines_are_toml_whatever_the_name(cats: Catalogue) -> None:
    candidate = replace(found(cats, entry("Lion Optics"))[0], entry=entry(HOSTILE))
    for lines in (accepting(candidate, cats), rejecting(candidate, cats)):
        data = tomllib.loads("\n".join(lines))
        assert HOSTILE in (data.get("aliases") or data["rejected"][0]["named"])
    whole = "\n".join(sheet(candidate, cats))
    assert tomllib.loads(whole).keys() == {"aliases", "rejected"}
    assert all(sign.isprintable() or sign == "\n" for sign in whole)


def test_text_stays_readable() -> None:
    assert text('海康 "é"') == '"海康 \\"é\\""'


@pytest.mark.parametrize(
    ("source", "key"), [("us-cmic", "listings"), ("misp-surveillance-vendors", "vendors"), ("gleif", "lei")]
)
def test_decision_that_is_written_down_is_kept(catalogue: Catalogue, source: str, key: str) -> None:
    item = entry(
        "Hikvision Group Limited", source=source, key=LION, identifiers=(f"lei:{LION}",), carrier="csl"
    )
    index = Index(catalogue)
    candidate = next(one for one in index.candidates(item, LEAST) if one.company.id == "hikvision")
    assert candidate.review == "open"
    path = Path(__file__).parents[3] / "catalogue" / "companies" / "hikvision.toml"
    yes, no = accepting(candidate, catalogue), rejecting(candidate, catalogue)
    if key == "lei":
        assert yes[0].startswith("identifiers = [")
    else:
        taken = tomllib.loads("\n".join(yes))[key][0]
        assert item.name in taken["named"]
    filled = "\n".join(no).replace('why = ""', 'why = "made up for this test"')
    texts = _texts() | {"companies/hikvision.toml": f"{path.read_text('utf-8')}\n{filled}\n"}
    again = one(parse(texts), item, "hikvision")
    assert again.review == "rejected"
    assert said(again.against, "made up for this test")


def _texts() -> dict[str, str]:
    root = Path(__file__).parents[3] / "catalogue"
    return {
        f"{path.parent.name}/{path.name}" if path.parent != root else path.name: path.read_text("utf-8")
        for path in root.rglob("*.toml")
    }
