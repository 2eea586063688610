"""How often attribution is right on labelled truth: precision, recall and abstention; `make bench-accuracy`.

    python bench/accuracy.py [--truth DIR] [--write]

Each row is attributed on its own, by the catalogue and the table that ship. `--write` also writes
docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import math
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import judging
import peers
import truth
from judging import ABSTAINED, APART, RIGHT, WRONG, Judged
from truth import Row

from sousveil import catalogue as catalogues
from sousveil.catalogue import Catalogue
from sousveil.ingest.attribute.attribution import attribute
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict

TRUTH = Path("/work/shared/data/truth")
PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
MISLABELLED = Path(__file__).parent / "mislabelled.toml"
Z = 1.959964  # standard normal quantile of a 95 % interval
WORST = 50
THIRD = "nameserver, third parties"


@dataclass(slots=True)
class Part:
    """One set of rows with our answers, and what peers answered on the same rows (outcomes by name)."""

    name: str
    judged: list[Judged]
    peers: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def outcomes(self) -> Counter[str]:
        """Count the outcomes."""
        return Counter(one.outcome for one in self.judged)


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % Wilson interval; n = 0 leaves it undefined."""

    hits: int
    n: int

    @property
    def share(self) -> float:
        """Return the share."""
        return self.hits / self.n if self.n else math.nan

    def interval(self) -> tuple[float, float]:
        """Return the Wilson score interval (Wilson 1927)."""
        if not self.n:
            return math.nan, math.nan
        p, n = self.share, self.n
        middle, spread = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        whole = 1 + Z * Z / n
        return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)

    def __str__(self) -> str:
        if not self.n:
            return "-"
        low, high = self.interval()
        return f"{self.share:.4f} ({low:.4f}-{high:.4f})"


def precision(outcomes: Counter[str]) -> Figure:
    """Of what we answered, how much agrees with the label."""
    return Figure(outcomes[RIGHT], outcomes[RIGHT] + outcomes[WRONG])


def coverage(outcomes: Counter[str]) -> Figure:
    """Of all labelled rows, how many we answer rightly: recall over all labels."""
    return Figure(outcomes[RIGHT], outcomes[RIGHT] + outcomes[WRONG] + outcomes[ABSTAINED])


def abstention(outcomes: Counter[str]) -> Figure:
    """Of all labelled rows, how many we leave open."""
    return Figure(outcomes[ABSTAINED], outcomes[RIGHT] + outcomes[WRONG] + outcomes[ABSTAINED])


def measure(folder: Path, catalogue: Catalogue, *, with_peers: bool = True) -> list[Part]:
    """Attribute every labelled file that is in the folder; the peers are asked on the same rows."""
    knowledge = Knowledge.of(catalogue)
    parts = [*_mail(folder, knowledge), *_webdep(folder, catalogue, knowledge)]
    if with_peers:
        for part in parts:
            _ask_peers(part, catalogue)
    return parts


def _ask_peers(part: Part, catalogue: Catalogue) -> None:
    """Ask the peers about a whole set of rows."""
    if part.name.startswith("email") and ":" not in part.name:
        asked = {"substrings": peers.substring(catalogue, "mx"), "mxsniff": peers.mxsniff()}
        for name, ask in asked.items():
            if ask:
                part.peers[name] = Counter(judging.mailbox(one.row, *ask(one.row)) for one in part.judged)
    elif part.name == THIRD:
        ask = peers.substring(catalogue, "ns")
        part.peers["substrings"] = Counter(
            judging.webdep(one.row, "nameserver", ask(one.row)[1], catalogue) for one in part.judged
        )


def verdict_of(row: Row, service: str, knowledge: Knowledge) -> Verdict | None:
    """Attribute one row; None where nothing of it was observed."""
    for one in attribute(row.observations, knowledge):
        if one.conclusion.service == service and one.conclusion.host == row.target:
            return one
    return None


def _judged(
    rows: Iterable[Row], service: str, knowledge: Knowledge, judge: Callable[[Row, Verdict], Judged]
) -> Iterator[Judged]:
    for row in rows:
        verdict = verdict_of(row, service, knowledge)
        if verdict is None:
            yield Judged(row, row.label or "", "unknown", ABSTAINED, 0.0, "nothing of it could be observed")
        else:
            yield judge(row, verdict)


def _mail(folder: Path, knowledge: Knowledge) -> Iterator[Part]:
    for pattern, read in (("mail_mxmap*", truth.mxmap), ("mail_secassure*", truth.secassure)):
        for path in sorted(folder.glob(pattern)):
            found = list(_judged(read(path), "email", knowledge, judging.mail))
            part = Part(f"email, {path.name.partition('.')[0]}", found)
            yield part
            yield from _mail_slices(part)


