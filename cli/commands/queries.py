"""`sousveil queries [NAME]`: the questions, their docs, and their Cypher to paste elsewhere."""

from __future__ import annotations

import textwrap

import click

from sousveil.cli.home import today
from sousveil.cli.suggest import nearest
from sousveil.queries import Question, questions


@click.command(name="queries", short_help="List the questions, or print one with its Cypher.")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the questions; with NAME, print its doc, parameters and Cypher with values filled in.

    The Cypher pastes into Neo4j Browser as it is.
    """
    if name is None:
        for question in questions().values():
            click.echo(f"{question.name}\n    {question.question}")
        return
    if name not in questions():
        raise click.UsageError(
            f"there is no question {name!r}{nearest(name, questions()) or '; try sousveil queries'}"
        )
    for line in _lines(questions()[name]):
        click.echo(line)


def _lines(question: Question) -> list[str]:
    """Return the doc as Cypher comments, then the Cypher, so that the whole pastes."""
    told = [question.question, question.about, f"It does not say: {question.says_not}"]
    lines = [f"// {line}" for text in told for line in textwrap.wrap(text, 100)]
    lines += [f"// {p.name} ({p.type}): {p.doc}; such as {p.example}" for p in question.parameters.values()]
    lines += [f"// column {name}: {doc}" for name, doc in question.columns.items()]
    examples = {
        p.name: p.default if p.default is not None or not p.required else p.example
        for p in question.parameters.values()
    }
    values = question.bind(examples, as_of=today(), known_on=today())
    return [*lines, *question.filled(values).rstrip().splitlines(), ";"]
