"""The letter that asks a named company for comment before anybody publishes: claims, dates, evidence."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sousveil.cli.entities import one
from sousveil.cli.formats import cell

if TYPE_CHECKING:
    from sousveil.graph import BoltStore
    from sousveil.queries.answer import Answer

WIDTH = 88
# What to ask about each kind of node: a question, and the parameter that names the node.
ASKED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Company": (("providers-of", "entity"), ("clients-of", "provider")),
    "Domain": (("providers-of", "entity"),),
    "Provider": (("clients-of", "provider"),),
}
OPENING = """\
We are preparing a publication in which {name} is named. Before it appears we ask for your comment on what \
is said of {name} below. Each point says what was seen or reported, when, by whom, and where to read it."""
LIMITS = """\
What we do not say: that a service was seen, or was reported, does not show a contract, and to serve a \
company is not by itself unlawful. A point marked last-known was true when seen; nobody has looked since."""
ASKING = (
    "For each point: is it right? If not, what is wrong, and what shows it?",
    "Since when, and until when, was the service provided? By which company of your group?",
    "What should a reader know that is not said here?",
)
CLOSING = """\
Please answer in writing to [ADDRESS] by [DAY]. Your answer is kept with the claims, in your words; if you \
dispute one, it is marked as disputed until it is decided, and withdrawn if you are right."""


def write(graph: BoltStore, entity: str, as_of: date) -> str:
    """Return the letter about an entity, as the graph stands on a day; blanks are in [CAPITALS]."""
    from sousveil.cli.home import today
    from sousveil.queries import questions
    from sousveil.queries.answer import answer

    label, key, name = one(graph, entity)
    answers = [
        answer(graph, questions()[question], {parameter: key}, as_of=as_of, known_on=today())
        for question, parameter in ASKED[label]
    ]
    return "\n".join(_lines(cell(name), answers, today()))


def _lines(name: str, answers: list[Answer], day: date) -> Iterator[str]:
    yield from (f"To: {name}, [DEPARTMENT]", "From: [YOUR NAME AND ORGANISATION]", f"Date: {day}", "")
    yield f"Request for comment: what is said of {name}"
    yield ""
    yield from textwrap.wrap(OPENING.format(name=name), WIDTH)
    rows = [row for answer in answers for row in answer.rows]
    for number, row in enumerate(rows, 1):
        yield ""
        yield from _point(number, row)
    if not rows:
        yield from ("", f"Nothing is known that {name} serves or is served by; there is nothing to ask yet.")
    yield ""
    yield from textwrap.wrap(LIMITS, WIDTH)
    yield ""
    yield "We would like to know:"
    for question in ASKING:
        yield from textwrap.wrap(f"- {question}", WIDTH, subsequent_indent="  ")
    yield ""
    yield from textwrap.wrap(CLOSING, WIDTH)
    yield ""
    yield f"Dataset {answers[0].dataset['version']}, as of {answers[0].as_of}."
    yield ""


def _point(number: int, row: Mapping[str, Any]) -> Iterator[str]:
    whom = row["domain"] or row["company"]
    owner = f", which belongs to {cell(row['company'])} ({cell(row['tie'])})" if row["domain"] else ""
    role = f", {cell(row['role'])}" if row.get("role") else ""
    said = f"{number}. {cell(row['provider'])} for {cell(whom)}{owner}: {cell(row['service'])}{role}."
    yield from textwrap.wrap(said, WIDTH, subsequent_indent="   ")
    days = f"First seen {row['first_seen']}, last seen {row['last_seen']}"
    seen = f"{days}; {row['status']}; {row['basis']}."
    yield from textwrap.wrap(seen, WIDTH, initial_indent="   ", subsequent_indent="   ")
    for item in row["evidence"]:
        yield f"   Evidence: {cell(item)}"
    for claim in row["claims"]:
        yield f"   Claim: {claim}"
