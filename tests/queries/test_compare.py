"""What differs between two answers explains itself: the world, nobody looked, or we learned."""

from datetime import date
from typing import Any

import pytest

from sousveil.graph import BoltStore
from sousveil.queries import questions
from sousveil.queries.compare import Moment, compare

pytestmark = pytest.mark.loopback
FLAGSHIP = "us-firms-serving-entity-list"
SPRING, LATE = date(2021, 3, 20), date(2026, 1, 1)


def changes(store: BoltStore, then: Moment, later: Moment, **given: object) -> list[tuple[Any, ...]]:
    found = compare(store, questions()[FLAGSHIP], given, then=then, later=later)
    return [(row["change"], row["provider"], row["domain"], row["why"]) for row in found.rows]


def test_same_moment_twice_shows_nothing(small_world: BoltStore) -> None:
    assert changes(small_world, Moment(LATE, LATE), Moment(LATE, LATE)) == []


def test_retraction_that_we_learned_of_takes_rows_away(small_world: BoltStore) -> None:
    found = changes(small_world, Moment(SPRING, SPRING), Moment(SPRING, date(2021, 4, 2)), service="cdn")
    assert [item[:3] for item in found] == [("went", "RetroAds", None), ("went", "RetroAds", "qamar.example")]
    assert all("a retraction: RetroAds SAID_TO_SERVE" in item[3] for item in found)
    assert all("2021-04-01" in item[3] for item in found)


def test_what_nobody_looked_at_again_is_our_coverage_and_not_the_world(small_world: BoltStore) -> None:
    found = changes(small_world, Moment(SPRING, LATE), Moment(LATE, LATE), service="cdn")
    ((change, provider, _, why),) = [item for item in found if item[1] == "Cedar CDN"]
    assert (change, provider) == ("changed", "Cedar CDN")
    assert why.startswith("our coverage: nobody has looked since 20")


def test_new_listing_and_first_sighting_are_the_world(small_world: BoltStore) -> None:
    found = changes(small_world, Moment(date(2020, 12, 1), LATE), Moment(date(2021, 3, 20), LATE))
    (why,) = [item[3] for item in found if item[:3] == ("came", "AmberCloud", None)]
    assert "the world: Moth LISTED_ON us-entity-list began 2020-12-22" in why
    assert "the world: AmberCloud SERVES Moth was first seen 2021-03-15" in why


def test_it_says_how_many_rows_there_were_and_are(small_world: BoltStore) -> None:
    question = questions()[FLAGSHIP]
    found = compare(
        small_world, question, {"service": "cdn"}, then=Moment(SPRING, SPRING), later=Moment(LATE, LATE)
    )
    assert found.caveats[0] == (
        "4 rows on 2021-03-20 as known on 2021-03-20, 2 rows on 2026-01-01 as known on 2026-01-01: "
        "0 came, 2 went, 1 changed."
    )
    assert list(found.columns)[:2] == ["change", "why"]
