"""Figures as text: the same for a terminal and for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from latency import ALONE, BARE, BARE_FIXED, WHOLE, WHOLE_FIXED, Timing
from rates import Rates
from servers import STORES

AIM_SIZE = 500_000
RATE_AIM = 10_000  # SERVES per second on the embedded store
FLAT_AIM = 0.8  # last tenths over first tenths; two runs of the same differ by 10-15 %
RATIO_AIM = 3.0  # flagship over bare question
Timings = dict[str, dict[str, Timing]]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that one run measured; `timings` by number of SERVES, the smaller world first."""

    kinds: list[str]
    alone: Rates
    whole: Rates
    timings: dict[int, Timings]
    load_average: float

    def failures(self) -> Iterator[str]:
        """Yield what could not be asked, or was answered differently."""
        for size, timings in self.timings.items():
            for case, by_kind in timings.items():
                for kind, timing in by_kind.items():
                    if timing.failure:
                        yield f"{case}, {STORES[kind]}, {size:,} SERVES: {timing.failure}"


def text(figures: Figures) -> str:
    """Write everything as Markdown."""
    parts = [
        _heading(figures),
        _rates(figures),
        _latencies(figures),
        _ratios(figures),
        _aims(figures),
        "\n".join(f"- **failed**: {failure}" for failure in figures.failures()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(figures: Figures) -> str:
    stores = ", ".join(STORES[kind] for kind in figures.kinds)
    packages = ", ".join(f"{name} {version(name)}" for name in ("sousveil", "neo4j", "arcadedb-embedded"))
    day = datetime.now(tz=UTC).date()
    machine = f"{os.cpu_count()} cores, load average {figures.load_average:.1f} at the start"
    software = f"Python {platform.python_version()}, {packages}"
    return (
        f"{max(figures.timings):,} SERVES · {stores} · {day} · {machine} · {software}\n\n"
        "Absolute times hold for this machine on that day; compare ratios."
    )


def _rates(figures: Figures) -> str:
    rows = []
    for name, rates in (
        ("SERVES upserted, per second", figures.alone),
        ("whole load, SERVES per second", figures.whole),
    ):
        rows.append([name, *(f"{rates.total(kind):,.0f}" for kind in figures.kinds)])
        rows.append(["· by tenths", *(_tenths(rates.tenths(kind)) for kind in figures.kinds)])
        spent = [rates.cpu(kind) for kind in figures.kinds]
        rows.append(
            ["· processor time of one: client + server", *(f"{c:.0f} + {s:.0f} µs" for c, s in spent)]
        )
        rows.append(["· last tenths / first", *(f"{rates.slope(kind):.2f}" for kind in figures.kinds)])
    return "## Load\n\n" + _table(["", *(STORES[kind] for kind in figures.kinds)], rows)


def _tenths(rates: Iterable[float]) -> str:
    return " ".join(f"{rate / 1_000:.1f}k" for rate in rates)


def _latencies(figures: Figures) -> str:
    """Write cold and warm times of each case at each size, and how they grow."""
    sizes = list(figures.timings)
    head = ["question", *(f"rows at {_short(size)}" for size in sizes)]
    for kind in figures.kinds:
        head += [f"{STORES[kind]}, {_short(size)}" for size in sizes] + ["growth"]
    rows = []
    for case in figures.timings[sizes[-1]]:
        by_size = [figures.timings[size][case] for size in sizes]
        row = [case, *(f"{max(timing.rows for timing in timings.values()):,}" for timings in by_size)]
        for kind in figures.kinds:
            timings = [by_kind[kind] for by_kind in by_size]
            row += [*map(_time, timings), _factor(timings[-1], timings[0])]
        rows.append(row)
    note = (
        "Milliseconds: median of five warm (the first one, cold). Rows of an answer include one of coverage."
    )
    return f"## Questions\n\n{note}\n\n" + _table(head, rows)


def _time(timing: Timing) -> str:
    return "failed" if timing.failure else f"{timing.warm:,.0f} ({timing.cold:,.0f})"


def _factor(timing: Timing, base: Timing) -> str:
    return "-" if not base.warm or timing.failure else f"{timing.warm / base.warm:.1f}x"


def _ratios(figures: Figures) -> str:
    """Write the flagship as a multiple of the bare question."""
    pairs = ((ALONE, BARE), (WHOLE, BARE), (WHOLE_FIXED, BARE_FIXED))
    head = [
        "over the bare question",
        *(f"{STORES[k]}, {_short(s)}" for k in figures.kinds for s in figures.timings),
    ]
    rows = [
        [case, *(_factor(t[case][k], t[base][k]) for k in figures.kinds for t in figures.timings.values())]
        for case, base in pairs
    ]
    return "## The flagship against the bare question\n\n" + _table(head, rows)


def _aims(figures: Figures) -> str:
    lines = [_verdict(name, met) for name, met in _judged(figures)]
    note = f"They are set for {AIM_SIZE:,} SERVES; a smaller run judges cold servers.\n\n"
    return "## Aims\n\n" + (note if max(figures.timings) < AIM_SIZE else "") + "\n".join(lines)


def _judged(figures: Figures) -> Iterator[tuple[str, bool]]:
    if "arcadedb" in figures.kinds:
        rate, slope = figures.alone.total("arcadedb"), figures.alone.slope("arcadedb")
        yield f"{RATE_AIM:,} SERVES/s on the embedded store: {rate:,.0f}", rate >= RATE_AIM
        yield f"flat as hubs grow: last tenths / first {slope:.2f}", slope >= FLAT_AIM
    last = figures.timings[max(figures.timings)]
    for kind in figures.kinds:
        whole, bare = last[WHOLE][kind], last[BARE][kind]
        ratio = whole.warm / bare.warm if bare.warm and not whole.failure else float("inf")
        name = f"flagship, whole, at most {RATIO_AIM:.0f}x the bare question on {STORES[kind]}: {ratio:.1f}x"
        yield name, ratio <= RATIO_AIM


def _verdict(name: str, met: bool) -> str:
    return f"- {'met' if met else 'NOT MET'}: {name}"


def _short(size: int) -> str:
    return f"{size / 1_000:g}k"


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
