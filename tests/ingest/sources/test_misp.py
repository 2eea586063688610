import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.catalogue import Catalogue, load, parse
from sousveil.ingest.records import Company, Evidence, Extract, Mention, Ownership, Ref, digest
from sousveil.ingest.sources import misp, sources
from sousveil.ingest.sources.documents import Document, SourceError

VENDORS = "misp-surveillance-vendors"
ORACLE = """
[[domains]]
name = "oracle.com"
scope = "corporate"
basis = "declared"
verified = true
sources = ["page"]
"""
NSO = '[[vendors]]\nsource = "misp-surveillance-vendors"\nnamed = "{}"\n'


def vendor(name: str, *addresses: str, number: int = 1, **more: object) -> dict[str, object]:
    meta = {"official-refs": list(addresses), "refs": ["https://example.org/"]}
    uuid = f"{number:08d}-{number:04d}-1111-1111-111111111111"
    return {"value": name, "description": "Sells.", "uuid": uuid, "meta": meta} | more


def galaxy(*values: object, **more: object) -> bytes:
    top = {"authors": ["Various"], "category": "actor", "description": "", "name": "Surveillance Vendor"}
    top |= {"source": "MISP Project", "type": "surveillance-vendor", "uuid": "u", "version": 11}  # type: ignore[dict-item]
    return json.dumps(top | {"values": list(values)} | more, indent=1, ensure_ascii=False).encode()


def read(catalogue: Catalogue, *values: object, name: str = "misp_2026-08.json", **more: object) -> Extract:
    return misp.read(Document.unpack(name, galaxy(*values, **more)), catalogue)


@pytest.fixture
def nobody(small: Callable[..., Catalogue]) -> Catalogue:
    return small()


def owned(extract: Extract) -> dict[str, str]:
    return {fact.owned.key: fact.owner for fact in extract.facts if isinstance(fact, Ownership)}


def mentioned(extract: Extract) -> list[str]:
    return [fact.subject.key for fact in extract.facts if isinstance(fact, Mention)]


def test_vendor_becomes_company_evidence_and_its_domain(nobody: Catalogue) -> None:
    value = vendor("NSO group", "https://www.nsogroup.com/")
    value["meta"] |= {"synonyms": ["Q-Cyber"], "products": ["PEGASUS"]}  # type: ignore[operator]
    extract = read(nobody, value)
    company, evidence, ownership = extract.facts
    assert (extract.source, extract.dated, extract.rows) == (VENDORS, date(2026, 8, 31), 1)
    assert company == Company(
        id="misp-00000001-000",
        name="NSO group",
        names=("NSO group", "Q-Cyber"),
        identifiers=("misp:00000001-0001-1111-1111-111111111111",),
        kind="company",
        rank=2,
    )
    assert isinstance(evidence, Evidence)
    assert (evidence.kind, evidence.locator) == ("row", "00000001-0001-1111-1111-111111111111")
    assert evidence.id == digest("row", VENDORS, evidence.digest)
    assert ownership == Ownership(
        source=VENDORS,
        owned=Ref("Domain", "nsogroup.com"),
        owner="misp-00000001-000",
        basis="reported",
        control="yes",
        scope="corporate",
        known_from=date(2026, 8, 31),
        evidence=(evidence.id,),
    )


def test_order_of_keys_does_not_change_the_evidence(nobody: Catalogue) -> None:
    value = vendor("A", "https://a.com")
    turned = dict(reversed(value.items()))
    assert read(nobody, value).facts == read(nobody, turned).facts


