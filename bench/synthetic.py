"""A made-up world of any size: seeded, the same each time, in chunks, so that memory stays flat.

No company, provider or domain in it exists: names say `Synthetic`, domains end in `.example`. Its shape is
meant to hurt where the real one does: one provider has a fifth of all services and the others share the rest
by rank, half of the sightings cite one publication, owners change while services are seen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate

from sousveil.ingest.records import (
    Base,
    Company,
    Concern,
    Evidence,
    Extract,
    Fact,
    Listing,
    Ownership,
    Period,
    Provider,
    Ref,
    Sighting,
    Statement,
    Watchlist,
    digest,
)
from sousveil.schema.dates import Window

SOURCE = "synthetic"
LIST = "us-entity-list"  # the default of the questions, so that each of them meets the listed companies
FIXED_LIST = (
    "synthetic-fixed-list"  # stands on the first companies only: its answer stays while the graph grows
)
FIXED_COMPANIES = 40
PUBLICATION = digest("synthetic publication")
HUB = "provider-000"
TAIL = "provider-150"
PROVIDERS = 300
HUB_SHARE = 0.22
SERVICES = ("web-hosting", "nameserver", "certificate", "email", "cdn")
DOMAINS = 5  # per company, each with every service: 25 SERVES per company
EDGES = DOMAINS * len(SERVICES)
LISTED_EVERY = 10  # companies; every fifth of the listed ones has domains: of most real ones none is known
KNOWN_EVERY = 50
# Shares of what is not the rule: of days, domains, listings.
PUBLISHED = 0.5
SEEN_AGAIN = 0.2
ENDED = 0.1
UNRESOLVED = 0.02
RETRACTED = 0.005
DISPUTED = 0.01
DELISTED = 0.05
LISTED_VAGUELY = 0.2
COUNTRIES = ("US", "US", "US", "US", "CN", "DE", "FR", "RU", "JP", "NL")
BEGIN = date(2019, 1, 1)
MEASURED = Window(date(2020, 1, 1), date(2020, 9, 30))
KNOWN = date(2021, 3, 1)
AS_OF = date(2021, 6, 1)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One extract and how many SERVES come of it."""

    extract: Extract
    serves: int


