"""What registries have said in a run, so that nobody is asked twice."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from ipaddress import ip_address
from operator import itemgetter

BROADEST = {4: 1 << 24, 6: 1 << 108}  # addresses; a whole /8 or /20 is a registry's, nobody's allocation


@dataclass(slots=True)
class Known:
    """Ranges of addresses by kind, and the RDAP service of each top-level domain.

    `services` is None before IANA was asked, and the reason as text where it gave none. A lock of `lock` lets
    one thread at a time ask what many want to know: the others then find the answer.
    """

    services: dict[str, str] | str | None = None
    _ranges: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def lock(self, what: str) -> threading.Lock:
        """Return the lock for asking this."""
        return self._locks.setdefault(what, threading.Lock())

    def covers(self, kind: str, address: str) -> bool:
        """Say whether the address lies in a range of this kind that is known."""
        one = ip_address(address)
        ranges = self._ranges.get((kind, one.version), [])
        at = bisect_right(ranges, int(one), key=itemgetter(0))
        return at > 0 and int(one) <= ranges[at - 1][1]

    def keep(self, kind: str, first: str, last: str, around: str) -> None:
        """Remember a range around an address; those that overlap become one, so that one look finds it.

        A range that is too broad is a registry's way to say that it does not know, and is not kept.
        """
        start, end, inside = (ip_address(text) for text in (first, last, around))
        low, high = int(start), int(end)
        if not start.version == end.version == inside.version or not low <= int(inside) <= high:
            return
        if high - low + 1 >= BROADEST[start.version]:
            return
        others = []
        for other in self._ranges.get((kind, start.version), []):
            if other[1] < low or other[0] > high:
                others.append(other)
            else:
                low, high = min(low, other[0]), max(high, other[1])
        self._ranges[kind, start.version] = sorted([*others, (low, high)])
