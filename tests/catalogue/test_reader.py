"""A mistake in a file of the catalogue is an error that names file and line."""

from __future__ import annotations

import re

import pytest

from sousveil.catalogue import Catalogue, CatalogueError, parse

PROVIDER = """name = "Amber"
services = ["cdn"]
website = "https://amber.example/"
recorded = "2026-01-01"

[sources.page]
url = "https://example.org/amber"
title = "A page"
publisher = "Example"
date = "2020-05"

[[labels]]
source = "study"
text = "amber"

[[owners]]
company = "lion"
basis = "operates"
control = "yes"
share = 51.5
from = "2017-10"
until = "2025"
verified = true
sources = ["page"]
"""
COMPANY = """name = "Lion Ltd"
aliases = ["The Lion"]
kind = "company"
recorded = "2026-01-01"

[sources.page]
url = "https://example.org/lion"
title = "A page"
publisher = "Example"

[[based_in]]
country = "GB"
basis = "headquarters"
sources = ["page"]

[[listings]]
list = "bad-list"
named = ["LION"]
from = "2019-10-09"
sources = ["page"]

[[domains]]
name = "lion.example"
scope = "corporate"
basis = "operates"
sources = ["page"]

[[vendors]]
source = "study"
named = "Lion"

[[rejected]]
source = "bad-list"
named = ["LION GROUP", "lei:00000000000000000X00"]
why = "a circus"
sources = ["page"]
"""
LIST = """name = "A list"
publisher = "An office"
country = "US"
effect = "export-control"
legal_effect = "It forbids."
url = "https://example.org/list"
recorded = "2026-01-01"
sources = ["study"]
"""
STUDY = """title = "A study"
publisher = "Example"
url = "https://example.org/study"
date = "2020-05-21"
kind = "report"
recorded = "2026-01-01"
labels = ["A study (2020)"]

[[claims]]
provider = "amber"
company = "lion"
service = "cdn"
basis = "reported"
scope = "corporate"

[[statements]]
kind = "retraction"
by = "Example"
date = "2020-05-29"
text = "We were wrong."
url = "https://example.org/correction"
outcome = "corrected"
retracts = [
  { provider = "amber", company = "lion", service = "cdn" },
]
"""
FILES = {
    "providers/amber.toml": PROVIDER,
    "companies/lion.toml": COMPANY,
    "watchlists/bad-list.toml": LIST,
    "publications/study.toml": STUDY,
    "persons.toml": 'recorded = "2026-01-01"\n\n[bad-list]\nnamed = ["A. Person "]\n',
}
AMBER, LION, BAD, PAPER = list(FILES)[:4]


def changed(path: str, before: str, after: str) -> dict[str, str]:
    """Return the files with one text replaced; it occurs once."""
    assert FILES[path].count(before) == 1, before
    return FILES | {path: FILES[path].replace(before, after)}


def refusal(texts: dict[str, str]) -> str:
    with pytest.raises(CatalogueError) as caught:
        parse(texts)
    return str(caught.value)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return parse(FILES)


def test_whole_catalogue_is_read(catalogue: Catalogue) -> None:
    (owner,) = catalogue.providers["amber"].owners
    assert (owner.company, owner.share, owner.verified) == ("lion", 51.5, True)
    assert (str(owner.start.latest), str(owner.end.earliest)) == ("2017-10-31", "2025-01-01")  # type: ignore[union-attr]
    assert catalogue.persons == {"bad-list": frozenset({"A. Person"})}
    assert catalogue.listed("bad-list", "LION")[0][0] == "lion"
    assert catalogue.vendor("study", "Lion") == "lion"
    assert [(key, line.why) for key, line in catalogue.rejected("bad-list", "LION GROUP")] == [
        ("lion", "a circus")
    ]
    assert catalogue.rejected("study", "LION GROUP") == []
    assert catalogue.provider("study", "amber", "email") == "amber"
    assert catalogue.provider("study", "Amber", "email") is None
    assert catalogue.source("https://example.org/study") == catalogue.publications["study"].source


def test_digest_follows_every_byte(catalogue: Catalogue) -> None:
    assert parse(dict(reversed(FILES.items()))).digest == catalogue.digest
    assert parse(changed(AMBER, "51.5", "51.6")).digest != catalogue.digest


