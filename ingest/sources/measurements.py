"""Facts that a published study measured: a domain, a service, and the provider as the study labels it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import ClaimEntry, PublicationEntry
from sousveil.ingest.records import Extract, Fact
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.bundled import reported
from sousveil.ingest.sources.documents import Document, Row, SourceError
from sousveil.ingest.sources.hosts import host_name
from sousveil.schema import vocabulary

COLUMNS = ("domain", "company", "domain_source", "service", "provider_label", "measured", "source")


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read measured facts; a label that no provider of the catalogue claims stays an unresolved name."""
    extract = Extract(source="measurements", dated=document.dated or _dated(document, catalogue))
    for row in document.rows(COLUMNS):
        extract.rows += 1
        extract.facts.extend(_facts(row, catalogue))
    return extract


SOURCE = Source(
    name="measurements",
    title="Published measurements",
    publisher="Kashaf, Sekar, Agarwal: IMC 2020 artifact, or a file of the same layout",
    licence="BSD (the artifact)",
    url=None,
    rows=(1, 10_000_000),
    read=read,
)


def _dated(document: Document, catalogue: Catalogue) -> date:
    """Return the newest publication date of the studies that the file cites."""
    dates = [
        _publication(row.required("source"), row, catalogue).source.date for row in document.rows(COLUMNS)
    ]
    if not all(dates):
        raise SourceError(
            f"{document.name}: a study without a date; state the version with --dated YYYY-MM-DD"
        )
    return max(day.latest for day in dates if day)


def _publication(text: str, row: Row, catalogue: Catalogue) -> PublicationEntry:
    publication = catalogue.publication(text)
    if publication is None:
        raise row.error(f"source {text[:60]!r} is no publication that the catalogue knows; add it as a label")
    return publication


def _domain(row: Row) -> str:
    try:
        return host_name(row.required("domain"))
    except ValueError as error:
        raise row.error(str(error)) from error


def _facts(row: Row, catalogue: Catalogue) -> Iterator[Fact]:
    publication = _publication(row.required("source"), row, catalogue)
    service = row.required("service")
    if service not in vocabulary("service"):
        raise row.error(f"service {service!r} is none of {', '.join(vocabulary('service'))}")
    label = row.required("provider_label")
    seen = row.window("measured")
    if seen is None:
        raise row.error("measured is blank; give a day, a month or a window 2020-01/2020-09")
    claim = ClaimEntry(
        provider=catalogue.provider(publication.id, label, service),
        label=label,
        domain=_domain(row),
        company=None,
        named=row.take("company"),
        service=service,
        basis="measured-elsewhere",
        scope="corporate",
        seen=seen,
        ended=None,
        sources=publication.sources[1:],
    )
    row.ignore("domain_source")  # where the compiler of the file found the domain; ours says whose it is
    row.finish()
    yield from reported(publication, claim, catalogue)
