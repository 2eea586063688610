"""A citation in plain text, BibTeX or CSL-JSON: pure, so that the same day gives the same text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sousveil.cli.formats import cell, chosen
from sousveil.queries.answer import Answer

AUTHOR = "sousveil"
# What TeX or BibTeX would act on. A brace is written as a command, because BibTeX counts escaped ones, too.
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
} | {mark: f"\\{mark}" for mark in "$&#_%"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What is cited: `facts` go into every style, `details` are lines of the plain text alone."""

    key: str
    title: str
    facts: tuple[str, ...]
    details: tuple[str, ...]
    version: str
    issued: date
    accessed: date


def of_answer(answer: Answer, digests: Mapping[str, str], accessed: date) -> Citation:
    """Cite an answer; `digests` are those of its evidence, by id, where there is one."""
    cited = {str(item["id"]): item for row in answer.rows for item in pieces(row.values())}
    asked = ", ".join(f"{name} {cell(value)}" for name, value in chosen(answer).items()) or "everything"
    rows = json.dumps(answer.rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    ids = "\n".join(sorted(cited))
    counts = "".join(f", {count} {status}" for status, count in answer.statuses().items() if count)
    return Citation(
        key=f"{AUTHOR}-{answer.query}-{answer.dataset['version']}",
        title=answer.question,
        facts=(
            f"asked: {asked}",
            f"as of {answer.as_of}, as known on {answer.known_on}",
            f"rows: {len(answer.rows)}{counts}, sha256 of them as JSON {_sha256(rows)}",
            f"evidence: {len(cited)} pieces, sha256 of their sorted ids {_sha256(ids)}",
            *answer.caveats,
        ),
        details=(
            *(evidence(cited[identity], digests.get(identity)) for identity in sorted(cited)),
            *(_input(item) for item in _inputs(answer.dataset)),
        ),
        version=str(answer.dataset["version"]),
        issued=issued(answer.dataset, accessed),
        accessed=accessed,
    )


def pieces(values: object) -> Iterator[Mapping[str, object]]:
    """Yield every piece of evidence that stands in the values of a row, however deep."""
    if isinstance(values, Mapping):
        if {"id", "url"} <= values.keys():
            yield values
        return
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return
    for value in values:
        yield from pieces(value)


def evidence(item: Mapping[str, object], digest: str | None) -> str:
    """Write one piece of evidence with its hashes."""
    parts = [cell(item.get(name)) for name in ("source", "title", "url", "date", "locator")]
    hashes = [f"id {cell(item['id'])}", *([f"sha256 {digest}"] if digest else [])]
    return "evidence: " + ", ".join([*filter(None, parts), *hashes])


def issued(dataset: Mapping[str, object], accessed: date) -> date:
    """Return the day of the newest input: the data are of that day; of today where no input has a day."""
    days = (date.fromisoformat(str(item["dated"])) for item in _inputs(dataset) if item["dated"])
    return max(days, default=accessed)


def _inputs(dataset: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    inputs = dataset["inputs"]
    return inputs if isinstance(inputs, list) else []


def _input(item: Mapping[str, object]) -> str:
    return f"input: {cell(item['name'])}, of {item['dated']}, sha256 {item['sha256']}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(citation: Citation) -> str:
    """Write a citation for people, with everything that lets one find its evidence again."""
    head = f"{AUTHOR} ({citation.issued}). {cell(citation.title)}"
    tail = f"Dataset version {citation.version}. Retrieved {citation.accessed}."
    stop = "" if head.endswith((".", "?", "!")) else "."
    return "\n".join(
        [f"{head}{stop} {tail}", *(f"  {line}" for line in (*citation.facts, *citation.details))]
    )


def as_bibtex(citation: Citation) -> str:
    """Write a BibTeX entry; `urldate` and `version` are fields of biblatex that BibTeX passes over."""
    fields = {
        "author": f"{{{AUTHOR}}}",
        "title": f"{{{tex(citation.title)}}}",
        "year": str(citation.issued.year),
        "howpublished": tex(f"Dataset, version {citation.version}"),
        "version": tex(citation.version),
        "urldate": citation.accessed.isoformat(),
        "note": tex(_note(citation)),
    }
    lines = (f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{citation.key},\n{''.join(lines)}}}"


def tex(text: str) -> str:
    """Write text so that TeX sets it as it stands."""
    return "".join(TEX.get(letter, letter) for letter in cell(text))


def as_csl(citation: Citation) -> str:
    """Write a list of one CSL-JSON item (https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html)."""
    item = {
        "id": citation.key,
        "type": "dataset",
        "author": [{"literal": AUTHOR}],
        "title": cell(citation.title),
        "version": citation.version,
        "issued": {"date-parts": [_parts(citation.issued)]},
        "accessed": {"date-parts": [_parts(citation.accessed)]},
        "note": _note(citation),
    }
    return json.dumps([item], ensure_ascii=False, indent=2)


def _note(citation: Citation) -> str:
    return "; ".join(citation.facts)


def _parts(day: date) -> list[int]:
    return [day.year, day.month, day.day]


STYLES: dict[str, Callable[[Citation], str]] = {"text": as_text, "bibtex": as_bibtex, "csl-json": as_csl}
