"""docs/accuracy.md: the figures of bench/accuracy.py as a page."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import calibrate
from accuracy import (
    THIRD,
    WORST,
    Figure,
    Part,
    abstention,
    claims_of_embeds,
    coverage,
    is_reviewed,
    measure,
    precision,
    reviewed,
    summary,
    told_of_pages,
)
from judging import ABSTAINED, RIGHT, UNLABELLED, WRONG, Judged

from sousveil.catalogue import Catalogue
from sousveil.ingest.attribute.knowledge import Knowledge

HEAD = """# Accuracy

Written by `make bench-accuracy`. How rows become observations, and labels expectations, stands in
`bench/truth.py` and `bench/judging.py`. Shares come with their 95 % Wilson interval.

- **precision**: of what we answered, how much agrees with the label.
- **recall**: of all labelled rows, how many we answered so that they agree.
- **abstention**: of all labelled rows, how many we left open (unknown or ambiguous).
- **reviewed**: precision without the labels listed below as doubtful. Most of these were picked by a rule on
  our own evidence, not confirmed from outside: the raw figure is the one to quote.
- **apart**: labels that rest on a tenant or a token alone, which names no mailbox; they count nowhere else.

The rules were written with these files at hand, so the figures are in-sample; `--truth DIR` measures others.
The set `certificate` tests that rules and labels agree, not the reading of certificates.
"""
STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.98, 1.0)  # of the reliability tables
SUMMARY = ("set", "n", "precision", "recall", "abstention", "reviewed", "apart")


def page(folder: Path, catalogue: Catalogue) -> str:
    """Measure a folder of truth, and tell it."""
    knowledge = Knowledge.of(catalogue)
    parts = measure(folder, catalogue)
    texts = [HEAD, "\n## Summary\n\n", table(SUMMARY, summary(parts)), *_peers(parts)]
    texts += [*_confidence(folder, parts, knowledge), *_embeds(folder, knowledge), *_pages(folder, knowledge)]
    for part in parts:
        texts += _part(part)
    return "".join([*texts, *_reviewed(parts)])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _peers(parts: Iterable[Part]) -> Iterator[str]:
    yield "\n## Beside others, on the same rows\n\n"
    rows = []
    for part in parts:
        for name, counts in {"sousveil": part.outcomes, **part.peers}.items() if part.peers else ():
            rows.append(
                [part.name, name, *map(str, (precision(counts), coverage(counts), abstention(counts)))]
            )
    yield table(("set", "who", "precision", "recall", "abstention"), rows)
    yield "\nmxsniff knows mail hosts by wildcard; substrings are our own suffixes, anywhere in a name.\n"


def _confidence(folder: Path, parts: Iterable[Part], knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Confidence\n\nHow often a claim is right that was made with a confidence of so much.\n\n"
    claims = [
        claim for part in parts if ":" not in part.name and part.name != THIRD for claim in _claims(part)
    ]
    yield from _reliability("all sets", claims)
    yield "\nThe mailbox behind a gateway: mail host hidden, on rows that fitted nothing"
    yield " (`bench/calibrate.py`).\n\n"
    yield from _reliability("mail host hidden", list(calibrate.measured(folder, knowledge)))


def _claims(part: Part) -> Iterator[tuple[float, bool]]:
    """Yield (confidence, agrees) of every row that we answered with a provider."""
    for one in part.judged:
        if one.confidence and one.outcome in {RIGHT, WRONG}:
            yield one.confidence, one.outcome == RIGHT


def _reliability(name: str, claims: list[tuple[float, bool]]) -> Iterator[str]:
    """Write the reliability table of claims, and their Brier score: the mean square of what was off."""
    rows = []
    for low, high in itertools.pairwise(STEPS):
        held = [(confidence, agrees) for confidence, agrees in claims if low <= confidence < high]
        if held:
            mean = sum(confidence for confidence, _ in held) / len(held)
            figure = Figure(sum(agrees for _, agrees in held), len(held))
            rows.append([f"{low:.2f} to {high:.2f}", str(len(held)), f"{mean:.3f}", str(figure)])
    yield table(("confidence", "claims", "mean confidence", "agree"), rows)
    if claims:
        brier = sum((confidence - agrees) ** 2 for confidence, agrees in claims) / len(claims)
        yield f"\nBrier score, {name}: {brier:.4f} over {len(claims)} claims.\n"


def _embeds(folder: Path, knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Embedded resources\n\n"
    rows = []
    for as_document in (False, True):
        counts = claims_of_embeds(folder, knowledge, as_document=as_document)
        claims = sum(number for name, number in counts.items() if name != "rows")
        fed = "as aliases of the page's own name" if as_document else "as what they are"
        rows.append([fed, str(counts["rows"]), str(claims)])
    yield table(("third-party hosts fed", "rows", "claims"), rows)


def _pages(folder: Path, knowledge: Knowledge) -> Iterator[str]:
    yield "\n## Page loads\n\n"
    yield table(("host", "service", "finding", "providers", "reason"), told_of_pages(folder, knowledge))


def _part(part: Part) -> Iterator[str]:
    yield f"\n## {part.name}\n\n"
    yield table(("label", "n", "precision", "recall", "abstention"), _by_label(part))
    wrong = [one for one in part.judged if one.outcome == WRONG]
    pairs = Counter((one.label, one.answer) for one in part.judged if one.outcome in {WRONG, ABSTAINED})
    yield "\nWhat was answered instead:\n\n"
    yield table(("label", "answer", "rows"), [[*pair, str(number)] for pair, number in pairs.most_common(20)])
    if wrong and ":" not in part.name:
        yield f"\nThe {min(WORST, len(wrong))} worst of {len(wrong)} errors, the surest first:\n\n"
        worst = sorted(wrong, key=lambda one: (-one.confidence, one.row.number))[:WORST]
        yield table(("row", "target", "label", "answer", "why"), map(_error, worst))


def _by_label(part: Part) -> list[list[str]]:
    """Give the figures of each label; precision is that of the answers which name what the label means."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in part.judged:
        if one.outcome != UNLABELLED:
            counts[one.label][one.outcome] += 1
    largest = sorted(counts.items(), key=lambda item: -item[1].total())[:25]
    return [
        [label, str(coverage(found).n), *map(str, (precision(found), coverage(found), abstention(found)))]
        for label, found in largest
    ]


def _error(one: Judged) -> list[str]:
    return [str(one.row.number), one.row.target, one.label, one.answer, one.explanation[:200]]


def _reviewed(parts: Iterable[Part]) -> Iterator[str]:
    listed = reviewed()
    found = {
        (one.row.file, one.row.target, one.label, one.outcome): is_reviewed(one, listed)
        for part in parts
        for one in part.judged
        if is_reviewed(one, listed)
    }
    yield "\n## Labels that we doubt\n\nThey count as errors in every raw figure above.\n\n"
    yield table(
        ("file", "target", "label", "outcome", "why we doubt the label"),
        [[*k, str(v)] for k, v in found.items()],
    )
