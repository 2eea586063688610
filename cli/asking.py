"""The questions as click commands: front matter becomes arguments, options and help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from sousveil.cli.home import DAY, today
from sousveil.cli.suggest import SuggestingGroup, nearest
from sousveil.queries import Parameter, Question, questions
from sousveil.schema import vocabulary

if TYPE_CHECKING:
    from sousveil.graph import BoltStore
    from sousveil.queries.answer import Answer

Decorator = Callable[[Callable[..., None]], Callable[..., None]]
CLOCKS: tuple[Decorator, ...] = (
    click.option("--as-of", type=DAY, help="The day in the world.  [default: today]"),
    click.option("--known-on", type=DAY, help="The day of our knowledge.  [default: today]"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as somebody typed it: names stand where keys belong until the store resolves them."""

    question: Question
    given: Mapping[str, object]
    as_of: date
    known_on: date

    def resolved(self, graph: BoltStore) -> dict[str, object]:
        """Return the parameters with keys in place of names; an unknown one is a usage error."""
        from sousveil.cli.entities import check_list, resolve

        given = dict(self.given)
        if given.get("list"):
            check_list(graph, str(given["list"]))
        for name in ("entity", "other", "provider"):
            if given.get(name):
                given[name] = resolve(graph, str(given[name]), provider_first=name == "provider")
        return given

    def answer(self, graph: BoltStore) -> Answer:
        """Ask the store."""
        from sousveil.queries.answer import answer

        given = self.resolved(graph)
        return answer(graph, self.question, given, as_of=self.as_of, known_on=self.known_on)


class Questions(SuggestingGroup):
    """A group whose commands are the questions; each calls `act` with an Asked and what `options` add.

    `clocks` are the options that give as_of and known_on.
    """

    def __init__(
        self,
        *args: Any,
        act: Callable[..., None],
        options: Sequence[Decorator] = (),
        clocks: Sequence[Decorator] = CLOCKS,
        **attrs: Any,
    ) -> None:
        super().__init__(*args, **attrs)
        self._act = act
        self._options = options
        self._clocks = clocks

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every question."""
        del ctx
        return list(questions())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a question."""
        del ctx
        question = questions().get(cmd_name)
        return self._command(question) if question else None

    def _command(self, question: Question) -> click.Command:
        def run(*, as_of: date | None, known_on: date | None, **rest: Any) -> None:
            given = {name: rest.pop(name) for name in question.parameters}
            asked = Asked(
                question=question, given=given, as_of=as_of or today(), known_on=known_on or today()
            )
            self._act(asked, **rest)

        made: Callable[..., None] = run
        parameters = (_parameter(parameter) for parameter in question.parameters.values())
        decorators: list[Decorator] = [*parameters, *self._clocks, *self._options]
        for decorate in reversed(decorators):
            made = decorate(made)
        return click.command(name=question.name, help=_help(question), short_help=question.question)(made)


def _help(question: Question) -> str:
    columns = "\n".join(f"  {name}: {doc}" for name, doc in question.columns.items())
    return (
        f"{question.question}\n\n{question.about}\n\nWhat it does not say: {question.says_not}\n\n"
        f"\b\nColumns:\n{columns}"
    )


def _parameter(parameter: Parameter) -> Decorator:
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
