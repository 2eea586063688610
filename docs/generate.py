# ruff: noqa: INP001 - a script, not a package
"""Write the docs that are made from the code: two pages, and the marked blocks of README.md and NOTICE.

    python docs/generate.py                     writes them
    python docs/generate.py --check             exits 1 and names what is stale
    python docs/generate.py --answer FILE.json  also puts `sousveil ask … --format json` into README.md

A block stands between `<!-- generated: NAME -->` and `<!-- end -->`. The block `answer` needs a store, so
it is written, and with --check compared, only from a file.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from sousveil.catalogue import load
from sousveil.cli import group as command
from sousveil.ingest.sources import sources
from sousveil.queries import Parameter, Question, questions
from sousveil.schema import Property, RelationshipType, graph, observations
from sousveil.schema.text import literal

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
MADE = "<!-- Made by docs/generate.py; change {source} instead. -->\n"
ANSWER_COLUMNS = (
    "provider",
    "parent",
    "service",
    "company",
    "while_listed",
    "domain",
    "last_seen",
    "status",
    "basis",
)
ANSWER_ROWS = 12


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; a bar inside a cell is escaped, a line break becomes a space."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([" ".join(cell.split()).replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def code(text: str) -> str:
    """Set text as code."""
    return f"`{text}`"


def source_list() -> str:
    """List what `sousveil ingest` reads."""
    rows = (
        (code(item.name), item.title, item.publisher, item.licence, item.url or "your own file")
        for item in sources().values()
    )
    return table(("source", "what", "publisher", "licence", "live address"), rows)


def question_list() -> str:
    """List the questions, one line each."""
    rows = ((f"[`{name}`](docs/questions.md#{name})", item.question) for name, item in questions().items())
    return table(("question", "in words"), rows)


def command_list() -> str:
    """List the commands, and those of a group behind it."""
    return table(("command", "what it does"), _commands(command, "sousveil"))


def _commands(group: click.Command, path: str) -> Iterable[tuple[str, str]]:
    context = click.Context(group)
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    for name in names:
        child = group.get_command(context, name) if isinstance(group, click.Group) else None
        if child is not None and not child.hidden:
            yield code(f"{path} {name}"), child.get_short_help_str(limit=200)
            if name not in {"ask", "cite", "ingest", "open"}:  # their children are listed elsewhere
                yield from _commands(child, f"{path} {name}")


def publication_list() -> str:
    """List the publications whose facts the catalogue repeats, with their licences."""
    entries = sorted(load().publications.values(), key=lambda entry: entry.id)
    lines = (
        f"- {entry.source.title}. {entry.source.publisher}. {entry.licence}.\n  {entry.source.url}\n"
        for entry in entries
        if entry.licence
    )
    return "\n" + "".join(lines) + "\n"


def graph_page() -> str:
    """Describe labels, relationships, properties and vocabularies."""
    schema = graph()
    parts = [
        "# The graph\n\n",
        MADE.format(source="schema/graph.toml"),
        "\nNodes hold identity; whatever can be disputed stands on a relationship. A relationship\n",
        "that states a fact carries its provenance:\n",
        "`id`, `claim`, `source`, `run`, `evidence`, `known_from` and `known_until`.\n",
        "Dates are days in UTC, intervals half-open; a missing end means that no end is known.\n\n## Nodes\n",
    ]
    parts += (
        f"\n### {node.name}\n\n{node.doc} Key: `{node.key}`.\n\n{_properties(node.properties)}"
        for node in schema.nodes.values()
    )
    parts.append("\n## Relationships\n")
    parts += (
        f"\n### {item.name}\n\n{_ends(item)}\n\n{item.doc}\n\n{_properties(item.properties)}"
        for item in schema.relationships.values()
    )
    parts.append("\n## Vocabularies\n\n")
    parts.append(
        table(("name", "words"), ((code(n), " · ".join(words)) for n, words in schema.vocabulary.items()))
    )
    return "".join(parts)


def observations_page() -> str:
    """Describe outcomes and kinds of observations."""
    schema = observations()
    rows = (
        (
            code(kind.name),
            " · ".join(kind.scopes),
            kind.family,
            kind.subject,
            kind.value,
            _details(kind.detail),
        )
        for kind in schema.kinds.values()
    )
    return "".join(
        [
            "# Observations\n\n",
            MADE.format(source="schema/observations.toml"),
            "\nOne fact read from archived bytes, one JSON object a line: `target`, `subject`, `kind`,\n",
            "`scope`, `value`, `detail` (an object of texts), `evidence` (id of the archived record),\n",
            "`time` and `vantage`.\n",
            "\n## Kinds\n\n",
            table(("kind", "scope", "family", "subject", "value", "detail"), rows),
            "\n## Outcomes\n\n",
            table(("outcome", "meaning"), ((code(n), text) for n, text in schema.outcomes.items())),
        ]
    )


def _details(details: dict[str, str]) -> str:
    return "; ".join(f"{code(name)} {text}" for name, text in details.items())


def _ends(relationship: RelationshipType) -> str:
    ends = (" or ".join(relationship.sources), " or ".join(relationship.targets))
    stated = "states a fact" if relationship.states_fact else "states no fact about the world"
    return f"{ends[0]} → {ends[1]}; {stated}."


def _properties(properties: dict[str, Property]) -> str:
    rows = ((code(item.name), item.type, _meaning(item)) for item in properties.values())
    return table(("property", "type", "meaning"), rows) if properties else "No properties of its own.\n"


def _meaning(item: Property) -> str:
    words = f" (vocabulary `{item.vocabulary}`)" if item.vocabulary else ""
    return f"{item.doc}{words}{'; indexed' if item.indexed else ''}"


def questions_page() -> str:
    """Describe each question: what it says and does not, parameters and columns."""
    parts = [
        "# The questions\n\n",
        MADE.format(source="the .cypher files in queries/"),
        "\n`sousveil ask NAME` asks one; `sousveil queries NAME` prints its Cypher for Neo4j Browser.\n",
    ]
    parts += (_question(item) for item in questions().values())
    return "".join(parts)


def _question(item: Question) -> str:
    text = f"\n## {item.name}\n\n{item.question}\n\n{item.about}\n\nWhat it does not say: {item.says_not}\n\n"
    rows = ((code(p.name), p.type, _default(p), p.doc, code(p.example)) for p in item.parameters.values())
    parameters = table(("parameter", "type", "default", "meaning", "example"), rows) + "\n"
    columns = table(("column", "meaning"), ((code(name), doc) for name, doc in item.columns.items()))
    return text + (parameters if item.parameters else "") + columns


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    return "any" if parameter.default is None else code(literal(parameter.default).strip("'"))


PAGES: dict[str, Callable[[], str]] = {
    "docs/graph.md": graph_page,
    "docs/observations.md": observations_page,
    "docs/questions.md": questions_page,
}
BLOCKS: dict[str, Callable[[], str]] = {
    "commands": command_list,
    "publications": publication_list,
    "questions": question_list,
    "sources": source_list,
}
WITH_BLOCKS = ("README.md", "NOTICE")


def filled(text: str, blocks: dict[str, Callable[[], str]]) -> str:
    """Fill the blocks of a text that are named; the others stay as they are."""

    def fill(match: re.Match[str]) -> str:
        make = blocks.get(match["name"])
        return match[0] if make is None else f"{match[1]}{make()}{match[3]}"

    return BLOCK.sub(fill, text)


def answer_block(answer: dict[str, Any]) -> str:
    """Show the first rows of an answer, some of its columns, and what it says about itself."""
    rows = [[str(row.get(name) or "-") for name in ANSWER_COLUMNS] for row in answer["rows"][:ANSWER_ROWS]]
    widths = [max(map(len, column)) for column in zip(ANSWER_COLUMNS, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in [ANSWER_COLUMNS, *rows]
    ]
    more = len(answer["rows"]) - len(rows)
    asked = f"$ sousveil ask {answer['query']} --as-of {answer['as_of']}\n{answer['question']}"
    head = f"{asked}\n{len(answer['rows'])} rows"
    tail = (
        f"\n… and {more} more rows; {len(ANSWER_COLUMNS)} of {len(answer['columns'])} columns"
        if more > 0
        else ""
    )
    return f"```text\n{head}\n\n" + "\n".join(line.rstrip() for line in lines) + f"{tail}\n```\n"


def made(answer: dict[str, Any] | None) -> dict[str, str]:
    """Return every generated file as it should be, by path."""
    blocks = BLOCKS | ({"answer": lambda: answer_block(answer)} if answer else {})
    texts = {path: make() for path, make in PAGES.items()}
    for path in WITH_BLOCKS:
        texts[path] = filled((ROOT / path).read_text("utf-8"), blocks)
    return texts


def stale(texts: dict[str, str]) -> list[str]:
    """Name the files whose text on disk differs."""
    return [
        p for p, text in texts.items() if not (ROOT / p).exists() or (ROOT / p).read_text("utf-8") != text
    ]


def run(arguments: Sequence[str]) -> int:
    """Write or check; return the exit code."""
    check = "--check" in arguments
    match [word for word in arguments if word != "--check"]:
        case []:
            texts = made(None)
        case ["--answer", file]:
            texts = made(json.loads(Path(file).read_text("utf-8")))
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    if check:
        old = stale(texts)
        for path in old:
            sys.stderr.write(f"{path}: out of date; run `make docs` and commit the result\n")
        return 1 if old else 0
    for path in stale(texts):
        (ROOT / path).write_text(texts[path], "utf-8")
        sys.stderr.write(f"{path}: written\n")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
