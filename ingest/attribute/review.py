"""What is wrong with the rules as a whole: what no single file of the catalogue shows."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.catalogue.rules import Rule
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.schema import observations


def complaints(knowledge: Knowledge) -> Iterator[str]:
    """Yield one sentence a mistake: a rule that can never count, or whose own example names somebody else."""
    kinds = observations().kinds
    for rule in knowledge.matcher.rules.values():
        if rule.kind not in kinds:
            yield f"{rule.id}: {rule.kind} is no kind of observation"
        if knowledge.decision.weight(rule.service, rule.role, rule.kind) is None:
            yield f"{rule.id}: ingest/attribute/decision.toml gives {rule.kind} no weight for this role"
        yield from _overruled(rule, knowledge)
    known = knowledge.providers
    for edge, issuers in knowledge.decision.edge_certificates.items():
        for name in (edge, *issuers):
            if name not in known:
                yield f"decision.toml, edge-certificates: {name!r} is no file in catalogue/providers"


def _overruled(rule: Rule, knowledge: Knowledge) -> Iterator[str]:
    for text in rule.matches:
        best = {hit.rule.provider for hit in knowledge.matcher.best(rule.kind, text)}
        if rule.provider not in best:
            others = ", ".join(sorted(best))
            yield f"{rule.id}: its own example {text!r} names {others}, which is more specific"
