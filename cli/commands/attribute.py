"""`sousveil attribute OBSERVATIONS.jsonl`: who serves, from anybody's observations."""

from __future__ import annotations

from pathlib import Path

import click

from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.tables import table_of, takes_table

FORMS = ("table", "jsonl")


@click.command(name="attribute", short_help="Say who serves whom, from a file of observations.")
@click.argument("observations", type=click.Path(path_type=Path))
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(FORMS),
    default="table",
    show_default=True,
    help="How to print.",
)
@takes_table
@click.option("--explain", is_flag=True, help="Print every signal, for and against, instead.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def command(
    observations: Path,
    *,
    form: str,
    asn_table: Path | None,
    explain: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Say who serves the domains in OBSERVATIONS, JSON lines as docs/observations.md describes them.

    Neither a network nor a graph is needed. For each host and service there is one conclusion: named, self,
    none, unknown or ambiguous, and why; and an attribution for each provider, with rules and evidence.
    With --asn-table, addresses of which no registry was asked are looked up in a file of yours.

    \b
    sousveil attribute observations.jsonl --format jsonl -o claims.jsonl
    sousveil attribute observations.jsonl --explain
    """
    from sousveil.cli.observed import knowledge, observed, records, row
    from sousveil.ingest.attribute.announcements import announced
    from sousveil.ingest.attribute.attribution import attribute
    from sousveil.ingest.attribute.explanation import told

    if explain and form != "table":
        raise click.UsageError("--explain is a format of its own")
    if output and not force:
        refuse_existing([output])
    known = knowledge()
    table = table_of(asn_table) if asn_table else None
    with observed(observations) as seen:
        found = announced(seen, table) if table else seen
        lines = (
            line
            for verdict in attribute(found, known)
            for line in (
                told(verdict, known.matcher.rules)
                if explain
                else records(verdict)
                if form == "jsonl"
                else (row(verdict),)
            )
        )
        if output is None:
            for line in lines:
                click.echo(line)
            return
        with drafted(output) as file:
            file.writelines(f"{line}\n" for line in lines)
