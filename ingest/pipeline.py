"""The only place where the stages meet: a source is read, recorded in the journal, and loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil import catalogue
from sousveil.ingest import archive, lines
from sousveil.ingest.attribute.announcements import Table, announced
from sousveil.ingest.attribute.attribution import attribute
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.journal import Entry, Journal
from sousveil.ingest.load import Run, check, load
from sousveil.ingest.observe import observe
from sousveil.ingest.records import Attribution, Conclusion, Extract, Sighting
from sousveil.ingest.sources import Source, bundled, observations, sources
from sousveil.ingest.sources.documents import Document
from sousveil.schema.errors import SousveilError

if TYPE_CHECKING:
    from sousveil.graph import BoltStore

Progress = Callable[[str, int], None]
CATALOGUE = "catalogue"


class PipelineError(SousveilError):
    """A file was read but must not be loaded as it is; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What came of one ingest, for a person to read."""

    source: str
    name: str
    extract: Extract

    @property
    def unresolved(self) -> list[str]:
        """Return the provider labels that nobody could resolve."""
        found = {
            fact.label for fact in self.extract.facts if isinstance(fact, Sighting) and not fact.provider
        }
        return sorted(label for label in found if label)


def software() -> str:
    """Return the version of this program."""
    return version("sousveil")


def ingest_catalogue(store: BoltStore, progress: Progress | None = None) -> Ingested | None:
    """Load the bundled catalogue; None if this very version of it is in the store already."""
    if has_catalogue(store):
        return None
    store.ensure_schema()
    knowledge = catalogue.load()
    extract = bundled.read(knowledge)
    run = Run(
        kind="catalogue",
        source=CATALOGUE,
        input=knowledge.digest,
        input_name="the bundled catalogue",
        software=software(),
        catalogue=knowledge.digest,
    )
    load(store, extract, run, progress or _silent)
    return Ingested(source=CATALOGUE, name=run.input_name, extract=extract)


def ingest_file(
    store: BoltStore,
    home: Path,
    source: Source,
    document: Document,
    *,
    accept_shrink: bool = False,
    progress: Progress | None = None,
) -> Ingested:
    """Read a document, refuse it if it is not plausibly whole, note it in the journal, and load it."""
    ingest_catalogue(store, progress)
    extract = source.read(document, catalogue.load())
    if not accept_shrink:
        _refuse_shrunk(store, source, document, extract)
    name = document.name.encode("utf-8", "replace").decode()  # a file name may be no text
    dated = Document(name=name, data=document.data, dated=extract.dated)
    check(store, extract, _run(source, dated, extract))
    Journal(home).record(source.name, dated, software())
    return _load(store, source, dated, extract, progress or _silent)


def ingest_run(
    store: BoltStore,
    home: Path,
    folder: Path,
    progress: Progress | None = None,
    table: Table | None = None,
) -> tuple[Ingested, Ingested]:
    """Load what an archived run saw, and who serves by it; both go into the journal, as files would.

    `table` says who announces the addresses of which no registry was asked.
    """
    seen = _document(f"{folder.name}.observations.jsonl", _observed(folder))
    knowledge = Knowledge.of(catalogue.load())
    observed = observations.observed(seen)
    found = attribute(announced(observed, table) if table else observed, knowledge)
    said = (line for verdict in found for line in map(lines.verdict_line, _told(verdict)))
    served = _document(f"{folder.name}.attributions.jsonl", said)
    return (
        ingest_file(store, home, sources()["observations"], seen, progress=progress),
        ingest_file(store, home, sources()["attributions"], served, progress=progress),
    )


def _document(name: str, texts: Iterable[str]) -> Document:
    return Document(name=name, data="".join(f"{text}\n" for text in texts).encode(), dated=None)


def _observed(folder: Path) -> Iterator[str]:
    """Yield a line for each archived record, and one for each observation of it."""
    facts = archive.facts(folder)
    for found in archive.read(folder):
        place = f"run {facts.id}, {found.file}, byte {found.offset}"
        yield observations.described(
            found.evidence, digest=found.digest, uri=found.exchange.uri, locator=place
        )
        yield from map(lines.line, observe(found.exchange, found.evidence, facts.vantage))


def _told(verdict: Verdict) -> Iterator[Attribution | Conclusion]:
    yield from verdict.attributions
    yield verdict.conclusion


def rebuild(store: BoltStore, home: Path, progress: Progress | None = None) -> list[Ingested]:
    """Empty the store and make it anew from the catalogue and the journal."""
    entries = check_journal(home)
    store.wipe()
    store.ensure_schema()
    bundle = ingest_catalogue(store, progress)
    done = [bundle] if bundle else []
    for source, entry in entries:
        document = Journal(home).document(entry)
        extract = source.read(document, catalogue.load())
        done.append(_load(store, source, document, extract, progress or _silent))
    return done


def check_journal(home: Path) -> list[tuple[Source, Entry]]:
    """Read every file of the journal, in order; one that is damaged or no longer readable is an error."""
    journal = Journal(home)
    entries = [(_source(entry.source), entry) for entry in journal.entries()]
    for source, entry in entries:
        source.read(journal.document(entry), catalogue.load())
    return entries


def _load(
    store: BoltStore, source: Source, document: Document, extract: Extract, progress: Progress
) -> Ingested:
    load(store, extract, _run(source, document, extract), progress)
    return Ingested(source=source.name, name=document.name, extract=extract)


def _run(source: Source, document: Document, extract: Extract) -> Run:
    return Run(
        kind=source.kind,
        source=extract.source,
        input=document.digest,
        input_name=document.name,
        software=software(),
        catalogue=catalogue.digest(),
        dated=extract.dated,
    )


def _source(name: str) -> Source:
    if name not in sources():
        raise PipelineError(f"the journal names the source {name!r}, which this version does not have")
    return sources()[name]


def has_catalogue(store: BoltStore) -> bool:
    """Say whether this very version of the catalogue was loaded whole."""
    cypher = (
        "MATCH (r:Run {kind: 'catalogue', catalogue: $digest, software: $software}) "
        "WHERE r.finished RETURN count(r) AS n"
    )
    found = store.read(cypher, {"digest": catalogue.digest(), "software": software()})
    return bool(found.rows[0][0])


def _refuse_shrunk(store: BoltStore, source: Source, document: Document, extract: Extract) -> None:
    """Refuse a file that has fewer rows than the source promises, or far fewer than its version before."""
    fewest, most = source.rows
    if not fewest <= extract.rows <= most:
        raise PipelineError(
            f"{document.name}: {extract.rows} rows, expected {fewest} to {most}; it may be cut off. "
            "If it is right, add --accept-shrink"
        )
    now = {"rows": extract.rows, **extract.entries}
    before = _counts_before(store, extract) if source.url else {}  # files of a user's own are no versions
    for name in sorted(set(before) | set(source.lists)):
        had = before.get(name, 0)
        least = max(source.lists.get(name, 0), had * 2 // 3 + 1 if had else 0)  # a third gone is too much
        if now.get(name, 0) < least:
            what = name if name == "rows" else f"entries of {name}"
            raise PipelineError(
                f"{document.name}: {now.get(name, 0)} {what}, expected at least {least} "
                f"(the version before had {before.get(name, 'none')}); if it is right, add --accept-shrink"
            )


def _counts_before(store: BoltStore, extract: Extract) -> dict[str, int]:
    """Return the counts of the newest version in the store that is not newer than this one."""
    cypher = (
        "MATCH (r:Run {source: $source}) WHERE r.finished AND r.dated <= date($dated) "
        "RETURN r.rows AS rows, r.counts AS counts ORDER BY r.dated DESC, r.rows DESC, r.id LIMIT 1"
    )
    found = store.read(cypher, {"source": extract.source, "dated": extract.dated.isoformat()}).rows
    if not found:
        return {}
    rows, counts = found[0]
    pairs = (text.rpartition(": ") for text in counts or [])
    return {"rows": int(rows)} | {name: int(number) for name, _, number in pairs}


def _silent(_name: str, _count: int) -> None:
    """Show nothing."""


def document_of(place: str, dated: date | None) -> Document:
    """Open a path or fetch an address."""
    if place.startswith(("http://", "https://")):
        from sousveil.ingest.net import fetch

        return fetch(place, dated)
    return Document.open(Path(place), dated)
