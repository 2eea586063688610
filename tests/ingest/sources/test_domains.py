from collections.abc import Callable
from datetime import date

import pytest

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Company, Evidence, Extract, Ownership, Period, Ref
from sousveil.ingest.sources import companies, domains, sources
from sousveil.ingest.sources.companies import own_id
from sousveil.ingest.sources.documents import Document, SourceError

STATED = date(2026, 1, 2)
LISTED = '[[listings]]\nlist = "us-entity-list"\nnamed = ["{}"]\nsources = ["page"]\n'


@pytest.fixture
def catalogue(small: Callable[..., Catalogue]) -> Catalogue:
    return small(
        companies={
            "hikvision": 'aliases = ["HIK"]\n' + LISTED.format("Hangzhou Hikvision"),
            "one": LISTED.format("Both"),
            "two": LISTED.format("Both"),
        },
        watchlists={"us-entity-list": None},
    )


def read(catalogue: Catalogue, text: str, dated: date | None = STATED) -> Extract:
    return domains.read(Document.unpack("domains.csv", text.encode(), dated), catalogue)


def owners(extract: Extract) -> list[tuple[str, str]]:
    return [(fact.owned.key, fact.owner) for fact in extract.facts if isinstance(fact, Ownership)]


def test_row_becomes_an_ownership(catalogue: Catalogue) -> None:
    extract = read(
        catalogue,
        "domain,company,scope,basis,from,until,source_url,dated\n"
        "HikVision.com.,hikvision,product,declared,2019,2021-05-01,https://example.org/x,2025-01-01\n",
        None,
    )
    evidence, ownership = extract.facts
    assert isinstance(evidence, Evidence)
    assert evidence.url == "https://example.org/x"
    assert ownership == Ownership(
        source="user:domains",
        owned=Ref("Domain", "hikvision.com"),
        owner="hikvision",
        basis="declared",
        control="yes",
        scope="product",
        period=Period(start=date(2019, 12, 31), end=date(2021, 5, 1), start_text="2019"),
        known_from=date(2025, 1, 1),
        evidence=(evidence.id,),
    )
    assert (extract.source, extract.dated, extract.notes) == ("user:domains", date(2025, 1, 1), [])


def test_scope_and_basis_have_modest_defaults(catalogue: Catalogue) -> None:
    (ownership,) = [
        x for x in read(catalogue, "domain,company\na.com,one\n").facts if isinstance(x, Ownership)
    ]
    assert (ownership.scope, ownership.basis, ownership.known_from) == ("corporate", "reported", STATED)
    assert not ownership.verified


@pytest.mark.parametrize("company", ["hikvision", "Hangzhou Hikvision", "The hikvision company"])
def test_id_or_reviewed_name_is_the_company_of_the_catalogue(catalogue: Catalogue, company: str) -> None:
    assert owners(read(catalogue, f"domain,company\na.com,{company}\n")) == [("a.com", "hikvision")]


@pytest.mark.parametrize("company", ["HIK", "hangzhou hikvision", "Hangzhou Hikvision Co."])
def test_likeness_of_names_meets_no_company(catalogue: Catalogue, company: str) -> None:
    extract = read(catalogue, f"domain,company\na.com,{company}\n")
    assert owners(extract) == [("a.com", own_id(company))]
    assert f"line 2: {company!r} is no company of the catalogue" in extract.notes[0]


def test_name_and_id_meet_the_users_own_companies(catalogue: Catalogue) -> None:
    own = companies.read(Document.unpack("c.csv", b"name,id\nAcme,\nBeta Ltd,beta\n", STATED), catalogue)
    extract = read(catalogue, "domain,company\na.com,Acme\nb.com,beta\n")
    known = [fact.id for fact in own.facts if isinstance(fact, Company)]
    assert [owner for _, owner in owners(extract)] == known
    described = [fact for fact in extract.facts if isinstance(fact, Company)]
    assert described == [fact for fact in own.facts if isinstance(fact, Company) and fact.name == "Acme"]


def test_domain_is_kept_as_a_label_of_ascii(catalogue: Catalogue) -> None:
    assert owners(read(catalogue, "domain,company\nBÜCHER.example,one\n")) == [
        ("xn--bcher-kva.example", "one")
    ]


def test_domain_may_belong_to_two_companies_one_after_the_other(catalogue: Catalogue) -> None:
    extract = read(
        catalogue, "domain,company,from,until\na.com,one,2018-01-01,2020-01-01\na.com,one,2021-01-01,\n"
    )
    assert len(owners(extract)) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("domain,company\nhttps://a.com/,one\n", "line 2: domain: "),
        ("domain,company\nlocalhost,one\n", "line 2: domain: "),
        ("domain,company\n10.0.0.1,one\n", "line 2: domain: "),
        ("domain,company\na..com,one\n", "line 2: domain: "),
        ("domain,company\n,one\n", "line 2: domain is blank"),
        ("domain,company\na.com,\n", "line 2: company is blank"),
        ("domain,company\na.com,Both\n", "line 2: 'Both' is the name of several .*one, two"),
        ("domain,company,scope\na.com,one,private\n", "line 2: scope 'private' is none of corporate"),
        ("domain,company,basis\na.com,one,guessed\n", "line 2: basis 'guessed' is none of operates"),
        ("domain,company,from\na.com,one,2022-13-45\n", "line 2: from: "),
        ("domain,company,from,until\na.com,one,2022,2021\n", "line 2: until 2021-12-31 is before from"),
        ("domain,company,source_url\na.com,one,example.org\n", "line 2: source_url"),
        ("domain,company\na.com,one\nA.com,one\n", "line 3: a.com of 'one' stands on line 2 already"),
        ("domain,company,owner\na.com,one,x\n", "line 1: .*unknown: 'owner'"),
        ("domain\na.com\n", "line 1: .*missing: company"),
        ("domain,company\n", "line 1: no rows"),
    ],
)  # fmt: skip
def test_mistake_is_an_error_with_file_and_line(catalogue: Catalogue, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=f"^domains.csv, {told}"):
        read(catalogue, text)


def test_row_without_any_date_asks_for_one(catalogue: Catalogue) -> None:
    with pytest.raises(SourceError, match="line 2: no date; state the version with --dated"):
        read(catalogue, "domain,company\na.com,one\n", None)


def test_source_is_found_and_has_no_live_address() -> None:
    assert sources()["domains"].url is None
