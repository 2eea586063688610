"""`sousveil match SOURCE FILE`: which entries may be companies of the catalogue, for a reviewer to decide."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sousveil.cli.home import DAY, today
from sousveil.cli.output import Output, output_options
from sousveil.ingest.sources import sources

if TYPE_CHECKING:
    from sousveil.catalogue import Catalogue
    from sousveil.ingest.match.candidates import Candidate
    from sousveil.ingest.match.entries import Entry
    from sousveil.queries.answer import Answer

NAMES, GLEIF, ALL = "names", "gleif", "all"
LEAST = 80.0  # finds all 128 reviewed links of the four lists by name and alias alone; 85 loses one
REVIEWS = ("open", "linked", "rejected", "elsewhere")
QUESTION = "Which entries may be companies of the catalogue, and what speaks for and against it?"
COLUMNS = {
    "score": "how alike the names are, 0 to 100; 100 too where an identifier is the same",
    "review": "what a reviewed line says: open (nothing), linked, rejected, elsewhere (it is another one)",
    "company": "id in the catalogue",
    "company_name": "name in the catalogue",
    "entry": "name exactly as the source writes it",
    "source": "the list, publication or file that has the entry",
    "key": "its key there: number, LEI, line",
    "reasons": "what speaks for it",
    "against": "what speaks against it",
}
CAVEATS = (
    "A candidate is a proposal. Likeness links nothing; a reviewed line in the catalogue decides.",
    "Names are compared in the script in which they are written; nothing is transliterated.",
)


@click.command(name="match", short_help="Propose which entries of a list are companies of the catalogue.")
@click.argument("source", type=click.Choice([NAMES, GLEIF, *sources()]))
@click.argument("file")
@click.option(
    "--relationships",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="GLEIF level 2, to tell who owns a candidate.",
)
@click.option(
    "--min",
    "least",
    type=click.FloatRange(50, 100),
    default=LEAST,
    show_default=True,
    help="The lowest score of names to propose.",
)
@click.option(
    "--review",
    "reviews",
    type=click.Choice([*REVIEWS, ALL]),
    multiple=True,
    default=("open",),
    show_default=True,
    help="What a reviewed line says of it; may be repeated.",
)
@click.option("--dated", type=DAY, help="Version of the list, where the file does not say it.")
@click.option("--toml", is_flag=True, help="Print the lines of the catalogue that would decide, to copy.")
@output_options
def command(
    source: str,
    file: str,
    *,
    relationships: Path | None,
    least: float,
    reviews: Sequence[str],
    dated: date | None,
    toml: bool,
    output: Output,
) -> None:
    """Propose which entries of FILE are companies of the catalogue; it links nothing.

    SOURCE is a list that `sousveil ingest` reads, `gleif` (level 1 of the golden copy, as CSV), or `names`:
    one per line, or a table with a column `name` where the file is called .csv or .zip. gleif and names
    may be packed with gzip or zip, and are read as a stream, whatever their size.

    Legal forms, case, diacritics and the order of words do not count; what differs is told, like another
    country or identifier. What a reviewed line in the catalogue accepted or rejected is not proposed again.

    \b
    sousveil match csl list.csv.gz
    sousveil match names suppliers.csv --review all --format csv -o candidates.csv
    sousveil match gleif lei2.csv.zip --relationships rr.csv.zip --toml
    """
    from sousveil import catalogue
    from sousveil.cli.formats import write
    from sousveil.cli.progress import progress
    from sousveil.ingest.match.review import sheet

    if relationships and source != GLEIF:
        raise click.UsageError("--relationships goes with the source gleif")
    if toml and output != Output():
        raise click.UsageError("--toml is a format of its own, and goes to standard output")
    known = catalogue.load()
    with progress("match"):
        entries, read = _entries(source, file, dated, known)
        count, found = _match(entries, least, known)
        if not count:
            raise click.ClickException(f"{file}: as {source} it names no company; look at --help for SOURCE")
        if relationships:
            found = _owned(found, relationships, known)
    shown = [one for one in found if ALL in reviews or one.review in reviews]
    if toml:
        for candidate in shown:
            click.echo("\n".join((*sheet(candidate, known), "")))
        return
    asked: dict[str, object] = {
        "source": source,
        "min": least,
        "review": " ".join(reviews),
    }
    covered: dict[str, object] = {"entries": count, **_reviews(found)}
    write(_answer(shown, asked, covered, read, known), output)


def _entries(
    source: str, file: str, dated: date | None, known: Catalogue
) -> tuple[Iterable[Entry], dict[str, object]]:
    """Return what the file holds, and how to describe the file."""
    from sousveil.ingest.match import entries, gleif
    from sousveil.ingest.pipeline import document_of

    if source in sources():
        document = document_of(file, dated)
        extract = sources()[source].read(document, known)
        left_out = [f"{reason}: {number}" for reason, number in sorted(extract.left_out.items())]
        read = {"dated": extract.dated.isoformat(), "sha256": document.digest, "left_out": left_out}
        return entries.of_extract(extract), {"source": source, "name": document.name, **read}
    path = Path(file)
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}; give the path of a file") from error
    read = {"dated": dated.isoformat() if dated else "undated", "sha256": digest, "left_out": []}
    found = gleif.level_1(path) if source == GLEIF else entries.of_names(path)
    return found, {"source": source, "name": path.name, **read}


def _match(entries: Iterable[Entry], least: float, known: Catalogue) -> tuple[int, list[Candidate]]:
    """Return how many entries were read, and their candidates, the likeliest first."""
    from sousveil.ingest.match.candidates import Index

    index, count = Index(known), 0
    found: list[Candidate] = []
    for count, entry in enumerate(entries, 1):  # noqa: B007 - the last number is the count
        found.extend(index.candidates(entry, least))
    return count, sorted(found, key=lambda one: one.order)


def _owned(found: list[Candidate], relationships: Path, known: Catalogue) -> list[Candidate]:
    from sousveil.ingest.match.candidates import with_parents
    from sousveil.ingest.match.gleif import level_2

    parents = level_2(relationships, {one.entry.key for one in found})
    return sorted(with_parents(found, parents, known), key=lambda one: one.order)


def _reviews(found: Iterable[Candidate]) -> dict[str, int]:
    counts = Counter(one.review for one in found)
    return {review: counts[review] for review in REVIEWS}


def _answer(
    shown: Iterable[Candidate],
    asked: dict[str, object],
    covered: dict[str, object],
    read: dict[str, object],
    known: Catalogue,
) -> Answer:
    from sousveil.queries.answer import Answer

    return Answer(
        query="match",
        question=QUESTION,
        parameters=asked,
        as_of=today().isoformat(),
        known_on=today().isoformat(),
        columns=COLUMNS,
        rows=[_row(one) for one in shown],
        coverage=covered,
        caveats=[*CAVEATS],
        dataset={"version": known.digest[:12], "inputs": [read]},
    )


def _row(candidate: Candidate) -> dict[str, object]:
    entry, company = candidate.entry, candidate.company
    values = (
        candidate.score,
        candidate.review,
        company.id,
        company.name,
        entry.name,
        entry.source,
        entry.key,
        [*candidate.reasons],
        [*candidate.against],
    )
    return dict(zip(COLUMNS, values, strict=True))
