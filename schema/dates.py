"""Dates as sources give them: a day, a month, a year, or a window between two of these."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

FORM = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")


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
    first, _, last = text.strip().partition("/")
    return Window(_span(first).earliest, _span(last or first).latest)


def _span(text: str) -> Window:
    match = FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no date; write 2020-01-31, 2020-01, 2020 or a window 2020-01/2020-09")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None  # noqa: S101 - the pattern requires it
    if day and month:
        return Window(date(year, month, day), date(year, month, day))
    last_month = month or 12
    last_day = calendar.monthrange(year, last_month)[1]
    return Window(date(year, month or 1, 1), date(year, last_month, last_day))
