"""What an ingest did, for people: on stderr, because stdout holds only data."""

from __future__ import annotations

import click

from sousveil.ingest.pipeline import Ingested

SHOWN = 5  # remarks of one file that are printed without --verbose


def report(done: Ingested, *, verbose: bool = False) -> None:
    """Tell what was read, what was left out and why, and what a person should look at."""
    extract = done.extract
    click.echo(
        f"{done.name}: {extract.rows:,} rows of {extract.dated}, {len(extract.facts):,} facts", err=True
    )
    for reason, count in sorted(extract.left_out.items()):
        click.echo(f"  left out: {count:,} ({reason})", err=True)
    if done.unresolved:
        click.echo(f"  unresolved provider labels: {', '.join(done.unresolved)}", err=True)
    shown = extract.notes if verbose else extract.notes[:SHOWN]
    for note in shown:
        click.echo(f"  {note}", err=True)
    if len(extract.notes) > len(shown):
        click.echo(f"  and {len(extract.notes) - len(shown):,} more remarks; --verbose shows all", err=True)