@dataclass(frozen=True)
class World:
    """About `edges` SERVES, in chunks of about `chunk`; a smaller world is the beginning of a larger one."""

    edges: int
    chunk: int = 20_000
    seed: int = 3

    @cached_property
    def companies(self) -> int:
        """Return how many companies have domains."""
        return self.edges // EDGES

    @cached_property
    def weights(self) -> list[float]:
        """Return the cumulative shares of the providers."""
        rest = [1 / (rank + 2) for rank in range(PROVIDERS - 1)]
        return list(accumulate([HUB_SHARE, *((1 - HUB_SHARE) * part / sum(rest) for part in rest)]))

    def foundation(self) -> Extract:
        """Return what everything stands on: lists, providers, their owners, the publication."""
        extract = Extract(source=SOURCE, dated=KNOWN)
        extract.facts = [*_lists(), _publication()]
        for number in range(PROVIDERS):
            extract.facts.extend(_provider(number, random.Random(f"{self.seed} provider {number}")))  # noqa: S311
        return extract

    def chunks(self) -> Iterator[Chunk]:
        """Yield the companies with all that is known of them, some hundred at a time."""
        step = max(1, self.chunk // EDGES)
        for first in range(0, self.companies, step):
            numbers = range(first, min(first + step, self.companies))
            facts = [fact for number in numbers for fact in self.company(number)]
            yield Chunk(
                Extract(source=SOURCE, dated=KNOWN, facts=facts, rows=len(facts)), EDGES * len(numbers)
            )

    def company(self, number: int) -> Iterator[Fact]:
        """Yield one company with its listing and domains, and beside some a listed one without a domain."""
        luck = random.Random(f"{self.seed} company {number}")  # noqa: S311
        yield from _company(number, luck)
        if number % LISTED_EVERY == 0:
            yield from _unknown_company(number, luck)
        if number % KNOWN_EVERY == 0:
            yield _listing(company_id(number), LIST, luck)
        if number < FIXED_COMPANIES:
            yield _listing(company_id(number), FIXED_LIST, luck)
        for place in range(DOMAINS):
            yield from self.domain(number, place, luck)

    def domain(self, number: int, place: int, luck: random.Random) -> Iterator[Fact]:
        """Yield a domain, its owner and its sightings, a few of them unresolved, retracted or disputed."""
        subject = Ref("Domain", domain_name(number, place))
        yield _owned(subject, company_id(number), "registrant", PUBLICATION)
        sightings = [self.sighting(subject, service, luck) for service in SERVICES]
        for sighting in sightings:
            yield sighting
            if sighting.evidence == PUBLICATION:
                continue
            yield _row(sighting.evidence, subject.key)
            if luck.random() < SEEN_AGAIN and sighting.ended is None:
                yield from _seen_again(sighting)
        if luck.random() < UNRESOLVED:
            yield _unresolved(subject, luck)
        if luck.random() < RETRACTED:
            yield from _retracted(subject, luck)
        if luck.random() < DISPUTED:
            yield _dispute(sightings[0])

    def sighting(self, subject: Ref, service: str, luck: random.Random) -> Sighting:
        """Say who provides this service: in a published window, or on a day, sometimes until another."""
        (number,) = luck.choices(range(PROVIDERS), cum_weights=self.weights)
        day = BEGIN + timedelta(days=luck.randrange(700))
        published = luck.random() < PUBLISHED
        ended = day + timedelta(days=60) if not published and luck.random() < ENDED else None
        return Sighting(
            source=SOURCE,
            provider=provider_id(number),
            label=f"Synthetic label {number}",
            named=subject.key,
            subject=subject,
            service=service,
            seen=MEASURED if published else Window(day, day),
            ended=ended,
            ended_known=ended,
            basis="measured-elsewhere" if published else "reported",
            evidence=PUBLICATION if published else digest("row", subject.key, service),
            known_from=KNOWN if published else day,
        )


def company_id(number: int) -> str:
    """Return the id of a company that has domains."""
    return f"synthetic-{number:06}"


def domain_name(number: int, place: int) -> str:
    """Return the name of a domain."""
    return f"d{place}.synthetic-{number:06}.example"


def provider_id(number: int) -> str:
    """Return the id of a provider; 0 is the hub."""
    return f"provider-{number:03}"


def _lists() -> Iterator[Watchlist]:
    for key in (LIST, FIXED_LIST):
        yield Watchlist(
            id=key,
            name=f"Synthetic list {key}",
            publisher="Synthetic office",
            country="US",
            effect="export-control",
            legal_effect="none: it is made up",
            url=f"https://lists.example/{key}",
        )


def _publication() -> Evidence:
    return Evidence(
        id=PUBLICATION,
        kind="publication",
        source=SOURCE,
        url="https://study.example/",
        title="Synthetic study",
        publisher="Synthetic institute",
        date=Window(KNOWN, KNOWN),
    )


def _provider(number: int, luck: random.Random) -> Iterator[Fact]:
    """Yield a provider, its operator, two owners one after the other, and an investor above one in three."""
    country, elsewhere, above = luck.choices(COUNTRIES, k=3)
    homes = (country, elsewhere, country, above)
    operator, former, owner, fund = (
        f"{role}-{number:03}" for role in ("operator", "former", "owner", "fund")
    )
    yield Provider(
        id=provider_id(number),
        name=f"Synthetic Provider {number:03}",
        services=SERVICES,
        names=(f"SP{number}",),
    )
    for key, home in zip((operator, former, owner, fund), homes, strict=True):
        yield Company(id=key, name=f"Synthetic {key.title()}", kind="company", rank=0)
        for basis in ("headquarters", "incorporation"):
            yield _base(key, home, basis)
    yield _owned(Ref("Provider", provider_id(number)), operator, "operates", PUBLICATION)
    sold = date(2018, 1, 1) + timedelta(days=luck.randrange(1200))
    before, after = Period(start=date(2010, 1, 1), end=sold), Period(start=sold)
    yield _owned(Ref("Company", operator), former, "legal", PUBLICATION, before)
    yield _owned(Ref("Company", operator), owner, "legal", PUBLICATION, after)
    if number % 3 == 0:
        control = luck.choice(("yes", "no", "unknown"))
        yield _owned(Ref("Company", owner), fund, "reported", PUBLICATION, after, control)


def _company(number: int, luck: random.Random) -> Iterator[Fact]:
    """Yield a company; every ninth belongs to the one before it."""
    yield Company(
        id=company_id(number), name=f"Synthetic Works {number:06}", kind="company", names=(f"SW {number}",)
    )
    yield _base(company_id(number), luck.choice(COUNTRIES), "headquarters")
    if number % 9 == 1:
        yield _owned(Ref("Company", company_id(number)), company_id(number - 1), "legal", PUBLICATION)


def _unknown_company(number: int, luck: random.Random) -> Iterator[Fact]:
    key = f"synthetic-unknown-{number:06}"
    yield Company(id=key, name=f"Synthetic Unknown {number:06}")
    yield _listing(key, LIST, luck)


def _listing(company: str, watchlist: str, luck: random.Random) -> Listing:
    start = BEGIN + timedelta(days=luck.randrange(800))
    ended = luck.random() < DELISTED
    return Listing(
        source=watchlist,
        company=company,
        watchlist=watchlist,
        entry=f"{watchlist}:{company}",
        named=company.upper(),
        destination=luck.choice(COUNTRIES),
        start=Window(start, start + timedelta(days=30 if luck.random() < LISTED_VAGUELY else 0)),
        end=Window(AS_OF - timedelta(days=9), AS_OF - timedelta(days=9)) if ended else None,
        known_from=start + timedelta(days=40),
        evidence=(PUBLICATION,),
    )


def _owned(
    owned: Ref, owner: str, basis: str, evidence: str, period: Period | None = None, control: str = "yes"
) -> Ownership:
    return Ownership(
        source="catalogue",
        owned=owned,
        owner=owner,
        basis=basis,
        known_from=date(2018, 1, 1),
        evidence=(evidence,),
        period=period or Period(start=date(2015, 1, 1)),
        control=control,
        scope="corporate" if owned.label == "Domain" else None,
        verified=True,
    )


def _base(company: str, country: str, basis: str) -> Base:
    return Base(
        source="catalogue",
        company=company,
        country=country,
        basis=basis,
        known_from=date(2018, 1, 1),
        evidence=(PUBLICATION,),
        verified=True,
    )


def _row(key: str, locator: str) -> Evidence:
    return Evidence(
        id=key, kind="row", source=SOURCE, digest=key, url="https://rows.example/", locator=locator
    )


def _seen_again(sighting: Sighting) -> Iterator[Fact]:
    """Yield a later sighting of the same claim, near enough to be the same interval."""
    key = digest("again", sighting.evidence)
    day = sighting.seen.latest + timedelta(days=40)
    yield _row(key, sighting.subject.key)
    yield replace(sighting, seen=Window(day, day), known_from=day, evidence=key)


def _unresolved(subject: Ref, luck: random.Random) -> Sighting:
    return Sighting(
        source=SOURCE,
        label=f"Synthetic nobody {luck.randrange(50)}",
        subject=subject,
        service="cms",
        seen=MEASURED,
        evidence=PUBLICATION,
        known_from=KNOWN,
    )


def _retracted(subject: Ref, luck: random.Random) -> Iterator[Fact]:
    claimed = Sighting(
        source=SOURCE,
        provider=provider_id(luck.randrange(PROVIDERS)),
        subject=subject,
        service="registrar",
        seen=MEASURED,
        evidence=PUBLICATION,
        known_from=KNOWN,
    )
    yield claimed
    yield _statement("retraction", "upheld", claimed)


def _dispute(claimed: Sighting) -> Statement:
    return _statement("dispute", "open", claimed)


def _statement(kind: str, outcome: str, claimed: Sighting) -> Statement:
    return Statement(
        id=digest("synthetic statement", kind, claimed.claim),
        kind=kind,
        by="Synthetic counsel",
        date=KNOWN + timedelta(days=7),
        text="Made up for measuring.",
        source=SOURCE,
        outcome=outcome,
        decided=KNOWN + timedelta(days=7) if outcome == "upheld" else None,
        concerns=(Concern(claimed.subject, claimed.claim, retracts=True),),
    )
