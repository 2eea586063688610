"""`sousveil ingest SOURCE [PLACE]`: one command per source, found by convention."""

from __future__ import annotations

from datetime import date

import click

from sousveil.cli.home import DAY, home, store
from sousveil.cli.suggest import SuggestingGroup
from sousveil.ingest.sources import Source, sources

CATALOGUE = "catalogue"


class Ingesting(SuggestingGroup):
    """A group whose commands are the sources."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the catalogue and every source."""
        del ctx
        return [CATALOGUE, *sources()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a source."""
        del ctx
        if cmd_name == CATALOGUE:
            return catalogue
        source = sources().get(cmd_name)
        return _command(source) if source else None


@click.command(cls=Ingesting, name="ingest", short_help="Read a list or data set into the graph.")
def command() -> None:
    """Read a list or data set into the graph. The bundled catalogue goes first, if it is not there yet.

    Each file is kept in the journal, and a second time changes nothing. A file that is damaged, has other
    columns than it should, or lost a third of its rows is refused before anything is written.

    \b
    sousveil ingest csl                                  fetch the current list from trade.gov
    sousveil ingest csl list.csv.gz --dated 2022-04-21   a file, packed or not
    """


@click.command(name=CATALOGUE, short_help="what ships with the program; Apache-2.0")
@click.option("-v", "--verbose", is_flag=True, help="Print every remark.")
def catalogue(*, verbose: bool) -> None:
    """Load the bundled catalogue: providers, companies, lists and publications, each fact with its source."""
    from sousveil.cli.progress import progress
    from sousveil.cli.report import report
    from sousveil.ingest.pipeline import ingest_catalogue

    with store() as graph, progress("catalogue") as tell:
        done = ingest_catalogue(graph, tell)
    if done is None:
        click.echo("The bundled catalogue of this version is already in the store.", err=True)
    else:
        report(done, verbose=verbose)


def _command(source: Source) -> click.Command:
    @click.argument("place", required=source.url is None)
    @click.option(
        "--dated", type=DAY, help="Version of the data.  [default: what the file or publisher says]"
    )
    @click.option("--accept-shrink", is_flag=True, help="Take a file that has far fewer rows than expected.")
    @click.option("-v", "--verbose", is_flag=True, help="Print every remark.")
    def run(place: str | None, *, dated: date | None, accept_shrink: bool, verbose: bool) -> None:
        ingest(source, place or str(source.url), dated=dated, accept_shrink=accept_shrink, verbose=verbose)

    live = f"Without PLACE it is fetched from {source.url}." if source.url else "There is no live address."
    text = (
        f"{source.title}.\n\nPublisher: {source.publisher}. Licence: {source.licence}.\n\n"
        f"PLACE is a file, packed with gzip or not, or an address. {live}"
    )
    short = f"{source.title}; {source.licence}; {source.url or 'a file of yours'}"
    return click.command(name=source.name, help=text, short_help=short)(run)


def ingest(source: Source, place: str, *, dated: date | None, accept_shrink: bool, verbose: bool) -> None:
    """Read one document and load it, the catalogue first."""
    from sousveil.cli.progress import progress
    from sousveil.cli.report import report
    from sousveil.ingest.pipeline import document_of, ingest_catalogue, ingest_file

    document = document_of(place, dated)
    with store() as graph, progress(source.name) as tell:
        first = ingest_catalogue(graph, tell)
        done = ingest_file(graph, home(), source, document, accept_shrink=accept_shrink, progress=tell)
    if first:
        report(first)
    report(done, verbose=verbose)
