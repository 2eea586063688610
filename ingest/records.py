"""The only things that cross stages: facts with their source, evidence and both clocks.

World dates are days in UTC; an interval is half-open, and None means "no end known" or "beginning unknown".
`source` says whose fact it is (a publication, a list, or `catalogue`), never which file carried it, so the
same fact from the catalogue and from a file is one fact.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sousveil.schema.dates import Window, parse_window

Label = Literal["Company", "Domain", "Provider", "Watchlist", "UnresolvedName", "Statement"]


def digest(*parts: str | None) -> str:
    """Hash parts to a hex SHA-256; None and an empty part differ, and no part can run into the next."""
    text = "".join("-;" if part is None else f"{len(part)}:{part};" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A node: its label and its key."""

    label: Label
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A legal entity or public body; `rank` 0 from the catalogue, 1 from a list, 2 from anybody else."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    kind: str = "untyped"
    rank: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A brand or platform as it is named."""

    id: str
    name: str
    names: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    website: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """A list and its legal effect."""

    id: str
    name: str
    publisher: str
    country: str
    effect: str
    legal_effect: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a fact rests on: a publication (URL, date, quote), a row of a file (digest, locator), or a record.

    An archived record has what was asked as `url`, digest, locator, and `time`: UTC, ISO 8601, to the second.
    """

    id: str
    kind: str
    source: str
    url: str | None = None
    title: str | None = None
    publisher: str | None = None
    date: Window | None = None
    date_text: str | None = None
    quote: str | None = None
    archived: str | None = None
    digest: str | None = None
    locator: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who (a provider, or a label that nobody could resolve) serves whom with what, according to whom."""

    source: str
    subject: Ref
    service: str
    provider: str | None = None
    label: str | None = None
    host: str | None = None
    role: str | None = None
    scope: str = "corporate"

    @property
    def id(self) -> str:
        """Return the stable hash of what is claimed: the name that statements and citations use."""
        who = ("provider", self.provider) if self.provider else ("label", self.label)
        subject = (self.subject.label, self.subject.key)
        return digest("serves", *who, *subject, self.host, self.service, self.role, self.scope, self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody saw, or says, that a provider serves a subject; sightings of one claim become its intervals.

    `provider` says who serves, or `label` alone where nobody could resolve it. `rules` are those that fired
    where we attributed it ourselves, `against` the ids of evidence against it.
    """

    source: str
    subject: Ref
    service: str
    seen: Window
    evidence: str
    known_from: date
    provider: str | None = None
    label: str | None = None
    named: str | None = None
    host: str | None = None
    role: str | None = None
    scope: str = "corporate"
    basis: str = "reported"
    strength: str | None = None
    confidence: float | None = None
    rules: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    ended: date | None = None
    ended_known: date | None = None

    @property
    def claimed(self) -> Claim:
        """Return what it is a sighting of."""
        return Claim(
            source=self.source,
            subject=self.subject,
            service=self.service,
            provider=self.provider,
            label=self.label,
            host=self.host,
            role=self.role,
            scope=self.scope,
        )

    @property
    def claim(self) -> str:
        """Return the id of the claim."""
        return self.claimed.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When a stated fact holds in the world: what is certain, and what the source says.

    `start` is the last day on which it can have begun, `end` the first day on which it can have ended.
    """

    start: date | None = None
    end: date | None = None
    start_text: str | None = None
    end_text: str | None = None

    @classmethod
    def of(cls, start: Window | None, end: Window | None) -> Period:
        """Keep what is certain of an uncertain beginning and end, and the text where they are uncertain."""
        return cls(
            start=start.latest if start else None,
            end=end.earliest if end else None,
            start_text=None if start is None or start.exact else text_of(start),
            end_text=None if end is None or end.exact else text_of(end),
        )


def text_of(window: Window) -> str:
    """Write a window as its source did: a day, a month, a year, or both ends."""
    first = window.earliest
    for width in (10, 7, 4):  # a day, a month, a year
        if parse_window(first.isoformat()[:width]) == window:
            return first.isoformat()[:width]
    return f"{first}/{window.latest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """A domain, provider or company belongs to, or is operated by, a company."""

    source: str
    owned: Ref
    owner: str
    basis: str
    known_from: date
    evidence: tuple[str, ...]
    period: Period = field(default_factory=Period)
    control: str = "unknown"
    share: float | None = None
    scope: str | None = None
    verified: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A company is based in a country, in one sense of the word."""

    source: str
    company: str
    country: str
    basis: str
    known_from: date
    evidence: tuple[str, ...]
    period: Period = field(default_factory=Period)
    verified: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The same brand, run by another operator."""

    source: str
    provider: str
    brand: str
    known_from: date
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An entry of a list, as one version of it (`version`) states it.

    A list that comes in versions closes what a newer version no longer has; a listing from the catalogue
    has no version and says itself when it ended.
    """

    source: str
    company: str
    watchlist: str
    entry: str
    named: str
    evidence: tuple[str, ...]
    known_from: date
    start: Window | None = None
    end: Window | None = None
    original: str | None = None
    destination: str | None = None
    programme: str | None = None
    citations: tuple[str, ...] = ()
    verified: bool = True
    published: date | None = None
    corrected_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Concern:
    """What a statement is about: a claim on a node, or the node as a whole (`claim` is None).

    `retracts` says that the claim falls if the statement is upheld: it then becomes SAID_TO_SERVE.
    """

    node: Ref
    claim: str | None = None
    retracts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody said about claims or about a node.

    `outcome` is what came of it, on the day `decided`. A review is a statement about a statement: its own
    outcome becomes that of the other, and the newest one counts.
    """

    decided: date | None = None
    id: str
    kind: str
    by: str
    date: date
    text: str
    source: str
    url: str | None = None
    outcome: str = "open"
    concerns: tuple[Concern, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Evidence is about a node without supporting a claim: a vendor's URL on a host it may not own."""

    evidence: str
    subject: Ref
    known_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A run looked at a host of a domain for a service, and this came of it.

    `outcome` is one of schema.observations().outcomes; `time` is UTC, ISO 8601, to the second; `vantage` from
    where was looked; `final_host` is where redirects ended, None where they stayed.
    """

    domain: str
    host: str
    service: str
    outcome: str
    time: str
    vantage: str
    final_host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """A page of a domain loads something from a host of somebody else; never service."""

    source: str
    host: str
    page: str
    seen: date
    evidence: str


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A domain or host that we look at, as an A-label; `name` is what the archive and the graph call it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question to the network and what came of it, as raw bytes.

    `target` is the target for whose sake it was asked, `subject` the host, address or domain asked
    about; for what many targets share (a provider's name server, an address block) the target is the
    subject. `uri` names the question in an archive: dns://RESOLVER/NAME?type=MX (RFC 4501),
    tls://HOST:443/ADDRESS, https://…, smtp://HOST:25/ADDRESS. `asked` and `answered` are the bytes as sent
    and received; both may be empty. `outcome` is one of schema.observations().outcomes. `notes` are (name,
    value) pairs: protocol, cipher, alpn, sni, truncated (how much was kept), error (of a failure), …
    """

    target: str
    subject: str
    protocol: Literal["dns", "rdap", "tls", "http", "smtp"]
    question: str
    uri: str
    time: datetime
    outcome: str
    server: str | None = None
    asked: bytes = b""
    answered: bytes = b""
    media: str = "application/octet-stream"
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One fact read from archived bytes; what each kind means stands in schema/observations.toml.

    `time` is UTC, ISO 8601, to the second; `evidence` is the id of the archived record; `detail` is sorted.
    """

    target: str
    subject: str
    kind: str
    scope: str
    value: str
    evidence: str
    time: str
    vantage: str
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What observations imply: a provider serves a host of a domain, by which rules, on which evidence.

    `target` is the domain, `host` the name that was looked at. `confidence` is 0-1. `rules` are ids of
    the catalogue's rules; `evidence` and `against` ids of what speaks for and against. `share` is the part of
    several hosts that this provider serves (0-1), None where one host says it all. `operator` is the company
    that runs another's brand. `issued_by_edge`: a certificate that the CDN chose.
    `seen` is the day.
    """

    target: str
    host: str
    provider: str
    service: str
    role: str
    basis: str
    strength: str
    confidence: float
    seen: date
    rules: tuple[str, ...]
    evidence: tuple[str, ...]
    against: tuple[str, ...] = ()
    scope: str = "corporate"
    operator: str | None = None
    share: float | None = None
    issued_by_edge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What was found for one service of one host: named, self, none, unknown or ambiguous, and why."""

    target: str
    host: str
    service: str
    finding: str
    reason: str
    seen: date
    rules: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


Fact = (
    Company
    | Provider
    | Watchlist
    | Evidence
    | Sighting
    | Ownership
    | Base
    | Brand
    | Listing
    | Statement
    | Mention
    | Check
    | Conclusion
    | Embed
)


@dataclass(slots=True)
class Extract:
    """What one reading of a source gave: facts, and an account of every row that became none.

    `left_out` counts rows by reason; `notes` are single remarks that a person should see (repaired names,
    rows that need a review). `watchlists` are the lists of which this is a complete version.
    """

    source: str
    dated: date
    facts: list[Fact] = field(default_factory=list)
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    watchlists: tuple[str, ...] = ()

    @property
    def entries(self) -> Counter[str]:
        """Count the listings by watchlist."""
        return Counter(fact.watchlist for fact in self.facts if isinstance(fact, Listing))
