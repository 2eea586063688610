"""Evidence records for publications: the same words at the same address are the same evidence."""

from __future__ import annotations

from sousveil.catalogue import Catalogue
from sousveil.catalogue.entries import Source as Cited
from sousveil.ingest.records import Evidence, digest, text_of


def cite(catalogue: Catalogue, cited: Cited) -> Evidence:
    """Make the evidence record of a source, described as the publication's own file describes it."""
    known = catalogue.source(cited.url) or cited
    return Evidence(
        id=digest("publication", cited.url, cited.quote),
        kind="publication",
        source=known.key if known.key in catalogue.publications else known.publisher,
        url=cited.url,
        title=known.title,
        publisher=known.publisher,
        date=known.date,
        date_text=text_of(known.date) if known.date else None,
        quote=cited.quote,
        archived=known.archived or cited.archived,
    )
