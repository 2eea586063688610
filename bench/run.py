"""Load rate and question latency on both stores, side by side; `make bench` runs it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from latency import time_all
from rates import serves_alone, whole_load
from report import Figures, Timings, text
from servers import STORES, missing, opened
from synthetic import World

SIZES = {"small": (1_000, 2_000), "medium": (5_000, 50_000), "full": (50_000, 500_000)}
CHUNKS = {"small": 4, "medium": 20, "full": 20}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = "# Benchmarks\n\nWritten by `bench/run.py --write`; the world is made up (`bench/synthetic.py`).\n\n"


def main() -> int:
    """Measure, print, and say by the exit code whether every question was answered alike by both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full", help="how many SERVES: 2k, 50k or 500k")
    parser.add_argument("--store", choices=STORES, action="append", help="only this one; may be repeated")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    options = parser.parse_args()
    kinds = [kind for kind in options.store or STORES if _is_here(kind)]
    if not kinds:
        return 1
    figures = _measure(kinds, *SIZES[options.size], CHUNKS[options.size])
    page = text(figures)
    print(page)
    if options.write:
        PAGE.write_text(HEAD + page, "utf-8")
    return 1 if any(figures.failures()) else 0


def _measure(kinds: list[str], first: int, last: int, chunks: int) -> Figures:
    load_average = os.getloadavg()[0]
    world = World(edges=last, chunk=last // chunks)
    timings: dict[int, Timings] = {}
    with opened(kinds) as stores:
        alone = serves_alone(stores, world, _tell)

    def at(done: int) -> None:
        if done in (first, last):
            timings[done] = time_all(stores, _tell)

    with opened(kinds) as stores:
        whole = whole_load(stores, world, _tell, at)
    return Figures(kinds, alone, whole, timings, load_average)


def _is_here(kind: str) -> bool:
    reason = missing(kind)
    if reason:
        _tell(f"{STORES[kind]} is not measured: {reason}")
    return reason is None


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
