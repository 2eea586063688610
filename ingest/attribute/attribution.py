"""All services of all hosts of all targets, each decided on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sousveil.ingest.attribute.certificates import certificates
from sousveil.ingest.attribute.edges import edges
from sousveil.ingest.attribute.hosting import hosting
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.mail import mail
from sousveil.ingest.attribute.nameservers import nameservers
from sousveil.ingest.attribute.registrars import registrars
from sousveil.ingest.attribute.seen import Seen, grouped, plain, registrable
from sousveil.ingest.attribute.software import software
from sousveil.ingest.attribute.verdict import NAMED, UNKNOWN, Verdict
from sousveil.ingest.records import Observation

OF_PAGES = {
    "status",
    "header",
    "cookie",
    "generator",
    "path",
    "embed",
    "declared",
    "session",
    "issuer",
    "san",
}
OF_PAGES |= {"certificate"}


def attribute(observations: Iterable[Observation], knowledge: Knowledge) -> Iterator[Verdict]:
    """Decide every service of every target and host that was observed."""
    for seen in grouped(observations, knowledge):
        yield from of_target(seen)


def of_target(seen: Seen) -> Iterator[Verdict]:
    """Decide mail, name servers and registrar of the target, and the web services of each of its hosts."""
    found = [mail(seen), nameservers(seen), registrars(seen)]
    for host in hosts(seen):
        found += _of_host(seen, host)
    parked = _parked(seen)
    yield from (_without_claim(one, parked) for one in found) if parked else found


def hosts(seen: Seen) -> list[str]:
    """Return the hosts whose pages count: target, www, and wherever the redirects led."""
    known = {seen.target: None, f"www.{seen.target}": None}
    for (kind, subject), found in seen.own.items():
        of_page = kind in OF_PAGES and any(one.scope in {"document", "redirect", "tls"} for one in found)
        from_page = kind == "address" and any(one.scope != "dns" for one in found)
        if of_page or from_page:
            known[subject] = None
    looked = {subject for _, subject in seen.own}
    return [host for host in known if host == seen.target or host in looked]


def _of_host(seen: Seen, host: str) -> Iterator[Verdict]:
    edge = edges(seen, host)
    fronts = list(dict.fromkeys(one.provider for one in edge.attributions))
    origin = hosting(seen, host, fronts)
    platforms = {one.provider for one in origin.attributions}
    presenting = fronts[:1] if edge.conclusion.finding == NAMED else fronts  # the outermost
    made = [edge, origin, certificates(seen, host, presenting), software(seen, host, platforms)]
    elsewhere = _final(seen, host)
    for one in made:
        told = _noting(one, f"its page lies at {elsewhere}, another domain") if elsewhere else one
        yield told if registrable(host) == registrable(seen.target) else _of_its_own(told, seen.target)


def _of_its_own(verdict: Verdict, reached_from: str) -> Verdict:
    """Make a host of another domain its own target: who serves it does not serve whoever redirects there."""
    target = registrable(verdict.conclusion.host)
    noted = _noting(verdict, f"reached from {reached_from}")
    return replace(
        noted,
        conclusion=replace(noted.conclusion, target=target),
        attributions=tuple(replace(one, target=target) for one in noted.attributions),
    )


def _final(seen: Seen, host: str) -> str | None:
    """Return where the redirects of a host end, if that is another domain."""
    seen_at, at = {host}, host
    while (after := _next(seen, at)) and after not in seen_at:
        seen_at.add(after)
        at = after
    return at if registrable(at) != registrable(seen.target) else None


def _next(seen: Seen, host: str) -> str | None:
    for one in seen.of("status", host):
        location = dict(one.detail).get("location", "")
        if one.scope == "redirect" and "://" in location:
            after = plain(location.split("://", 1)[1].split("/", 1)[0].rpartition("@")[2].partition(":")[0])
            if after != host:
                return after
    return None


def _noting(verdict: Verdict, remark: str) -> Verdict:
    conclusion = verdict.conclusion
    return replace(verdict, conclusion=replace(conclusion, reason=f"{conclusion.reason}; {remark}"))


def _parked(seen: Seen) -> str | None:
    """Return who parks the domain for sale, if its name servers or aliases say so."""
    names = seen.knowledge.decision.parked
    for kind in ("ns", "cname"):
        for subject in (seen.target, f"www.{seen.target}"):
            for one in seen.of(kind, subject):
                if found := [name for name in names if f".{plain(one.value)}".endswith(f".{name}")]:
                    return found[0]
    return None


def _without_claim(verdict: Verdict, parked: str) -> Verdict:
    conclusion = replace(
        verdict.conclusion, finding=UNKNOWN, reason=f"the domain is parked at {parked}: no claim", rules=()
    )
    return replace(verdict, conclusion=conclusion, attributions=())
