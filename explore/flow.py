"""The flow: headquarters country → provider → company, as shapes for an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sousveil.explore.facts import Fact, count

WIDTH, BAR, GAP, UNIT = 1120, 14, 9, 15  # pixels; UNIT is the height of one fact
HEAD = 34
MOST = 24  # bars in a column; what is beyond it goes into one
TALLEST = 1_400  # pixels that facts may fill; above it UNIT shrinks
COLUMNS = ("country", "provider", "company")
EDGES = (96, 390, 740)  # left edges of the bars, so that names have room


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of a column: `key` is an id (or ISO code), `facts` how many it stands for."""

    column: str
    key: str
    name: str
    x: float
    y: float
    height: float
    facts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """A ribbon between two bars: `path` is the outline, `facts` those that flow in it."""

    source: Bar
    target: Bar
    path: str
    facts: tuple[Fact, ...]

    @property
    def title(self) -> str:
        """Say what flows."""
        number = len(self.facts)
        return f"{self.source.name} → {self.target.name}: {number} fact{'s' if number > 1 else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole picture, in pixels."""

    width: int
    height: float
    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]


def flow(facts: Sequence[Fact]) -> Flow:
    """Lay out the facts; each is one unit high in every column."""
    unit = min(UNIT, TALLEST / max(len(facts), 1))
    keys = [_keys(facts, column) for column in COLUMNS]
    columns = [_bars(column, edge, of, unit) for column, edge, of in zip(COLUMNS, EDGES, keys, strict=True)]
    ribbons = [
        ribbon
        for left, right, a, b in zip(columns, columns[1:], keys, keys[1:], strict=False)
        for ribbon in _ribbons(facts, left, right, a, b, unit)
    ]
    bars = tuple(bar for column in columns for bar in column.values())
    return Flow(
        width=WIDTH,
        height=max((bar.y + bar.height for bar in bars), default=HEAD) + GAP,
        bars=bars,
        ribbons=tuple(ribbons),
    )


def _keys(facts: Sequence[Fact], column: str) -> list[tuple[str, str]]:
    """Return (key, name) of the bar that each fact goes to; rare ones share a bar."""
    pairs = [_key(fact, column) for fact in facts]
    ranked = [key for key, _ in count(key for key, _ in pairs)]
    kept = set(ranked if len(ranked) <= MOST else ranked[: MOST - 1])
    other = ("", f"{len(ranked) - len(kept)} others")
    return [pair if pair[0] in kept else other for pair in pairs]


def _key(fact: Fact, column: str) -> tuple[str, str]:
    if column == "country":
        return fact.country, fact.country
    if column == "provider":
        return fact.provider_id, fact.provider
    return fact.company_id, fact.company


def _bars(column: str, x: float, of: Sequence[tuple[str, str]], unit: float) -> dict[str, Bar]:
    names = dict(of)
    bars: dict[str, Bar] = {}
    y = float(HEAD)
    for key, facts in count(key for key, _ in of):
        bars[key] = Bar(column=column, key=key, name=names[key], x=x, y=y, height=facts * unit, facts=facts)
        y += facts * unit + GAP
    return bars


def _ribbons(
    facts: Sequence[Fact],
    left: dict[str, Bar],
    right: dict[str, Bar],
    a: Sequence[tuple[str, str]],
    b: Sequence[tuple[str, str]],
    unit: float,
) -> list[Ribbon]:
    """Bundle the facts between each two bars, in the order of the bars so that ribbons cross little."""
    bundles: dict[tuple[str, str], list[Fact]] = {}
    for fact, (source, _), (target, _) in zip(facts, a, b, strict=True):
        bundles.setdefault((source, target), []).append(fact)
    filled = {("left", key): bar.y for key, bar in left.items()}
    filled |= {("right", key): bar.y for key, bar in right.items()}
    ribbons = []
    for source, target in ((s, t) for s in left for t in right if (s, t) in bundles):
        bundle = bundles[source, target]
        height = len(bundle) * unit
        y0, y1 = filled["left", source], filled["right", target]
        filled["left", source] += height
        filled["right", target] += height
        path = _outline(left[source].x + BAR, y0, right[target].x, y1, height)
        ribbons.append(Ribbon(source=left[source], target=right[target], path=path, facts=tuple(bundle)))
    return ribbons


def _outline(x0: float, y0: float, x1: float, y1: float, height: float) -> str:
    middle, b0, b1 = (x0 + x1) / 2, y0 + height, y1 + height
    upper = f"M{x0:.1f},{y0:.1f}C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
    return upper + f"V{b1:.1f}C{middle:.1f},{b1:.1f} {middle:.1f},{b0:.1f} {x0:.1f},{b0:.1f}Z"
