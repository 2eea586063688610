"""`sousveil demo`: what ships with the program, loaded and asked."""

from __future__ import annotations

import click

from sousveil.cli.home import home, store, today
from sousveil.cli.output import Output, output_options


@click.command(name="demo", short_help="Load what ships with the program and answer the question.")
@output_options
def command(output: Output) -> None:
    """Load the bundled catalogue and answer the question that this program exists for.

    Which US firms serve companies on the U.S. Entity List?

    Nothing is fetched. A second run takes seconds.
    """
    from sousveil.cli.asking import Asked
    from sousveil.cli.commands.ask import ask
    from sousveil.cli.progress import progress
    from sousveil.cli.report import report
    from sousveil.ingest.pipeline import ingest_catalogue
    from sousveil.queries import questions

    with store() as graph, progress("catalogue") as tell:
        done = ingest_catalogue(graph, tell)
    if done:
        report(done)
    question = questions()["us-firms-serving-entity-list"]
    ask(Asked(question=question, given={}, as_of=today(), known_on=today()), output)
    click.echo(
        f"\nKept in {home()}. Next: sousveil ingest csl · sousveil queries · sousveil show hikvision",
        err=True,
    )
