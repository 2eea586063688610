"""Which content management system made the page: only from what the document's own host sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sousveil.ingest.attribute.seen import Seen
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.attribute.verdict import (
    UNKNOWN,
    Case,
    Verdict,
    by_provider,
    joined,
    opened,
    rivals,
    settled,
)

SERVICE = "cms"
MARKS = ("path", "cookie")
SHOWN = ("generator", "header", *MARKS)
BLOCKED = {"401", "403", "407", "429", "451", "503"}


def software(seen: Seen, host: str, platforms: Collection[str]) -> Verdict:
    """Decide which CMS made the page; `platforms` are the providers that host it."""
    case = opened(seen, host, SERVICE)
    found = [signal for kind in SHOWN for signal in seen.signals(kind, host, SERVICE)]
    refused = _refused(case)
    if refused:
        case.set_aside(found, "a page that turns us away shows the edge, not the site")
        return case.verdict(UNKNOWN, refused, evidence=seen.evidence("status", host))
    if not found:
        asked = seen.of("status", host) or seen.of("header", host)
        reason = "no sign that a rule knows" if asked else "its page was not seen"
        return case.verdict(UNKNOWN, reason, evidence=seen.evidence("status", host))
    signals = [_raised(signal, found, case, platforms) for signal in found]
    made = rivals(case, signals)
    told = joined(made)
    return case.verdict(settled(made), f"its page shows {told}", made, signals)


def _refused(case: Case) -> str | None:
    seen = case.seen
    codes = [one.value for one in seen.of("status", case.host) if one.scope == "document"]
    if codes and codes[-1] in BLOCKED:
        return f"the page turned us away: {codes[-1]}"
    return "the page turned us away" if seen.outcome(case.host, "GET") == "blocked" else None


def _raised(signal: Signal, found: list[Signal], case: Case, platforms: Collection[str]) -> Signal:
    """Raise marks that stand side by side, and a site builder on its own platform."""
    decision = case.seen.knowledge.decision
    same = by_provider(found)[signal.provider, signal.role]
    marks = {(one.kind, one.value) for one in same if one.kind in MARKS}
    if signal.kind in MARKS and len(marks) >= decision.marks:
        signal = replace(signal, start=max(signal.start, decision.marked), decisive=True)
    if signal.provider in platforms:
        signal = replace(signal, start=max(signal.start, decision.on_platform), decisive=True)
    return signal