def test_reviewed_vendor_is_the_company_of_the_catalogue(small: Callable[..., Catalogue]) -> None:
    catalogue = small(companies={"nso": NSO.format("NSO group")}, publications=[VENDORS])
    assert owned(read(catalogue, vendor("NSO group", "https://nso.com"))) == {"nso.com": "nso"}
    assert owned(read(catalogue, vendor("NSO Group", "https://nso.com"))) == {"nso.com": "misp-00000001-000"}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.kape.com/", "kape.com"),
        ("http://KAPE.com", "kape.com"),
        ("https://kape.com:443/", "kape.com"),
        ("https://en.kape.com", "en.kape.com"),
        ("https://www.www.com/", "www.com"),
        ("https://www.com/", "www.com"),
        ("https://Bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_bare_host_is_the_vendors_domain(nobody: Catalogue, address: str, host: str) -> None:
    assert list(owned(read(nobody, vendor("A", address)))) == [host]


@pytest.mark.parametrize(
    ("address", "host", "reason"),
    [
        ("https://www.oracle.com/endeca.html", "oracle.com", "the address has a path"),
        ("https://a.com/en/", "a.com", "the address has a path"),
        ("https://a.com/?lang=en", "a.com", "the address has a query or a fragment"),
        ("https://a.com/#about", "a.com", "the address has a query or a fragment"),
        ("https://a.com:8443/", "a.com", "the address has a port"),
        ("https://leo.webflow.io/", "leo.webflow.io", "many publish under this suffix"),
        ("https://github.io/", "github.io", "many publish under this suffix"),
        ("https://gov.uk/", "gov.uk", "many publish under this suffix"),
    ],
)
def test_address_that_proves_no_ownership_is_a_mention_and_reported(
    nobody: Catalogue, address: str, host: str, reason: str
) -> None:
    extract = read(nobody, vendor("A", address))
    assert owned(extract) == {}
    assert mentioned(extract) == [host]
    assert f"A: {host} is mentioned, not owned: {reason}" in extract.notes


def test_host_of_two_vendors_belongs_to_neither(nobody: Catalogue) -> None:
    extract = read(
        nobody,
        vendor("AnyVision", "https://oosto.com", number=1),
        vendor("Oosto", "https://www.oosto.com/", number=2),
    )
    assert owned(extract) == {}
    assert mentioned(extract) == ["oosto.com", "oosto.com"]
    assert "AnyVision: oosto.com is mentioned, not owned: shared with Oosto" in extract.notes


def test_a_page_below_a_host_takes_it_from_nobody(nobody: Catalogue) -> None:
    extract = read(
        nobody,
        vendor("IDEMIA", "https://idemia.com", number=3),
        vendor("OT-Morpho", "https://idemia.com/icba", number=4),
    )
    assert list(owned(extract)) == ["idemia.com"]
    assert mentioned(extract) == ["idemia.com"]


def test_two_names_of_one_reviewed_company_share_its_host(small: Callable[..., Catalogue]) -> None:
    catalogue = small(
        companies={"oosto": NSO.format("AnyVision") + NSO.format("Oosto")}, publications=[VENDORS]
    )
    values = [
        vendor("AnyVision", "https://oosto.com"),
        vendor("Oosto", "https://oosto.com", number=2),
    ]
    assert owned(read(catalogue, *values)) == {"oosto.com": "oosto"}


@pytest.mark.parametrize("host", ["oracle.com", "endeca.oracle.com"])
def test_domain_of_another_company_in_the_catalogue_is_a_mention(
    small: Callable[..., Catalogue], host: str
) -> None:
    extract = read(small(companies={"oracle": ORACLE}), vendor("Endeca", f"https://{host}/"))
    assert (owned(extract), mentioned(extract)) == ({}, [host])
    assert any("the catalogue has oracle.com as a domain of oracle" in note for note in extract.notes)


def test_catalogue_claims_whole_labels_only(small: Callable[..., Catalogue]) -> None:
    extract = read(small(companies={"oracle": ORACLE}), vendor("A", "https://notoracle.com/"))
    assert list(owned(extract)) == ["notoracle.com"]


def test_bare_address_wins_over_one_with_a_path(nobody: Catalogue) -> None:
    extract = read(nobody, vendor("A", "https://a.com/en", "https://a.com", "https://a.com/fr"))
    assert (list(owned(extract)), mentioned(extract)) == (["a.com"], [])


@pytest.mark.parametrize(
    "address",
    ["ftp://a.com", "a.com", "https://", "https://[::1", "https://a b.com/", "https://user@a.com/",
     "https://127.0.0.1/", "https://localhost/", "https://a..com/", "https://a.com:x/"],
)  # fmt: skip
def test_malformed_address_is_reported_and_not_fatal(nobody: Catalogue, address: str) -> None:
    extract = read(nobody, vendor("A", address))
    assert (owned(extract), mentioned(extract)) == ({}, [])
    assert extract.notes[0].startswith(f"A: {address!r} is left out: ")


def test_vendor_without_meta_is_a_company(nobody: Catalogue) -> None:
    value = vendor("RedLattice")
    del value["meta"]
    assert len(read(nobody, value).facts) == 2


@pytest.mark.parametrize(
    ("name", "dated"),
    [("v_2026-08.json", date(2026, 8, 31)), ("2024-02-03.json", date(2024, 2, 3))],
)
def test_name_of_the_file_states_the_version(nobody: Catalogue, name: str, dated: date) -> None:
    assert read(nobody, vendor("A"), name=name).dated == dated


@pytest.mark.parametrize("name", ["surveillance-vendor.json", "v_2026-13.json", "12026-081.json"])
def test_file_without_a_date_asks_for_one(nobody: Catalogue, name: str) -> None:
    with pytest.raises(SourceError, match="--dated"):
        read(nobody, vendor("A"), name=name)


def test_stated_date_wins(nobody: Catalogue) -> None:
    document = Document.unpack("v_2026-08.json", galaxy(vendor("A")), date(2026, 7, 1))
    assert misp.read(document, nobody).dated == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("values", "more", "told"),
    [
        ([vendor("A", colour="red")], {}, r"line \d+: keys nobody reads: 'colour'"),
        ([vendor("A", meta={"country": "IL"})], {}, r"line \d+: keys nobody reads: 'country'"),
        ([vendor("A")], {"licence": "x"}, "line 1: keys nobody reads: 'licence'"),
        ([vendor("A")], {"type": "threat-actor"}, "line 1: this is the galaxy 'threat-actor'"),
        ([vendor("A")], {"values": {}}, "line 1: values must be a list"),
        ([vendor("A", uuid="x")], {}, r"line \d+: uuid 'x' is none"),
        ([vendor("A", value=" ")], {}, r"line \d+: value must be a text"),
        ([vendor("A", value=7)], {}, r"line \d+: value must be a text"),
        ([vendor("A", meta={"synonyms": "B"})], {}, r"line \d+: synonyms must be a list"),
        ([vendor("A", meta=[])], {}, r"line \d+: must be an object"),
        (["A"], {}, "line 1, .*must be an object"),
        ([vendor("A"), vendor("B")], {}, r"line \d+: 'B' has the name or uuid of another"),
        ([vendor("A"), vendor("A", number=2)], {}, r"line \d+: 'A' has the name or uuid of another"),
    ],
)
def test_unknown_or_broken_structure_is_refused(
    nobody: Catalogue, values: list[object], more: dict[str, Any], told: str
) -> None:
    with pytest.raises(SourceError, match=f"^misp_2026-08.json, {told}"):
        read(nobody, *values, **more)


