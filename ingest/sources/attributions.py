"""Who serves, as we attributed it: attributions and conclusions as JSON lines, from `sousveil attribute`.

Each attribution becomes one sighting of its claim for each record that it rests on; each conclusion says what
came of a service of a host, so that `unknown` and `self` are answers too. A certificate that the CDN chose is
`edge-issuer`: no choice of the customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.lines import LineError, read_verdicts
from sousveil.ingest.records import Attribution, Conclusion, Evidence, Extract, Fact, Ref, Sighting
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.ingest.sources.hosts import host_name
from sousveil.ingest.sources.observations import NAME
from sousveil.schema import vocabulary
from sousveil.schema.dates import Window

WORDS = {
    "service": "service",
    "scope": "scope",
    "strength": "strength",
    "basis": "serving_basis",
    "role": "role",
}


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the file; its version is the day of the newest verdict."""
    try:
        found = [
            _checked(one, catalogue) for one in read_verdicts(document.text().split("\n"), document.name)
        ]
    except LineError as error:
        raise SourceError(str(error)) from error
    except ValueError as error:
        raise SourceError(f"{document.name}: {error}") from error
    if not found:
        raise SourceError(f"{document.name}, line 1: no attributions and no conclusions")
    extract = Extract(source=NAME, dated=document.dated or max(one.seen for one in found), rows=len(found))
    records = {cited: one.seen for one in found for cited in one.evidence}
    extract.facts.extend(_record(cited, seen) for cited, seen in records.items())
    for one in found:
        extract.facts.extend(_sightings(one) if isinstance(one, Attribution) else [one])
    return extract


SOURCE = Source(
    name="attributions",
    title="Who serves, as we attributed it: JSON lines, from `sousveil attribute`",
    publisher="the user",
    licence="the user's own",
    url=None,
    rows=(1, 1_000_000_000),
    read=read,
    kind="attribute",
)


def _checked(one: Attribution | Conclusion, catalogue: Catalogue) -> Attribution | Conclusion:
    """Refuse what the graph has no word for, and a provider that the catalogue does not have."""
    host_name(one.target)
    host_name(one.host)
    if isinstance(one, Conclusion):
        _word("finding", one.finding, "finding")
        _word("service", one.service, "service")
        return one
    for name, words in WORDS.items():
        _word(name, getattr(one, name), words)
    if one.provider not in catalogue.providers:
        raise ValueError(f"{one.provider!r} serves {one.host}, and is no provider of this catalogue")
    if not one.evidence:
        raise ValueError(f"{one.provider} → {one.host}, {one.service}: no evidence is cited")
    return one


def _word(name: str, value: str, words: str) -> None:
    if value not in vocabulary(words):
        raise ValueError(f"{name} is {value!r}; one of {', '.join(vocabulary(words))}")


def _record(cited: str, seen: date) -> Evidence:
    """Name an archived record; what `ingest observations` knows of it stays."""
    return Evidence(id=cited, kind="record", source=NAME, date=Window(seen, seen), date_text=seen.isoformat())


def _sightings(one: Attribution) -> Iterator[Fact]:
    for cited in one.evidence:
        yield Sighting(
            source=NAME,
            provider=one.provider,
            subject=Ref("Domain", one.target),
            service=one.service,
            role="edge-issuer" if one.issued_by_edge else one.role,
            host=one.host,
            scope=one.scope,
            basis=one.basis,
            strength=one.strength,
            confidence=one.confidence,
            rules=one.rules,
            against=one.against,
            seen=Window(one.seen, one.seen),
            known_from=one.seen,
            evidence=cited,
        )
