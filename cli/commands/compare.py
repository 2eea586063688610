"""`sousveil compare QUESTION --from DATE --to DATE`: which rows came, went or changed, and why."""

from __future__ import annotations

from datetime import date

import click

from sousveil.cli.asking import Asked, Questions
from sousveil.cli.home import DAY, filled_store
from sousveil.cli.output import Output, output_options

CLOCKS = (
    click.option("--from", "since", type=DAY, required=True, help="The earlier day in the world."),
    click.option("--to", "as_of", type=DAY, help="The later day in the world.  [default: today]"),
    click.option(
        "--known-from",
        "known_since",
        type=DAY,
        help="The earlier day of our knowledge.  [default: --known-to]",
    ),
    click.option(
        "--known-to", "known_on", type=DAY, help="The later day of our knowledge.  [default: today]"
    ),
)


def compare(asked: Asked, since: date, known_since: date | None, output: Output) -> None:
    """Compare two answers to one question."""
    from sousveil.cli.formats import write
    from sousveil.queries import compare

    then = compare.Moment(since, known_since or asked.known_on)
    later = compare.Moment(asked.as_of, asked.known_on)
    with filled_store() as graph:
        found = compare.compare(graph, asked.question, asked.resolved(graph), then=then, later=later)
    write(found, output)


@click.command(
    cls=Questions,
    act=compare,
    clocks=CLOCKS,
    options=(output_options,),
    name="compare",
    short_help="Say what changed between two days, and why.",
)
def command() -> None:
    """Say which rows of an answer came, went or changed between two days, and for each why.

    The world changed, or nobody looked since, or what we know did: a source was read, the catalogue was
    mended, a claim was taken back. With --known-from the knowledge of an earlier day is compared, too.

    \b
    sousveil compare us-firms-serving-entity-list --from 2020-12-31
    sousveil compare providers-of hikvision --from 2026-11-23 --known-from 2026-11-22
    """
