"""Dates as sources give them are read as windows of days, or refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.records import Period, text_of
from sousveil.schema.dates import Window, parse_window

DAYS = st.dates(min_value=date(1000, 1, 1))


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2020-01-31", date(2020, 1, 31), date(2020, 1, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2021-02", date(2021, 2, 1), date(2021, 2, 28)),
        ("2020-12", date(2020, 12, 1), date(2020, 12, 31)),
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-01/2020-09", date(2020, 1, 1), date(2020, 9, 30)),
        ("2019/2020-03-05", date(2019, 1, 1), date(2020, 3, 5)),
        (" 2020-05 / 2020-06 ", date(2020, 5, 1), date(2020, 6, 30)),
    ],
)
def test_window_reaches_from_the_first_day_to_the_last(text: str, earliest: date, latest: date) -> None:
    assert parse_window(text) == Window(earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "2020/",
        "/2020",
        "2020/2021/2022",
        "2020-1",
        "2020-13",
        "2020-00",
        "2020-00-05",
        "2020-02-00",
        "2020-02-30",
        "2021-02-29",
        "2020-1-1",
        "20-01-01",
        "0000",
        "12020-01-01",
        "2020-01-01T00:00:00",
        "2020-01-01 00:00:00",
        "１９９９-01-01",  # noqa: RUF001 - full-width digits are what this line is about
        "01/02/2020",
        "May 2020",
        "None",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_window(text)


def test_window_that_ends_before_it_begins_is_refused_with_both_days() -> None:
    with pytest.raises(ValueError, match=r"2020-09-01/2020-01-31"):
        parse_window("2020-09/2020-01")


def test_refusal_quotes_the_text_and_says_how_to_write() -> None:
    with pytest.raises(
        ValueError, match=r"'May 2020' is no date; write 2020-01-31, 2020-01, 2020 or a window"
    ):
        parse_window("May 2020")


@given(DAYS, st.integers(0, 4000))
def test_window_survives_being_written_as_text(first: date, days: int) -> None:
    window = Window(first, min(first + timedelta(days=min(days, (date.max - first).days)), date.max))
    assert parse_window(text_of(window)) == window


@given(DAYS)
def test_only_a_single_day_is_exact(day: date) -> None:
    assert parse_window(day.isoformat()).exact
    assert not parse_window(day.isoformat()[:7]).exact


def test_period_keeps_what_is_certain_and_the_text_of_what_is_not() -> None:
    period = Period.of(parse_window("2017-10"), parse_window("2025"))
    assert period == Period(
        start=date(2017, 10, 31), end=date(2025, 1, 1), start_text="2017-10", end_text="2025"
    )


def test_period_of_exact_days_needs_no_text() -> None:
    period = Period.of(parse_window("2017-10-31"), None)
    assert period == Period(start=date(2017, 10, 31))
