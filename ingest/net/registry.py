"""Questions to registries, by RDAP (RFC 7480): a few a minute each, over certificates that hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from sousveil.ingest.net.door import Net, Visit
from sousveil.ingest.net.http import Reply, Site, normal, unasked
from sousveil.ingest.net.policy import Policy
from sousveil.ingest.net.wire import Ended

ACCEPT = "application/rdap+json, application/json;q=0.9"
HOPS = 5  # a registry that does not hold an address leads to the one that does
BUSY = 429
PAUSE = 60.0  # seconds, where a registry does not say how long


def ask(net: Net, visit: Visit, url: str) -> Iterator[Reply]:
    """Put a question to a registry and follow where it leads; the last answer is the one that counts."""
    for _ in range(HOPS + 1):
        reply = _patiently(net, visit, _instead(net.policy, url))
        yield reply
        if reply.location is None:
            return
        url = urljoin(reply.url, reply.location)


def _instead(policy: Policy, url: str) -> str:
    for prefix, other in policy.rdap:
        if url.startswith(prefix):
            return other + url.removeprefix(prefix)
    return url


def _patiently(net: Net, visit: Visit, url: str) -> Reply:
    """Ask once, and once more after a pause where the registry is busy; it says how long."""
    reply = _once(net, visit, url)
    if reply.status == BUSY:
        net.registries.pause(_host(url), min(_wait(reply), net.policy.limits.longest_pause))
        reply = _once(net, visit, url)
    return reply


def _once(net: Net, visit: Visit, url: str) -> Reply:
    try:
        url = normal(url)
    except Ended as ended:
        return unasked(url, ended)
    addresses = net.addresses(_host(url))
    if not addresses:
        return unasked(url, Ended("not-attempted", f"no address for {_host(url)}"))
    net.pace(net.registries, _host(url))
    with Site(net, visit, url, addresses[0], strict=True) as site:
        failed = site.open()
        if failed is not None:
            return unasked(url, failed)
        return site.get(url, net.policy.limits.registry, accept=ACCEPT)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _wait(reply: Reply) -> float:
    """Read Retry-After: seconds, or a date."""
    text = reply.header("retry-after") or ""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return PAUSE


def parsed(reply: Reply) -> dict[str, Any] | None:
    """Return the JSON object of an answer, or None where it is none."""
    if reply.outcome != "ok":
        return None
    try:
        data = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
