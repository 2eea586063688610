"""What attribution knows beforehand: the rules, compiled, the decision table, and who runs what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import ProviderEntry
from sousveil.ingest.attribute.decision import Decision, decision
from sousveil.ingest.attribute.matcher import Hit, Matcher
from sousveil.ingest.attribute.signals import Signal, texts
from sousveil.ingest.records import Observation
from sousveil.schema import observations


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The providers with their compiled rules, and what each signal is worth."""

    providers: Mapping[str, ProviderEntry]
    matcher: Matcher
    decision: Decision

    @classmethod
    def of(cls, catalogue: Catalogue) -> Knowledge:
        """Compile a catalogue."""
        rules = (rule for entry in catalogue.providers.values() for rule in entry.rules)
        return cls(catalogue.providers, Matcher(rules), decision())

    def offers(self, provider: str, service: str) -> bool:
        """Say whether a provider is known to offer a service."""
        return service in self.providers[provider].services

    def kin(self, one: str, other: str) -> bool:
        """Say whether two providers are names of one company, and so do not contradict each other."""
        mine, theirs = ({owner.company for owner in self.providers[name].owners} for name in (one, other))
        return one == other or bool(mine & theirs)

    def operator(self, provider: str, day: date) -> str | None:
        """Return the company that ran another's brand on this day; None where the brand runs itself."""
        entry = self.providers[provider]
        if entry.brand_of is None:
            return None
        running = (
            owner.company
            for owner in entry.owners
            if owner.basis == "operates"
            and (owner.start is None or owner.start.latest <= day)
            and (owner.end is None or day < owner.end.earliest)
        )
        return next(running, None)

    def signals(self, observation: Observation) -> list[Signal]:
        """Return what the most specific rules make of an observation; nothing of an embedded resource."""
        if observation.scope == "third-party-asset":
            return []
        found: list[Signal] = []
        for text in texts(observation):
            found += [
                self._signal(observation, hit, text) for hit in self.matcher.best(observation.kind, text)
            ]
            if found and observation.kind == "registrar":
                break  # the number at IANA is more certain than the name
        return [signal for signal in found if signal.start > 0]

    def _signal(self, observation: Observation, hit: Hit, text: str) -> Signal:
        rule = hit.rule
        weight = self.decision.weight(rule.service, rule.role, rule.kind)
        weak = rule.kind == "header" and text.partition(":")[0].casefold() in self.decision.weak_headers
        return Signal(
            provider=rule.provider,
            service=rule.service,
            role=rule.role,
            kind=rule.kind,
            family=observations().kinds[rule.kind].family,
            rule=rule.id,
            value=hit.value,
            text=text,
            subject=observation.subject,
            evidence=observation.evidence,
            start=0.0 if weight is None else self.decision.weak if weak else weight.start,
            decisive=weight is not None and weight.decisive and not weak,
        )
