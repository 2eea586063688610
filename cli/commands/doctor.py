"""`sousveil doctor`: is everything in place, and what to do where it is not."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import click

from sousveil.cli.home import home, store
from sousveil.schema.errors import SousveilError

Check = Callable[[], str]


@click.command(name="doctor", short_help="Check that everything is in place.")
def command() -> None:
    """Check Python, home folder, catalogue, journal and store; exit 1 if anything is wrong."""
    failed = 0
    for name, check in CHECKS.items():
        try:
            click.echo(f"ok    {name}: {check()}")
        except (SousveilError, OSError) as error:
            failed += 1
            click.echo(f"WRONG {name}: {error}")
    if failed:
        raise click.exceptions.Exit(1)


def _python() -> str:
    machine = f"{platform.system()} {platform.machine()}"
    return f"{platform.python_version()} on {machine}, sousveil {version('sousveil')}"


def _home() -> str:
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-"):
        return f"{folder} can be written"


def _engine() -> str:
    if uri := os.environ.get("NEO4J_URI"):
        return f"not needed: NEO4J_URI names {uri}"
    try:
        return f"arcadedb-embedded {version('arcadedb-embedded')}"
    except PackageNotFoundError as error:
        raise SousveilError(
            f"there is no embedded store for {sys.platform} {platform.machine()}; set NEO4J_URI to a Neo4j"
        ) from error


def _catalogue() -> str:
    from sousveil import catalogue

    known = catalogue.load()
    return (
        f"{len(known.providers)} providers, {len(known.companies)} companies, "
        f"{len(known.watchlists)} lists, {len(known.publications)} publications"
    )


def _journal() -> str:
    from sousveil.ingest.pipeline import check_journal

    return f"{len(check_journal(home()))} files, all with their hash"


def _store() -> str:
    with store() as graph:
        nodes = graph.read("MATCH (n) RETURN count(n) AS n").rows[0][0]
        return f"{graph.kind} at {graph.endpoint.uri}, {nodes:,} nodes"


def _in_step() -> str:
    from sousveil.ingest.pipeline import has_catalogue

    with store() as graph:
        if has_catalogue(graph):
            return "the store has the catalogue of this version"
    raise SousveilError("the store has not the catalogue of this version; run `sousveil ingest catalogue`")


CHECKS: dict[str, Check] = {
    "python": _python,
    "home": _home,
    "engine": _engine,
    "catalogue": _catalogue,
    "journal": _journal,
    "store": _store,
    "in step": _in_step,
}
