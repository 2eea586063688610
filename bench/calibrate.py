"""Fit the confidence of a mailbox that stands behind a gateway: what autodiscover, DKIM and SPF are worth.

    python bench/calibrate.py [--truth DIR]

Nobody sees behind a gateway. So rows whose own mail host shows where the mailbox is are read as if a gateway
stood in front: the mail host is hidden, the rest kept, and what it showed is the truth. Isotonic regression
(pool adjacent violators, Barlow et al. 1972) over the sets of signals gives the fitted values; half of the
rows, by a hash of the name, fit them, the other half measures them in docs/accuracy.md. The values printed
stand in ingest/attribute/decision.toml.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import truth
from accuracy import TRUTH, verdict_of
from truth import Row

from sousveil import catalogue
from sousveil.ingest.attribute.knowledge import Knowledge

GATEWAY = "mx1.hc0000-00.iphmx.com"  # any gateway would do: its own rule says so
KINDS = ("autodiscover", "dkim", "spf")
# From weak to strong, before anything was counted: what its owner set for mailboxes beats who may send.
ORDER = (
    {"spf"},
    {"autodiscover"},
    {"autodiscover", "spf"},
    {"dkim"},
    {"dkim", "spf"},
    {"autodiscover", "dkim"},
    {"autodiscover", "dkim", "spf"},
)
# The labeller's words for a mail host that shows where the mailbox is.
SHOWN = ("MX record (", "is self-hosted", "hosted on Local ISP")
HELD = {"microsoft": "microsoft-365", "google": "google-workspace"}
Sample = tuple[frozenset[str], bool]  # the kinds that name a vendor, and whether it keeps the mail


def shown(folder: Path) -> Iterator[Row]:
    """Yield the rows whose own mail host shows where the mailbox is."""
    for path in sorted(folder.glob("mail_mxmap*")):
        for row in truth.mxmap(path):
            if any(words in (row.told.get("reason") or "") for words in SHOWN):
                yield row


def hidden(row: Row) -> Row:
    """Return the row as if a gateway stood in front of its mail host."""
    kept = [one for one in row.observations if one.kind not in {"mx", "asn", "cname"}]
    gateway = next(one for one in row.observations if one.kind == "mx")
    return replace(row, observations=(*kept, replace(gateway, value=GATEWAY)))


def fits_here(row: Row) -> bool:
    """Say whether a row belongs to the half that fits."""
    return hashlib.sha256(row.target.encode()).digest()[-1] % 2 == 0


def samples(rows: Iterable[Row], knowledge: Knowledge) -> Iterator[Sample]:
    """Yield the kinds of each row that name a vendor, and whether that vendor keeps the mail."""
    for row in rows:
        wild = any(one.kind == "wildcard" for one in row.observations)
        for label, provider in HELD.items():
            kinds = {
                one.kind
                for one in row.observations
                if one.kind in KINDS
                and not (one.kind == "dkim" and wild)
                and provider in {hit.rule.provider for hit in knowledge.matcher.best(one.kind, one.value)}
            }
            if kinds:
                yield frozenset(kinds), row.label == label


def measured(folder: Path, knowledge: Knowledge) -> Iterator[tuple[float, bool]]:
    """Yield (confidence, right) of each mailbox that is named on the rows which fitted nothing."""
    for row in shown(folder):
        if not fits_here(row) and any(one.kind == "mx" for one in row.observations):
            verdict = verdict_of(hidden(row), "email", knowledge)
            for one in verdict.attributions if verdict else ():
                if one.provider in HELD.values() and one.role == "mailbox":
                    yield one.confidence, HELD.get(row.label or "") == one.provider


def isotonic(points: list[tuple[float, int]]) -> list[float]:
    """Pool adjacent violators: (share, weight) in the order in which shares should rise → fitted shares."""
    blocks: list[list[float]] = []  # share, weight, number of points
    for share, weight in points:
        blocks.append([share, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last = blocks.pop()
            total = blocks[-1][1] + last[1]
            blocks[-1][0] = (blocks[-1][0] * blocks[-1][1] + last[0] * last[1]) / total
            blocks[-1][1], blocks[-1][2] = total, blocks[-1][2] + last[2]
    return [share for share, _, number in blocks for _ in range(int(number))]


def fitted(found: Iterable[Sample]) -> dict[frozenset[str], tuple[int, float, float]]:
    """Return kinds → (rows, share as counted, share as fitted); more and stronger signals never give less.

    A set without SPF stands for all rows that have the rest, with SPF or not: behind a gateway, mail leaves
    through the gateway, so an SPF that does not name the mailbox says nothing against it.
    """
    counts: dict[frozenset[str], list[bool]] = defaultdict(list)
    for kinds, holds in found:
        counts[kinds].append(holds)
        if "spf" in kinds and len(kinds) > 1:
            counts[kinds - {"spf"}].append(holds)
    order = [frozenset(kinds) for kinds in ORDER if frozenset(kinds) in counts]
    points = [(_share(counts[kinds]), len(counts[kinds])) for kinds in order]
    return {
        kinds: (weight, share, value)
        for kinds, (share, weight), value in zip(order, points, isotonic(points), strict=True)
    }


def _share(held: list[bool]) -> float:
    """Return the share with one success and one failure added (Laplace), so that few rows claim little."""
    return (sum(held) + 1) / (len(held) + 2)


def main() -> int:
    """Fit, and print what belongs into decision.toml."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, default=TRUTH, help="a folder with files of the same layout")
    options = parser.parse_args()
    knowledge = Knowledge.of(catalogue.load())
    rows = [row for row in shown(options.truth) if fits_here(row)]
    print(f"{len(rows)} rows fit")
    for kinds, (number, share, value) in fitted(samples(rows, knowledge)).items():
        print(f"{' + '.join(sorted(kinds)):<28} {number:>5} rows  counted {share:.3f}  fitted {value:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
