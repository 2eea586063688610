import pytest

from sousveil.ingest.sources import Source, sources

LISTS = ("csl", "dod-1260h", "fcc-covered-list", "misp", "section-889")


@pytest.mark.parametrize("name", [*LISTS, "companies", "domains"])
def test_source_is_found_by_its_name(name: str) -> None:
    assert sources()[name].name == name


@pytest.mark.parametrize("name", LISTS)
def test_list_has_a_live_address(name: str) -> None:
    assert str(sources()[name].url).startswith("https://")


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.name)
def test_source_says_whose_it_is_and_how_large(source: Source) -> None:
    assert source.title
    assert source.publisher
    assert source.licence
    assert 0 < source.rows[0] < source.rows[1]
    assert all(fewest > 0 for fewest in source.lists.values())
