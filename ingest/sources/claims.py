"""What the press and researchers published about who serves whom, with the retractions.

A line names its origin (a publication of the catalogue). What the catalogue has read of that publication, it
knows better: such a line adds its addresses and changes nothing. A line that names no company becomes
evidence about the provider, never an edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import ClaimEntry, PublicationEntry
from sousveil.catalogue.entries import Source as Cited
from sousveil.ingest.records import Company, Concern, Extract, Fact, Mention, Ref, Statement, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.bundled import claim_of, reported, retracts, subject_of
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.ingest.sources.evidence import cite
from sousveil.schema.dates import Window, parse_window

COLUMNS = ("surveillance_company", "provider", "service", "status", "claim_origin", "source_urls")
CARRIER = "published-claims"
# The wordings of the press, and the service that they say without guessing.
SERVICES = {
    "unspecified": ("unspecified", "corporate"),
    "unspecified web services": ("unspecified", "corporate"),
    "cloud": ("unspecified", "corporate"),
    "cloud/business relationship": ("unspecified", "corporate"),
    "email hosting": ("email", "corporate"),
    "CDN": ("cdn", "corporate"),
    "CDN/web services": ("cdn", "corporate"),
    "SSL presumably": ("certificate", "corporate"),
    "CDN for attack infrastructure (not corporate site)": ("cdn", "attack-infrastructure"),
    "hosting of attack infrastructure (not corporate site; OVH is French)": (
        "web-hosting",
        "attack-infrastructure",
    ),
}
STATUS = re.compile(r"(?P<word>asserted|RETRACTED|ENDED)(?: (?P<when>[\d-]+))?(?:[, ].*)?")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read published claims; several providers in one field are separated by semicolons."""
    extract = Extract(source=CARRIER, dated=document.dated or date.min)
    newest = []
    for row in document.rows(COLUMNS):
        extract.rows += 1
        publication = _publication(row, catalogue)
        newest += [source.date.latest for source in publication.sources if source.date]
        extract.facts.extend(_facts(row, publication, catalogue, extract))
    if document.dated is None:
        if not newest:
            raise SourceError(
                f"{document.name}: no dated publication; state the version with --dated YYYY-MM-DD"
            )
        extract.dated = max(newest)
    return extract


SOURCE = Source(
    name="claims",
    title="Published claims, with retractions",
    publisher="press and researchers, as each line names them",
    licence="facts with addresses",
    url=None,
    rows=(1, 1_000_000),
    read=read,
)


def _publication(row: Row, catalogue: Catalogue) -> PublicationEntry:
    origin = row.required("claim_origin")
    publication = catalogue.publication(origin)
    if publication is None:
        raise row.error(
            f"claim_origin {origin!r} is no publication that the catalogue knows; add it as a label"
        )
    return publication


def _facts(row: Row, publication: PublicationEntry, catalogue: Catalogue, extract: Extract) -> Iterator[Fact]:
    named = row.required("surveillance_company")
    providers = [part.strip() for part in row.required("provider").split(";")]
    service, scope = _service(row)
    word, when = _status(row)
    urls = [part.strip() for part in row.required("source_urls").split(";")]
    row.finish()
    sources = tuple(_cited(url, catalogue) for url in urls)
    if named.startswith("("):
        extract.left_out["names no company: kept as evidence about the provider"] += 1
        yield from _unattributed(providers, sources, publication, service, catalogue)
        return
    company = catalogue.vendor(CARRIER, named)
    if company is None:
        company = f"{CARRIER}-{digest(named)[:12]}"
        extract.notes.append(
            f"line {row.line}: {named!r} is no reviewed name; it stands as a company of its own"
        )
        yield Company(id=company, name=named, names=(named,), rank=2)
    for label in providers:
        claim = ClaimEntry(
            provider=catalogue.provider(CARRIER, label, service),
            label=label,
            domain=None,
            company=company,
            named=named,
            service=service,
            basis="reported",
            scope=scope,
            seen=None,
            ended=when if word == "ENDED" else None,
            sources=sources,
        )
        yield from _claim(claim, publication, when if word == "RETRACTED" else None, catalogue)


def _claim(
    claim: ClaimEntry, publication: PublicationEntry, retracted: Window | None, catalogue: Catalogue
) -> Iterator[Fact]:
    """Make sightings of a claim, as the catalogue has read it where it has."""
    known = next(
        (one for one in publication.claims if claim_of(publication, one) == claim_of(publication, claim)),
        None,
    )
    if known:
        extra = tuple(s for s in claim.sources if s.url not in {k.url for k in known.sources})
        claim = replace(known, sources=(*known.sources, *extra))
    yield from reported(publication, claim, catalogue)
    stated = any(retracts(statement, claim) for statement in publication.statements)
    if retracted and not stated:
        yield Statement(
            id=digest("statement", publication.id, "retraction", claim_of(publication, claim)),
            kind="retraction",
            by=publication.source.publisher,
            date=retracted.latest,
            text=f"Retracted: {claim.label} → {claim.named}, {claim.service}",
            url=claim.sources[0].url,
            outcome="upheld",
            source=publication.id,
            decided=retracted.latest,
            concerns=(Concern(subject_of(claim), claim_of(publication, claim), retracts=True),),
        )


def _unattributed(
    labels: list[str],
    sources: tuple[Cited, ...],
    publication: PublicationEntry,
    service: str,
    catalogue: Catalogue,
) -> Iterator[Fact]:
    for source in sources:
        evidence = cite(catalogue, source)
        published = source.date or publication.source.date
        yield evidence
        for label in labels:
            provider = catalogue.provider(CARRIER, label, service)
            if provider and published:
                yield Mention(
                    evidence=evidence.id, subject=Ref("Provider", provider), known_from=published.latest
                )


def _service(row: Row) -> tuple[str, str]:
    text = row.required("service")
    if text not in SERVICES:
        raise row.error(
            f"service {text!r} is a wording that nobody has mapped; add it to SERVICES in claims.py"
        )
    return SERVICES[text]


def _status(row: Row) -> tuple[str, Window | None]:
    text = row.required("status")
    match = STATUS.fullmatch(text)
    if match is None:
        raise row.error(
            f"status {text!r}: write asserted, RETRACTED 2020-05 or ENDED 2021, then what you like"
        )
    if match["word"] != "asserted" and not match["when"]:
        raise row.error(f"status {text!r}: say when, as in RETRACTED 2020-05")
    try:
        return match["word"], parse_window(match["when"]) if match["when"] else None
    except ValueError as error:
        raise row.error(f"status: {error}") from error


def _cited(url: str, catalogue: Catalogue) -> Cited:
    known = catalogue.source(url)
    if known:
        return known
    return Cited(key=url, url=url, title=url, publisher=url, date=None, quote=None, archived=None)