def test_error_names_the_line_of_the_vendor(nobody: Catalogue) -> None:
    data = galaxy(vendor("A"), vendor("B", number=2, colour="red"))
    line = data.decode().splitlines().index('   "uuid": "00000002-0002-1111-1111-111111111111",') + 1
    with pytest.raises(SourceError, match=f"line {line}: keys nobody reads"):
        misp.read(Document.unpack("misp_2026-08.json", data), nobody)


def test_lone_surrogate_is_refused(nobody: Catalogue) -> None:
    data = galaxy(vendor("half")).replace(b'"half"', rb'"\ud83d"')
    with pytest.raises(SourceError, match="half a character"):
        misp.read(Document.unpack("misp_2026-08.json", data), nobody)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["value", "uuid", "meta", "description", "related", "colour"]), JSON)
def test_any_value_in_any_place_is_read_or_refused(key: str, value: object) -> None:
    try:
        extract = read(parse({}), vendor("A") | {key: value})
    except SourceError as error:
        told = str(error)
    else:
        told = f"misp_2026-08.json, {extract.rows}"
    assert told.startswith("misp_2026-08.json, ")


@given(st.text(max_size=30))
def test_any_text_as_an_address_is_owned_mentioned_or_reported(text: str) -> None:
    extract = read(parse({}), vendor("A", f"https://{text}"))
    assert len(owned(extract)) + len(mentioned(extract)) + sum("left out" in x for x in extract.notes) == 1


def real_extract(real: Callable[[str], Path]) -> Extract:
    return misp.read(Document.open(real("misp_surveillance_vendor_2026-08.json")), load())


def test_real_galaxy_gives_every_vendor_and_every_host(real: Callable[[str], Path]) -> None:
    extract = real_extract(real)
    companies = [fact for fact in extract.facts if isinstance(fact, Company)]
    hosts = {*owned(extract), *mentioned(extract)}
    fewest, most = sources()["misp"].rows
    assert fewest <= extract.rows == len(companies) == 615 <= most
    assert extract.dated == date(2026, 8, 31)
    assert len(hosts) == 457
    assert {*owned(extract)} & {*mentioned(extract)} == {"idemia.com", "l3harris.com"}
    assert "173 of 615 vendors have no official address" in extract.notes


def test_every_measured_domain_of_the_galaxy_comes_out(real: Callable[[str], Path]) -> None:
    extract = real_extract(real)
    with real("imc2020_measurements.csv").open(encoding="utf-8", newline="") as file:
        measured = {row["domain"] for row in csv.DictReader(file) if "misp" in row["domain_source"]}
    assert len(measured) == 31
    catalogued = {domain.name for company in load().companies.values() for domain in company.domains}
    unowned = measured - {*owned(extract)} - catalogued
    assert "oracle.com" not in owned(extract)
    assert unowned <= {"l3harris.com", "oracle.com"}
    assert {"l3harris.com", "oracle.com"} <= {*mentioned(extract)}
