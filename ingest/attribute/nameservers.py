"""Who answers for a zone: per name server, with shares where several do."""

from __future__ import annotations

from dataclasses import replace

from sousveil.ingest.attribute.machines import hosters, known
from sousveil.ingest.attribute.scoring import score
from sousveil.ingest.attribute.seen import Seen, plain
from sousveil.ingest.attribute.signals import Signal
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

SERVICE, ROLE = "nameserver", "authoritative"


def nameservers(seen: Seen) -> Verdict:
    """Decide who answers for the target's zone."""
    case = opened(seen, seen.target, SERVICE)
    hosts = list(dict.fromkeys(plain(one.value) for one in seen.of("ns", seen.target)))
    if not hosts:
        return _without(case)
    found = [signal for host in hosts for signal in _server(seen, host)]
    decision = seen.knowledge.decision
    made = []
    for signals in by_provider(found).values():
        serving = {signal.subject for signal in signals if signal.kind != "soa"}
        share = len(serving) / len(hosts)
        one = case.attributed(signals, score(signals, decision))
        made.append(replace(one, share=None if share == 1 else round(share, 3)))
    named = {signal.subject for signal in found}
    rest = [host for host in hosts if host not in named]
    evidence = seen.evidence("ns", seen.target)
    if made:
        made.sort(key=lambda one: (-(one.share or 1.0), -one.confidence, one.provider))
        told = joined(made)
        more = f"; {len(rest)} of {len(hosts)} name servers are nobody's that a rule names" if rest else ""
        return case.verdict(NAMED, f"its name servers are those of {told}{more}", made, found, evidence)
    return _nobody(case, hosts)


def _without(case: Case) -> Verdict:
    outcome = case.seen.outcome(case.seen.target, "NS")
    if outcome == "absent":
        return case.verdict(NONE, "the name does not exist")
    if outcome in {"nodata", "ok"}:
        return case.verdict(NONE, "it is no zone of its own: no name server is published")
    reason = f"could not be learned: {outcome}" if outcome else "were not looked at"
    return case.verdict(UNKNOWN, f"its name servers {reason}")


def _server(seen: Seen, host: str) -> list[Signal]:
    """Return what a name server says of itself: its name, else its machine and the zone's SOA."""
    by_name = [one for one in seen.signals("ns", seen.target, SERVICE) if plain(one.text) == host]
    if by_name:
        return [replace(signal, subject=host) for signal in by_name]
    if not seen.is_own(host):
        return []
    machine = [
        replace(signal, role=ROLE, subject=host, decisive=False, start=_start(seen, signal))
        for signal in hosters(seen, host, SERVICE)
        if signal.role not in {"network", "rented-machine"}
        and seen.knowledge.offers(signal.provider, SERVICE)
    ]
    holders = {signal.provider for signal in machine}
    soa = [signal for signal in _soa(seen) if signal.provider in holders]
    return [*machine, *(replace(signal, subject=host) for signal in soa)]


def _start(seen: Seen, signal: Signal) -> float:
    weight = seen.knowledge.decision.weight(SERVICE, ROLE, signal.kind)
    return 0.0 if weight is None else weight.start


def _soa(seen: Seen) -> list[Signal]:
    """Return whom the SOA names; a name-server rule may fit its MNAME too."""
    found = seen.signals("soa", seen.target, SERVICE)
    for one in seen.of("soa", seen.target):
        weight = seen.knowledge.decision.weights[SERVICE, ROLE, "soa"]
        as_ns = seen.knowledge.signals(replace(one, kind="ns"))
        found = found + [
            replace(signal, kind="soa", start=weight.start, decisive=False)
            for signal in as_ns
            if signal.service == SERVICE
        ]
    return found


def _nobody(case: Case, hosts: list[str]) -> Verdict:
    """No rule names any server: they are its own if they bear its name and stand where no hoster is known."""
    seen = case.seen
    evidence = seen.evidence("ns", seen.target)
    foreign = [host for host in hosts if not seen.is_own(host)]
    if foreign:
        return case.verdict(
            UNKNOWN, f"its name server {foreign[0]} belongs to somebody whom no rule names", evidence=evidence
        )
    if named := dict.fromkeys(signal.provider for signal in _soa(seen)):
        case.set_aside(_soa(seen), "a SOA alone names nobody")
        reason = f"name servers under its own name; only the SOA names {' and '.join(named)}"
        return case.verdict(UNKNOWN, reason, evidence=evidence)
    if not any(known(seen, host) for host in hosts):
        return case.verdict(
            UNKNOWN, "name servers under its own name; their machines were not looked at", evidence=evidence
        )
    return case.verdict(SELF, "name servers under its own name, on machines no rule names", evidence=evidence)
