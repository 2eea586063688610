"""`sousveil ask QUESTION`: one command per question, made of its front matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from sousveil.cli.home import DAY, filled_store, today
from sousveil.cli.output import Output, output_options
from sousveil.cli.suggest import SuggestingGroup, nearest
from sousveil.queries import Parameter, Question, questions
from sousveil.schema import vocabulary


class Asking(SuggestingGroup):
    """A group whose commands are the questions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every question."""
        del ctx
        return list(questions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a question."""
        del ctx
        question = questions().get(cmd_name)
        return _command(question) if question else None


@click.command(cls=Asking, name="ask", short_help="Ask a canned question.")
def command() -> None:
    """Ask a canned question; `sousveil ask QUESTION --help` says what it takes and what its columns mean.

    \b
    sousveil ask us-firms-serving-entity-list --country CN
    sousveil ask us-firms-serving-entity-list --as-of 2020-12-31 --format csv -o rows.csv
    sousveil ask providers-of hikvision
    """


def _command(question: Question) -> click.Command:
    @output_options
    @click.option("--as-of", type=DAY, help="The day in the world.  [default: today]")
    @click.option("--known-on", type=DAY, help="The day of our knowledge.  [default: today]")
    def run(*, as_of: date | None, known_on: date | None, output: Output, **given: object) -> None:
        ask(question, given, output, as_of=as_of, known_on=known_on)

    made: Callable[..., None] = run
    for parameter in reversed(question.parameters.values()):
        made = _parameter(parameter)(made)
    return click.command(name=question.name, help=_help(question), short_help=question.question)(made)


def ask(
    question: Question,
    given: dict[str, object],
    output: Output,
    *,
    as_of: date | None = None,
    known_on: date | None = None,
) -> None:
    """Answer one question on the store, and print it."""
    from sousveil.cli.entities import check_list, resolve
    from sousveil.cli.formats import write
    from sousveil.queries.answer import answer

    with filled_store() as graph:
        if given.get("list"):
            check_list(graph, str(given["list"]))
        for name in ("entity", "provider"):
            if given.get(name):
                given[name] = resolve(graph, str(given[name]), provider_first=name == "provider")
        found = answer(graph, question, given, as_of=as_of or today(), known_on=known_on or today())
    write(found, output)


def _help(question: Question) -> str:
    columns = "\n".join(f"  {name}: {doc}" for name, doc in question.columns.items())
    return (
        f"{question.question}\n\n{question.about}\n\nWhat it does not say: {question.says_not}\n\n"
        f"\b\nColumns:\n{columns}"
    )


def _parameter(parameter: Parameter) -> Callable[[Callable[..., None]], Callable[..., None]]:
    if parameter.required:
        return click.argument(parameter.name, callback=_checked(parameter))
    if parameter.type == "boolean":
        return click.option(f"--{parameter.name}", is_flag=True, help=parameter.doc)
    told = "" if parameter.default is None else f"  [default: {parameter.default}]"
    return click.option(
        f"--{parameter.name}",
        type=int if parameter.type == "integer" else str,
        callback=_checked(parameter),
        help=f"{parameter.doc}, such as {parameter.example}{told}",
    )


def _checked(parameter: Parameter) -> Callable[[click.Context, click.Parameter, object], object]:
    def check(ctx: click.Context, option: click.Parameter, value: object) -> object:
        if value is None:
            return None
        text = str(value)
        if parameter.name in {"service", "scope"} and text not in vocabulary(parameter.name):
            words = vocabulary(parameter.name)
            near = nearest(text, words) or f"; one of {', '.join(words)}"
            raise click.BadParameter(f"{text!r} is no {parameter.name}{near}", ctx, option)
        if parameter.type == "country":
            text = text.upper()
            if len(text) != 2 or not text.isascii() or not text.isalpha():  # noqa: PLR2004 - ISO 3166-1 alpha-2
                raise click.BadParameter(f"{value!r} is no ISO code of two letters, such as US", ctx, option)
            return text
        if parameter.type == "date":
            return DAY.convert(value, option, ctx).isoformat()
        return value

    return check
