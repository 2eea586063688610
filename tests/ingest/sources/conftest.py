"""The real files, where this checkout has them beside it, and catalogues small enough to read."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from sousveil.catalogue import Catalogue, parse

REAL = Path(__file__).parents[4] / "shared" / "data" / "real"
PAGE = '[sources.page]\nurl = "https://example.org/page"\ntitle = "A page"\npublisher = "Example"\n'
RECORDED = 'recorded = "2026-01-01"\n'
PUBLICATION = 'publisher = "Example"\nkind = "list"\n' + RECORDED
WATCHLIST = (
    'name = "A list"\npublisher = "An office"\ncountry = "US"\neffect = "export-control"\n'
    'legal_effect = "It forbids."\nurl = "https://example.org/"\nsources = ["office"]\n' + RECORDED
)


@pytest.fixture
def real() -> Callable[[str], Path]:
    """Return a function from the name of a real file to its path; the test skips where it is absent."""

    def path(name: str) -> Path:
        if not (REAL / name).exists():
            pytest.skip(f"no {name} in {REAL}")
        return REAL / name

    return path


@pytest.fixture
def small() -> Callable[..., Catalogue]:
    """Return a function that makes a catalogue.

    `companies` are {id: text after name, kind and recorded}, `watchlists` are {id: label in the csl},
    `publications` ids. Companies can cite the source `page`.
    """
    return _small


def _small(
    companies: Mapping[str, str] = {},
    watchlists: Mapping[str, str | None] = {},
    publications: Iterable[str] = (),
) -> Catalogue:
    texts = {}
    for key, text in companies.items():
        texts[f"companies/{key}.toml"] = (
            f'name = "The {key} company"\nkind = "company"\n{RECORDED}{text}{PAGE}'
        )
    for key, label in watchlists.items():
        told = f'[[labels]]\nsource = "csl"\ntext = "{label}"\n' if label else ""
        texts[f"watchlists/{key}.toml"] = WATCHLIST + told
    for key in ("office", *publications):
        texts[f"publications/{key}.toml"] = (
            f'title = "{key}"\nurl = "https://example.org/{key}"\n{PUBLICATION}'
        )
    return parse(texts)
