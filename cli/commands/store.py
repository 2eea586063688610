"""`sousveil store`: the graph store itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sousveil.cli.home import home
from sousveil.cli.suggest import SuggestingGroup

if TYPE_CHECKING:
    from sousveil.graph import LocalArcade


@click.group(
    cls=SuggestingGroup, name="store", short_help="Start, stop, look at, back up the embedded store."
)
def command() -> None:
    """Look after the graph store: the embedded one, or the Neo4j that NEO4J_URI names.

    The embedded store starts by itself when a command needs it, and ends itself after some idle minutes.
    """


@command.command()
def start() -> None:
    """Start the embedded store, and print how another Bolt client reaches it."""
    local = _local()
    endpoint = local.start()
    click.echo(f"{endpoint.uri} (database {endpoint.database}, user {endpoint.username})")
    click.echo(f"The password is in {local.path}; nobody else can read it.", err=True)


@command.command()
def stop() -> None:
    """Stop the embedded store; everything that was acknowledged is on disk."""
    if os.environ.get("NEO4J_URI"):
        raise click.ClickException("NEO4J_URI is set: that server is not ours to stop")
    click.echo("stopped" if _local().stop() else "it was not running", err=True)


@command.command()
def status() -> None:
    """Say which store commands use, whether it runs, and what is in it."""
    if uri := os.environ.get("NEO4J_URI"):
        click.echo(f"Neo4j at {uri} (NEO4J_URI)")
        return
    state = _local().status()
    click.echo(f"embedded store in {state.path}")
    click.echo(
        f"running: {'yes, ' + str(state.uri) + ', process ' + str(state.pid) if state.running else 'no'}"
    )
    click.echo(f"engine: {state.engine or 'none yet'}; {state.size / 1e6:.1f} MB on disk")


@command.command()
def path() -> None:
    """Print where everything is kept."""
    click.echo(home())


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite the file.")
def backup(file: Path, *, force: bool) -> None:
    """Write the whole store to FILE (zip), while it runs."""
    if file.exists() and not force:
        raise click.ClickException(f"{file}: exists; give another name, or --force")
    _local().backup(file)
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB", err=True)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Replace the store by what FILE holds."""
    if not yes:
        click.confirm("What is in the store now is replaced. Go on?", abort=True, err=True)
    _local().restore(file)
    click.echo("restored", err=True)


def _local() -> LocalArcade:
    from sousveil.graph import LocalArcade

    if os.environ.get("NEO4J_URI"):
        raise click.ClickException("NEO4J_URI is set: use neo4j-admin for that server, or unset it")
    return LocalArcade(home() / "store")
