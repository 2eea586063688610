"""Lanes: headquarters, provider, service, domain, company; each name once, a line for each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LANES = ("headquarters", "provider", "service", "domain", "company")
WIDTHS = (110, 190, 140, 230, 270)  # pixels of each lane
GUTTER, ROW, HEAD = 56, 26, 36
LONGEST = 34  # characters of a name; the whole name is its title
MOST = 60  # names in a lane; what is beyond it stands in the table only


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A name in its lane; `label` is cut where the name is long."""

    name: str
    label: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A step between two lanes; `status` is that of the fact, the weakest where several share it."""

    path: str
    status: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """The whole picture, in pixels; `left_out` counts facts that did not fit."""

    width: float
    height: float
    heads: tuple[tuple[str, float], ...]
    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    left_out: int


def lanes(rows: Sequence[Mapping[str, Any]]) -> Lanes:
    """Lay out rows of providers-of or clients-of; the latter say no headquarters, and get no such lane."""
    first = 0 if all("parent_country" in row for row in rows) else 1
    widths = WIDTHS[first:]
    paths = [(_names(row)[first:], str(row["status"])) for row in rows]
    kept = _room(paths)
    columns = [list(dict.fromkeys(names[lane] for names, _ in kept)) for lane in range(len(widths))]
    tallest = max((len(column) for column in columns), default=0)
    edges = [sum(widths[:lane]) + GUTTER * lane for lane in range(len(widths))]
    spots = {
        (lane, name): _spot(name, edges[lane], widths[lane], row + (tallest - len(column)) / 2)
        for lane, column in enumerate(columns)
        for row, name in enumerate(column)
    }
    return Lanes(
        width=edges[-1] + widths[-1],
        height=HEAD + tallest * ROW + 8,
        heads=tuple(zip(LANES[first:], map(float, edges), strict=True)),
        spots=tuple(spots.values()),
        lines=tuple(_lines(kept, spots)),
        left_out=len(paths) - len(kept),
    )


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the name in each lane."""
    return (
        row.get("parent_country") or "unknown",
        row["provider"],
        row["service"],
        row["domain"] or "no domain named",
        row["company"] or "owner unknown",
    )


def _room(paths: Sequence[tuple[tuple[str, ...], str]]) -> list[tuple[tuple[str, ...], str]]:
    """Keep the facts that need no more than MOST names in any lane."""
    seen: list[set[str]] = [set() for _ in LANES]
    kept = []
    for names, status in paths:
        if all(name in lane or len(lane) < MOST for name, lane in zip(names, seen, strict=False)):
            for name, lane in zip(names, seen, strict=False):
                lane.add(name)
            kept.append((names, status))
    return kept


def _spot(name: str, x: float, width: float, row: float) -> Spot:
    label = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    return Spot(name=name, label=label, x=x, y=HEAD + row * ROW, width=width)


def _lines(paths: Sequence[tuple[tuple[str, ...], str]], spots: Mapping[tuple[int, str], Spot]) -> list[Line]:
    drawn: dict[tuple[int, str, str], Line] = {}
    for names, status in paths:
        for lane, (left, right) in enumerate(pairwise(names)):
            a, b = spots[lane, left], spots[lane + 1, right]
            x0, x1, y0, y1 = a.x + a.width, b.x, a.y + ROW / 2, b.y + ROW / 2
            middle = (x0 + x1) / 2
            path = f"M{x0:.1f},{y0:.1f}C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
            drawn.setdefault(
                (lane, left, right), Line(path=path, status=status, title=f"{left} → {right}: {status}")
            )
    return list(drawn.values())
