"""Through whom a domain is registered."""

from __future__ import annotations

from sousveil.ingest.attribute.scoring import score
from sousveil.ingest.attribute.seen import Seen, registrable
from sousveil.ingest.attribute.verdict import NAMED, NONE, UNKNOWN, Verdict, by_provider, joined, opened

SERVICE = "registrar"


def registrars(seen: Seen) -> Verdict:
    """Decide by the registry's answer: the number at IANA, else the registrar's name."""
    case = opened(seen, seen.target, SERVICE)
    subjects = list(dict.fromkeys((seen.target, registrable(seen.target))))
    for subject in subjects:
        found = seen.signals("registrar", subject, SERVICE)
        if found:
            made = [
                case.attributed(signals, score(signals, seen.knowledge.decision))
                for signals in by_provider(found).values()
            ]
            told = joined(made)
            return case.verdict(NAMED, f"registered through {told}", made, found)
    for subject in subjects:
        if names := [one.value for one in seen.of("registrar", subject)]:
            evidence = seen.evidence("registrar", subject)
            return case.verdict(UNKNOWN, f"no rule names its registrar: {names[0]}", evidence=evidence)
    outcome = next((o for s in subjects if (o := seen.outcome(s, "domain"))), None)
    if outcome == "absent":
        return case.verdict(NONE, "the registry does not know the domain")
    return case.verdict(
        UNKNOWN, f"the registry gave no answer: {outcome}" if outcome else "was not looked at"
    )