MISTAKES: dict[str, tuple[str, str, str, int, str]] = {
    "missing name": (AMBER, 'name = "Amber"\n', "", 1, "name is missing"),
    "empty name": (AMBER, '"Amber"', '" "', 1, "name must be a text in quotes"),
    "name of another type": (LION, '"Lion Ltd"', "7", 1, "name must be a text in quotes"),
    "missing day of recording": (BAD, 'recorded = "2026-01-01"\n', "", 1, "recorded is missing"),
    "recorded in a month": (BAD, '"2026-01-01"', '"2026-01"', 1, "recorded is missing: the day"),
    "bad day of recording": (BAD, '"2026-01-01"', '"2026-02-30"', 7, "recorded: day is out of range"),
    "unknown key": (AMBER, "website =", "web_site =", 3, "web_site is no key of this file"),
    "unknown block": (AMBER, "[[labels]]", "[[label]]", 12, "label is no key of this file"),
    "unknown key of a block": (AMBER, "share =", "shares =", 20, r"shares is no key of \[\[owners\]\]"),
    "unknown key of a source": (AMBER, "date =", "dated =", 10, r"dated is no key of \[sources.page\]"),
    "missing key of a block": (AMBER, 'company = "lion"\n', "", 16, "company is missing"),
    "missing key of a source": (LION, 'title = "A page"\n', "", 6, "title is missing"),
    "block that is a table": (
        LION,
        "[[domains]]",
        "[domains]",
        22,
        r"write \[\[domains\]\] for each domains",
    ),
    "list that is a text": (LION, '["The Lion"]', '"The Lion"', 2, "aliases must be a list of texts"),
    "list with a number": (LION, '["The Lion"]', '["The Lion", 7]', 2, "aliases must be a list of texts"),
    "flag that is a text": (AMBER, "true", '"yes"', 23, "verified must be true or false"),
    "number that is a text": (AMBER, "51.5", '"51.5 %"', 20, "share must be a number"),
    "number that is a flag": (AMBER, "51.5", "true", 20, "share must be a number"),
    "bad date": (AMBER, '"2017-10"', '"October 2017"', 21, "from: 'October 2017' is no date"),
    "bad date of a source": (AMBER, '"2020-05"', '"2020-13"', 10, "date: month must be in 1"),
    "window that ends before it begins": (
        AMBER,
        '"2017-10"',
        '"2018/2017"',
        21,
        "from: .* ends before it begins",
    ),
    "until before from": (
        AMBER,
        '"2025"',
        '"2016"',
        22,
        r"until \(2016-01-01\) is before from \(2017-10-31\)",
    ),
    "unknown source": (AMBER, '["page"]', '["paper"]', 24, "'paper' is neither"),
    "fact without a source": (AMBER, '\nsources = ["page"]', "", 16, "sources is missing: every fact names"),
    "fact with an empty list of sources": (AMBER, '["page"]', "[]", 16, "sources is missing"),
    "domain without a source": (LION, 'operates"\nsources = ["page"]', 'operates"', 22, "sources is missing"),
    "source without an address": (LION, "https://example.org/lion", "example.org", 7, "url must be an http"),
    "source in a file": (LION, "https://example.org/lion", "file:///etc/passwd", 7, "url must be an http"),
    "website that is a script": (
        AMBER,
        "https://amber.example/",
        "javascript:x",
        3,
        "website must be an http",
    ),
    "unknown service": (AMBER, '["cdn"]', '["cdm"]', 2, "services: 'cdm' is none of"),
    "unknown basis": (AMBER, '"operates"', '"owns"', 18, "basis is 'owns'; one of operates, legal"),
    "missing basis": (LION, 'basis = "headquarters"\n', "", 11, "basis is None; one of headquarters"),
    "unknown kind": (LION, 'kind = "company"', 'kind = "firm"', 3, "kind is 'firm'; one of company"),
    "unknown effect": (BAD, '"export-control"', '"ban"', 4, "effect is 'ban'; one of export-control"),
    "unknown scope": (LION, '"corporate"', '"website"', 24, "scope is 'website'; one of corporate"),
    "country in small letters": (LION, '"GB"', '"gb"', 12, "country must be an ISO 3166-1 code"),
    "country in full": (LION, '"GB"', '"Britain"', 12, "country must be an ISO 3166-1 code"),
    "country that is missing": (LION, 'country = "GB"\n', "", 11, "country must be an ISO 3166-1 code"),
    "domain in capitals": (
        LION,
        '"lion.example"',
        '"Lion.example"',
        23,
        "name must be a domain name in lower case",
    ),
    "domain with a scheme": (
        LION,
        '"lion.example"',
        '"https://lion.example"',
        23,
        "name must be a domain name",
    ),
    "domain with a path": (LION, '"lion.example"', '"lion.example/x"', 23, "name must be a domain name"),
    "domain with a dot at the end": (
        LION,
        '"lion.example"',
        '"lion.example."',
        23,
        "name must be a domain name",
    ),
    "domain of one label": (LION, '"lion.example"', '"lion"', 23, "name must be a domain name"),
    "domain that is an address": (LION, '"lion.example"', '"192.0.2.1"', 23, "name must be a domain name"),
    "domain that is no A-label": (LION, '"lion.example"', '"löwe.example"', 23, "name must be a domain name"),
    "listing without a name": (LION, 'named = ["LION"]\n', "", 16, "named is missing: the name exactly"),
    "claim about both": (
        PAPER,
        'company = "lion"\nservice',
        'company = "lion"\ndomain = "a.example"\nservice',
        9,
        "either a domain or a company",
    ),
    "claim about nobody": (PAPER, 'company = "lion"\nservice', "service", 9, "either a domain or a company"),
    "claim by nobody": (
        PAPER,
        'provider = "amber"\ncompany',
        "company",
        9,
        "a claim names a provider, or the label",
    ),
    "statement without a date": (PAPER, 'date = "2020-05-29"\n', "", 16, "date is missing"),
    "retraction that is a text": (
        PAPER,
        '\n  { provider = "amber", company = "lion", service = "cdn" },\n',
        '"amber"',
        23,
        "retracts must be a list",
    ),
    "retraction of an unknown service": (
        PAPER,
        'service = "cdn" }',
        'service = "cdm" }',
        16,
        "service is 'cdm'; one of",
    ),
    "retraction that takes nothing back": (
        PAPER,
        'service = "cdn" }',
        'service = "email" }',
        20,
        "retracts amber → lion, email, which this file does not claim",
    ),
    "unknown owner": (AMBER, '"lion"', '"lino"', 17, "'lino' is no file in companies/"),
    "unknown list": (
        LION,
        'list = "bad-list"',
        'list = "good-list"',
        17,
        "'good-list' is no file in watchlists/",
    ),
    "unknown publication": (LION, '"study"', '"stury"', 29, "'stury' is no file in publications/"),
    "claim about an unknown company": (
        PAPER,
        'company = "lion"\nservice',
        'company = "lino"\nservice',
        11,
        "'lino' is no file in companies/",
    ),
    "claim by an unknown provider": (
        PAPER,
        'provider = "amber"\ncompany',
        'provider = "ambre"\ncompany',
        10,
        "'ambre' is no file in providers/",
    ),
    "rejection without a reason": (LION, 'why = "a circus"\n', "", 32, "why is missing"),
    "rejection of nothing": (
        LION,
        '["LION GROUP", "lei:00000000000000000X00"]',
        "[]",
        32,
        "named is missing",
    ),
    "rejection without a source": (LION, 'circus"\nsources = ["page"]', 'circus"', 32, "sources is missing"),
    "rejection of an unknown list": (
        LION,
        'source = "bad-list"\nnamed',
        'source = "no-list"\nnamed',
        33,
        "'no-list' is no file in watchlists/ or publications/",
    ),
    "rejection of an entry that is linked": (
        LION,
        '"LION GROUP"',
        '"LION"',
        18,
        "'LION' is rejected, and yet this company's own",
    ),
    "rejection of an alias wherever it stands": (
        LION,
        'source = "bad-list"\nnamed = ["LION GROUP"',
        'named = ["The Lion"',
        2,
        "'The Lion' is rejected, and yet this company's own",
    ),
    "person that is a number": ("persons.toml", '"A. Person "', "7", 4, "named must be a list of texts"),
    "unknown key of persons": ("persons.toml", "named", "names", 4, r"names is no key of \[bad-list\]"),
}


