"""What is said of one service of one host, with every signal that led there or was set aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sousveil.ingest.attribute.scoring import Score, contradicted, score
from sousveil.ingest.attribute.seen import Seen
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.records import Attribution, Conclusion

NAMED, SELF, NONE, UNKNOWN, AMBIGUOUS = "named", "self", "none", "unknown", "ambiguous"
CONFIGURED = {"cname", "mx", "ns", "autodiscover", "dkim", "spf", "caa", "mta-sts"}  # the customer's own zone


@dataclass(frozen=True, slots=True)
class Aside:
    """A signal that did not count, and why."""

    signal: Signal
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion for one service of one host, its attributions, and the signals for and aside."""

    conclusion: Conclusion
    attributions: tuple[Attribution, ...] = ()
    signals: tuple[Signal, ...] = ()
    aside: tuple[Aside, ...] = ()


@dataclass(slots=True)
class Case:
    """One service of one host while it is being decided."""

    seen: Seen
    host: str
    service: str
    aside: list[Aside]

    @property
    def day(self) -> date:
        """Return the day of the newest observation of the target."""
        return self.seen.day

    def set_aside(self, signals: Iterable[Signal], why: str) -> None:
        """Keep signals that do not count, with the reason."""
        self.aside += [Aside(signal, why) for signal in signals]

    def attributed(self, signals: Sequence[Signal], score: Score) -> Attribution:
        """Make an attribution of signals that all name one provider in one role."""
        first = signals[0]
        evidence = tuple(dict.fromkeys(signal.evidence for signal in signals))
        against = (
            one.signal.evidence
            for one in self.aside
            if one.signal.provider != first.provider and one.signal.role in _rivalling(first.role)
        )
        return Attribution(
            target=self.seen.target,
            host=self.host,
            provider=first.provider,
            service=self.service,
            role=first.role,
            basis="configured" if any(signal.kind in CONFIGURED for signal in signals) else "observed",
            strength=score.strength,
            confidence=score.confidence,
            seen=self.day,
            rules=tuple(sorted({signal.rule for signal in signals})),
            evidence=evidence,
            against=tuple(one for one in dict.fromkeys(against) if one not in evidence),
            operator=self.seen.knowledge.operator(first.provider, self.day),
        )

    def verdict(
        self,
        finding: str,
        reason: str,
        attributions: Iterable[Attribution] = (),
        signals: Sequence[Signal] = (),
        evidence: Iterable[str] = (),
    ) -> Verdict:
        """Close the case."""
        made = tuple(attributions)
        conclusion = Conclusion(
            target=self.seen.target,
            host=self.host,
            service=self.service,
            finding=finding,
            reason=reason,
            seen=self.day,
            rules=tuple(sorted({rule for one in made for rule in one.rules})),
            evidence=tuple(dict.fromkeys([*(e for one in made for e in one.evidence), *evidence])),
        )
        return Verdict(conclusion, made, tuple(signals), tuple(self.aside))


def opened(seen: Seen, host: str, service: str) -> Case:
    """Begin a case."""
    return Case(seen, host, service, [])


def _rivalling(role: str) -> set[str]:
    """Return the roles that speak against another provider in this one."""
    return {role, "sender", "verified"} if role == "mailbox" else {role}


def by_provider(signals: Iterable[Signal]) -> dict[tuple[str, str], list[Signal]]:
    """Sort signals by provider and role."""
    found: dict[tuple[str, str], list[Signal]] = {}
    for signal in signals:
        found.setdefault((signal.provider, signal.role), []).append(signal)
    return found


def rivals(case: Case, signals: Sequence[Signal]) -> list[Attribution]:
    """Make an attribution of each provider, where only one can serve: each lowers the others."""
    knowledge = case.seen.knowledge
    sorted_ = by_provider(signals)
    scores = {key: score(found, knowledge.decision) for key, found in sorted_.items()}
    made = []
    for (provider, role), found in sorted_.items():
        foes = {name for name, _ in sorted_ if not knowledge.kin(name, provider)}
        other = max((one.confidence for (name, _), one in scores.items() if name in foes), default=0.0)
        one = case.attributed(found, contradicted(scores[provider, role], other, knowledge.decision))
        against = (signal.evidence for signal in signals if signal.provider in foes)
        made.append(replace(one, against=tuple(dict.fromkeys((*one.against, *against)))))
    return surest_first(made)


def each(case: Case, signals: Iterable[Signal]) -> list[Attribution]:
    """Make an attribution of each provider, where several may serve side by side."""
    decision = case.seen.knowledge.decision
    return surest_first(
        case.attributed(found, score(found, decision)) for found in by_provider(signals).values()
    )


def surest_first(made: Iterable[Attribution]) -> list[Attribution]:
    """Sort attributions: the surest first, then by name."""
    return sorted(made, key=lambda one: (-one.confidence, one.provider, one.role))


def joined(made: Iterable[Attribution]) -> str:
    """Name the providers in a sentence."""
    return " and ".join(dict.fromkeys(one.provider for one in made))


def settled(made: Sequence[Attribution]) -> str:
    """Say named, or ambiguous where the strongest is contradicted."""
    strongest = max(made, key=lambda one: one.confidence)
    return AMBIGUOUS if strongest.strength == "ambiguous" else NAMED
