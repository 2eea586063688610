"""`sousveil dossier ENTITY`: one company, domain or provider as a page to publish or to file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.home import DAY, filled_store, today


@click.command(name="dossier", short_help="Write one company, domain or provider as a page of its own.")
@click.argument("entity")
@click.option("--as-of", type=DAY, help="The day in the world.  [default: today]")
@click.option("--known-on", type=DAY, help="The day of our knowledge.  [default: today]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def command(
    entity: str, *, as_of: date | None, known_on: date | None, output: Path | None, force: bool
) -> None:
    """Write everything known about ENTITY as one HTML file: lists, services, owners, disputes, coverage.

    The file needs nothing else: no script, no network. It prints, and says how to cite it.

    \b
    sousveil dossier hikvision -o hikvision.html
    sousveil dossier dahuasecurity.com --as-of 2020-12-31 -o dahua.html
    """
    from sousveil.cli.entities import one
    from sousveil.explore.dossier import dossier
    from sousveil.queries.portrait import portrait

    if output is not None and not force:
        refuse_existing([output])
    with filled_store() as graph:
        label, key, _ = one(graph, entity)
        found = portrait(graph, label, key, as_of=as_of or today(), known_on=known_on or today())
    if found is None:
        raise click.ClickException(f"{key} is gone from the store; ask again")
    text = dossier(found)
    if output is None:
        click.echo(text)
        return
    with drafted(output) as file:
        file.write(text)
