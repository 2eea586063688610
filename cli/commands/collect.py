"""`sousveil collect`: look at each target once, and archive what was seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sousveil.cli.home import home

PROTOCOLS = ("dns", "tls", "http", "rdap")


OPTIONS = (
    click.argument("targets", nargs=-1),
    click.option(
        "-f",
        "--file",
        type=click.Path(path_type=Path, allow_dash=True),
        help="Targets, one a line; - is stdin.",
    ),
    click.option(
        "--from-graph", metavar="LIST", help="The domains of the companies on a list, such as entity-list."
    ),
    click.option(
        "--resolver",
        "resolvers",
        multiple=True,
        metavar="ADDRESS[:PORT]",
        help="Whom to ask for names; may be repeated. One of your own is best: public ones throttle.  "
        "[default: this machine's]",
    ),
    click.option("--contact", metavar="MAIL|URL", help="Whom the watched can ask; stands in the User-Agent."),
    click.option(
        "--neutral-agent", "neutral", is_flag=True, help="Say nothing of sousveil in the User-Agent."
    ),
    click.option("--proxy", metavar="socks5h://…", help="Go through a SOCKS5 proxy, such as Tor; names too."),
    click.option(
        "--allow-network", "allow", multiple=True, metavar="CIDR", help="Look into a private network."
    ),
    click.option(
        "--protocols", default=",".join(PROTOCOLS), show_default=True, help="What to ask; always dns."
    ),
    click.option("--smtp", is_flag=True, help="Also ask mail servers for banner and certificate."),
    click.option(
        "--rate",
        type=click.FloatRange(0.1),
        help="Questions a second to each resolver.  [default: 50; 500 in your own network]",
    ),
    click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes."),
    click.option("--dask", metavar="ADDRESS", help="A Dask cluster's scheduler, instead of processes here."),
    click.option(
        "--vantage", default="not stated", show_default=True, help="From where is looked: country, network."
    ),
    click.option("--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with a run."),
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for runs.  [default: runs/ under SOUSVEIL_HOME]",
    ),
    click.option("--yes", is_flag=True, help="Confirm the warning that comes before the first collection."),
)


def takes_targets(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the targets and options of a collection."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@click.command(name="collect", short_help="Look at domains once, politely, and archive what was seen.")
@takes_targets
def command(targets: tuple[str, ...], *, workers: int, dask: str | None, **options: Any) -> None:
    """Look at each target once, politely, and archive what was seen, and what could not be seen.

    Targets are domains and hosts. What is asked: names (DNS), certificates (TLS), one page of each host and
    of its www (HTTP; robots.txt is obeyed), and the registries (RDAP). A run is a folder of WARC files; a
    second look is a second run. Ctrl-C finishes what is under way; a run goes on after a crash, and asks
    nobody twice.

    \b
    sousveil collect --from-graph entity-list --contact me@example.org
    sousveil collect example.org example.net --resolver 127.0.0.1
    sousveil collect --resume RUN
    """
    folder = begun(targets, **options)
    collect(folder, workers, dask)
    click.echo(f"Next: sousveil observe {folder}")


def begun(
    targets: tuple[str, ...],
    *,
    file: Path | None,
    from_graph: str | None,
    resume: Path | None,
    output: Path | None,
    yes: bool,
    **options: Any,
) -> Path:
    """Return the folder of the run that was asked for: a new one, or the one to go on with."""
    from sousveil.cli.collecting import warn_once

    if resume is not None:
        if targets or file or from_graph:
            raise click.UsageError("a resumed run has its targets; name none beside --resume")
        folder = resume
    else:
        folder = _begin(targets, file, from_graph, output or home() / "runs", yes=yes, options=options)
    warn_once(yes=yes)
    return folder


def _begin(
    names: tuple[str, ...],
    file: Path | None,
    from_graph: str | None,
    parent: Path,
    *,
    yes: bool,
    options: dict[str, Any],
) -> Path:
    """Check everything that was given, and make the run."""
    from sousveil import catalogue
    from sousveil.cli.collecting import targets_of, warn_once
    from sousveil.ingest.pipeline import software
    from sousveil.ingest.run import Options, begin

    targets = targets_of(names, file, from_graph)
    protocols = protocols_of(options.pop("protocols"), smtp=options.pop("smtp"))
    chosen = Options(protocols=protocols, **options).checked()
    warn_once(yes=yes)
    return begin(parent, targets, chosen, software(), catalogue.digest())


def protocols_of(text: str, *, smtp: bool) -> tuple[str, ...]:
    """Read names with commas between them; names are always asked for, because all else needs them."""
    wanted = {word.strip() for word in text.split(",") if word.strip()} | {"dns"}
    if unknown := sorted(wanted - {*PROTOCOLS, "smtp"}):
        raise click.UsageError(f"there is no protocol {unknown[0]!r}; they are {', '.join(PROTOCOLS)}, smtp")
    return tuple(sorted(wanted | ({"smtp"} if smtp else set())))


def collect(folder: Path, workers: int, dask: str | None) -> None:
    """Run it, and say what came of it, and how to go on if it is not whole."""
    from sousveil.cli.collecting import shown, stopping, summary
    from sousveil.ingest.run import Ledger, run

    with Ledger(folder) as ledger:
        already = ledger.progress()[0]
    resume = f"sousveil collect --resume {folder}"
    with stopping(resume) as stop, shown(already) as tell:
        done = run(folder, workers, tell, stop, dask)
    with Ledger(folder) as ledger:
        faults = ledger.faults()
    click.echo(summary(done))
    for name, fault in faults:
        click.echo(f"{name}: a fault of the program, please report it\n{fault}", err=True)
    if done.done < done.total:
        click.echo(f"Stopped. To go on: {resume}", err=True)
        raise click.exceptions.Exit(130)
    if faults:
        raise click.exceptions.Exit(1)
