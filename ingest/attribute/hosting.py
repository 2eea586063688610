"""Who hosts a site: the platform or machine it comes from, unless a CDN hides that."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from sousveil.ingest.attribute.machines import HOSTING, hosters
from sousveil.ingest.attribute.seen import Seen, plain
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.attribute.verdict import (
    NONE,
    SELF,
    UNKNOWN,
    Case,
    Verdict,
    joined,
    opened,
    rivals,
    settled,
)

PLATFORM, NETWORK, RENTED = "platform", "network", "rented-machine"
SHOWN = ("cname", "header", "cookie", "certificate", "san", "generator", "path")
WORD = re.compile(r"[^\W_]+")


def hosting(seen: Seen, host: str, edges: Collection[str]) -> Verdict:
    """Decide who hosts a host; behind `edges` only a platform that shows itself is named."""
    case = opened(seen, host, HOSTING)
    shown = [signal for kind in SHOWN for signal in seen.signals(kind, host, HOSTING)]
    machine = hosters(seen, host, HOSTING)
    if edges:
        return _behind(case, shown, machine, edges)
    platforms = [signal for signal in [*shown, *machine] if signal.role == PLATFORM]
    if platforms:
        names = {signal.provider for signal in platforms}
        case.set_aside(
            [s for s in [*shown, *machine] if s.provider not in names], "the platform shows itself"
        )
        return _named(case, [s for s in [*shown, *machine] if s.provider in names], "on the platform of")
    carriers = [signal for signal in machine if signal.role == NETWORK]
    found = [signal for signal in [*shown, *machine] if signal.role != NETWORK]
    if found:
        return _named(case, _one_role(found), "on machines of")
    if _holds_itself(case):
        return _own_network(case)
    if carriers:
        made = rivals(case, carriers)
        told = joined(made)
        return case.verdict(UNKNOWN, f"in the network of {told}, a carrier", made, carriers)
    return _without(case)


def _behind(case: Case, shown: list[Signal], machine: list[Signal], edges: Collection[str]) -> Verdict:
    start = case.seen.knowledge.decision.behind_cdn
    told = " and ".join(edges)
    platforms = [
        replace(signal, start=min(signal.start, start), decisive=False)
        for signal in shown
        if signal.role == PLATFORM or signal.kind in {"header", "cname"}
    ]
    names = {signal.provider for signal in platforms}
    own = [signal for signal in machine if signal.role == PLATFORM and signal.provider in names]
    case.set_aside([s for s in machine if s not in own], "the address is that of the edge")
    if not platforms:
        return case.verdict(UNKNOWN, f"behind {told}, which hides the origin")
    made = rivals(case, [*platforms, *own])
    named = joined(made)
    return case.verdict(settled(made), f"behind {told}; {named} shows itself", made, [*platforms, *own])


def _one_role(signals: list[Signal]) -> list[Signal]:
    """Give each provider one role: a rented machine where its name says so."""
    rented = {signal.provider for signal in signals if signal.role == RENTED}
    return [replace(signal, role=RENTED) if signal.provider in rented else signal for signal in signals]


def _named(case: Case, signals: list[Signal], where: str) -> Verdict:
    made = rivals(case, signals)
    told = joined(made)
    return case.verdict(settled(made), f"{where} {told}", made, signals)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold())) - {
        "inc",
        "ltd",
        "co",
        "llc",
        "gmbh",
        "corporation",
        "limited",
        "the",
    }


def _holds_itself(case: Case) -> bool:
    """Say whether the registered holder of a block bears the name in the host's own certificate."""
    seen, host = case.seen, case.host
    names = [dict(one.detail).get("organisation", "") for one in seen.of("certificate", host)]
    holders = [
        one.value for address in seen.of("address", host) for one in seen.of("network", plain(address.value))
    ]
    return any(_words(name) and _words(name) == _words(holder) for name in names for holder in holders)


def _own_network(case: Case) -> Verdict:
    return case.verdict(
        SELF,
        "the holder of the address bears the name in its certificate",
        evidence=case.seen.evidence("certificate", case.host),
    )


def _without(case: Case) -> Verdict:
    seen, host = case.seen, case.host
    evidence = seen.evidence("address", host)
    if seen.outcome(host, "A", "AAAA") in {"absent", "nodata"} and not evidence:
        return case.verdict(NONE, "the host has no address", evidence=seen.evidence("looked", host))
    if not evidence and not seen.of("asn", host):
        return case.verdict(UNKNOWN, "its address was not looked at")
    return case.verdict(UNKNOWN, "no rule names the holder of its address", evidence=evidence)
