"""`sousveil catalogue`: the rules by which providers are recognised."""

from __future__ import annotations

import click

from sousveil.cli.suggest import SuggestingGroup


@click.group(cls=SuggestingGroup, name="catalogue", short_help="Look after the catalogue and its rules.")
def command() -> None:
    """Look after the catalogue: providers, companies, lists, and the rules of attribution."""


@command.command()
def check() -> None:
    """Read every file of the catalogue, try every rule on its examples, and say what is wrong.

    The first file that breaks the format is named by line. Rules that can never count, and examples that
    name another provider, are all listed. Exit code 1 says that something is wrong.
    """
    from sousveil import catalogue
    from sousveil.ingest.attribute.knowledge import Knowledge
    from sousveil.ingest.attribute.review import complaints

    known = catalogue.load()
    found = list(complaints(Knowledge.of(known)))
    for complaint in found:
        click.echo(complaint, err=True)
    rules = [rule for entry in known.providers.values() for rule in entry.rules]
    values = sum(len(rule.values) for rule in rules)
    examples = sum(len(rule.matches) + len(rule.rejects) for rule in rules)
    counts = f"{len(known.providers)} providers, {len(rules)} rules, {values} values, {examples} examples"
    click.echo(f"{counts}: {len(found)} mistakes")
    if found:
        raise click.exceptions.Exit(1)