@pytest.mark.parametrize(("path", "before", "after", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_names_file_and_line(path: str, before: str, after: str, line: int, message: str) -> None:
    told = refusal(changed(path, before, after))
    assert re.fullmatch(rf"catalogue/{path}, line {line}: .*{message}.*", told), told


@pytest.mark.parametrize(
    ("path", "before", "after", "line"),
    [(AMBER, '["cdn"]', '["cdn"', 3), (LION, '"Lion Ltd"', '"Lion Ltd', 1), (BAD, "sources =", "name =", 8)],
    ids=["open list", "open quote", "key twice"],
)
def test_broken_toml_names_file_and_line(path: str, before: str, after: str, line: int) -> None:
    told = refusal(changed(path, before, after))
    assert re.fullmatch(rf"catalogue/{path}: not TOML: .*\(at line {line}, column \d+\)", told), told


@pytest.mark.parametrize("name", ["Amber", "amber_cdn", "-amber", "amber cdn", "ambér"])
def test_file_name_is_a_slug(name: str) -> None:
    told = refusal(FILES | {f"providers/{name}.toml": PROVIDER})
    assert told.startswith(f"catalogue/providers/{name}.toml, line 1: the file name must be lower-case")


TWICE = {
    "label of a provider": (AMBER, "providers/birch.toml", "amber", 14),
    "label of a publication": (PAPER, "publications/paper.toml", "A study (2020)", 7),
    "name in a vendor list": (LION, "companies/tiger.toml", "Lion", 30),
}


@pytest.mark.parametrize(("path", "other", "label", "line"), TWICE.values(), ids=TWICE)
def test_two_files_with_one_label_are_refused_and_both_are_named(
    path: str, other: str, label: str, line: int
) -> None:
    told = refusal(FILES | {other: FILES[path]})
    first, second = sorted([path, other])
    assert told == f"catalogue/{second}, line {line}: {first} has the label '{label}' too"


def test_same_label_for_two_services_is_fine() -> None:
    named = PROVIDER.replace('text = "amber"', 'text = "amber"\nservice = "email"')
    catalogue = parse(FILES | {"providers/birch.toml": named})
    assert catalogue.provider("study", "amber", "email") == "birch"
    assert catalogue.provider("study", "amber", "cdn") == "amber"


def test_line_is_that_of_the_block_which_is_wrong() -> None:
    second = PROVIDER[PROVIDER.index("[[owners]]") :].replace('"operates"', '"owns"')
    told = refusal(FILES | {AMBER: f"{PROVIDER}\n{second}"})
    assert told.startswith(f"catalogue/{AMBER}, line 28: basis is 'owns'")
