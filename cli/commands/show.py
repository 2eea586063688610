"""`sousveil show ENTITY`: one company, domain or provider, whole."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from sousveil.cli.home import DAY, filled_store, today

if TYPE_CHECKING:
    from sousveil.queries.portrait import Portrait


@click.command(name="show", short_help="Show one company, domain or provider whole.")
@click.argument("entity")
@click.option("--as-of", type=DAY, help="The day in the world.  [default: today]")
@click.option(
    "-f", "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
def command(entity: str, *, as_of: date | None, form: str) -> None:
    """Show everything that is known about ENTITY: an id, a domain, or a name.

    \b
    sousveil show hikvision
    sousveil show dahuasecurity.com --as-of 2020-12-31
    sousveil show "DigiCert" --format json
    """
    from sousveil.cli.entities import one
    from sousveil.queries.portrait import portrait

    with filled_store() as graph:
        label, key, _ = one(graph, entity)
        found = portrait(graph, label, key, as_of=as_of or today(), known_on=today())
    if found is None:
        raise click.ClickException(f"{key} is gone from the store; ask again")
    if form == "json":
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(found)


def _print(found: Portrait) -> None:
    from sousveil.cli.formats import blocks, cell, foot, width

    click.echo(f"{found.label} {cell(found.node['name'])}, as of {found.as_of}")
    for name, value in found.node.items():
        if value and name != "name":
            click.echo(f"  {name}: {cell(value)}")
    for heading, part in found.parts:
        click.echo(f"\n{heading}: {len(part.rows) or 'nothing known'}")
        for line in blocks(part, width()):
            click.echo(line)
    click.echo("")
    for line in foot(found.parts[-1][1], width()):
        click.echo(line)
