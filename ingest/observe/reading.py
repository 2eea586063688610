"""One exchange as it is read: what its observations have in common, and what a person should know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC

from sousveil.ingest.records import Exchange, Observation
from sousveil.schema.text import UNSEEN

# What nobody would see, and halves of surrogate pairs, which no UTF-8 file can hold.
HIDDEN = {
    code: f"\\u{code:04x}"
    for code in [*UNSEEN, 0x061C, 0x200B, 0x2028, 0x2029, 0xFEFF, *range(0xD800, 0xE000)]
}
ANSWERED = {"ok", "nodata", "absent"}  # outcomes that unreadable bytes belie


class UnreadableError(Exception):
    """Bytes are not what they should be; the message is the reason that `looked` gives."""


@dataclass(slots=True)
class Reading:
    """An exchange, its evidence, and the remarks that gather while its bytes are read."""

    exchange: Exchange
    evidence: str
    vantage: str
    remarks: list[str] = field(default_factory=list)

    def saw(
        self, kind: str, scope: str, value: str, subject: str | None = None, **detail: str | None
    ) -> Observation:
        """Make an observation, about the exchange's subject if no other is given; empty details fall away."""
        seen = self.exchange.time.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return Observation(
            target=self.exchange.target,
            subject=legible(self.exchange.subject if subject is None else subject),
            kind=kind,
            scope=scope,
            value=legible(value),
            evidence=self.evidence,
            time=f"{seen.isoformat()}Z",
            vantage=self.vantage,
            detail=tuple(sorted((name, legible(text)) for name, text in detail.items() if text)),
        )

    def told(self, scope: str, facts: Iterable[Observation]) -> Iterator[Observation]:
        """Yield what came of the exchange, then its facts, each once.

        Of unreadable bytes it says why, and keeps the facts before them. Without an answer, or with one that
        was malformed already when it came, nothing is read.
        """
        outcome = self.exchange.outcome
        found: dict[Observation, None] = {}
        if self.exchange.answered and outcome != "formerr":
            try:
                for fact in facts:
                    found[fact] = None
            except UnreadableError as error:
                self.remarks.append(str(error))
                outcome = "formerr" if outcome in ANSWERED else outcome
        reasons = dict.fromkeys([*self.noted("error"), *self.remarks])
        question = self.exchange.question
        yield self.saw("looked", scope, outcome, question=question, reason="; ".join(reasons))
        yield from found

    def noted(self, name: str) -> tuple[str, ...]:
        """Return the values of a note of the collector."""
        return tuple(value for known, value in self.exchange.notes if known == name)


def legible(text: str) -> str:
    r"""Write hidden, direction-changing and unpaired characters as escapes, such as `\u202e`."""
    return text if text.isascii() and text.isprintable() else text.translate(HIDDEN)


def deeper(value: object, most: int) -> bool:
    """Say whether lists and tables nest deeper than `most`: where a parser gives up depends on the Python."""
    level = [value]
    for _ in range(most + 1):
        level = [item for outer in level for item in _items(outer)]
        if not level:
            return False
    return True


def _items(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
