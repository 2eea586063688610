"""How signals combine: families by noisy-OR, the same family never, contradiction lowers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from sousveil.ingest.attribute.decision import Decision, Together
from sousveil.ingest.attribute.signals import Signal


@dataclass(frozen=True, slots=True)
class Score:
    """How sure, and whether it may be published: publishable, probable or ambiguous."""

    confidence: float
    strength: str


def score(signals: Iterable[Signal], decision: Decision) -> Score:
    """Combine the signals of one provider in one role; kinds that were measured together count as one."""
    found = tuple(signals)
    measured = _together(found, decision)
    joined = measured.kinds if measured else frozenset()
    covered = {signal.family for signal in found if signal.kind in joined}
    alone: dict[str, float] = {}
    for signal in found:
        if signal.family not in covered:
            alone[signal.family] = max(signal.start, alone.get(signal.family, 0.0))
    parts = [*alone.values(), *([measured.confidence] if measured else [])]
    confidence = min(decision.cap, 1 - prod(1 - part for part in parts))
    decisive = any(signal.decisive for signal in found)
    families = {signal.family for signal in found if signal.start >= decision.contradiction}
    sure = confidence >= decision.publishable and (decisive or len(families) >= decision.families)
    return Score(round(confidence, 3), "publishable" if sure else "probable")


def contradicted(own: Score, other: float, decision: Decision) -> Score:
    """Lower a score by what speaks for somebody else, and call it ambiguous; a weak voice changes nothing."""
    if other < decision.contradiction:
        return own
    return Score(round(own.confidence * (1 - other / 2), 3), "ambiguous")


def _together(signals: tuple[Signal, ...], decision: Decision) -> Together | None:
    """Return the largest set of kinds that was measured together and is here; None if there is none."""
    kinds = {signal.kind for signal in signals}
    parts = {(signal.service, signal.role) for signal in signals}
    fitting = [
        item for item in decision.together if item.kinds <= kinds and (item.service, item.role) in parts
    ]
    return max(fitting, key=lambda item: (len(item.kinds), item.confidence), default=None)
