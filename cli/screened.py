"""From lines to rows: each line with every node that it may mean, and what is known of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from sousveil.cli.screening import Facts, Screening, is_standing, is_sure
from sousveil.ingest.match.screen import (
    CANDIDATE,
    EXACT,
    REVIEWED,
    Index,
    Match,
    hosts,
    of_domain,
    with_country,
)
from sousveil.ingest.match.vendors import Line

COLUMNS = {
    "line": "number of the line, or the place in a JSON file",
    "text": "what stands there",
    "match": "exact (id, identifier, domain, or the very name), reviewed (another name, by a reviewed line), "
    "candidate (a likeness, no hit), none, or unread",
    "reason": "why it matches",
    "against": "what speaks against it, and who else is called so",
    "label": "Company, Provider or Domain",
    "id": "its key in the graph, for `sousveil show`",
    "name": "its name in the graph",
    "listed": "the lists on which it stands on the day, or stood",
    "owned_by_listed": "owners that stand on a list: how they own it, the surest first",
    "serves_listed": "how many services to how many listed companies, and those seen last",
    "served_by": "how many services by how many providers, and those seen last",
    "note": "what to make of it",
}
NONE, UNREAD = "none", "unread"
MATCHES = (EXACT, REVIEWED, CANDIDATE, NONE, UNREAD)
# Counted of lines with an exact or reviewed match.
FINDINGS = ("listed", "owned_by_listed", "serves_listed", "served_by")
HITS = (EXACT, REVIEWED)
BATCH = 500  # lines
MOST = 20  # matches of one line; how many more there are is told
SILENT = "the graph knows of no list, no owner on a list and no service; that proves little"
LIKENESS = "a likeness, no hit: somebody must decide"
Row = dict[str, object]


class Screened:
    """The rows of a file as a stream; `counts` has lines by match and finding, whole after the last row."""

    def __init__(self, graph: Screening, index: Index, least: float, clean: str) -> None:
        self.counts: Counter[str] = Counter()
        self._graph = graph
        self._index = index
        self._least = least
        self._clean = clean

    def rows(self, lines: Iterable[Line]) -> Iterator[Row]:
        """Yield at least one row for every line, in the order of the lines."""
        waiting = iter(lines)
        while batch := list(islice(waiting, BATCH)):
            found = list(self._found(batch))
            facts = self._graph.facts((one.label, one.id) for _, matches in found for one in matches[:MOST])
            for line, matches in found:
                shown = [(one, facts[one.label, one.id]) for one in matches[:MOST]]
                self._count(line, shown)
                more = f"{len(matches) - MOST} more matches are not shown" if len(matches) > MOST else ""
                yield from (_row(line, one, known, more) for one, known in shown)
                if not shown:
                    yield self._unmatched(line)

    def _found(self, batch: list[Line]) -> Iterator[tuple[Line, list[Match]]]:
        named = [[] if line.problem else hosts(line.text) for line in batch]
        known = self._graph.domains(host for names in named for host in names)
        for line, names in zip(batch, named, strict=True):
            matches = [] if line.problem else self._index.matches(line.text, self._least)
            matches += [of_domain(line.text, host) for host in names if host in known]
            yield line, sorted(matches, key=lambda one: one.order)

    def _unmatched(self, line: Line) -> Row:
        row: Row = dict.fromkeys(COLUMNS) | {"line": line.place, "text": line.text}
        if line.problem:
            return row | {"match": UNREAD, "note": f"{line.problem}; not compared"}
        notes = [*self._index.rejected(line.text), line.remark, self._clean]
        return row | {"match": NONE, "note": _joined(notes)}

    def _count(self, line: Line, shown: list[tuple[Match, Facts]]) -> None:
        best = shown[0][0].match if shown else UNREAD if line.problem else NONE
        hits = [known for one, known in shown if one.match in HITS]
        self.counts.update(
            {
                "lines": 1,
                best: 1,
                "listed": any(is_standing(text) for known in hits for text in known.listed),
                "owned_by_listed": any(is_sure(text) for known in hits for text in known.owned),
                "serves_listed": any(known.serves for known in hits),
                "served_by": any(known.served for known in hits),
            }
        )


def _row(line: Line, one: Match, known: Facts, more: str) -> Row:
    one = with_country(one, line.country, known.countries)
    notes = [LIKENESS if one.match == CANDIDATE else "", SILENT if known.silent else "", more, line.remark]
    values = (
        line.place,
        line.text,
        one.match,
        one.reason,
        [*one.against],
        one.label,
        one.id,
        one.name,
        known.listed,
        known.owned,
        known.serves,
        known.served,
        _joined(notes),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _joined(notes: Iterable[str]) -> str:
    return "; ".join(note for note in notes if note)