def _mail_slices(part: Part) -> Iterator[Part]:
    """Yield what the gates look at: rows with an explicit MX, and the gold rows."""
    explicit = [one for one in part.judged if "MX record" in (one.row.told.get("reason") or "")]
    if explicit:
        yield Part(
            f"{part.name}: explicit MX", [one for one in explicit if one.label in {"microsoft", "google"}]
        )
    gold = [one for one in part.judged if one.row.told.get("manual_override")]
    if gold:
        yield Part(f"{part.name}: gold", gold)


def _webdep(folder: Path, catalogue: Catalogue, knowledge: Knowledge) -> Iterator[Part]:
    def judge(row: Row, verdict: Verdict) -> Judged:
        return judging.labelled(row, verdict, catalogue)

    for path in sorted(folder.glob("nameservers_webdep*")):
        found = list(_judged(truth.nameservers(path), "nameserver", knowledge, judge))
        third = [one for one in found if one.row.told["party"] == "Third"]
        yield Part(THIRD, third)
        yield Part("nameserver, all rows", found)
    for path in sorted(folder.glob("ca_webdep*")):
        organisations = _values(catalogue, "issuer", truth.in_small)
        hosts = _values(catalogue, "issuer-host", lambda value: value.split(".")[-2])
        rows = truth.certificates(path, organisations, hosts)
        yield Part("certificate", list(_judged(rows, "certificate", knowledge, judge)))


def _values(catalogue: Catalogue, kind: str, key: Callable[[str], str]) -> dict[str, str]:
    """Map how webdep writes an issuer to a rule's value of this kind."""
    return {
        key(value): value
        for entry in catalogue.providers.values()
        for rule in entry.rules
        if rule.kind == kind
        for value in rule.values
        if "*" not in value
    }


def claims_of_embeds(folder: Path, knowledge: Knowledge, *, as_document: bool) -> Counter[str]:
    """Count claims by service over the embed rows, fed as what they are or as aliases of the page itself."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("embeds_gsa*")):
        for row in truth.embeds(path, as_document=as_document):
            counts["rows"] += 1
            for verdict in attribute(row.observations, knowledge):
                counts.update(one.service for one in verdict.attributions)
    return counts


def told_of_pages(folder: Path, knowledge: Knowledge) -> list[list[str]]:
    """Tell what each page load says of CDN and hosting, host by host."""
    rows = []
    for path in sorted(folder.glob("*.har.gz")):
        for one in attribute(truth.pages(path).observations, knowledge):
            if one.conclusion.service in {"cdn", "web-hosting"}:
                named = [
                    f"{a.provider} ({a.role}, {a.strength} {a.confidence:.2f})" for a in one.attributions
                ]
                told = (one.conclusion.host, one.conclusion.service, one.conclusion.finding)
                rows.append([*told, ", ".join(named), one.conclusion.reason])
    return rows


def reviewed() -> dict[tuple[str, str, str], str]:
    """Read the reviewed list of wrong labels: (file, target, label) → reason."""
    listed = tomllib.loads(MISLABELLED.read_text("utf-8")).get("row", [])
    return {(item["file"], item["target"], item["label"]): item["reason"] for item in listed}


def is_reviewed(one: Judged, listed: dict[tuple[str, str, str], str]) -> str | None:
    """Return why the label of this row is wrong, if somebody reviewed that."""
    return listed.get((one.row.file, one.row.target, one.label))


def summary(parts: Iterable[Part]) -> list[list[str]]:
    """Return one row of figures a part: raw, and without the labels that a review found wrong."""
    listed = reviewed()
    rows = []
    for part in parts:
        counts = part.outcomes
        right = Counter(counts)
        excused = sum(1 for one in part.judged if one.outcome == WRONG and is_reviewed(one, listed))
        right.subtract({WRONG: excused})
        n = coverage(counts).n
        figures = (precision(counts), coverage(counts), abstention(counts))
        rows.append(
            [part.name, str(n), *map(str, figures), f"{precision(right).share:.4f}", str(counts[APART])]
        )
    return rows


def main() -> int:
    """Measure and print; with --write also the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--truth", type=Path, default=TRUTH, help="a folder with files of the same layout")
    parser.add_argument("--write", action="store_true", help="also write docs/accuracy.md")
    options = parser.parse_args()
    if not options.truth.is_dir():
        print(f"{options.truth}: no such folder; name one with --truth", file=sys.stderr)
        return 1
    from accuracy_page import page

    text = page(options.truth, catalogues.load())
    print(text)
    if options.write:
        PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
