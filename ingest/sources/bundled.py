"""The bundled catalogue as records: what `sousveil ingest catalogue` loads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import (
    Based,
    ClaimEntry,
    CompanyEntry,
    Concerned,
    Listed,
    OwnedDomain,
    Owner,
    ProviderEntry,
    PublicationEntry,
    Source,
    StatementEntry,
    Unattributed,
)
from sousveil.ingest.records import (
    Base,
    Brand,
    Claim,
    Company,
    Concern,
    Evidence,
    Extract,
    Fact,
    Listing,
    Mention,
    Ownership,
    Period,
    Provider,
    Ref,
    Sighting,
    Statement,
    Watchlist,
    digest,
)
from sousveil.ingest.sources.documents import SourceError
from sousveil.ingest.sources.evidence import cite

NAME = "catalogue"


def read(catalogue: Catalogue) -> Extract:
    """Turn every file of the catalogue into records; its version is the newest `recorded`."""
    recorded = [
        *(entry.recorded for entry in catalogue.providers.values()),
        *(entry.recorded for entry in catalogue.companies.values()),
        *(entry.recorded for entry in catalogue.watchlists.values()),
        *(entry.recorded for entry in catalogue.publications.values()),
    ]
    extract = Extract(source=NAME, dated=max(recorded), rows=len(recorded))
    extract.facts = [
        *(fact for entry in catalogue.watchlists.values() for fact in _watchlist(entry.id, catalogue)),
        *(fact for entry in catalogue.companies.values() for fact in _company(entry, catalogue)),
        *(fact for entry in catalogue.providers.values() for fact in _provider(entry, catalogue)),
        *(fact for entry in catalogue.publications.values() for fact in _publication(entry, catalogue)),
    ]
    return extract


def _watchlist(identifier: str, catalogue: Catalogue) -> Iterator[Fact]:
    entry = catalogue.watchlists[identifier]
    yield Watchlist(
        id=entry.id,
        name=entry.name,
        publisher=entry.publisher,
        country=entry.country,
        effect=entry.effect,
        legal_effect=entry.legal_effect,
        url=entry.url,
    )


def _provider(entry: ProviderEntry, catalogue: Catalogue) -> Iterator[Fact]:
    yield Provider(
        id=entry.id,
        name=entry.name,
        names=tuple(sorted({entry.name, *entry.aliases})),
        services=entry.services,
        website=entry.website,
    )
    if entry.brand_of:
        sources = [source for owner in entry.owners for source in owner.sources]
        yield from (cite(catalogue, source) for source in sources)
        yield Brand(
            source=NAME,
            provider=entry.id,
            brand=entry.brand_of,
            known_from=entry.recorded,
            evidence=_ids(catalogue, sources),
        )
    for owner in entry.owners:
        yield from _owner(Ref("Provider", entry.id), owner, entry.recorded, catalogue)


def _company(entry: CompanyEntry, catalogue: Catalogue) -> Iterator[Fact]:
    yield Company(
        id=entry.id,
        name=entry.name,
        names=tuple(sorted({entry.name, *entry.aliases})),
        identifiers=entry.identifiers,
        kind=entry.kind,
        rank=0,
    )
    for based in entry.based_in:
        yield from _based(entry, based, catalogue)
    for owner in entry.owners:
        yield from _owner(Ref("Company", entry.id), owner, entry.recorded, catalogue)
    for listed in entry.listings:
        yield from _listed(entry, listed, catalogue)
    for domain in entry.domains:
        yield from _domain(entry, domain, catalogue)


def _owner(owned: Ref, owner: Owner, recorded: date, catalogue: Catalogue) -> Iterator[Fact]:
    yield from (cite(catalogue, source) for source in owner.sources)
    yield Ownership(
        source=NAME,
        owned=owned,
        owner=owner.company,
        basis=owner.basis,
        control=owner.control,
        share=owner.share,
        period=Period.of(owner.start, owner.end),
        verified=owner.verified,
        note=owner.note,
        known_from=recorded,
        evidence=_ids(catalogue, owner.sources),
    )


def _based(entry: CompanyEntry, based: Based, catalogue: Catalogue) -> Iterator[Fact]:
    yield from (cite(catalogue, source) for source in based.sources)
    yield Base(
        source=NAME,
        company=entry.id,
        country=based.country,
        basis=based.basis,
        period=Period.of(based.start, based.end),
        verified=based.verified,
        note=based.note,
        known_from=entry.recorded,
        evidence=_ids(catalogue, based.sources),
    )


def _listed(entry: CompanyEntry, listed: Listed, catalogue: Catalogue) -> Iterator[Fact]:
    """One listing for each block; a reviewed line without any date only links, and states no listing."""
    if listed.start is None:
        return
    yield from (cite(catalogue, source) for source in listed.sources)
    yield Listing(
        source=NAME,
        company=entry.id,
        watchlist=listed.list,
        entry=f"{entry.id} {listed.start.latest}",
        named=listed.named[-1],
        citations=listed.citations,
        start=listed.start,
        end=listed.end,
        published=listed.published.latest if listed.published else None,
        corrected_by=_ids(catalogue, listed.sources)[0] if listed.published else None,
        verified=listed.verified,
        note=listed.note,
        known_from=entry.recorded,
        evidence=_ids(catalogue, listed.sources),
    )


def _domain(entry: CompanyEntry, domain: OwnedDomain, catalogue: Catalogue) -> Iterator[Fact]:
    yield from (cite(catalogue, source) for source in domain.sources)
    yield Ownership(
        source=NAME,
        owned=Ref("Domain", domain.name),
        owner=entry.id,
        basis=domain.basis,
        control="yes",
        scope=domain.scope,
        period=Period.of(domain.start, domain.end),
        verified=domain.verified,
        note=domain.note,
        known_from=entry.recorded,
        evidence=_ids(catalogue, domain.sources),
    )


def _publication(entry: PublicationEntry, catalogue: Catalogue) -> Iterator[Fact]:
    for claim in entry.claims:
        yield from reported(entry, claim, catalogue)
    for statement in entry.statements:
        yield _statement(entry, statement)
    for item in entry.unattributed:
        yield from _unattributed(entry, item, catalogue)


def reported(
    entry: PublicationEntry, claim: ClaimEntry, catalogue: Catalogue
) -> Iterator[Evidence | Sighting]:
    """Make a sighting, with its evidence, of a claim for each place where it can be read.

    It counts as said from the day of publication, and as seen on that day where it says no other.
    """
    for source in claim.sources or (entry.source,):
        published = source.date or entry.source.date
        if published is None:
            raise SourceError(
                f"catalogue/publications/{entry.id}.toml: no date for {source.url}; claims need one"
            )
        evidence = cite(catalogue, source)
        yield evidence
        yield Sighting(
            source=entry.id,
            provider=claim.provider,
            label=claim.label,
            subject=subject_of(claim),
            named=claim.named,
            service=claim.service,
            scope=claim.scope,
            basis=claim.basis,
            seen=claim.seen or published,
            ended=claim.ended.latest if claim.ended else None,
            ended_known=published.latest if claim.ended else None,
            known_from=published.latest,
            evidence=evidence.id,
        )


def subject_of(claim: ClaimEntry) -> Ref:
    """Return the domain, or the company where no domain is named."""
    return Ref("Domain", claim.domain) if claim.domain else Ref("Company", str(claim.company))


def claim_of(entry: PublicationEntry, claim: ClaimEntry) -> str:
    """Return the id of the claim that this publication makes."""
    return Claim(
        source=entry.id,
        subject=subject_of(claim),
        service=claim.service,
        provider=claim.provider,
        label=claim.label,
        scope=claim.scope,
    ).id


def retracts(statement: StatementEntry, claim: ClaimEntry) -> bool:
    """Say whether a statement takes this claim back."""
    return _about(claim, statement.retracts)


def _about(claim: ClaimEntry, items: Iterable[Concerned]) -> bool:
    about = (claim.provider, claim.company, claim.domain, claim.service)
    return any((item.provider, item.company, item.domain, item.service) == about for item in items)


def _statement(entry: PublicationEntry, statement: StatementEntry) -> Statement:
    """Make the statement and tie it to the claims that it is about."""
    concerned = {
        Concern(subject_of(claim), claim_of(entry, claim), retracts(statement, claim))
        for claim in entry.claims
        if _about(claim, (*statement.concerns, *statement.retracts))
    }
    return Statement(
        id=digest("statement", entry.id, statement.kind, statement.by, statement.url, statement.text),
        kind=statement.kind,
        by=statement.by,
        date=statement.date.latest,
        text=statement.text,
        url=statement.url,
        outcome=statement.outcome,
        decided=None if statement.outcome == "open" else statement.date.latest,
        source=entry.id,
        concerns=tuple(sorted(concerned)),
    )


def _unattributed(entry: PublicationEntry, item: Unattributed, catalogue: Catalogue) -> Iterator[Fact]:
    """Keep a claim about nobody in particular as evidence about the provider, never as an edge."""
    for source in item.sources:
        evidence = cite(catalogue, source)
        yield evidence
        if item.provider:
            published = source.date or entry.source.date
            known_from = published.latest if published else entry.recorded
            yield Mention(evidence=evidence.id, subject=Ref("Provider", item.provider), known_from=known_from)


def _ids(catalogue: Catalogue, sources: Iterable[Source]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cite(catalogue, source).id for source in sources))
