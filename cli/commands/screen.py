"""`sousveil screen FILE`: what the graph knows of each of many vendors, domains or providers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sousveil.cli.asking import CLOCKS
from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.home import filled_store, today
from sousveil.cli.output import DELIMITED, Output, beside

if TYPE_CHECKING:
    from sousveil.cli.screened import Row, Screened
    from sousveil.cli.screening import Screening
    from sousveil.graph import BoltStore
    from sousveil.ingest.match.screen import Index
    from sousveil.ingest.match.vendors import Line

FORMS = ("table", "json", "jsonl", "csv", "tsv")
LEAST = 90.0  # alike but for a word or a slip of the pen; `match` proposes from 80 on, for a reviewer
QUESTION = (
    "What does the graph know of each of these: listed, owned by a listed one, serving one, served by whom?"
)
CAVEATS = (
    "A clean line proves little: nobody looked at most companies, and a name may be written in another way.",
    "A candidate is a likeness, no hit: somebody must decide.",
    "Serving is not by itself unlawful, and a service that was seen is no contract.",
    "Services that ended and weak attributions are left out: `ask clients-of NAME --all` has them.",
)
STDIN = "-"


@click.command(name="screen", short_help="Say of each of many vendors what the graph knows.")
@click.argument("file")
@click.option("--column", help="The column to screen.  [default: the first of name, vendor, company, …]")
@click.option(
    "--min",
    "least",
    type=click.FloatRange(50, 100),
    default=LEAST,
    show_default=True,
    help="The lowest score of names to propose as candidates.",
)
@CLOCKS[0]
@CLOCKS[1]
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--force", is_flag=True, help="Overwrite the file, and the one that goes with a CSV.")
def command(
    file: str,
    *,
    column: str | None,
    least: float,
    as_of: date | None,
    known_on: date | None,
    form: str,
    output: Path | None,
    force: bool,
) -> None:
    """Say of each line of FILE (- is standard input) what the graph knows.

    Listed itself, owned by a listed company, serving one, served by whom; and whether the match is exact,
    reviewed or only a candidate. No line is dropped: one that cannot be read says so.

    FILE is a table with a header (.csv or .tsv; the columns name, vendor, company, supplier, domain and
    provider are known, and a column country is compared), a JSON list or SBOM (CycloneDX, SPDX; up to 64 MB),
    or names, domains and identifiers, one per line. It may be packed with gzip or zip. Lines and tables are
    read as a stream, whatever their size. Nothing leaves this machine.

    Exit code 0 says that every line was answered, hits or not; the counts go to standard error.

    \b
    sousveil screen vendors.csv --column supplier --format csv -o screened.csv
    sousveil screen sbom.json --as-of 2020-12-31
    cut -f1 hosts.txt | sousveil screen - --format jsonl
    """
    from sousveil.cli.screened import Screened
    from sousveil.cli.screening import Screening
    from sousveil.ingest.match.vendors import ColumnError

    chosen = Output(form, output)
    if not force:
        refuse_existing(chosen.files())
    days = (as_of or today(), known_on or today())
    with filled_store() as graph:
        asked = Screening(graph, *days)
        index = _index(asked)
        compared = f"{len(index.names):,} names of {len(index):,} companies and providers; {asked.compared()}"
        clean = f"no match among {compared}; that proves little"
        screened = Screened(asked, index, least, clean)
        meta = _meta(graph, file, {"column": column, "min": least}, days, compared)
        try:
            _write(screened, _told(_lines(file, column), output), meta, chosen)
        except ColumnError as error:
            raise click.UsageError(str(error)) from error
    click.echo(_summary(screened), err=True)


def _index(asked: Screening) -> Index:
    from sousveil import catalogue
    from sousveil.ingest.match.screen import Index

    return Index(asked.known(), catalogue.load())


def _lines(file: str, column: str | None) -> Iterator[Line]:
    from sousveil.ingest.match import vendors

    if file == STDIN:
        return vendors.read(sys.stdin.buffer, "standard input", column)
    return vendors.of_file(Path(file), column)


def _told(lines: Iterable[Line], output: Path | None) -> Iterator[Line]:
    """Count lines on a terminal, where nothing else is printed there."""
    from sousveil.cli.progress import progress

    if output is None and sys.stdout.isatty():
        yield from lines
        return
    with progress("screen", "read") as tell:
        for line in lines:
            yield line
            tell("lines", 1)


def _meta(
    graph: BoltStore, file: str, asked: Mapping[str, object], days: tuple[date, date], compared: str
) -> dict[str, object]:
    """Return what a reader needs beside the rows."""
    from sousveil.cli.screened import COLUMNS
    from sousveil.queries.answer import describe

    return {
        "query": "screen",
        "question": QUESTION,
        "parameters": {"file": file, **asked},
        "as_of": days[0].isoformat(),
        "known_on": days[1].isoformat(),
        "columns": [{"name": name, "doc": doc} for name, doc in COLUMNS.items()],
        "compared": compared,
        "caveats": [*CAVEATS],
        "dataset": describe(graph),
    }


def _write(screened: Screened, lines: Iterable[Line], meta: dict[str, object], output: Output) -> None:
    """Write rows as they come; a file whole or not at all, with FILE.meta.json beside CSV and TSV."""
    printed = _printed(screened, screened.rows(lines), meta, output.form)
    if output.path is None:
        for text in printed:
            click.echo(text)
        return
    with drafted(output.path) as file:
        file.writelines(f"{text}\n" for text in printed)
        if output.form in DELIMITED:
            with drafted(beside(output.path)) as other:
                other.write(json.dumps(meta | _counted(screened), ensure_ascii=False, indent=2) + "\n")


def _printed(screened: Screened, rows: Iterator[Row], meta: dict[str, object], form: str) -> Iterator[str]:
    from sousveil.cli.formats import delimited
    from sousveil.cli.screened import COLUMNS

    if form in DELIMITED:
        yield from delimited(COLUMNS, rows, "," if form == "csv" else "\t")
    elif form == "jsonl":
        yield json.dumps({"answer": meta}, ensure_ascii=False)
        yield from (json.dumps(row, ensure_ascii=False) for row in rows)
        yield json.dumps(_counted(screened), ensure_ascii=False)
    elif form == "json":
        yield json.dumps(meta, ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "rows": ['
        ahead = "    "
        for row in rows:
            yield ahead + json.dumps(row, ensure_ascii=False)
            ahead = "   ,"
        yield f'  ],\n  "summary": {json.dumps(_counted(screened)["summary"])}\n}}'
    else:
        yield from _table(rows, meta)


def _table(rows: Iterator[Row], meta: dict[str, object]) -> Iterator[str]:
    from sousveil.cli.formats import block, cell, paragraph, width

    wide = width()
    yield from paragraph(QUESTION, wide)
    yield from paragraph(f"as of {meta['as_of']}, as known on {meta['known_on']}", wide)
    for number, row in enumerate(rows, 1):
        yield ""
        yield from block(number, {name: value for name, value in row.items() if value}, wide)
    yield ""
    yield from paragraph(f"compared with: {cell(meta['compared'])}", wide)
    for caveat in CAVEATS:
        yield from paragraph(f"caution: {caveat}", wide)


def _counted(screened: Screened) -> dict[str, dict[str, int]]:
    from sousveil.cli.screened import FINDINGS, MATCHES

    return {"summary": {name: screened.counts[name] for name in ("lines", *MATCHES, *FINDINGS)}}


def _summary(screened: Screened) -> str:
    counts = screened.counts
    return (
        f"{counts['lines']:,} lines: {counts['exact']} exact, {counts['reviewed']} reviewed, "
        f"{counts['candidate']} only candidates, {counts['none']} none, {counts['unread']} unread. "
        f"Of the exact and reviewed {counts['listed']} are listed, {counts['owned_by_listed']} owned by a "
        f"listed one, {counts['serves_listed']} serve one, {counts['served_by']} are served by somebody "
        f"known. {CAVEATS[0]}"
    )
