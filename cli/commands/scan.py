"""`sousveil scan`: from domains to answers in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sousveil.cli.commands.collect import begun, collect, takes_targets
from sousveil.cli.home import home, store
from sousveil.cli.tables import table_of, takes_table

if TYPE_CHECKING:
    from sousveil.ingest.attribute.announcements import Table


@click.command(name="scan", short_help="Collect, observe, attribute and load, in one go.")
@takes_targets
@takes_table
def command(
    targets: tuple[str, ...], *, workers: int, dask: str | None, asn_table: Path | None, **options: Any
) -> None:
    """Look at each target once, as `collect` does, and load what was seen and who serves by it.

    With --resume RUN a run goes on, and is loaded when it is whole; a whole one is only loaded, and
    loading it again changes nothing. Claims that are only probable or ambiguous stay out of answers,
    unless these are asked with --all.

    \b
    sousveil scan --from-graph entity-list --contact me@example.org
    sousveil scan example.org --resolver 127.0.0.1
    sousveil scan --resume RUN
    """
    table = table_of(asn_table) if asn_table else None
    folder = begun(targets, **options)
    collect(folder, workers, dask)
    _load(folder, table)


def _load(folder: Path, table: Table | None) -> None:
    from sousveil.cli.progress import progress
    from sousveil.cli.report import report
    from sousveil.ingest.pipeline import ingest_run

    with store() as graph, progress("scan") as tell:
        done = ingest_run(graph, home(), folder, tell, table)
    for one in done:
        report(one)
    click.echo("Next: sousveil ask us-firms-serving-entity-list · sousveil show DOMAIN")
