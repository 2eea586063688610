"""`sousveil cite QUESTION|CLAIM`: a citation that others can follow to the evidence."""

from __future__ import annotations

import click

from sousveil.cli.asking import Asked, Questions
from sousveil.cli.home import filled_store, today

STYLES = ("text", "bibtex", "csl-json")

style_option = click.option(
    "--style", type=click.Choice(STYLES), default="text", show_default=True, help="How to write it."
)


def cite(asked: Asked, style: str) -> None:
    """Cite the answer to a question."""
    from sousveil.cli import citation
    from sousveil.cli.claims import EVIDENCE

    with filled_store() as graph:
        answer = asked.answer(graph)
        ids = sorted({str(item["id"]) for row in answer.rows for item in citation.pieces(row.values())})
        digests = {row[0]: row[-1] for row in graph.read(EVIDENCE, {"ids": ids}).rows if row[-1]}
    click.echo(citation.STYLES[style](citation.of_answer(answer, digests, today())))


class Citing(Questions):
    """The questions, and any claim by its digits."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a question or claim."""
        from sousveil.cli.claims import CLAIM

        return _claim(cmd_name) if CLAIM.fullmatch(cmd_name) else super().get_command(ctx, cmd_name)


def _claim(prefix: str) -> click.Command:
    @click.command(name=prefix, help="Cite the claim that begins with these digits.")
    @style_option
    def run(*, style: str) -> None:
        from sousveil.cli import citation, claims
        from sousveil.queries.answer import describe

        with filled_store() as graph:
            made = claims.cite(graph, claims.find(graph, prefix), describe(graph), today())
        click.echo(citation.STYLES[style](made))

    return run


@click.command(
    cls=Citing,
    act=cite,
    options=(style_option,),
    name="cite",
    subcommand_metavar="QUESTION|CLAIM [ARGS]...",
    short_help="Cite an answer or a claim, with its evidence.",
)
def command() -> None:
    """Cite the answer to a question, or one claim, with dataset version, dates and hashes of the evidence.

    CLAIM is the `claim` of a relationship, as an export has it; its first eight digits are enough, where they
    fit one claim only. Retracted and disputed claims say so.

    \b
    sousveil cite us-firms-serving-entity-list --as-of 2020-12-31
    sousveil cite 3f1c9a40 --style bibtex
    """
