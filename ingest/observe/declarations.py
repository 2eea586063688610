"""What a site declares of itself below /.well-known/: security.txt, carbon.txt, hosting-provider.

security.txt is RFC 9116.
carbon.txt is TOML, `[upstream] services = [{domain, service_type}]` since its syntax
0.2, before that `providers` (The Green Web Foundation, draft-cowlishaw-carbontxt-00). hosting-provider
(Automattic, in IANA's registry of well-known URIs) is plain text: an address, a domain or a name; some
sites write several, one a line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator

from sousveil.ingest.observe import links
from sousveil.ingest.observe.links import LinkError
from sousveil.ingest.observe.names import domain_of
from sousveil.ingest.observe.reading import deeper

LARGEST = 64 << 10  # characters
DEEPEST = 20
FIELD = re.compile(
    r"(?:Acknowledgments|Canonical|Contact|Encryption|Hiring|Policy)[ \t]*:[ \t]*(\S+)", re.IGNORECASE
)


def security(text: str) -> Iterator[str]:
    """Yield the hosts that the fields of a security.txt lead to; of mail addresses the domain alone."""
    for line in text.splitlines():
        found = FIELD.match(line)
        if found and (host := _host(found[1])):
            yield host


def carbon(text: str) -> Iterator[str]:
    """Yield the domains of the upstream services that a carbon.txt names."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    upstream = data.get("upstream")
    if not isinstance(upstream, dict) or deeper(data, DEEPEST):
        return
    for name in ("services", "providers"):
        entries = upstream.get(name)
        for entry in entries if isinstance(entries, list) else ():
            domain = entry.get("domain") if isinstance(entry, dict) else None
            if isinstance(domain, str) and (host := _host(domain)):
                yield host


def hosting(text: str) -> Iterator[str]:
    """Yield whom a hosting-provider file names: the host of an address, else the text of the line."""
    for line in text.splitlines()[:10]:
        name = " ".join(line.split())
        if name and not name.startswith("#") and "@" not in name:
            yield _host(name) or name[:200]


def _host(text: str) -> str | None:
    address = text.removeprefix("mailto:")
    if "@" in address and "/" not in address:
        return domain_of(address.rpartition("@")[2].partition("?")[0])
    try:
        return links.parse(address).host if "//" in address else domain_of(address)
    except LinkError:
        return None


DECLARATIONS: dict[str, Callable[[str], Iterator[str]]] = {
    "security.txt": security,
    "carbon.txt": carbon,
    "hosting-provider": hosting,
}
