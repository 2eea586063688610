"""What ships with the program: whole, with a source for every fact, and right about the hard cases."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from sousveil.catalogue import Catalogue, load
from sousveil.catalogue.entries import CompanyEntry, Listed, Source
from sousveil.ingest.records import Fact, Sighting, Statement
from sousveil.ingest.sources import bundled, claims
from sousveil.schema import vocabulary

REAL = Path(__file__).parents[3] / "shared" / "data" / "real"
ENTITY_LIST = "us-entity-list"
FIRST_DAY = date(2019, 10, 9)
FIRMS = {"dahua", "hikvision", "iflytek", "megvii", "meiya-pico", "sensetime", "yitu", "yixin-science"}
ADDED_LATER = {"netposa", "sensenets", "nanjing-fiberhome-starrysky"}
UNRESOLVED = {"anothercloud", "nic"}
RETRACTED = {
    ("google", "hikvision"),
    ("google", "dahua"),
    ("facebook", "hikvision"),
    ("twitter", "hikvision"),
}
# ISO 3166-1, as far as anybody needed it; a code that is not here may be right: look it up and add it.
COUNTRIES = """
AE AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HK HU IE IL IN IR IS IT JE JP KR KY LI LT LU LV MK
MT MX MY NL NO NZ PL PT RO RU SA SE SG SI SK TH TN TR TW UA US VG VN ZA
"""
Rows = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture
def rows() -> Rows:
    """Return a function that reads a real file; the test skips where it is absent."""

    def read(name: str) -> list[dict[str, str]]:
        path = REAL / name
        if not path.exists():
            pytest.skip(f"no {name} in {REAL}")
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        return list(csv.DictReader(text.splitlines(keepends=True)))

    return read


def on_entity_list(company: CompanyEntry) -> list[Listed]:
    return [listed for listed in company.listings if listed.list == ENTITY_LIST]


def names_of(company: CompanyEntry) -> set[str]:
    return {company.name, *company.aliases, *(name for listed in company.listings for name in listed.named)}


def variants(text: str) -> set[str]:
    """Take apart a name of the data file: several entities, or a name with another in brackets."""
    found = set()
    for part in text.split(" / "):
        found |= {part, re.sub(r"\s*\(.*?\)", "", part), *re.findall(r"\((.*?)\)", part)}
    return {name.casefold() for name in found}


def facts(catalogue: Catalogue) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Yield what is said of owners, countries, listings and domains, with its sources."""
    for provider in catalogue.providers.values():
        yield from ((f"owner of {provider.id}", owner.sources) for owner in provider.owners)
    for company in catalogue.companies.values():
        yield from ((f"owner of {company.id}", owner.sources) for owner in company.owners)
        yield from ((f"country of {company.id}", based.sources) for based in company.based_in)
        yield from ((f"listing of {company.id}", listed.sources) for listed in company.listings)
        yield from ((f"{domain.name} of {company.id}", domain.sources) for domain in company.domains)
    yield from ((watchlist.id, watchlist.sources) for watchlist in catalogue.watchlists.values())


def test_every_fact_has_a_source_with_an_address(catalogue: Catalogue) -> None:
    without = [
        what
        for what, sources in facts(catalogue)
        if not sources or not all(re.match(r"https?://[^/]+\.[^/]+", source.url) for source in sources)
    ]
    assert without == []


def test_there_are_sixty_providers_or_more_with_names_of_their_own(catalogue: Catalogue) -> None:
    assert len(catalogue.providers) >= 60
    names = Counter(provider.name.casefold() for provider in catalogue.providers.values())
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("service", [word for word in vocabulary("service") if word != "unspecified"])
def test_every_service_has_providers(catalogue: Catalogue, service: str) -> None:
    assert len([one for one in catalogue.providers.values() if service in one.services]) >= 5


def test_countries_are_codes_of_countries(catalogue: Catalogue) -> None:
    told = {based.country for company in catalogue.companies.values() for based in company.based_in}
    told |= {watchlist.country for watchlist in catalogue.watchlists.values()}
    assert told - set(COUNTRIES.split()) == set()


def test_no_name_stands_for_two_listed_companies(catalogue: Catalogue) -> None:
    named: dict[tuple[str, str], set[str]] = {}
    for company in catalogue.companies.values():
        for listed in company.listings:
            for name in listed.named:
                named.setdefault((listed.list, name), set()).add(company.id)
    assert {key: found for key, found in named.items() if len(found) > 1} == {}


def test_companies_listed_on_the_first_day_are_the_twenty_eight(catalogue: Catalogue) -> None:
    listed = [
        company
        for company in catalogue.companies.values()
        if any(one.start and one.start.earliest == FIRST_DAY for one in on_entity_list(company))
    ]
    assert {company.id for company in listed if company.kind == "company"} == FIRMS
    bodies = [company for company in listed if company.kind == "public-body"]
    assert len(bodies) == 20
    assert len(listed) == 28
    assert all("Public Security" in company.name or "Police College" in company.name for company in bodies)


def test_twenty_eight_are_the_entries_of_the_list_without_three_that_were_added_later(
    catalogue: Catalogue, rows: Rows
) -> None:
    named = {
        row["name"]
        for row in rows("consolidated_screening_list_2022-04.csv.gz")
        if row["source"].startswith("Entity List") and row["start_date"] == str(FIRST_DAY)
    }
    found = {company: listed for name in named for company, listed in catalogue.listed(ENTITY_LIST, name)}
    assert len(named) == len(found) == 31
    later = {key for key, listed in found.items() if listed.start and listed.start.earliest != FIRST_DAY}
    assert later == ADDED_LATER
    for key in later:
        published = found[key].published
        assert published is not None
        assert published.latest == FIRST_DAY


