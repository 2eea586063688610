from collections.abc import Callable
from datetime import date

import pytest

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Base, Company, Evidence, Extract, digest
from sousveil.ingest.sources import companies, sources
from sousveil.ingest.sources.companies import own_id
from sousveil.ingest.sources.documents import Document, SourceError

STATED = date(2026, 1, 2)


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    return small(
        companies={
            "hikvision": 'identifiers = ["lei:1"]\n',
            "dahua": 'identifiers = ["lei:2", "wikidata:Q2"]\n',
        }
    )


def read(catalogue: Catalogue, text: str, dated: date | None = STATED) -> Extract:
    return companies.read(Document.unpack("companies.csv", text.encode(), dated), catalogue)


def ids(extract: Extract) -> list[str]:
    return [fact.id for fact in extract.facts if isinstance(fact, Company)]


def test_name_alone_makes_a_company(catalogue: Catalogue) -> None:
    extract = read(catalogue, "name\nAcme Watching\n")
    evidence, company = extract.facts
    assert isinstance(evidence, Evidence)
    assert evidence.id == digest("row", "user:companies", evidence.digest)
    assert company == Company(
        id=own_id("Acme Watching"), name="Acme Watching", names=("Acme Watching",), rank=2
    )
    assert (extract.source, extract.dated, extract.rows) == ("user:companies", STATED, 1)


def test_every_column_is_read(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        "id,name,aliases,country,country_basis,identifiers,source_url,dated\n"
        "acme,Acme,A; B ,IL,headquarters,lei:9;uscc:8,https://example.org/acme,2025-03\n",
        None,
    )
    evidence, company, base = extract.facts
    assert isinstance(evidence, Evidence)
    assert evidence.url == "https://example.org/acme"
    assert company == Company(
        id="acme", name="Acme", names=("A", "Acme", "B"), identifiers=("lei:9", "uscc:8"), rank=2
    )
    assert base == Base(
        source="user:companies",
        company="acme",
        country="IL",
        basis="headquarters",
        known_from=date(2025, 3, 31),
        evidence=(evidence.id,),
    )
    assert extract.dated == date(2025, 3, 31)


def test_id_or_identifier_meets_a_company_of_the_catalogue(catalogue: Catalogue) -> None:
    extract = read(catalogue, "name,id,identifiers\nHik,hikvision,\nDahua,,lei:2;wikidata:Q2\n")
    assert ids(extract) == ["hikvision", "dahua"]


def test_name_alone_meets_nobody_but_is_pointed_out(catalogue: Catalogue) -> None:
    extract = read(catalogue, "name\nThe hikvision company\n")
    assert ids(extract) == [own_id("The hikvision company")]
    assert "write hikvision into the column id" in extract.notes[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name\n" "\n', "line 2: name is blank"),
        ("name\n", "line 1: no rows"),
        ("id\nacme\n", "line 1: .*missing: name"),
        ("name,url\nA,x\n", "line 1: .*unknown: 'url'"),
        ("name,id\nA,Not An Id\n", "line 2: id 'Not An Id'"),
        ("name,id\nA,a\nB,a\n", "line 3: 'B' is the company a of line 2"),
        ("name\nA\nA\n", "line 3: 'A' is the company user-[0-9a-f]{12} of line 2"),
        ("name,identifiers\nA,123\n", "line 2: identifier '123'"),
        ("name,identifiers\nA,lei:1;lei:2\n", "line 2: .*several companies: dahua, hikvision"),
        ("name,id,identifiers\nA,dahua,lei:1\n", "line 2: id and identifiers name several"),
        ("name,country\nA,CN\n", "line 2: country and country_basis go together"),
        ("name,country,country_basis\nA,China,headquarters\n", "line 2: country 'China'"),
        ("name,country,country_basis\nA,CN,guess\n", "line 2: country_basis 'guess' is none of headquarters"),
        ("name,source_url\nA,javascript:alert(1)\n", "line 2: source_url"),
        ("name,dated\nA,2022-13-45\n", "line 2: dated: "),
    ],
)  # fmt: skip
def test_mistake_is_an_error_with_file_and_line(catalogue: Catalogue, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=f"^companies.csv, {told}"):
        read(catalogue, text)


def test_row_without_any_date_asks_for_one(catalogue: Catalogue) -> None:
    with pytest.raises(
        SourceError, match=r"line 3: no date; state the version with --dated .* column `dated`"
    ):
        read(catalogue, "name,dated\nA,2025-01-01\nB,\n", None)


def test_source_is_found_and_has_no_live_address() -> None:
    assert sources()["companies"].url is None
