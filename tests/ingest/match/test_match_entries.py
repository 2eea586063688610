"""What lists, vendor files and users' files hold, one entry per name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sousveil.catalogue import load
from sousveil.ingest.match.entries import Entry, of_extract, of_names
from sousveil.ingest.records import Base, Company, Extract, Listing, Ownership, Ref
from sousveil.ingest.sources import sources
from sousveil.ingest.sources.documents import Document, SourceError

DAY = date(2026, 1, 1)
REAL = Path(__file__).parents[4] / "shared" / "data" / "real"


def listing(company: str, named: str, entry: str = "1") -> Listing:
    return Listing(
        source="s", company=company, watchlist="l", entry=entry, named=named, evidence=(), known_from=DAY
    )


def base(company: str, country: str) -> Base:
    return Base(
        source="s", company=company, country=country, basis="listed-address", known_from=DAY, evidence=()
    )


def written(tmp_path: Path, name: str, text: str) -> list[Entry]:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return list(of_names(path))


def test_entries_of_one_name_are_one_and_of_another_are_not() -> None:
    facts = [
        Company(id="a", name="Lion", names=("Lion", "Leo")),
        listing("a", "Lion"),
        base("a", "GB"),
        Company(id="b", name="Lion", names=("Lion", "Leu")),
        listing("b", "Lion", "2"),
        base("b", "FR"),
        Company(id="c", name="Puma"),
        listing("c", "Puma", "3"),
    ]
    lion, puma = of_extract(Extract(source="s", dated=DAY, facts=list(facts), watchlists=("l",)))
    assert (lion.source, lion.name, lion.key, lion.linked) == ("l", "Lion", "1", ("a", "b"))
    assert (lion.aliases, lion.countries) == (("Leo", "Leu"), ("GB", "FR"))
    assert (puma.name, puma.countries) == ("Puma", ())


def test_vendor_has_its_domains_and_a_parent_of_a_list_is_no_entry() -> None:
    domain = Ownership(
        source="s",
        owned=Ref("Domain", "lion.example"),
        owner="a",
        basis="reported",
        known_from=DAY,
        evidence=(),
    )
    facts = [Company(id="a", name="Lion", identifiers=("misp:1",)), domain]
    (lion,) = of_extract(Extract(source="s", dated=DAY, facts=list(facts)))
    assert (lion.source, lion.key, lion.domains) == ("s", "misp:1", ("lion.example",))
    assert of_extract(Extract(source="s", dated=DAY, facts=list(facts), watchlists=("l",))) == []


@pytest.mark.parametrize(
    ("source", "name", "entries", "linked"),
    [
        ("csl", "consolidated_screening_list_2022-04.csv.gz", 6_000, 68),
        ("dod-1260h", "dod_1260h.csv", 280, 27),
        ("fcc-covered-list", "fcc_covered_list.csv", 13, 13),
        ("misp", "misp_surveillance_vendor_2026-08.json", 600, 28),
        ("section-889", "section_889.csv", 5, 5),
    ],
)
def test_every_entry_of_a_real_list_has_a_name_and_its_reviewed_company(
    source: str, name: str, entries: int, linked: int
) -> None:
    if not (REAL / name).exists():
        pytest.skip(f"no {name} in {REAL}")
    catalogue = load()
    extract = sources()[source].read(Document.open(REAL / name), catalogue)
    found = of_extract(extract)
    assert len(found) >= entries
    assert all(entry.name.strip() for entry in found)
    assert len({(entry.source, entry.name) for entry in found}) == len(found)
    listed = {
        (fact.watchlist, fact.original or fact.named) for fact in extract.facts if isinstance(fact, Listing)
    }
    if listed:
        assert {(entry.source, entry.name) for entry in found} == listed
    assert len([entry for entry in found if {*entry.linked} & {*catalogue.companies}]) >= linked


def test_plain_file_has_one_name_per_line_commas_and_all(tmp_path: Path) -> None:
    found = written(tmp_path, "names.txt", "Lion Co., Ltd.\n\n  Puma  \n")
    assert [(entry.name, entry.key) for entry in found] == [("Lion Co., Ltd.", "line 1"), ("Puma", "line 3")]


def test_table_has_its_columns_and_leaves_others_alone(tmp_path: Path) -> None:
    text = (
        "remark,name,country,identifiers,domain,aliases,id\nx,Lion,GB;FR,lei:1,Löwe.example,Leo; Leu,lion\n"
    )
    (found,) = written(tmp_path, "vendors.csv", text)
    assert found == Entry(
        source="user:names",
        key="line 2",
        name="Lion",
        carrier="user:names",
        aliases=("Leo", "Leu"),
        countries=("GB", "FR"),
        identifiers=("lei:1",),
        domains=("xn--lwe-sna.example",),
        linked=("lion",),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vendor,country\nLion,GB\n", "v.csv, line 1: missing: name; the columns are vendor, country"),
        ("name,country\n,GB\n", "v.csv, line 2: name is blank"),
        ("name,country\nLion,Britain\n", "v.csv, line 2: country 'Britain': write"),
        ("name,identifiers\nLion,5493\n", "v.csv, line 2: identifiers '5493': write"),
        ("name,domain\nLion,lion\n", "v.csv, line 2: domain: 'lion' is no domain name"),
        ("", "v.csv, line 1: the file is empty"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        written(tmp_path, "v.csv", text)
    assert str(caught.value).startswith(told)