def test_lines_of_the_data_file_are_listed_companies_with_their_domains(
    catalogue: Catalogue, rows: Rows
) -> None:
    lines = rows("entity_list_company_domains.csv")
    assert len(lines) == 26
    for line in lines:
        wanted = variants(line["entity_list_name"])
        found = [
            company
            for company in catalogue.companies.values()
            if on_entity_list(company) and wanted & {name.casefold() for name in names_of(company)}
        ]
        day = date.fromisoformat(line["effective_date"][:10])
        starts = [one.start for company in found for one in on_entity_list(company) if one.start]
        assert any(0 <= (start.latest - day).days <= 1 for start in starts), line
        domains = {name.strip() for name in line["domains"].split(";")} - {""}
        assert domains <= {domain.name for company in found for domain in company.domains}, line
        assert bool(domains) == any(company.domains for company in found), line


def test_every_provider_of_the_data_files_resolves_but_two(catalogue: Catalogue, rows: Rows) -> None:
    unresolved = set()
    for row in rows("imc2020_measurements.csv"):
        publication = catalogue.publication(row["source"])
        assert publication is not None
        if catalogue.provider(publication.id, row["provider_label"], row["service"]) is None:
            unresolved.add(row["provider_label"])
    for row in rows("published_claims_2020-2022.csv"):
        assert catalogue.publication(row["claim_origin"]), row
        service, _ = claims.SERVICES[row["service"]]
        labels = [label.strip() for label in row["provider"].split(";")]
        unresolved |= {label for label in labels if not catalogue.provider(claims.CARRIER, label, service)}
    assert unresolved == UNRESOLVED


def test_claims_are_about_companies_of_the_catalogue_or_domains(catalogue: Catalogue) -> None:
    for publication in catalogue.publications.values():
        for claim in publication.claims:
            assert claim.company is None or claim.company in catalogue.companies
            assert (claim.company is None) != (claim.domain is None)


def test_cloudwalk_is_not_cloudwalk_io(catalogue: Catalogue) -> None:
    domains = {domain.name for company in catalogue.companies.values() for domain in company.domains}
    assert {"cloudwalk.com", "cloudwalk.cn"} <= domains
    assert not [name for name in domains if name == "cloudwalk.io" or name.endswith(".cloudwalk.io")]


def test_domain_belongs_to_one_company_at_a_time(catalogue: Catalogue) -> None:
    owners: dict[str, list[str]] = {}
    for company in catalogue.companies.values():
        for domain in company.domains:
            if domain.end is None:
                owners.setdefault(domain.name, []).append(company.id)
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_no_company_is_a_natural_person_of_a_list(catalogue: Catalogue) -> None:
    for company in catalogue.companies.values():
        for listed in company.listings:
            assert not set(listed.named) & catalogue.persons.get(listed.list, frozenset()), company.id
    persons = set().union(*catalogue.persons.values())
    assert len(persons) > 1_000
    assert [one.id for one in catalogue.companies.values() if names_of(one) & persons] == []


def test_lists_of_persons_are_lists_of_the_catalogue(catalogue: Catalogue) -> None:
    assert set(catalogue.persons) <= set(catalogue.watchlists)


def test_owners_of_an_owner_never_lead_back_to_it_at_one_time(catalogue: Catalogue) -> None:
    above = {
        company.id: {
            owner.company for owner in company.owners if owner.end is None and owner.control == "yes"
        }
        for company in catalogue.companies.values()
    }
    assert [start for start in above if start in _reached(start, above)] == []


def _reached(start: str, above: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    todo = set(above[start])
    while todo:
        one = todo.pop()
        if one not in reached:
            reached.add(one)
            todo |= above[one]
    return reached


@pytest.mark.parametrize(
    ("listed", "start", "until"),
    [
        ("sandvine", date(2024, 2, 27), date(2024, 10, 21)),
        ("netposa", date(2020, 6, 5), None),
        ("qihoo-360", date(2020, 6, 5), None),
        ("nso-group", date(2021, 11, 4), None),
    ],
)
def test_listing_has_its_days(catalogue: Catalogue, listed: str, start: date, until: date | None) -> None:
    (one,) = on_entity_list(catalogue.companies[listed])
    assert one.start is not None
    assert (one.start.earliest, one.start.latest) == (start, start)
    assert (one.end.earliest if one.end else None) == until


def taken_back(facts: Iterable[Fact]) -> set[str | None]:
    """Return the claims that an upheld statement retracts."""
    upheld = [fact for fact in facts if isinstance(fact, Statement) and fact.decided]
    return {item.claim for fact in upheld for item in fact.concerns if item.retracts}


def test_retracted_claims_are_retracted_and_no_others(catalogue: Catalogue) -> None:
    facts = bundled.read(catalogue).facts
    taken = {
        (fact.provider, fact.subject.key)
        for fact in facts
        if isinstance(fact, Sighting) and fact.claim in taken_back(facts)
    }
    assert taken == RETRACTED


def test_claims_of_the_press_that_stand_are_there(catalogue: Catalogue) -> None:
    facts = bundled.read(catalogue).facts
    stand = {
        (fact.provider, fact.subject.key, fact.service)
        for fact in facts
        if isinstance(fact, Sighting) and fact.claim not in taken_back(facts)
    }
    assert stand >= {
        ("microsoft", "sensetime", "email"),
        ("microsoft", "megvii", "email"),
        ("amazon", "hikvision", "unspecified"),
        ("amazon", "dahua", "unspecified"),
    }
