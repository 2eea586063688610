"""What TXT records declare: SPF, DMARC, MTA-STS, verification tokens."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sousveil.ingest.observe.names import domain_of

SPF = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
DMARC = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)", re.IGNORECASE)
STS = re.compile(r"v=STSv1\s*(?:;|$)")
# RFC 7208, section 12: a directive, or a modifier. A macro such as %{ir} may stand anywhere in a domain.
DIRECTIVE = re.compile(
    r"(?P<qualifier>[-+?~]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<rest>[:/].*)?", re.IGNORECASE
)
MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
LENGTHS = re.compile(r"(?:/\d{1,3})?(?://\d{1,3})?\Z")
TOKEN = re.compile(r"(?P<name>_?[A-Za-z0-9][A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9._-]{1,80})?\s?[=:]\s?\S")
# Policies of other protocols, and parts of keys, look like tokens and are none.
NO_TOKENS = {"v", "k", "p", "t", "s", "h", "n", "o", "http", "https", "mailto"}


@dataclass(frozen=True, slots=True)
class Sender:
    """One term of an SPF record; `value` is a domain, macros as they stand, or a network."""

    value: str
    mechanism: str
    qualifier: str | None


class SpfError(ValueError):
    """A term that no mail server understands: the record as a whole is a permerror (RFC 7208, 4.6)."""


def is_spf(text: str) -> bool:
    """Say whether a text is an SPF record."""
    return SPF.match(text) is not None


def senders(record: str, domain: str, faults: list[str]) -> Iterator[Sender]:
    """Read the terms of an SPF record of `domain`; what is wrong with a term is appended to `faults`."""
    for term in record.split()[1:]:
        try:
            sender = _sender(term, domain)
        except SpfError as error:
            faults.append(f"permerror: {error} in the SPF record")
        else:
            if sender is not None:
                yield sender


def _sender(term: str, domain: str) -> Sender | None:
    if directive := DIRECTIVE.fullmatch(term):
        return _directive(directive, domain)
    modifier = MODIFIER.fullmatch(term)
    if modifier is None:
        raise SpfError(f"{term[:80]!r}")
    if modifier["name"].lower() != "redirect":
        return None  # exp, and modifiers that nobody knows, say nothing of senders
    return Sender(_spec(modifier["value"], term), "redirect", None)


def _directive(found: re.Match[str], domain: str) -> Sender | None:
    name, rest = found["name"].lower(), found["rest"] or ""
    if name in ("all", "ptr"):
        return None
    if name in ("ip4", "ip6"):
        value = _network(name, rest, found[0])
    elif name in ("a", "mx"):
        spec = LENGTHS.sub("", rest)
        value = _spec(spec[1:], found[0]) if spec else domain
    else:
        value = _spec(rest[1:] if rest.startswith(":") else "", found[0])
    return Sender(value, name, found["qualifier"] or "+")


def _network(name: str, rest: str, term: str) -> str:
    try:
        network = ipaddress.ip_network(rest[1:], strict=False)
    except ValueError:
        raise SpfError(f"{term[:80]!r}") from None
    if not rest.startswith(":") or network.version != int(name[2]):
        raise SpfError(f"{term[:80]!r}")
    return str(network)


def _spec(text: str, term: str) -> str:
    spec = text.rstrip(".").lower()
    if not spec or ("%" not in spec and domain_of(spec) is None):
        raise SpfError(f"{term[:80]!r}")
    return spec


def dmarc(text: str) -> tuple[tuple[str, ...], str | None] | None:
    """Read a DMARC record: the domains that get aggregate reports, and the policy; None for another text."""
    if not DMARC.match(text):
        return None
    tags = _tags(text)
    policy = tags.get("p", "").lower()
    domains = (_mail_domain(address) for address in tags.get("rua", "").split(","))
    known = policy if policy in ("none", "quarantine", "reject") else None
    return tuple(domain for domain in domains if domain), known


def _mail_domain(address: str) -> str | None:
    scheme, _, mailbox = address.strip().partition(":")
    if scheme.lower() != "mailto" or "@" not in mailbox:
        return None
    return domain_of(mailbox.rpartition("@")[2].partition("!")[0].partition("?")[0])


def sts_id(text: str) -> str | None:
    """Return the id of an MTA-STS policy (RFC 8461, 3.1); None for another text."""
    return _tags(text).get("id") or None if STS.match(text) else None


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def token_name(text: str) -> str | None:
    """Return the name of a verification token, such as MS of `MS=ms123`; None for another text."""
    found = TOKEN.match(text.strip().strip('"'))
    if found is None or found["name"].lower() in NO_TOKENS:
        return None
    return found["name"]
