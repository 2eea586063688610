"""A verdict in words: what was concluded, every signal for and against, and why the others lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.catalogue.rules import Rule
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.records import Attribution


def told(verdict: Verdict, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Yield the lines that explain one verdict; each rule that fired comes with where it can be read."""
    conclusion = verdict.conclusion
    yield f"{conclusion.host}  {conclusion.service}: {conclusion.finding}"
    yield f"  because: {conclusion.reason}"
    for one in verdict.attributions:
        yield f"  {_claim(one)}"
    used = dict.fromkeys(verdict.signals)
    for signal in used:
        yield f"    for      {_sign(signal)}"
    for aside in dict.fromkeys(verdict.aside):
        yield f"    against  {_sign(aside.signal)}: {aside.why}"
    for one in verdict.attributions:
        for evidence in one.against:
            yield f"    speaks against {one.provider}: evidence {evidence}"
    for name in dict.fromkeys([s.rule for s in used] + [aside.signal.rule for aside in verdict.aside]):
        for source in rules[name].sources:
            yield f"    rule {name}: {source.title}, {source.url}"


def _claim(one: Attribution) -> str:
    parts = [f"{one.provider} as {one.role}: {one.strength}, {one.confidence:.2f}, {one.basis}"]
    if one.share is not None:
        parts.append(f"share {one.share:.2f}")
    if one.operator:
        parts.append(f"run by {one.operator}")
    if one.issued_by_edge:
        parts.append("the CDN chose this issuer")
    return "; ".join(parts)


def _sign(signal: Signal) -> str:
    worth = f"{signal.start:.2f}{', decisive' if signal.decisive else ''}"
    seen = f"{signal.kind} {signal.text!r} of {signal.subject}"
    return f"{signal.provider} ({signal.role}) by {seen} fits {signal.value!r} [{worth}, {signal.family}]"
