"""From sightings to intervals, from versions of a list to listings; the order of input never matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sousveil.schema import vocabulary

FRESH = timedelta(days=90)  # sightings farther apart, with no look between, start a new interval
KEPT_EVIDENCE = 16  # on an edge: the first and the last; ABOUT has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One sighting of one claim, as an ABOUT relationship holds it."""

    evidence: str
    seen_min: date
    seen_max: date
    known_from: date
    ended: date | None = None
    ended_known: date | None = None
    basis: str = "reported"
    strength: str | None = None
    confidence: float | None = None
    named: str | None = None
    label: str | None = None
    rules: Sequence[str] | None = None
    against: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """What an unbroken series of sightings says; the fields are those of SERVES."""

    first_seen_min: date
    first_seen_max: date
    last_seen_min: date
    last_seen_max: date
    ended: date | None
    ended_known: date | None
    start_cause: str
    end_cause: str | None
    known_from: date
    known_until: date | None
    known_cause: str | None
    basis: str
    strength: str | None
    confidence: float | None
    named: str | None
    label: str | None
    rules: tuple[str, ...]
    against: tuple[str, ...]
    sightings: int
    evidence: tuple[str, ...]


def intervals(sightings: Iterable[Seen], retracted: Iterable[date] = ()) -> list[Interval]:
    """Join the sightings of one claim into intervals, oldest first.

    A gap longer than FRESH, or a stated end between two sightings, starts a new interval. `retracted` are the
    days on which the claim was taken back: every interval that was known by then, and none that came later.
    """
    ordered = sorted(sightings, key=lambda s: (s.seen_min, s.seen_max, s.evidence))
    ends = sorted({(s.ended, s.ended_known or s.known_from) for s in ordered if s.ended})
    retractions = sorted(retracted)
    groups: list[list[Seen]] = []
    for sighting in ordered:
        if not groups or _apart(groups[-1], sighting, ends):
            groups.append([])
        groups[-1].append(sighting)
    return [_interval(group, following, ends, retractions) for group, following in _with_next(groups)]


def _with_next(groups: Sequence[list[Seen]]) -> Iterable[tuple[list[Seen], list[Seen] | None]]:
    return zip(groups, [*groups[1:], None], strict=False)  # of none, none


def _apart(group: Sequence[Seen], sighting: Seen, ends: Iterable[tuple[date, date]]) -> bool:
    last = max(s.seen_max for s in group)
    if any(last < ended <= sighting.seen_min for ended, _ in ends):
        return True
    return sighting.seen_min > last + FRESH


def _interval(
    group: Sequence[Seen],
    following: Sequence[Seen] | None,
    ends: Sequence[tuple[date, date]],
    retractions: Sequence[date],
) -> Interval:
    last_seen_min = max(s.seen_min for s in group)
    limit = min((s.seen_min for s in following), default=date.max) if following else date.max
    end = next(((ended, known) for ended, known in ends if last_seen_min <= ended <= limit), (None, None))
    known_from = min(s.known_from for s in group)
    retracted = next((day for day in retractions if day >= known_from), None)
    return Interval(
        first_seen_min=min(s.seen_min for s in group),
        first_seen_max=min(s.seen_max for s in group),
        last_seen_min=last_seen_min,
        last_seen_max=max(s.seen_max for s in group),
        ended=end[0],
        ended_known=end[1],
        start_cause="coverage",
        end_cause="world" if end[0] else None,
        known_from=known_from,
        known_until=retracted,
        known_cause="retraction" if retracted else None,
        basis=_strongest((s.basis for s in group), "serving_basis") or "reported",
        strength=_strongest((s.strength for s in group), "strength"),
        confidence=max((s.confidence for s in group if s.confidence is not None), default=None),
        named=min((s.named for s in group if s.named), default=None),
        label=min((s.label for s in group if s.label), default=None),
        rules=_all(s.rules for s in group),
        against=_all(s.against for s in group)[:KEPT_EVIDENCE],
        sightings=_count(group),
        evidence=_first_and_last([s.evidence for s in group]),
    )


def _count(group: Sequence[Seen]) -> int:
    """Count sightings: each report, and each day on which we attributed, however many records it rests on."""
    return sum(not s.rules for s in group) + len({(s.seen_min, s.seen_max) for s in group if s.rules})


def _all(lists: Iterable[Sequence[str] | None]) -> tuple[str, ...]:
    return tuple(sorted({text for texts in lists for text in texts or ()}))


def _strongest(words: Iterable[str | None], kind: str) -> str | None:
    ranked = vocabulary(kind)
    return min((word for word in words if word), key=ranked.index, default=None)


def _first_and_last(evidence: Sequence[str]) -> tuple[str, ...]:
    unique = list(dict.fromkeys(evidence))
    if len(unique) <= KEPT_EVIDENCE:
        return tuple(unique)
    half = KEPT_EVIDENCE // 2
    return (*unique[:half], *unique[-half:])


@dataclass(frozen=True, slots=True)
class Stretch:
    """An unbroken series of versions in which an entry stood with the same content.

    `following` is the next version of the list, where this stretch does not reach the newest; `gone` says
    whether the entry is missing there (the world changed) or stands there otherwise (the list was revised).
    """

    content: Mapping[str, object]
    first: date
    last: date
    following: date | None
    gone: bool


def stretches(seen: Mapping[date, Mapping[str, object]], versions: Sequence[date]) -> list[Stretch]:
    """Turn {version: content of one entry in it} into stretches; `versions` are all that we have."""
    found: list[Stretch] = []
    start: date | None = None
    ordered = sorted(versions)
    for version, following in zip(ordered, [*ordered[1:], None], strict=False):
        if version not in seen:
            continue
        start = start or version
        if following is not None and seen.get(following) == seen[version]:
            continue
        gone = following is not None and following not in seen
        found.append(Stretch(seen[version], start, version, following, gone))
        start = None
    return found
