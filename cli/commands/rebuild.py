"""`sousveil rebuild`: the store made anew from catalogue and journal."""

from __future__ import annotations

import click

from sousveil.cli.home import home, store


@click.command(name="rebuild", short_help="Make the store anew from the catalogue and the journal.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, yes: bool) -> None:
    """Empty the store and read every file of the journal again, with the catalogue of this version.

    The journal is checked first: if a file is damaged, nothing is emptied. What was written into a Neo4j by
    other means than this program is lost.
    """
    import os

    from sousveil.cli.progress import progress
    from sousveil.cli.report import report
    from sousveil.graph import LocalArcade
    from sousveil.ingest.pipeline import check_journal, rebuild

    check_journal(home())
    if not yes:
        click.confirm("The store is emptied and made anew from the journal. Go on?", abort=True, err=True)
    if not os.environ.get("NEO4J_URI"):
        LocalArcade(home() / "store").discard()
    with store() as graph, progress("rebuild") as tell:
        done = rebuild(graph, home(), tell)
    for one in done:
        report(one)
