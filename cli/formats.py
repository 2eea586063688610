"""One answer in each format; every format carries the same parts."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

import click

from sousveil.cli.files import drafted
from sousveil.cli.output import DELIMITED, Output, beside
from sousveil.queries.answer import Answer
from sousveil.schema.text import for_spreadsheet, one_line

NOTHING = "-"  # an empty field in a block, so that it does not look like a slip


def table(answer: Answer, width: int) -> Iterator[str]:
    """Yield the lines of an answer for people: a head, one block per row, a foot; `width` in columns."""
    yield from _head(answer, width)
    yield from blocks(answer, width)
    yield ""
    yield from foot(answer, width)


def blocks(answer: Answer, width: int) -> Iterator[str]:
    """Yield the rows, each after an empty line."""
    for number, row in enumerate(answer.rows, 1):
        yield ""
        yield from block(number, row, width)


def _head(answer: Answer, width: int) -> Iterator[str]:
    yield from textwrap.wrap(answer.question, width)
    asked = ", ".join(f"{name} {cell(value)}" for name, value in chosen(answer).items())
    days = f"as of {answer.as_of}, as known on {answer.known_on}"
    yield from textwrap.wrap(f"asked: {asked or 'everything'}; {days}", width)
    yield from textwrap.wrap(f"rows: {len(answer.rows)}{_statuses(answer)}", width)


def chosen(answer: Answer) -> dict[str, object]:
    """Return the parameters that narrow or widen the answer; the others stand at `any`."""
    return {name: value for name, value in answer.parameters.items() if value not in (None, False)}


def _statuses(answer: Answer) -> str:
    counts = answer.statuses()
    told = ", ".join(
        f"{n} {status}" for status, n in counts.items() if n or status in {"current", "last-known"}
    )
    return f" ({told})" if counts else ""


def block(number: int, row: Mapping[str, object], width: int) -> Iterator[str]:
    """Yield one row: every column by name and in order, short ones side by side."""
    line, indent = f"{number:>3}  ", "     "
    for name, value in row.items():
        item = f"{name}: {cell(value) or NOTHING}"
        if line.strip() and line != f"{number:>3}  " and len(line) + len(item) + 3 > width:
            yield line.rstrip()
            line = indent
        if len(indent) + len(item) > width:
            yield from textwrap.wrap(
                line + item,
                width,
                subsequent_indent=indent + "  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            line = indent
            continue
        line += item if line in {indent, f"{number:>3}  "} else f" · {item}"
    if line.strip():
        yield line.rstrip()


def foot(answer: Answer, width: int) -> Iterator[str]:
    """Yield coverage, cautions and the version of the data."""
    covered = ", ".join(f"{name.replace('_', ' ')} {cell(value)}" for name, value in answer.coverage.items())
    yield from paragraph(f"coverage: {covered}", width)
    for caveat in answer.caveats:
        yield from paragraph(f"caution: {caveat}", width)
    yield from paragraph(f"dataset: {_dataset(answer)}", width)


def _dataset(answer: Answer) -> str:
    inputs = answer.dataset["inputs"]
    names = [f"{i['name']} ({i['dated']})" for i in inputs] if isinstance(inputs, list) else []
    return f"{answer.dataset['version']} of {'; '.join(names) or 'nothing'}"


def as_json(answer: Answer) -> Iterator[str]:
    """Yield the whole answer as one JSON object."""
    yield json.dumps(answer.as_json(), ensure_ascii=False, indent=2)


def as_jsonl(answer: Answer) -> Iterator[str]:
    """Yield a line with everything but the rows, then one line for each row."""
    yield json.dumps({"answer": answer.metadata()}, ensure_ascii=False)
    for row in answer.rows:
        yield json.dumps(row, ensure_ascii=False)


def as_csv(answer: Answer) -> Iterator[str]:
    """Yield pure rows, with a header line; no cell can run as a formula."""
    return delimited(answer.columns, answer.rows, ",")


def as_tsv(answer: Answer) -> Iterator[str]:
    """Yield the same between tabs, with the quotes of a CSV: spreadsheets take them off here, too."""
    return delimited(answer.columns, answer.rows, "\t")


def delimited(columns: Iterable[str], rows: Iterable[Mapping[str, object]], delimiter: str) -> Iterator[str]:
    """Yield the lines of a CSV or TSV as the rows come, the header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="")
    for cells in chain([columns], (row.values() for row in rows)):
        writer.writerow([for_spreadsheet(cell(value)) for value in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def remarks(answer: Answer) -> Iterator[str]:
    """Yield everything but the rows as `#` lines, for a CSV or TSV that must carry it."""
    for name, value in answer.metadata().items():
        yield f"# {name}: {json.dumps(value, ensure_ascii=False)}"


def as_markdown(answer: Answer) -> Iterator[str]:
    """Yield a Markdown table between head and foot."""
    yield f"## {_markdown(answer.question)}"
    yield ""
    for line in _head(answer, 10_000):
        yield f"- {_markdown(line)}"
    yield ""
    yield "| " + " | ".join(answer.columns) + " |"
    yield "|" + "---|" * len(answer.columns)
    for row in answer.rows:
        yield "| " + " | ".join(_markdown(cell(value)) for value in row.values()) + " |"
    yield ""
    for line in foot(answer, 10_000):
        yield f"- {_markdown(line)}"


def as_html(answer: Answer) -> Iterator[str]:
    """Yield one page that needs nothing else: no script, no font, no picture from anywhere."""
    from sousveil.cli.page import page

    yield page(answer)


FORMATS: dict[str, Callable[[Answer], Iterator[str]]] = {
    "table": lambda answer: table(answer, width()),
    "json": as_json,
    "jsonl": as_jsonl,
    "csv": as_csv,
    "tsv": as_tsv,
    "md": as_markdown,
    "html": as_html,
}


def paragraph(text: str, width: int) -> list[str]:
    """Break text into lines; the later ones are set in."""
    return textwrap.wrap(text, width, subsequent_indent="  ")


def width() -> int:
    """Return the width of the terminal, within what can be read."""
    return max(40, min(shutil.get_terminal_size((110, 24)).columns, 160))


def write(answer: Answer, output: Output) -> None:
    """Print an answer, or write it to a file whole or not at all; FILE.meta.json goes beside CSV and TSV."""
    lines = FORMATS[output.form](answer)
    if output.form in DELIMITED and output.remarks:
        lines = iter([*remarks(answer), *lines])
    if output.path is None:
        _print(list(lines), pager=output.pager and output.form == "table")
        return
    with drafted(output.path) as file:
        file.writelines(f"{line}\n" for line in lines)
        if output.form in DELIMITED:
            with drafted(beside(output.path)) as meta:
                meta.write(json.dumps(answer.metadata(), ensure_ascii=False, indent=2) + "\n")


def _print(lines: list[str], *, pager: bool) -> None:
    """Print lines; more than a screen of them through the pager, where a person reads: as git does."""
    long = len(lines) > shutil.get_terminal_size().lines
    if pager and long and sys.stdout.isatty() and os.environ.get("PAGER", "less") not in {"", "cat"}:
        click.echo_via_pager(f"{line}\n" for line in lines)
        return
    for line in lines:
        click.echo(line)


def cell(value: object) -> str:
    """Write a value on one line: nothing for null, parts of a list after each other."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(cell(item) for item in value)
    if isinstance(value, Mapping):
        return _evidence(value) if "url" in value and "id" in value else json.dumps(value, ensure_ascii=False)
    return one_line(str(value))


def _evidence(value: Mapping[str, object]) -> str:
    """Write a piece of evidence: where it can be read, when it was published, the first digits of its id."""
    told = ", ".join(str(part) for part in (value.get("date"), str(value["id"])[:12]) if part)
    return f"{cell(value.get('source'))} {cell(value.get('url'))} ({told})"


def _markdown(text: str) -> str:
    for mark in ("\\", "|", "<", ">", "[", "]", "`", "*", "_"):
        text = text.replace(mark, f"\\{mark}")
    return text
