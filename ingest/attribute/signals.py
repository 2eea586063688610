"""A signal: an observation that fits a rule, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass

from sousveil.ingest.records import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One observation that speaks for a provider in a role, by one rule.

    `text` is what was seen, `value` what of the rule it fits; `start` is the confidence it would give alone.
    """

    provider: str
    service: str
    role: str
    kind: str
    family: str
    rule: str
    value: str
    text: str
    subject: str
    evidence: str
    start: float
    decisive: bool


def texts(observation: Observation) -> tuple[str, ...]:
    """Return what rules of this kind are held against."""
    detail = dict(observation.detail)
    match observation.kind:
        case "header":
            return (f"{detail.get('name', '')}: {observation.value}",)
        case "certificate":
            return (detail["organisation"],) if detail.get("organisation") else ()
        case "registrar":
            number = detail.get("iana_id")
            return (f"iana:{number}", observation.value) if number else (observation.value,)
        case "issuer":
            return tuple(dict.fromkeys((observation.value, detail.get("common_name", observation.value))))
        case "asn":
            return (observation.value.upper().removeprefix("AS"),)
    return (observation.value,)
