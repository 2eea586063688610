"""What somebody said about claims, and what came of it: the door for disputes, replies, corrections, reviews.

A JSON file, one object: {"statements": [{"kind", "by", "date", "text", "url", "outcome", "concerns"}, …]}.
`concerns` lists what each is about: {"label": "Company", "key": "hikvision", "claim": "…64 hex digits…"},
without `claim` where the whole node is meant. A review is about a Statement and has an `outcome`; nothing
else has one. `sousveil statement add` and `statement review` write such files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sousveil.catalogue import Catalogue
from sousveil.ingest.records import Concern, Extract, Label, Ref, Statement, digest
from sousveil.ingest.sources import Source
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.schema import vocabulary

NAME = "user:statements"
REVIEW = "review"
RETRACTION = "retraction"  # who said it takes it back: no review has to uphold that
CONTESTS = ("dispute", "correction", RETRACTION)  # if upheld, the claims fall
ABOUT: tuple[Label, ...] = ("Domain", "Company", "Provider")
CLAIM = re.compile(r"[0-9a-f]{64}")
Table = Mapping[str, object]


def read(document: Document, catalogue: Catalogue) -> Extract:
    """Read the file; its version is the newest day of a statement."""
    del catalogue
    top = _table(document.json(), f"{document.name}: the file", ("statements",))
    found = [
        _Item(f"{document.name}, statement {number}", item).statement()
        for number, item in enumerate(_list(top.get("statements")), 1)
    ]
    if not found:
        raise SourceError(f"{document.name}, line 1: no statements")
    dated = max(statement.date for statement in found)
    return Extract(source=NAME, dated=dated, facts=[*found], rows=len(found))


SOURCE = Source(
    name="statements",
    title="Statements about claims: disputes, replies, corrections, retractions, reviews (JSON)",
    publisher="the user",
    licence="the user's own",
    url=None,
    rows=(1, 1_000_000),
    read=read,
)


@dataclass(frozen=True, slots=True)
class _Item:
    """One object of the file, and the words in which an error names it."""

    where: str
    table: object

    def statement(self) -> Statement:
        keys = ("kind", "by", "date", "text", "url", "outcome", "concerns")
        table = _table(self.table, self.where, keys)
        kind = self._word(table, "kind", "statement_kind")
        day = self._day(table)
        concerns = tuple(sorted(set(self._concerns(table, kind))))
        outcome = self._outcome(table, kind)
        by, text = self._text(table, "by"), self._text(table, "text")
        url = self._text(table, "url") if table.get("url") is not None else None
        about = (part for item in concerns for part in (item.node.label, item.node.key, item.claim))
        return Statement(
            id=digest("statement", NAME, kind, by, day.isoformat(), url, text, outcome, *about),
            kind=kind,
            by=by,
            date=day,
            text=text,
            url=url,
            outcome=outcome,
            decided=None if outcome == "open" else day,
            source=NAME,
            concerns=concerns,
        )

    def _outcome(self, table: Table, kind: str) -> str:
        if kind == REVIEW:
            return self._word(table, "outcome", "outcome")
        if table.get("outcome") is not None:
            raise self._error("only a review has an outcome; add one that is about this statement")
        return "upheld" if kind == RETRACTION else "open"

    def _concerns(self, table: Table, kind: str) -> Iterator[Concern]:
        labels: tuple[Label, ...] = ("Statement",) if kind == REVIEW else ABOUT
        items = _list(table.get("concerns"))
        if not items:
            raise self._error("concerns is empty; say which claims or nodes it is about")
        for item in items:
            about = _table(item, f"{self.where}, concerns", ("label", "key", "claim"))
            label = next((one for one in labels if one == about.get("label")), None)
            if label is None:
                raise self._error(f"label {about.get('label')!r}: a {kind} is about {' or '.join(labels)}")
            claim = about.get("claim")
            if claim is not None and (kind == REVIEW or not CLAIM.fullmatch(str(claim))):
                raise self._error(
                    f"claim {claim!r} is no claim: 64 hexadecimal digits, as an export has them"
                )
            retracts = claim is not None and kind in CONTESTS
            yield Concern(
                Ref(label, self._text(about, "key")), None if claim is None else str(claim), retracts
            )

    def _text(self, table: Table, name: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"{name} is missing")
        return value.strip()

    def _word(self, table: Table, name: str, words: str) -> str:
        value = self._text(table, name)
        if value not in vocabulary(words):
            raise self._error(f"{name} {value!r}: one of {', '.join(vocabulary(words))}")
        return value

    def _day(self, table: Table) -> date:
        value = self._text(table, "date")
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise self._error(f"date {value!r}: write a day as 2020-01-31") from error

    def _error(self, message: str) -> SourceError:
        return SourceError(f"{self.where}: {message}")


def _table(value: object, where: str, keys: tuple[str, ...]) -> Table:
    if not isinstance(value, dict):
        raise SourceError(f"{where}: not an object {{ … }}")
    strange = [key for key in value if key not in keys]
    if strange:
        raise SourceError(f"{where}: nobody reads {', '.join(map(repr, strange))}; known: {', '.join(keys)}")
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
