"""Addresses in pages: where they lead, as browsers read them (the URL standard); http and https alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from sousveil.ingest.observe.names import host_of

SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
DROPPED = dict.fromkeys([9, 10, 13])
AROUND = "".join(map(chr, range(33)))
PATH = 500  # characters that are kept of a path


@dataclass(frozen=True, slots=True)
class Link:
    """Where an address leads; `path` begins with / and has no query, `query` is what follows it."""

    scheme: str
    host: str
    path: str
    query: str = ""


class LinkError(ValueError):
    """An address names no host that there can be."""


def parse(text: str) -> Link:
    """Read an absolute http or https address."""
    link = resolve(Link("https", "invalid", "/"), text) if SCHEME.match(text.strip(AROUND)) else None
    if link is None:
        raise LinkError(text)
    return link


def resolve(base: Link, text: str) -> Link | None:
    """Return where an address in a page leads; None where no host is asked (data:, javascript:, anchors)."""
    address = text.strip(AROUND).translate(DROPPED).partition("#")[0]
    address, mark, query = address.partition("?")
    address = address.replace("\\", "/")
    if not address and not mark:
        return None
    scheme = base.scheme
    if found := SCHEME.match(address):
        scheme, address = found[1].lower(), address[found.end() :]
        if scheme not in ("http", "https"):
            return None
        if scheme != base.scheme or address.startswith("//"):
            address = f"//{address.lstrip('/')}"
    if address.startswith("//"):
        authority, _, path = address.lstrip("/").partition("/")
        return Link(scheme, _host(authority), _path(f"/{path}"), query)
    if not address.startswith("/"):
        address = f"{base.path.rpartition('/')[0]}/{address}" if address else base.path
    return Link(base.scheme, base.host, _path(address), query)


def _host(authority: str) -> str:
    host = host_of(unquote(authority.rpartition("@")[2]))
    if host is None:
        raise LinkError(authority)
    return host


def _path(text: str) -> str:
    """Return a path without its `.` and `..`, cut at PATH characters."""
    kept: list[str] = []
    for part in text[: 4 * PATH].split("/")[1:]:
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
    return f"/{'/'.join(kept)}"[:PATH]
