"""`sousveil doctor`: is everything in place, and what to do where it is not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import click

from sousveil.cli.home import home, store
from sousveil.schema.errors import SousveilError

Check = Callable[[], str]
LEAST = 1 << 30  # bytes
DOMAIN = 150_000  # bytes that the archive of one domain takes, pages included
MADE = date(2026, 1, 1)  # this program is younger
SAMPLE, SLACK = 0.1, 0.05  # seconds


@click.command(name="doctor", short_help="Check that everything is in place.")
@click.option("--network", is_flag=True, help="Also check what `sousveil collect` needs; asks your resolver.")
@click.option(
    "--resolver", "resolvers", multiple=True, metavar="ADDRESS[:PORT]", help="Check this one, with --network."
)
def command(*, network: bool, resolvers: tuple[str, ...]) -> None:
    """Check Python, home folder, clock, disk, catalogue, journal and store; exit 1 if anything is wrong.

    Only with --network is the network asked: the resolver, some questions about org, about a name that
    does not exist, and about dnssec-failed.org.
    """
    failed = 0
    checks = CHECKS | (_network_checks(resolvers) if network else {})
    for name, check in checks.items():
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


def _clock() -> str:
    """Check that the clock can stamp evidence: it runs, and is not in the past."""
    now = datetime.now(UTC)
    if now.date() < MADE:
        raise SousveilError(f"it is {now:%Y-%m-%d} here; evidence would bear this date. Set the clock")
    wall, steady = time.time(), time.monotonic()
    time.sleep(SAMPLE)
    if abs((time.time() - wall) - (time.monotonic() - steady)) > SLACK:
        raise SousveilError("it jumps; evidence would bear wrong times. Let NTP settle, then try again")
    return f"{now:%Y-%m-%d %H:%M:%S} UTC, and running"


def _disk() -> str:
    free = shutil.disk_usage(home()).free
    told = f"{free / (1 << 30):.1f} GB free, for about {free // DOMAIN:,} collected domains"
    if free < LEAST:
        raise SousveilError(f"{told}; a run would stop half-way. Free some, or give another -o to collect")
    return told


def _network_checks(resolvers: tuple[str, ...]) -> dict[str, Check]:
    """Return the checks of the network; no resolver at all is an error."""
    from sousveil.ingest.net import health
    from sousveil.ingest.net.dns import parse_server, system_resolvers

    servers = [parse_server(text) for text in resolvers] or system_resolvers()
    return {
        "reach": health.routed,
        "resolver": partial(health.answering, servers),
        "nxdomain": partial(health.honest, servers),
        "throttle": partial(health.unthrottled, servers),
        "dnssec": partial(health.validating, servers),
    }


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
    "clock": _clock,
    "disk": _disk,
    "engine": _engine,
    "catalogue": _catalogue,
    "journal": _journal,
    "store": _store,
    "in step": _in_step,
}
