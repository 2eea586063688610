"""`sousveil archive …`: what was seen, as it was seen, and whether it is still so."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.home import home
from sousveil.cli.suggest import SuggestingGroup


class Run(click.ParamType[Path]):
    """A run: its folder, or the first characters of its name or id below SOUSVEIL_HOME/runs."""

    name = "run"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Find the folder."""
        from sousveil.ingest.archive import facts
        from sousveil.ingest.archive.warc import ArchiveError

        given = str(value)
        if Path(given).is_dir():
            return Path(given)
        kept = home() / "runs"
        found = []
        for folder in sorted(kept.iterdir()) if kept.is_dir() else []:
            try:
                names = (folder.name, facts(folder).id)
            except ArchiveError:  # damaged, or begun a moment ago: its name still counts
                names = (folder.name, folder.name)
            if any(name.startswith(given) for name in names):
                found.append(folder)
        if len(found) != 1:
            told = f"{len(found)} runs begin so" if found else "no such folder, and no such run"
            self.fail(f"{given}: {told} in {kept}; give the folder of a run", param, ctx)
        return found[0]


KEY = click.Path(path_type=Path, dir_okay=False, exists=True)
run_argument = click.argument("run", type=Run())


@click.group(cls=SuggestingGroup, name="archive", short_help="Look into archived runs, and verify them.")
def command() -> None:
    """Look into the archive of a run: every exchange with the network, as WARC files, byte for byte.

    RUN is a folder, or the first characters of a run below SOUSVEIL_HOME/runs. Other programs read the files
    too: `warcio check`, pywb, ReplayWeb.page.

    \b
    sousveil archive ls RUN --target hikvision.com
    sousveil archive show RUN 3f1c9a40            one exchange, safe to print
    sousveil archive verify RUN                   needs nothing but the files; exit 1 where any is damaged
    sousveil archive sign RUN --key key.pem       openssl genpkey -algorithm ed25519 -out key.pem
    """


@command.command(name="ls")
@run_argument
@click.option("--target", help="Only what was asked for the sake of this domain, or about it.")
@click.option(
    "-f", "--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True
)
def ls(run: Path, *, target: str | None, form: str) -> None:
    """List the exchanges of a run: when, what was asked, what came of it, and the evidence id."""
    from sousveil.ingest.archive.index import entries
    from sousveil.ingest.archive.rendering import safe

    for entry in entries(run, target):
        if form == "jsonl":
            click.echo(json.dumps(asdict(entry), ensure_ascii=False))
            continue
        asked = f"{entry.kind} {entry.question}"
        click.echo(
            safe(f"{entry.evidence[:12]}  {entry.time[:19]}  {asked:<12}  {entry.outcome:<13}  {entry.uri}")
        )


@command.command(name="show")
@run_argument
@click.argument("evidence", metavar="ID")
def show(run: Path, *, evidence: str) -> None:
    """Show one exchange; the first digits of its evidence id are enough."""
    from sousveil.ingest.archive.index import find
    from sousveil.ingest.archive.rendering import lines

    for line in lines(find(run, evidence)):
        click.echo(line)


@command.command(name="verify")
@run_argument
@click.option("--public-key", type=KEY, help="Whoever has the private key must have signed the run.")
@click.pass_context
def verify(ctx: click.Context, run: Path, *, public_key: Path | None) -> None:
    """Recompute every digest and id from the files alone, and name all that is damaged.

    Each request must have its answer or its outcome, and the files must be those of the manifest. Exit code 1
    where anything is not as it was written.
    """
    from sousveil.ingest.archive.rendering import safe
    from sousveil.ingest.archive.verification import verify as verified

    report = verified(run, public_key)
    for damage in report.damage:
        click.echo(safe(str(damage)))
    told = f"{report.files} files, {report.records} records, {report.exchanges} exchanges"
    signed = f", signed by the owner of {public_key}" if public_key else ""
    if report.damage:
        click.echo(f"{told}: {len(report.damage)} damaged or missing", err=True)
        ctx.exit(1)
    click.echo(f"{told}: as they were written{signed}")


@command.command(name="extract")
@run_argument
@click.argument("evidence", metavar="ID")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Write to this file.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def extract(run: Path, *, evidence: str, output: Path, force: bool) -> None:
    """Write the bytes that came back in one exchange, as they were received."""
    from sousveil.ingest.archive.index import find

    if not force:
        refuse_existing([output])
    exchange = find(run, evidence).exchange
    if not exchange.answered:
        raise click.ClickException(f"{evidence}: nothing came back: {exchange.outcome}")
    with drafted(output) as file:
        file.buffer.write(exchange.answered)


@command.command(name="sign")
@run_argument
@click.option("--key", type=KEY, required=True, help="Your private Ed25519 key, a PEM file.")
def sign(run: Path, *, key: Path) -> None:
    """Sign the manifest of a finished run; the signature is a file beside it.

    \b
    openssl genpkey -algorithm ed25519 -out key.pem             makes a key
    openssl pkey -in key.pem -pubout -out public.pem            the part to publish
    sousveil archive verify RUN --public-key public.pem
    """
    from sousveil.ingest.archive.manifest import sign as signed

    click.echo(f"wrote {signed(run, key)}", err=True)
