"""Sightings become intervals and versions become stretches, in whatever order they come."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.load.intervals import FRESH, KEPT_EVIDENCE, Interval, Seen, Stretch, intervals, stretches

SPRING = date(2020, 3, 1)


def day(number: int) -> date:
    """Return a day counted from 1 March 2020."""
    return SPRING + timedelta(days=number)


def seen(first: int, last: int | None = None, **more: object) -> Seen:
    """Make a sighting on a day, or somewhere between two; it was said a day later."""
    latest = first if last is None else last
    plain = Seen(evidence=f"e{first}", seen_min=day(first), seen_max=day(latest), known_from=day(latest + 1))
    return replace(plain, **more)  # type: ignore[arg-type]


def spans(found: list[Interval]) -> list[tuple[date, date]]:
    return [(item.first_seen_min, item.last_seen_max) for item in found]


def test_records_behind_one_attribution_are_one_sighting() -> None:
    looks = [seen(5, rules=("a/cdn/edge/cname",)), seen(5, evidence="other", rules=("a/cdn/edge/header",))]
    (found,) = intervals([*looks, seen(9, rules=("a/cdn/edge/cname",)), seen(9, evidence="report")])
    assert found.sightings == 3
    assert found.rules == ("a/cdn/edge/cname", "a/cdn/edge/header")


def test_nothing_seen_is_no_interval() -> None:
    assert intervals([]) == []


def test_one_sighting_is_an_interval_of_one_day() -> None:
    assert intervals([seen(5, named="Lion Ltd", label="amber")]) == [
        Interval(
            first_seen_min=day(5),
            first_seen_max=day(5),
            last_seen_min=day(5),
            last_seen_max=day(5),
            ended=None,
            ended_known=None,
            start_cause="coverage",
            end_cause=None,
            known_from=day(6),
            known_until=None,
            known_cause=None,
            basis="reported",
            strength=None,
            confidence=None,
            named="Lion Ltd",
            label="amber",
            rules=(),
            against=(),
            sightings=1,
            evidence=("e5",),
        )
    ]


def test_sightings_ninety_days_apart_are_one_interval() -> None:
    (item,) = intervals([seen(0), seen(90)])
    assert (item.first_seen_min, item.first_seen_max) == (day(0), day(0))
    assert (item.last_seen_min, item.last_seen_max) == (day(90), day(90))
    assert (item.sightings, item.evidence, item.known_from) == (2, ("e0", "e90"), day(1))


def test_sightings_ninety_one_days_apart_are_two_intervals() -> None:
    first, second = intervals([seen(0), seen(91)])
    assert spans([first, second]) == [(day(0), day(0)), (day(91), day(91))]
    assert (first.ended, first.end_cause, second.start_cause) == (None, None, "coverage")
    assert (first.sightings, second.sightings) == (1, 1)


def test_sighting_dated_to_a_window_keeps_both_ends() -> None:
    (item,) = intervals([seen(0, 200)])
    assert (item.first_seen_min, item.last_seen_min) == (day(0), day(0))
    assert (item.first_seen_max, item.last_seen_max) == (day(200), day(200))


def test_exact_sighting_inside_a_window_makes_the_inner_bounds_certain() -> None:
    (item,) = intervals([seen(0, 200), seen(50)])
    assert (item.first_seen_min, item.first_seen_max) == (day(0), day(50))
    assert (item.last_seen_min, item.last_seen_max) == (day(50), day(200))


def test_freshness_counts_from_the_last_possible_day_of_a_window() -> None:
    assert len(intervals([seen(0, 200), seen(290)])) == 1
    assert len(intervals([seen(0, 200), seen(291)])) == 2


def test_stated_end_between_sightings_starts_a_new_interval() -> None:
    first, second = intervals([seen(0, ended=day(10), ended_known=day(12)), seen(20)])
    assert spans([first, second]) == [(day(0), day(0)), (day(20), day(20))]
    assert (first.ended, first.ended_known, first.end_cause) == (day(10), day(12), "world")
    assert (second.ended, second.ended_known, second.end_cause) == (None, None, None)


def test_end_stated_by_a_later_sighting_closes_the_interval_before_it() -> None:
    first, second = intervals([seen(0), seen(20, ended=day(10), ended_known=day(30))])
    assert (first.ended, first.ended_known) == (day(10), day(30))
    assert second.ended is None


def test_end_after_the_last_sighting_is_its_end() -> None:
    (item,) = intervals([seen(0), seen(30, ended=day(40), ended_known=day(41))])
    assert (item.last_seen_max, item.ended, item.ended_known) == (day(30), day(40), day(41))


def test_first_of_two_stated_ends_counts() -> None:
    (item,) = intervals(
        [seen(0, ended=day(40), ended_known=day(50)), seen(1, ended=day(30), ended_known=day(60))]
    )
    assert (item.ended, item.ended_known) == (day(30), day(60))


def test_end_before_the_interval_does_not_close_it() -> None:
    (item,) = intervals([seen(20, ended=day(10), ended_known=day(30))])
    assert (item.ended, item.end_cause) == (None, None)


def test_service_that_was_reopened_and_ended_again_has_two_ends() -> None:
    found = intervals(
        [
            seen(0, ended=day(10), ended_known=day(11)),
            seen(20),
            seen(30, ended=day(40), ended_known=day(41)),
        ]
    )
    assert [(item.first_seen_min, item.last_seen_max, item.ended) for item in found] == [
        (day(0), day(0), day(10)),
        (day(20), day(30), day(40)),
    ]


def test_sighting_on_the_day_of_the_end_opens_anew() -> None:
    found = intervals([seen(0, ended=day(10), ended_known=day(10)), seen(10)])
    assert [(item.first_seen_min, item.ended) for item in found] == [(day(0), day(10)), (day(10), day(10))]


def test_retraction_is_our_clock_and_not_the_end_of_the_service() -> None:
    (item,) = intervals([seen(0), seen(5)], [day(8), day(7)])
    assert (item.known_until, item.known_cause) == (day(7), "retraction")
    assert (item.ended, item.end_cause) == (None, None)


def test_retraction_takes_back_every_interval_that_was_known_by_then() -> None:
    early, late = intervals([seen(0), seen(200)], [day(230)])
    assert (early.known_until, late.known_until) == (day(230), day(230))


def test_retraction_does_not_reach_what_is_seen_and_said_after_it() -> None:
    early, late = intervals([seen(0), seen(200)], [day(20)])
    assert (early.known_until, early.known_cause) == (day(20), "retraction")
    assert (late.known_until, late.known_cause) == (None, None)


@pytest.mark.parametrize(("count", "kept"), [(16, 16), (17, 16), (40, 16)])
def test_edge_keeps_the_evidence_of_first_and_last_sightings(count: int, kept: int) -> None:
    (item,) = intervals([seen(number) for number in range(count)])
    assert item.sightings == count
    assert len(item.evidence) == kept == KEPT_EVIDENCE
    expected = [*range(8), *range(count - 8, count)]
    assert item.evidence == tuple(f"e{number}" for number in expected)


def test_strongest_basis_and_strength_and_highest_confidence_count() -> None:
    (item,) = intervals(
        [
            seen(0, basis="reported", strength="ambiguous", confidence=0.25),
            seen(1, basis="configured", strength=None, confidence=None),
            seen(2, basis="observed", strength="probable", confidence=0.75),
        ]
    )
    assert (item.basis, item.strength, item.confidence) == ("configured", "probable", 0.75)


NUMBERS = st.integers(0, 600)
OPTIONAL = st.none() | NUMBERS.map(day)


@st.composite
def sightings(draw: st.DrawFn, *, ends: bool = True) -> Seen:
    """Draw any sighting; its evidence is one of many."""
    first = draw(NUMBERS)
    last = first + draw(st.integers(0, 120))
    return Seen(
        evidence=f"e{draw(st.integers(0, 99))}",
        seen_min=day(first),
        seen_max=day(last),
        known_from=day(last + draw(st.integers(0, 30))),
        ended=draw(OPTIONAL) if ends else None,
        ended_known=draw(OPTIONAL) if ends else None,
        basis=draw(st.sampled_from(["reported", "observed", "configured"])),
        strength=draw(st.sampled_from([None, "probable", "publishable"])),
        named=draw(st.sampled_from([None, "Lion", "Tiger"])),
    )


ANY = st.lists(sightings(), max_size=12)
WITHOUT_ENDS = st.lists(sightings(ends=False), min_size=1, max_size=12)


@given(ANY, st.randoms(use_true_random=False))
def test_order_of_sightings_does_not_matter(found: list[Seen], luck: random.Random) -> None:
    mixed = luck.sample(found, len(found))
    assert intervals(mixed) == intervals(found)


@given(ANY)
def test_every_sighting_is_counted_once_and_intervals_do_not_overlap(found: list[Seen]) -> None:
    made = intervals(found)
    assert sum(item.sightings for item in made) == len(found)
    for before, after in itertools.pairwise(made):
        assert before.last_seen_max < after.first_seen_min
    for item in made:
        assert item.first_seen_min <= item.first_seen_max
        assert item.first_seen_min <= item.last_seen_min
        assert item.last_seen_min <= item.last_seen_max
        assert item.first_seen_max <= item.last_seen_max


@given(WITHOUT_ENDS)
def test_intervals_are_farther_apart_than_the_freshness_window(found: list[Seen]) -> None:
    made = intervals(found)
    for before, after in itertools.pairwise(made):
        assert after.first_seen_min > before.last_seen_max + FRESH


@given(WITHOUT_ENDS, sightings(ends=False))
def test_another_sighting_only_widens_and_joins(found: list[Seen], more: Seen) -> None:
    before, after = intervals(found), intervals([*found, more])
    assert len(after) <= len(before) + 1
    for item in before:
        holders = [
            one
            for one in after
            if one.first_seen_min <= item.first_seen_min and item.last_seen_max <= one.last_seen_max
        ]
        assert len(holders) == 1
        (holder,) = holders
        assert holder.sightings >= item.sightings
        assert holder.first_seen_max <= item.first_seen_max
        assert holder.last_seen_min >= item.last_seen_min
        assert holder.known_from <= item.known_from


@given(ANY)
def test_seeing_the_same_again_changes_nothing_but_the_count(found: list[Seen]) -> None:
    def spare(made: list[Interval]) -> list[Interval]:
        return [replace(item, sightings=0) for item in made]

    assert spare(intervals([*found, *found])) == spare(intervals(found))


# -- versions of a list

V1, V2, V3, V4 = (date(2020, month, 1) for month in (1, 4, 7, 10))
OLD, NEW = {"named": "LION"}, {"named": "LION LTD"}


def test_entry_in_every_version_is_one_open_stretch() -> None:
    assert stretches({V1: OLD, V2: OLD, V3: OLD}, [V1, V2, V3]) == [Stretch(OLD, V1, V3, None, gone=False)]


def test_entry_that_a_later_version_lacks_is_gone() -> None:
    assert stretches({V1: OLD, V2: OLD}, [V1, V2, V3]) == [Stretch(OLD, V1, V2, V3, gone=True)]


def test_entry_that_reads_otherwise_was_revised_and_is_not_gone() -> None:
    assert stretches({V1: OLD, V2: NEW}, [V1, V2]) == [
        Stretch(OLD, V1, V1, V2, gone=False),
        Stretch(NEW, V2, V2, None, gone=False),
    ]


def test_entry_that_came_back_has_two_stretches() -> None:
    assert stretches({V1: OLD, V3: OLD}, [V1, V2, V3]) == [
        Stretch(OLD, V1, V1, V2, gone=True),
        Stretch(OLD, V3, V3, None, gone=False),
    ]


def test_entry_that_came_late_starts_with_the_version_that_has_it() -> None:
    assert stretches({V2: OLD}, [V1, V2]) == [Stretch(OLD, V2, V2, None, gone=False)]


def test_entry_that_was_revised_and_then_removed_is_gone_once() -> None:
    assert stretches({V1: OLD, V2: NEW}, [V1, V2, V3]) == [
        Stretch(OLD, V1, V1, V2, gone=False),
        Stretch(NEW, V2, V2, V3, gone=True),
    ]


def test_entry_in_no_version_has_no_stretch() -> None:
    assert stretches({}, [V1, V2]) == []


CONTENTS = st.dictionaries(st.sampled_from([V1, V2, V3, V4]), st.sampled_from([OLD, NEW]))


@given(CONTENTS, st.permutations([V1, V2, V3, V4]))
def test_order_of_versions_does_not_matter(entry: dict[date, dict[str, str]], versions: list[date]) -> None:
    assert stretches(entry, versions) == stretches(dict(sorted(entry.items())), [V1, V2, V3, V4])


@given(CONTENTS)
def test_stretches_say_of_every_version_what_it_said(entry: dict[date, dict[str, str]]) -> None:
    versions = [V1, V2, V3, V4]
    said = {
        version: item.content
        for item in stretches(entry, versions)
        for version in versions
        if item.first <= version <= item.last
    }
    assert said == entry
