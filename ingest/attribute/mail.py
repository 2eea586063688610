"""Who keeps the mail of a domain, and who filters it on its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sousveil.ingest.attribute.machines import hosters, known, machines
from sousveil.ingest.attribute.seen import Seen, plain
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.attribute.verdict import (
    AMBIGUOUS,
    NONE,
    SELF,
    UNKNOWN,
    Case,
    Verdict,
    each,
    joined,
    opened,
    rivals,
    settled,
)
from sousveil.ingest.records import Attribution, Observation
from sousveil.schema import observations

SERVICE = "email"
MAILBOX, GATEWAY, RENTED, NETWORK = "mailbox", "mail-gateway", "rented-machine", "network"
NOBODY = {"absent", "nodata"}
TOLD = ("autodiscover", "dkim")  # what may name a mailbox behind a gateway
DECLARED = ("spf", "verification", "tenant", "dmarc", "mta-sts")  # what never does so alone


def mail(seen: Seen) -> Verdict:
    """Decide who keeps the mail: by the MX, by its machine, or behind a gateway by what its owner set."""
    case = opened(seen, seen.target, SERVICE)
    records = seen.of("mx", seen.target)
    if not records:
        return _without_mx(case)
    if all(_null(one) for one in records):
        return case.verdict(NONE, "null MX: takes no mail (RFC 7505)", evidence=_ids(records))
    first = _lowest(case, [one for one in records if not _null(one)])
    if not first:
        return case.verdict(UNKNOWN, "no host of its MX has an address", evidence=_ids(records))
    found = [signal for one in first for signal in _mail_host(seen, plain(one.value))]
    mailboxes = [signal for signal in found if signal.role == MAILBOX]
    gateways = [signal for signal in found if signal.role == GATEWAY]
    if mailboxes:
        return _by_mx(case, mailboxes, gateways)
    if gateways:
        return _behind(case, gateways)
    return _by_machine(case, first)


def _without_mx(case: Case) -> Verdict:
    case.set_aside(_hints(case.seen, (*TOLD, *DECLARED)), "without an MX nothing says where mail is kept")
    outcome = case.seen.outcome(case.seen.target, "MX")
    evidence = case.seen.evidence("looked", case.seen.target)
    if outcome is None:
        return case.verdict(UNKNOWN, "its MX was not looked at")
    if outcome == "absent":
        return case.verdict(NONE, "the name does not exist", evidence=evidence)
    if outcome in {"nodata", "ok"}:
        return case.verdict(NONE, "no MX is published", evidence=evidence)
    return case.verdict(UNKNOWN, f"its MX could not be learned: {outcome}", evidence=evidence)


def _null(record: Observation) -> bool:
    return plain(record.value) == ""


def _ids(records: Iterable[Observation]) -> list[str]:
    return [one.evidence for one in records]


def _preference(record: Observation) -> int:
    text = dict(record.detail).get("preference", "0")
    return int(text) if text.isdecimal() else 0


def _lowest(case: Case, records: list[Observation]) -> list[Observation]:
    """Return the records of lowest preference whose hosts resolve; what stands behind them is set aside."""
    live = [one for one in records if _resolves(case.seen, plain(one.value))]
    least = min(map(_preference, live), default=0)
    for one in records:
        if one not in live or _preference(one) != least:
            why = "another MX comes first" if one in live else "this MX has no address"
            case.set_aside(_mail_host(case.seen, plain(one.value)), why)
    return [one for one in live if _preference(one) == least]


def _resolves(seen: Seen, host: str) -> bool:
    """Say whether a mail host has an address, as far as anybody looked."""
    return bool(seen.of("address", host)) or seen.outcome(host, "A", "AAAA") not in NOBODY


def _mail_host(seen: Seen, host: str) -> list[Signal]:
    """Return who keeps or filters mail at a mail host: by its name and alias, else by its machine.

    A name is more certain than the network in which its machine stands: a gateway may rent one of anybody.
    """
    found = [signal for signal in seen.signals("mx", seen.target, SERVICE) if plain(signal.text) == host]
    for one in seen.of("cname", host):
        as_mx = replace(one, kind="mx", subject=seen.target)
        found += [signal for signal in seen.knowledge.signals(as_mx) if signal.service == SERVICE]
    named = {signal.provider for signal in found}
    machine = machines(seen, host, SERVICE)
    for kind in ("certificate", "san", "banner"):
        machine += seen.signals(kind, host, SERVICE)
    machine += [signal for kind in ("san", "banner") for signal in _calling_itself(seen, kind, host)]
    found += [signal for signal in machine if not named or signal.provider in named]
    return [signal for signal in found if signal.role in {MAILBOX, GATEWAY}]


def _calling_itself(seen: Seen, kind: str, host: str) -> list[Signal]:
    """Return whose mail host a machine says it is, in certificate or greeting, by the rules of mail hosts."""
    found = []
    for one in seen.of(kind, host):
        as_mx = replace(one, kind="mx", value=one.value.removeprefix("*."))
        for signal in seen.knowledge.signals(as_mx):
            weight = seen.knowledge.decision.weight(SERVICE, signal.role, kind)
            if weight is not None:
                family = observations().kinds[kind].family
                told = replace(signal, kind=kind, family=family, start=weight.start, decisive=weight.decisive)
                found.append(told)
    return found


def _holders(seen: Seen, host: str) -> list[Signal]:
    """Return whose machine a mail host is, where that is all that is known of it."""
    found = [signal for signal in seen.signals("mx", seen.target, SERVICE) if plain(signal.text) == host]
    found += machines(seen, host, SERVICE)
    found = [signal for signal in found if signal.role in {RENTED, NETWORK}]
    found = found or [
        signal if signal.role == NETWORK else replace(signal, role=RENTED)
        for signal in hosters(seen, host, SERVICE)
    ]
    start = seen.knowledge.decision.hoster
    return [replace(signal, start=min(signal.start, start), decisive=False) for signal in found]


def _hints(seen: Seen, kinds: Iterable[str]) -> list[Signal]:
    return [signal for kind in kinds for signal in seen.signals(kind, seen.target, SERVICE)]


def _by_mx(case: Case, mailboxes: list[Signal], gateways: list[Signal]) -> Verdict:
    """Let a mail host that keeps mail decide; what names the same provider adds, the rest is set aside."""
    providers = {signal.provider for signal in mailboxes}
    hints = _hints(case.seen, (*TOLD, *DECLARED))
    agreeing = _agreeing(case, hints, providers)
    others = [signal for signal in hints if not _supports(signal, providers)]
    case.set_aside(others, "the MX says where mail goes; this does not")
    made = rivals(case, [*mailboxes, *agreeing])
    named = joined(made)
    by_name = any(signal.kind == "mx" for signal in mailboxes)
    reason = f"its MX leads to {named}" if by_name else f"its MX answers from machines of {named}"
    return case.verdict(
        settled(made), reason, [*made, *each(case, gateways)], [*mailboxes, *agreeing, *gateways]
    )


def _behind(case: Case, gateways: list[Signal]) -> Verdict:
    """Behind a gateway only autodiscover or DKIM names the mailbox; a sender or a token does not."""
    seen = case.seen
    told = [signal for signal in _told(case) if signal.role == MAILBOX]
    providers = {signal.provider for signal in told}
    declared = _hints(seen, DECLARED)
    agreeing = _agreeing(case, declared, providers)
    others = [signal for signal in declared if not _supports(signal, providers)]
    case.set_aside(others, "may send or was verified once: no mailbox")
    filters = each(case, gateways)
    filtering = joined(filters)
    if not told:
        return case.verdict(UNKNOWN, f"behind the mail gateway of {filtering}", filters, gateways)
    made = rivals(case, [*told, *agreeing])
    kinds = " and ".join(sorted({signal.kind for signal in told}))
    reason = f"behind the mail gateway of {filtering}; {kinds} leads to {' and '.join(sorted(providers))}"
    return case.verdict(settled(made), reason, [*made, *filters], [*told, *agreeing, *gateways])


def _agreeing(case: Case, hints: Iterable[Signal], providers: Collection[str]) -> list[Signal]:
    """Return what supports a mailbox that something better names: SPF, too, but no token and no tenant."""
    weight = case.seen.knowledge.decision.weights[SERVICE, MAILBOX, "spf"]
    return [
        replace(signal, role=MAILBOX, start=weight.start, decisive=False) if signal.kind == "spf" else signal
        for signal in hints
        if _supports(signal, providers)
    ]


def _supports(signal: Signal, providers: Collection[str]) -> bool:
    return signal.provider in providers and (signal.kind == "spf" or signal.role == MAILBOX)


def _told(case: Case) -> list[Signal]:
    """Return what autodiscover and DKIM say, unless any name would be answered so."""
    found = []
    for kind, under in (("autodiscover", ""), ("dkim", "_domainkey.")):
        for signal in case.seen.signals(kind, case.seen.target, SERVICE):
            if _wild(case.seen, signal, under):
                case.set_aside([signal], "any name would be answered so: a wildcard")
            else:
                found.append(signal)
    return found


def _wild(seen: Seen, signal: Signal, under: str) -> bool:
    """Say whether a random label was answered in the same place, or with the same, where that is known."""
    if under and seen.of("wildcard", f"{under}{seen.target}"):
        return True
    answers = [dict(one.detail).get("answer") for one in seen.of("wildcard", seen.target)]
    return any(answer is None or plain(answer) == plain(signal.text) for answer in answers)


def _by_machine(case: Case, records: list[Observation]) -> Verdict:
    """Tell whose machine an unnamed mail host is: under its own name the target runs its mail itself."""
    seen = case.seen
    hosts = [plain(one.value) for one in records]
    evidence = [one.evidence for one in records]
    machine = [signal for host in hosts for signal in _holders(seen, host)]
    made = each(case, machine)
    standing = f", on a machine of {joined(made)}" if made else ""
    own = all(seen.is_own(host) for host in hosts)
    if own and (hybrid := _hybrid(case)):
        reason = f"its own mail host{standing}, but autodiscover and DKIM lead to {joined(hybrid)}"
        return case.verdict(AMBIGUOUS, reason, [*hybrid, *made], machine, evidence)
    case.set_aside(_hints(seen, (*TOLD, *DECLARED)), "the MX says where mail goes; this does not")
    if any("." not in host for host in hosts):
        return case.verdict(UNKNOWN, f"its MX names no host of the Internet: {hosts[0]}", evidence=evidence)
    if not own:
        foreign = next(host for host in hosts if not seen.is_own(host))
        reason = f"its mail host {foreign} belongs to somebody whom no rule names{standing}"
        return case.verdict(UNKNOWN, reason, made, machine, evidence)
    if not any(known(seen, host) for host in hosts):
        return case.verdict(UNKNOWN, "its own mail host; the machine was not looked at", evidence=evidence)
    return case.verdict(SELF, f"its own mail host{standing}", made, machine, evidence)


def _hybrid(case: Case) -> list[Attribution]:
    """Return the mailbox that autodiscover and DKIM both name, though the target's own host takes the mail.

    Such a host may be a filter of its own in front of somebody's mailboxes, or keep them; nobody can tell.
    """
    told = [signal for signal in _told(case) if signal.role == MAILBOX]
    by_kind = [{signal.provider for signal in told if signal.kind == kind} for kind in TOLD]
    both = by_kind[0] & by_kind[1]
    found = [signal for signal in told if signal.provider in both]
    even = case.seen.knowledge.decision.contradiction
    return [replace(one, strength="ambiguous", confidence=even) for one in each(case, found)]
