"""Whose machine a host is: its addresses, who announces and holds them, and what they call themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sousveil.ingest.attribute.seen import Seen, plain
from sousveil.ingest.attribute.signals import Signal

HOSTING = "web-hosting"


def known(seen: Seen, host: str) -> bool:
    """Say whether anything is known of the machine: an address, or its network."""
    return bool(seen.of("address", host) or seen.of("asn", host))


def machines(seen: Seen, host: str, service: str) -> list[Signal]:
    """Return what the machines of a host say for one service."""
    found = seen.signals("asn", host, service)  # other people's data may give a network and no address
    for one in seen.of("address", host):
        found += _of_address(seen, host, one.value, service)
    return list(dict.fromkeys(found))


def _of_address(seen: Seen, host: str, address: str, service: str) -> Iterator[Signal]:
    """Yield the ranges that an address lies in, and whatever a more specific range does not overrule."""
    ranges = [signal for signal in seen.signals("address", host) if signal.text == address]
    holders = {signal.provider for signal in ranges if service in (signal.service, HOSTING)}
    yield from (signal for signal in ranges if signal.service == service)
    for kind in ("asn", "network"):
        for signal in seen.signals(kind, plain(address), service):
            if not holders or signal.provider in holders:
                yield signal
    yield from seen.signals("ptr", plain(address), service)


def hosters(seen: Seen, host: str, service: str) -> list[Signal]:
    """Return who hosts the machine, as signals of another service; carriers where nobody else is known."""
    found = machines(seen, host, HOSTING)
    hosting = [signal for signal in found if signal.role != "network"]
    return [replace(signal, service=service) for signal in hosting or found]
