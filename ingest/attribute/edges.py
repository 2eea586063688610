"""Which CDN answers in front of a host."""

from __future__ import annotations

from sousveil.ingest.attribute.machines import machines
from sousveil.ingest.attribute.scoring import Score, score
from sousveil.ingest.attribute.seen import Seen
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.attribute.verdict import (
    AMBIGUOUS,
    NAMED,
    NONE,
    UNKNOWN,
    Case,
    Verdict,
    by_provider,
    opened,
)

SERVICE = "cdn"
SHOWN = ("cname", "header", "cookie", "certificate", "san", "issuer")


def edges(seen: Seen, host: str) -> Verdict:
    """Decide which CDN stands in front of a host; stacked ones are all named, the outermost first."""
    case = opened(seen, host, SERVICE)
    machine = _machine(case)
    found = [*machine, *(signal for kind in SHOWN for signal in seen.signals(kind, host, SERVICE))]
    scores = {key: score(signals, seen.knowledge.decision) for key, signals in by_provider(found).items()}
    strong = {key for key, one in scores.items() if one.confidence >= seen.knowledge.decision.contradiction}
    weak = [signal for signal in found if (signal.provider, signal.role) not in strong]
    case.set_aside(weak, "proves nothing alone")
    if not strong:
        return _without(case)
    kept = [signal for signal in found if (signal.provider, signal.role) in strong]
    return _named(case, kept, scores, {signal.provider for signal in machine})


def _machine(case: Case) -> list[Signal]:
    """Return what the addresses say; a network with customers' machines in it is no CDN."""
    mixed = case.seen.knowledge.decision.mixed
    found = machines(case.seen, case.host, SERVICE)
    beside = [signal for signal in found if signal.kind == "asn" and signal.text in mixed]
    case.set_aside(beside, "a network in which customers' machines stand, too")
    return [signal for signal in found if signal not in beside]


def _named(case: Case, kept: list[Signal], scores: dict[tuple[str, str], Score], owners: set[str]) -> Verdict:
    made = [case.attributed(found, scores[key]) for key, found in by_provider(kept).items()]
    order = sorted(made, key=lambda one: (one.provider not in owners, -one.confidence, one.provider))
    told = ", then ".join(dict.fromkeys(one.provider for one in order))
    reason = f"behind {told}" + ("; the outermost is the owner of the address" if len(order) > 1 else "")
    if len(order) > 1 and not owners:
        return case.verdict(AMBIGUOUS, f"signs of {told}, and the address is nobody's of them", order, kept)
    return case.verdict(NAMED, reason, order, kept)


def _without(case: Case) -> Verdict:
    seen, host = case.seen, case.host
    evidence = seen.evidence("address", host)
    if seen.outcome(host, "A", "AAAA") in {"absent", "nodata"} and not evidence:
        return case.verdict(NONE, "the host has no address", evidence=seen.evidence("looked", host))
    if not evidence and not seen.of("cname", host) and not seen.of("asn", host):
        return case.verdict(UNKNOWN, "neither its address nor its aliases were looked at")
    # No alias to a CDN is no evidence of no CDN: names are flattened, and no list of ranges is complete.
    return case.verdict(UNKNOWN, "nothing that a rule knows as a CDN", evidence=evidence)
