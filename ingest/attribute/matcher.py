"""The rules of the catalogue, compiled once: which of them fit a value, and which is the most specific.

`fitting` equals the plain reading of `sousveil.catalogue.rules.fits`; a test holds them against each other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from sousveil.catalogue.rules import NAMES, NETWORKS, Rule


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits by one of its values; a greater `width` is more specific, within one kind.

    `width` compares names by labels and letters, networks by prefix length, texts by letters.
    """

    rule: Rule
    value: str
    width: tuple[int, int]


@dataclass(slots=True)
class _Node:
    """The rest of a name, read from its end."""

    exact: dict[str, _Node] = field(default_factory=dict)
    globs: dict[str, tuple[re.Pattern[str], _Node]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)


class Names:
    """Suffixes of one kind in a trie over labels, with globs within a label."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, hit: Hit) -> None:
        """Take in one value."""
        node = self._root
        for label in reversed(hit.value.split(".")):
            node = _below(node, label)
        node.hits.append(hit)

    def fitting(self, text: str) -> Iterator[Hit]:
        """Yield what fits this name."""
        labels = text.rstrip(".").lower().split(".")
        return self._walk(self._root, labels, len(labels))

    def _walk(self, node: _Node, labels: list[str], left: int) -> Iterator[Hit]:
        yield from node.hits
        if not left:
            return
        label = labels[left - 1]
        if label in node.exact:
            yield from self._walk(node.exact[label], labels, left - 1)
        for pattern, below in node.globs.values():
            if pattern.fullmatch(label):
                yield from self._walk(below, labels, left - 1)


class Networks:
    """Networks flattened to segments: `_starts` are sorted, `_hits` all that hold from there on."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._tables: dict[int, tuple[list[int], list[tuple[Hit, ...]]]] = {}
        versions: dict[int, list[tuple[int, int, Hit]]] = defaultdict(list)
        for hit in hits:
            network = ip_network(hit.value)
            first = int(network.network_address)
            versions[network.version].append((first, first + network.num_addresses, hit))
        for version, spans in versions.items():
            self._tables[version] = _flattened(spans)

    def fitting(self, text: str) -> Iterator[Hit]:
        """Yield what fits this address; nothing fits a text that is none."""
        try:
            address = ip_address(text)
        except ValueError:
            return
        starts, hits = self._tables.get(address.version, ([], []))
        place = bisect_right(starts, int(address)) - 1
        if place >= 0:
            yield from hits[place]


class Texts:
    """Texts of one kind: equal but for case, or beginning so."""

    def __init__(self) -> None:
        self._whole: dict[str, list[Hit]] = defaultdict(list)
        self._begins: dict[int, dict[str, list[Hit]]] = defaultdict(lambda: defaultdict(list))
        self._headers: dict[str, list[Hit]] = defaultdict(list)

    def add(self, hit: Hit) -> None:
        """Take in one value."""
        folded = hit.value.casefold()
        if hit.value.endswith("*"):
            begin = hit.value[:-1].casefold()
            self._begins[len(begin)][begin].append(hit)
        elif hit.rule.kind == "header" and ":" not in hit.value:
            self._headers[folded].append(hit)
        else:
            self._whole[folded].append(hit)

    def fitting(self, text: str) -> Iterator[Hit]:
        """Yield what fits this text."""
        folded = text.casefold()
        yield from self._whole.get(folded, ())
        if self._headers:
            yield from self._headers.get(text.partition(":")[0].casefold(), ())
        for length, begins in self._begins.items():
            yield from begins.get(folded[:length], ())


class Matcher:
    """All rules by kind; `origins` are the rules by id, for those who cite them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        self._kinds: dict[str, Names | Networks | Texts] = {}
        hits: dict[str, list[Hit]] = defaultdict(list)
        for rule in self.rules.values():
            hits[rule.kind].extend(Hit(rule, value, _width(rule.kind, value)) for value in rule.values)
        for kind, found in hits.items():
            self._kinds[kind] = _compiled(kind, found)

    def fitting(self, kind: str, text: str) -> list[Hit]:
        """Return every rule's value that fits, in no order."""
        table = self._kinds.get(kind)
        return [] if table is None else list(table.fitting(text))

    def best(self, kind: str, text: str) -> list[Hit]:
        """Return the most specific of what fits; several where rules share that value."""
        found = self.fitting(kind, text)
        if len(found) < 2:  # noqa: PLR2004 - nothing to compare
            return found
        widest = max(hit.width for hit in found)
        return [hit for hit in found if hit.width == widest]


def _below(node: _Node, label: str) -> _Node:
    if "*" not in label:
        return node.exact.setdefault(label, _Node())
    pattern = re.compile(".*".join(map(re.escape, label.split("*"))))
    return node.globs.setdefault(label, (pattern, _Node()))[1]


def _width(kind: str, value: str) -> tuple[int, int]:
    if kind in NAMES:
        return value.count(".") + 1, len(value.replace("*", ""))
    if kind in NETWORKS:
        return ip_network(value).prefixlen, 0
    return len(value.rstrip("*")), not value.endswith("*")


def _compiled(kind: str, hits: list[Hit]) -> Names | Networks | Texts:
    if kind in NETWORKS:
        return Networks(hits)
    table = Names() if kind in NAMES else Texts()
    for hit in hits:
        table.add(hit)
    return table


def _flattened(spans: list[tuple[int, int, Hit]]) -> tuple[list[int], list[tuple[Hit, ...]]]:
    """Cut the line of addresses wherever a network begins or ends; each piece knows all that cover it."""
    begins: dict[int, list[Hit]] = defaultdict(list)
    ends: dict[int, list[Hit]] = defaultdict(list)
    for first, after, hit in spans:
        begins[first].append(hit)
        ends[after].append(hit)
    starts = sorted({*begins, *ends})
    pieces: list[tuple[Hit, ...]] = []
    open_now: list[Hit] = []
    for start in starts:
        for hit in ends.get(start, ()):
            open_now.remove(hit)
        open_now.extend(begins.get(start, ()))
        pieces.append(tuple(open_now))
    return starts, pieces
