"""Names of hosts: whole labels, lower case, A-labels; what is none is None."""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")


@lru_cache(maxsize=4096)
def host_of(text: str) -> str | None:
    """Return a host's name as A-labels, or its address, without a port; None for what cannot be a host."""
    name = text.strip().rstrip(".")
    if name.startswith("["):
        return _address(name[1:].partition("]")[0])
    head, colon, port = name.partition(":")
    if colon and port.isascii() and (port.isdigit() or not port):
        name = head.rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    name = name.lower()
    return name if HOST.fullmatch(name) else _address(name)


def domain_of(text: str) -> str | None:
    """Return a name of at least two labels, as A-labels; None for an address and for what is no name."""
    name = host_of(text)
    return name if name is not None and "." in name and _address(name) is None else None


def same_site(one: str, other: str) -> bool:
    """Say whether two hosts lie under one registrable domain; a public suffix is a site of its own."""
    return _site(one) == _site(other)


@lru_cache(maxsize=4096)
def _site(host: str) -> str:
    if _address(host) is not None:
        return host
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return None
