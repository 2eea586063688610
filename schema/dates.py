"""Dates as sources give them: a day, a month, a year, or a window between two of these."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

FORM = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One day somewhere between two days, both included; UTC."""

    earliest: date
    latest: date

    def __post_init__(self) -> None:
        if self.earliest > self.latest:
            raise ValueError(f"{self.earliest}/{self.latest}: the window ends before it begins")

    @property
    def exact(self) -> bool:
        """Say whether the window is a single day."""
        return self.earliest == self.latest


def parse_window(text: str) -> Window:
    """Read `2020-01-31`, `2020-01`, `2020` or two of these joined by `/`; anything else is a ValueError.

    >>> parse_window("2020-01/2020-09").latest
    datetime.date(2020, 9, 30)
    """
    first, joined, last = text.strip().partition("/")
    return Window(_span(first).earliest, _span(last if joined else first).latest)


def _span(text: str) -> Window:
    match = FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no date; write 2020-01-31, 2020-01, 2020 or a window 2020-01/2020-09")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None  # noqa: S101 - the pattern requires it
    if day is not None and month is not None:
        return Window(date(year, month, day), date(year, month, day))
    first_month, last_month = (1, 12) if month is None else (month, month)
    first = date(year, first_month, 1)
    return Window(first, date(year, last_month, calendar.monthrange(year, last_month)[1]))
