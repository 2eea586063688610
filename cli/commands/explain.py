"""`sousveil explain DOMAIN`: why we say who serves it."""

from __future__ import annotations

from pathlib import Path

import click

from sousveil.schema import vocabulary

SERVICES = tuple(word for word in vocabulary("service") if word != "unspecified")


@click.command(name="explain", short_help="Say why we name who serves a domain, and why nobody else.")
@click.argument("domain")
@click.option(
    "--observations",
    "path",
    type=click.Path(path_type=Path),
    help="A file of observations, as JSON lines.  [default: the newest that was loaded]",
)
@click.option("--service", type=click.Choice(SERVICES), help="Only this service.")
def command(domain: str, *, path: Path | None, service: str | None) -> None:
    """Explain what is concluded of DOMAIN, or of one host: every signal, the rule, and why the others lost.

    \b
    sousveil explain hikvision.com
    sousveil explain hikvision.com --observations observations.jsonl --service email
    """
    from sousveil.cli.observed import kept, knowledge, observed
    from sousveil.cli.suggest import nearest
    from sousveil.ingest.attribute.attribution import attribute
    from sousveil.ingest.attribute.explanation import told
    from sousveil.ingest.attribute.seen import plain

    known = knowledge()
    asked = plain(domain)
    with observed(path) if path else kept(asked) as found:
        verdicts = list(attribute(found, known))
    shown = [one for one in verdicts if asked in (one.conclusion.target, one.conclusion.host)]
    if not shown:
        hosts = dict.fromkeys(one.conclusion.host for one in verdicts)
        near = nearest(asked, hosts) or f"; it has {len(hosts)} others"
        raise click.ClickException(f"{path or 'journal'}: nothing was observed of {domain!r}{near}")
    for verdict in shown:
        if service in (None, verdict.conclusion.service):
            for line in told(verdict, known.matcher.rules):
                click.echo(line)
