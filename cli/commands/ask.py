"""`sousveil ask QUESTION`: one command per question, made of its front matter."""

from __future__ import annotations

import click

from sousveil.cli.asking import Asked, Questions
from sousveil.cli.home import filled_store
from sousveil.cli.output import Output, output_options


def ask(asked: Asked, output: Output) -> None:
    """Answer one question on the store, and print it."""
    from sousveil.cli.formats import write

    with filled_store() as graph:
        found = asked.answer(graph)
    write(found, output)


@click.command(
    cls=Questions, act=ask, options=(output_options,), name="ask", short_help="Ask a canned question."
)
def command() -> None:
    """Ask a canned question; `sousveil ask QUESTION --help` says what it takes and what its columns mean.

    \b
    sousveil ask us-firms-serving-entity-list --country CN
    sousveil ask us-firms-serving-entity-list --as-of 2020-12-31 --format csv -o rows.csv
    sousveil ask providers-of hikvision
    """
