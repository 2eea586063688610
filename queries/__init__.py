"""The questions: one .cypher file each, with its doc, parameters and columns at its head.

The head is TOML in `//` comments, so that the whole file pastes into Neo4j Browser. Adding a question is
adding a file; a malformed one is a QuestionError that names it and the line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sousveil.schema.errors import SousveilError
from sousveil.schema.text import literal

TYPES = ("string", "strings", "date", "integer", "boolean", "country", "domain")
PARAMETER = re.compile(r"\$(\w+)")
# Text in quotes and comments: a `$` there is no parameter.
INERT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)
# Every question takes these: the day in the world, and the day of our knowledge.
CLOCKS = ("as_of", "known_on")


class QuestionError(SousveilError):
    """A question's file is malformed, or a parameter does not fit; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter: its type is one of TYPES; None as default and not required means `any`."""

    name: str
    type: str
    doc: str
    default: object
    example: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, as its file states it; `columns` maps each column to its meaning, in order."""

    name: str
    question: str
    about: str
    says_not: str
    tags: tuple[str, ...]
    maturity: str
    parameters: dict[str, Parameter]
    columns: dict[str, str]
    cypher: str

    def bind(self, given: Mapping[str, object], *, as_of: date, known_on: date) -> dict[str, object]:
        """Return the parameters to run with; a missing, unknown or ill-typed one is a QuestionError."""
        unknown = [name for name in given if name not in self.parameters]
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise QuestionError(f"{self.name}: no parameter {unknown[0]!r}; it takes: {known}")
        bound: dict[str, object] = {"as_of": as_of.isoformat(), "known_on": known_on.isoformat()}
        for parameter in self.parameters.values():
            value = given.get(parameter.name)
            value = parameter.default if value is None else value
            if value is None and parameter.required:
                told = f"{parameter.doc}; for example {parameter.example}"
                raise QuestionError(f"{self.name}: {parameter.name} is missing: {told}")
            bound[parameter.name] = value
        return bound

    def filled(self, parameters: Mapping[str, object]) -> str:
        """Return the Cypher with values in place of parameters, to paste into Neo4j Browser."""
        parts: list[str] = []
        start = 0
        for inert in INERT.finditer(self.cypher):
            parts += (_fill(self.cypher[start : inert.start()], parameters), inert.group())
            start = inert.end()
        parts.append(_fill(self.cypher[start:], parameters))
        return "".join(parts)


@cache
def questions() -> dict[str, Question]:
    """Read every question, by name."""
    found = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".cypher"))
    texts = {entry.name.removesuffix(".cypher"): entry.read_text("utf-8") for entry in found}
    return {name: parse(name, texts[name]) for name in sorted(texts)}


def parse(name: str, text: str) -> Question:
    """Read a question from the text of its file."""
    head, cypher = _split(name, text)
    question = Question(
        name=name,
        question=_text(name, head, "question"),
        about=_text(name, head, "about"),
        says_not=_text(name, head, "says_not"),
        tags=tuple(_list(name, head, "tags")),
        maturity=_text(name, head, "maturity"),
        parameters={
            key: _parameter(name, key, table) for key, table in _table(head.pop("parameters", {})).items()
        },
        columns={key: str(doc) for key, doc in _table(head.pop("columns", {})).items()},
        cypher=cypher,
    )
    if head:
        raise QuestionError(f"queries/{name}.cypher: {', '.join(head)} is no key of a question")
    _check_parameters(question)
    return question


def _split(name: str, text: str) -> tuple[dict[str, object], str]:
    lines = text.splitlines(keepends=True)
    size = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
    try:
        head = tomllib.loads("".join(line.removeprefix("//").removeprefix(" ") for line in lines[:size]))
    except tomllib.TOMLDecodeError as error:
        raise QuestionError(f"queries/{name}.cypher: the head is no TOML: {error}") from error
    return head, "".join(lines[size:]).strip() + "\n"


def _parameter(question: str, name: str, value: object) -> Parameter:
    table = dict(_table(value))
    kind = str(table.pop("type", ""))
    if kind not in TYPES:
        raise QuestionError(f"queries/{question}.cypher: {name}: type is {kind!r}; one of {', '.join(TYPES)}")
    parameter = Parameter(
        name=name,
        type=kind,
        doc=str(table.pop("doc", "")),
        default=table.pop("default", None),
        example=str(table.pop("example", "")),
        required=bool(table.pop("required", False)),
    )
    if table or not parameter.doc or not parameter.example:
        raise QuestionError(
            f"queries/{question}.cypher: {name}: it has type, doc, default or required, example"
        )
    return parameter


def _check_parameters(question: Question) -> None:
    used = set(PARAMETER.findall(INERT.sub("", question.cypher)))
    declared = {*question.parameters, *CLOCKS}
    if used != declared:
        differ = ", ".join(sorted(used ^ declared))
        raise QuestionError(f"queries/{question.name}.cypher: declared and used parameters differ: {differ}")


def _fill(text: str, parameters: Mapping[str, object]) -> str:
    return PARAMETER.sub(lambda match: literal(parameters[match[1]]), text)


def _text(name: str, head: dict[str, object], key: str) -> str:
    value = head.pop(key, None)
    if not isinstance(value, str) or not value.strip():
        raise QuestionError(f"queries/{name}.cypher: {key} is missing at the head")
    return " ".join(value.split())


def _list(name: str, head: dict[str, object], key: str) -> list[str]:
    value = head.pop(key, None)
    if not isinstance(value, list) or not value:
        raise QuestionError(f"queries/{name}.cypher: {key} is missing at the head")
    return [str(item) for item in value]


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
