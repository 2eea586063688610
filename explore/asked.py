"""What a page was asked: every part of its state stands in the query string, so that an address is stable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from urllib.parse import quote, urlencode

from sousveil.schema import vocabulary
from sousveil.schema.errors import SousveilError

LIST = "us-entity-list"
STATUSES = ("current", "uncertain", "last-known", "ended", "disputed", "retracted")
LONGEST = 200  # characters of one value


class AskedError(SousveilError):
    """An address asks for something that cannot be; the message says what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The state of a view. None means `any`."""

    list: str = LIST
    as_of: date
    known_on: date
    service: str | None = None
    country: str | None = None
    status: str | None = None
    basis: str | None = None
    scope: str = "corporate"

    @classmethod
    def of(cls, query: Mapping[str, str], today: date) -> Asked:
        """Read a query string; what it leaves out takes its default."""
        given = {name: query[name].strip()[:LONGEST] for name in NAMES if query.get(name, "").strip()}
        words = {"service": vocabulary("service"), "status": STATUSES, "basis": vocabulary("serving_basis")}
        words["scope"] = vocabulary("scope")
        for name, allowed in words.items():
            if given.get(name, allowed[0]) not in allowed:
                raise AskedError(f"{name} is one of {', '.join(allowed)}, not {given[name]!r}")
        days = {name: _day(name, given.pop(name, today.isoformat())) for name in ("as_of", "known_on")}
        return cls(**given, **days)  # type: ignore[arg-type]  # texts and days, by name

    def state(self, **changes: object) -> str:
        """Return the query string of this state with changes; defaults stay out of it."""
        told = {name: changes.get(name, getattr(self, name)) for name in NAMES}
        usual = {"list": LIST, "scope": "corporate", "as_of": self.known_on, "known_on": None}
        return urlencode(
            {name: str(value) for name, value in told.items() if value and value != usual.get(name)}
        )

    def link(self, *path: str, **changes: object) -> str:
        """Return the address of a page in this state."""
        state = self.state(**changes)
        return "/" + "/".join(quote(part, safe="") for part in path) + (f"?{state}" if state else "")


NAMES = tuple(field.name for field in fields(Asked))


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AskedError(f"{name} is a day, written 2020-01-31, not {text!r}") from error


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return each value once, in order of first appearance."""
    return tuple(dict.fromkeys(values))
