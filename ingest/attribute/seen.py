"""Observations by target: what was seen of one domain, and of the machines that it shares with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.signals import Signal
from sousveil.ingest.records import Observation

# What is looked up of a machine that many targets use: a mail host, a name server, an address.
SHARED = {"address", "asn", "network", "ptr", "cname", "looked", "banner", "certificate", "san", "issuer"}
SHARED |= {"issuer-host", "session", "soa"}
# What leads from a target to such a machine.
LEADS = {"mx", "ns", "cname", "address", "autodiscover"}
Key = tuple[str, str]  # kind and subject


def plain(name: str) -> str:
    """Write a name as names are compared: lower case, without the dot at its end."""
    return name.strip().rstrip(".").lower()


@lru_cache(maxsize=200_000)
def registrable(host: str) -> str:
    """Return the domain that somebody registered, by the public suffix list; the host itself if none."""
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@dataclass(slots=True)
class Seen:
    """What was seen for one target, last on `day`; `far` are machines that other targets may share."""

    target: str
    day: date
    knowledge: Knowledge
    own: dict[Key, list[Observation]] = field(default_factory=dict)
    far: dict[Key, list[Observation]] = field(default_factory=dict)
    _signals: dict[Key, list[Signal]] = field(default_factory=dict)

    def of(self, kind: str, subject: str) -> list[Observation]:
        """Return the observations of this kind about this host, address or domain."""
        key = kind, subject
        return self.own.get(key) or self.far.get(key) or []

    def signals(self, kind: str, subject: str, service: str | None = None) -> list[Signal]:
        """Return what the rules make of them; of one service, or of all."""
        key = kind, subject
        if key not in self._signals:
            self._signals[key] = [signal for one in self.of(*key) for signal in self.knowledge.signals(one)]
        return [signal for signal in self._signals[key] if service in (None, signal.service)]

    def outcome(self, subject: str, *questions: str) -> str | None:
        """Return what came of these questions about this subject; None if nobody asked."""
        found = [
            one.value
            for one in self.of("looked", subject)
            if dict(one.detail).get("question", "") in questions
        ]
        return found[-1] if found else None

    def evidence(self, kind: str, subject: str) -> tuple[str, ...]:
        """Return the ids of what shows these observations."""
        return tuple(dict.fromkeys(one.evidence for one in self.of(kind, subject)))

    def is_own(self, host: str) -> bool:
        """Say whether a host bears the target's own name: both lie under one registered domain."""
        return registrable(plain(host)) == registrable(self.target)


def grouped(observations: Iterable[Observation], knowledge: Knowledge) -> Iterator[Seen]:
    """Sort observations by target, in the order of first sight.

    A target that others lead to, and of which only what all machines have was seen, is no target of its own.
    """
    own: dict[str, dict[Key, list[Observation]]] = {}
    far: dict[Key, list[Observation]] = defaultdict(list)
    led: set[str] = set()
    for one in observations:
        target, subject = plain(one.target), plain(one.subject)
        own.setdefault(target, {}).setdefault((one.kind, subject), []).append(one)
        if one.kind in SHARED:
            far[one.kind, subject].append(one)
        if one.kind in LEADS and plain(one.value) != target:
            led.add(plain(one.value))
    for target, found in own.items():
        shared = target in led and all(kind in SHARED and about == target for kind, about in found)
        if not shared and not _is_address(target):
            yield Seen(target, _newest(found), knowledge, found, far)


def _newest(found: dict[Key, list[Observation]]) -> date:
    """Return the day, in UTC, of the newest of these observations; a time without a zone is UTC."""
    times = {one.time for seen in found.values() for one in seen}
    moments = (datetime.fromisoformat(time) for time in times)
    zoned = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in moments)
    return max(zoned).astimezone(UTC).date()


def _is_address(target: str) -> bool:
    return ":" in target or target.rpartition(".")[2].isdigit()
