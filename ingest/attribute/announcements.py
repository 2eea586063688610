"""Who announces an address, by a table that the user gives: for addresses of which no registry was asked.

The table has lines of prefix, number of the system, country and name, with tabs between; country and name may
be left away. Such lists are made of routing data (RIS, RouteViews) or by the registries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from sousveil.ingest.records import Observation
from sousveil.schema.errors import SousveilError

COLUMNS = ("prefix", "number", "country", "name")
KEPT = ("country", "name")


class TableError(SousveilError):
    """A line of the table is not what it should be; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Who announces a prefix; `detail` as an observation has it."""

    number: str
    detail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says; `digest` is the SHA-256 of its bytes, and the id of the evidence that it is.

    `_found` has the announcements by version and prefix length, then by the first address as a number.
    """

    name: str
    digest: str
    _found: dict[tuple[int, int], dict[int, Announcement]]

    @classmethod
    def parse(cls, data: bytes, name: str) -> Table:
        """Read the bytes of a file called `name`; `#` begins a remark. A bad line is a TableError."""
        found: dict[tuple[int, int], dict[int, Announcement]] = {}
        for number, text in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
            if text.strip() and not text.startswith("#"):
                try:
                    network, one = _announcement(text)
                except ValueError as error:
                    told = f"{name}, line {number}: {error}; write PREFIX, NUMBER, COUNTRY, NAME with tabs"
                    raise TableError(told) from error
                key = (network.version, network.prefixlen)
                found.setdefault(key, {})[int(network.network_address)] = one
        longest_first = dict(sorted(found.items(), reverse=True))
        return cls(name, hashlib.sha256(data).hexdigest(), longest_first)

    def of(self, address: str) -> Announcement | None:
        """Return the longest prefix with this address; None if there is none, or if it is no address."""
        try:
            asked = ip_address(address)
        except ValueError:
            return None
        for (version, length), announcements in self._found.items():
            left = asked.max_prefixlen - length
            if version == asked.version and (one := announcements.get(int(asked) >> left << left)):
                return one
        return None


def announced(observations: Iterable[Observation], table: Table) -> Iterator[Observation]:
    """Yield the observations, and then an `asn` for each address that has none and is in the table.

    It is as old as the newest look at the address: the table tells of the day on which the user took it.
    """
    newest: dict[str, Observation] = {}
    known = set()
    for one in observations:
        if one.kind == "asn":
            known.add(one.subject)
        if one.kind == "address" and one.time >= getattr(newest.get(one.value), "time", ""):
            newest[one.value] = one
        yield one
    for address, seen in newest.items():
        if address not in known and (found := table.of(address)):
            yield replace(
                seen, target=address, subject=address, kind="asn", scope="registry",
                value=found.number, detail=found.detail, evidence=table.digest,
            )  # fmt: skip


def _announcement(text: str) -> tuple[IPv4Network | IPv6Network, Announcement]:
    told = dict(zip(COLUMNS, text.split("\t"), strict=False))
    number = told.get("number", "").strip().upper().removeprefix("AS")
    network = ip_network(told["prefix"].strip())
    if not number.isdecimal():
        raise ValueError(f"{number!r} is no number of a system")
    kept = {name: told[name].strip() for name in KEPT if told.get(name, "").strip()}
    detail = tuple(sorted({**kept, "prefix": str(network)}.items()))
    return network, Announcement(number, detail)
