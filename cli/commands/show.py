"""`sousveil show ENTITY`: one company, domain or provider, whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import click

from sousveil.cli.home import DAY, filled_store, today

if TYPE_CHECKING:
    from sousveil.queries.answer import Answer

# What there is to say about each kind of node: a heading, a question, and the parameter that names the node.
SECTIONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Company": (
        ("Lists", "listing-history", "entity"),
        ("Ownership", "ownership-chain", "entity"),
        ("Domains", "domain-portfolio", "entity"),
        ("Served by", "providers-of", "entity"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
    "Domain": (
        ("Belongs to", "ownership-chain", "entity"),
        ("Served by", "providers-of", "entity"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
    "Provider": (
        ("Ownership", "ownership-chain", "entity"),
        ("Serves", "clients-of", "provider"),
        ("Retracted claims about it", "retracted-claims", "entity"),
        ("Disputes, replies, reviews", "statements-of", "entity"),
    ),
}
NODE = {
    "Company": "MATCH (n:Company {id: $key}) RETURN n.id AS id, n.name AS name, n.names AS names, "
    "n.kind AS kind, n.identifiers AS identifiers",
    "Domain": "MATCH (n:Domain {name: $key}) RETURN n.name AS name",
    "Provider": "MATCH (n:Provider {id: $key}) RETURN n.id AS id, n.name AS name, n.names AS names, "
    "n.services AS services, n.website AS website",
}


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
    from sousveil.queries import questions
    from sousveil.queries.answer import answer, records

    day = as_of or today()
    with filled_store() as graph:
        label, key, _ = one(graph, entity)
        (node,) = records(graph.read(NODE[label], {"key": key}))
        parts = [
            (heading, answer(graph, questions()[name], {parameter: key}, as_of=day, known_on=today()))
            for heading, name, parameter in SECTIONS[label]
        ]
    if form == "json":
        sections = {part.query: part.as_json() for _, part in parts}
        click.echo(json.dumps({"label": label, **node, "sections": sections}, ensure_ascii=False, indent=2))
        return
    _print(label, node, parts, day)


def _print(label: str, node: Mapping[str, object], parts: list[tuple[str, Answer]], day: date) -> None:
    from sousveil.cli.formats import blocks, cell, foot, width

    click.echo(f"{label} {cell(node['name'])}, as of {day}")
    for name, value in node.items():
        if value and name != "name":
            click.echo(f"  {name}: {cell(value)}")
    for heading, part in parts:
        click.echo(f"\n{heading}: {len(part.rows) or 'nothing known'}")
        for line in blocks(part, width()):
            click.echo(line)
    click.echo("")
    for line in foot(parts[-1][1], width()):
        click.echo(line)
