"""What was seen: observations as JSON lines, as `sousveil observe` writes them.

Of these the graph keeps which host was looked at for which service and what came of it, and what pages load
from others; the rest is for attribution. A line {"record": …} describes an archived record: its evidence id,
`digest`, `uri`, and `locator`, where in which archive; it may be missing. Of what was observed only the names
of hosts enter the graph, so that no personal data can.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from sousveil.catalogue import Catalogue
from sousveil.ingest import lines
from sousveil.ingest.records import Check, Embed, Evidence, Extract, Mention, Observation, Ref
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.ingest.sources.hosts import host_name
from sousveil.schema import observations
from sousveil.schema.dates import Window

NAME = "looks"  # whose facts these are: what we saw ourselves
RECORD = '{"record": '
DESCRIBED = ("record", "digest", "uri", "locator")
# Which question, seen in which scope, is a look for which services.
WEB = ("web-hosting", "cdn", "cms")
SERVICES = {
    ("dns", "MX"): ("email",),
    ("dns", "NS"): ("nameserver",),
    ("tls", "handshake"): ("certificate",),
    ("document", "GET"): WEB,
    ("redirect", "GET"): WEB,
    ("registry", "domain"): ("registrar",),
}
# Several looks at one host for one service count as the one that was answered best; others follow as listed.
BEST = ("ok", "too-large", "blocked", "absent", "nodata", "truncated")
HOPS = 20  # of redirects that are followed
Key = tuple[str, str, str]  # domain, host, service


def described(record: str, *, digest: str, uri: str, locator: str) -> str:
    """Write the line that describes an archived record, without its end."""
    return json.dumps({"record": record, "digest": digest, "uri": uri, "locator": locator})


def observed(document: Document) -> Iterator[Observation]:
    """Read the observations of a file, without the lines that describe records."""
    texts = (text for text in document.text().split("\n") if not text.startswith(RECORD))
    return lines.read(texts, document.name)


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the file; its version is the day of the newest observation."""
    del catalogue
    reading = _Reading(document.name)
    for one in lines.read(reading.apart(document.text().split("\n")), document.name):
        reading.take(one)
    if reading.newest is None:
        raise SourceError(f"{document.name}, line 1: no observations")
    return Extract(
        source=NAME,
        dated=document.dated or reading.newest,
        facts=[*reading.evidence(), *reading.checks(), *reading.embeds],
        rows=reading.rows,
        left_out=reading.left_out,
    )


SOURCE = Source(
    name="observations",
    title="What was seen: observations as JSON lines, from `sousveil observe`",
    publisher="the user",
    licence="the user's own",
    url=None,
    rows=(1, 1_000_000_000),
    read=read,
    kind="collect",
)


@dataclass(frozen=True, slots=True, order=True)
class _Look:
    """What came of one question; the smaller is the better answered, else the earlier."""

    rank: int
    time: str
    outcome: str
    vantage: str


@dataclass(slots=True)
class _Reading:
    """One file under way."""

    name: str
    rows: int = 0
    newest: date | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    records: dict[str, Mapping[str, str]] = field(default_factory=dict)
    cited: dict[str, tuple[str, set[str]]] = field(default_factory=dict)  # evidence → time, domains
    looks: dict[Key, _Look] = field(default_factory=dict)
    hops: dict[str, dict[str, str]] = field(default_factory=dict)  # domain → address → where it redirects
    embeds: list[Embed] = field(default_factory=list)

    def apart(self, texts: Iterable[str]) -> Iterator[str]:
        """Take out the lines that describe records, and leave empty ones in their place."""
        for number, text in enumerate(texts, start=1):
            if text.startswith(RECORD):
                self.record(number, text)
                yield ""
            else:
                yield text

    def record(self, number: int, text: str) -> None:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{self.name}, line {number}: {error}") from error
        if set(said) != set(DESCRIBED) or not all(isinstance(value, str) for value in said.values()):
            raise SourceError(f"{self.name}, line {number}: a record has the texts {', '.join(DESCRIBED)}")
        self.records[said["record"]] = said

    def take(self, one: Observation) -> None:
        """Take what the graph keeps of an observation, and count the others."""
        self.rows += 1
        detail = dict(one.detail)
        time = _instant(one.time)
        day = date.fromisoformat(time[:10])
        self.newest = max(self.newest or day, day)
        domain, subject = _named(one.target), _named(one.subject)
        services = SERVICES.get((one.scope, detail.get("question", "")), ())
        if domain and one.kind == "status" and "location" in detail:
            self.hops.setdefault(domain, {})[detail.get("url", "")] = detail["location"]
        if domain and subject and one.kind == "looked" and services:
            self.looked(one, _Look(_rank(one.value), time, one.value, one.vantage), domain, subject, services)
        elif domain and one.kind == "embed" and one.scope == "third-party-asset" and _named(one.value):
            host = _named(one.value)
            self.embeds.append(
                Embed(source=NAME, host=host, page=domain, seen=day, evidence=self.cite(one, domain, time))
            )
        else:
            self.left_out[f"{one.kind}, which only attribution reads"] += 1

    def looked(
        self, one: Observation, look: _Look, domain: str, host: str, services: tuple[str, ...]
    ) -> None:
        if one.value not in observations().outcomes:
            raise SourceError(f"{self.name}: {one.value!r} is no outcome, in what was looked at {one.time}")
        self.cite(one, domain, look.time)
        for service in services:
            key = (domain, host, service)
            self.looks[key] = min(look, self.looks.get(key, look))

    def cite(self, one: Observation, domain: str, time: str) -> str:
        self.cited.setdefault(one.evidence, (time, set()))[1].add(domain)
        return one.evidence

    def evidence(self) -> Iterator[Evidence | Mention]:
        for name, (time, domains) in self.cited.items():
            day = date.fromisoformat(time[:10])
            known = self.records.get(name, {})
            yield Evidence(
                id=name,
                kind="record",
                source=NAME,
                url=known.get("uri"),
                date=Window(day, day),
                date_text=day.isoformat(),
                digest=known.get("digest"),
                locator=known.get("locator"),
                time=time,
            )
            for domain in sorted(domains):
                yield Mention(evidence=name, subject=Ref("Domain", domain), known_from=day)

    def checks(self) -> Iterator[Check]:
        for (domain, host, service), look in self.looks.items():
            final = _final(host, self.hops.get(domain, {})) if service in WEB else host
            yield Check(
                domain=domain,
                host=host,
                service=service,
                outcome=look.outcome,
                time=look.time,
                vantage=look.vantage,
                final_host=final if final != host else None,
            )


def _rank(outcome: str) -> int:
    ranked = [*BEST, *(name for name in observations().outcomes if name not in BEST)]
    return ranked.index(outcome) if outcome in ranked else len(ranked)


def _instant(text: str) -> str:
    """Return a time in UTC to the second; a text without a zone is UTC."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=10_000)
def _named(text: str) -> str:
    """Return the name of a host as the graph keeps it; nothing for an address or what is no name."""
    try:
        return host_name(text)
    except ValueError:
        return ""


def _final(host: str, hops: Mapping[str, str]) -> str:
    """Follow the redirects of a host to the host of the last page; https goes before http."""
    url = max((url for url in hops if _host(url) == host), default="")
    for _ in range(HOPS):
        if url in hops:
            url = _joined(url, hops[url])
    return _host(url) or host


def _host(url: str) -> str:
    try:
        return _named(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""
