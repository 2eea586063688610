"""Who issued the certificate of a host, and whether the edge in front of it chose that issuer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sousveil.ingest.attribute.scoring import score
from sousveil.ingest.attribute.seen import Seen
from sousveil.ingest.attribute.verdict import (
    NAMED,
    NONE,
    SELF,
    UNKNOWN,
    Case,
    Verdict,
    by_provider,
    joined,
    opened,
)

SERVICE = "certificate"


def certificates(seen: Seen, host: str, edges: Collection[str]) -> Verdict:
    """Decide who issued a host's certificate; `edges` are the providers that may present it."""
    case = opened(seen, host, SERVICE)
    issuers = [one for one in seen.of("issuer", host) if one.scope == "tls"]
    leaf = [dict(one.detail) for one in seen.of("certificate", host) if one.scope == "tls"]
    evidence = seen.evidence("certificate", host) or seen.evidence("issuer", host)
    names = [signal for one in issuers for signal in seen.knowledge.signals(one)]
    helpers = seen.signals("issuer-host", host, SERVICE)
    if not issuers and not leaf and not helpers:
        return _without(case)
    if any(one.get("self_signed") == "yes" for one in leaf):
        return case.verdict(SELF, "signed by itself", evidence=evidence)
    if leaf and all(one.get("mismatch") == "yes" for one in leaf):
        return case.verdict(UNKNOWN, "the certificate presented is for other names", evidence=evidence)
    found = names + [one for one in helpers if not names or one.provider in {s.provider for s in names}]
    case.set_aside([one for one in helpers if one not in found], "the issuer's own name says who issued it")
    if not found:
        issuer = issuers[0].value if issuers else "not seen"
        return case.verdict(UNKNOWN, f"no rule names its issuer: {issuer}", evidence=evidence)
    chosen = _choices(seen, edges)
    made = []
    for signals in by_provider(found).values():
        one = case.attributed(signals, score(signals, seen.knowledge.decision))
        made.append(replace(one, issued_by_edge=one.provider in chosen))
    told = joined(made)
    by_edge = any(one.issued_by_edge for one in made)
    reason = f"issued by {told}" + (f", as {' and '.join(sorted(edges))} orders it" if by_edge else "")
    return case.verdict(NAMED, reason, made, found, evidence)


def _choices(seen: Seen, edges: Collection[str]) -> set[str]:
    """Return the issuers that these edges choose for their customers."""
    chosen = seen.knowledge.decision.edge_certificates
    return {issuer for edge in edges for issuer in chosen.get(edge, ())}


def _without(case: Case) -> Verdict:
    outcome = case.seen.outcome(case.host, "handshake")
    if outcome is None:
        return case.verdict(UNKNOWN, "no handshake was made")
    evidence = case.seen.evidence("looked", case.host)
    if outcome in {"absent", "nodata"}:
        return case.verdict(NONE, "the host has no address", evidence=evidence)
    return case.verdict(UNKNOWN, f"no certificate was seen: {outcome}", evidence=evidence)
