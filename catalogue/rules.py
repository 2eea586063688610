"""What a rule is, and when it fits: the plain reading against which the compiled matcher is tested."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sousveil.catalogue.entries import Source

# Kinds whose values are names: a rule's value fits itself and what ends with it, on whole labels.
NAMES = {"autodiscover", "banner", "caa", "cname", "dkim", "dmarc", "issuer-host", "mta-sts"}
NAMES |= {"mx", "ns", "ptr", "san", "soa", "spf"}
# Kinds whose values are texts: equal but for case, or what begins so where the value ends with `*`.
TEXTS = {"asn", "certificate", "cookie", "declared", "generator", "header", "issuer", "network", "path"}
TEXTS |= {"registrar", "tenant", "verification"}
NETWORKS = {"address"}  # a rule's value is a network in CIDR notation
KINDS = NAMES | TEXTS | NETWORKS
LABEL = re.compile(r"[a-z0-9_*]([a-z0-9_*-]*[a-z0-9_*])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One provider in one role, by observations of one kind that carry one of `values`.

    `matches` are values that must fit, `rejects` look-alikes that must not; `sources` say where it stands.
    """

    provider: str
    service: str
    role: str
    kind: str
    values: tuple[str, ...]
    matches: tuple[str, ...]
    rejects: tuple[str, ...]
    sources: tuple[Source, ...]
    note: str | None

    @property
    def id(self) -> str:
        """Return the name that answers cite: provider, service, role and kind."""
        return f"{self.provider}/{self.service}/{self.role}/{self.kind}"

    def fits(self, text: str) -> bool:
        """Say whether an observation of this kind with this text carries one of the values."""
        return any(fits(self.kind, value, text) for value in self.values)


def fits(kind: str, value: str, text: str) -> bool:
    """Say whether a rule's value fits what was observed.

    The text of a header is `name: value`, that of a certificate its organisation, that of a registrar
    `iana:NUMBER` or its name; all others are the observation's value.
    """
    if kind in NAMES:
        return _name_fits(value.split("."), text.rstrip(".").lower().split("."))
    if kind in NETWORKS:
        return _within(value, text)
    if value.endswith("*"):
        return text.casefold().startswith(value[:-1].casefold())
    if kind == "header" and ":" not in value:
        return text.partition(":")[0].casefold() == value.casefold()
    return text.casefold() == value.casefold()


def mistake(kind: str, value: str) -> str | None:
    """Say what is wrong with a rule's value; None if nothing is."""
    if kind in NAMES:
        labels = value.split(".")
        if len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - a suffix
            return "must be a lower-case name of at least two labels, with * only within a label"
        if any("*" in label for label in labels[-1:]):
            return "must end with a label without *"
    elif kind in NETWORKS:
        try:
            ip_network(value)
        except ValueError as error:
            return str(error)
    elif kind == "asn" and not value.isdecimal():
        return "must be a number"
    elif value.rstrip("*") == "":
        return "fits everything"
    return None


def _name_fits(rule: list[str], labels: list[str]) -> bool:
    if len(rule) > len(labels):
        return False
    return all(_label_fits(*pair) for pair in zip(reversed(rule), reversed(labels), strict=False))


def _label_fits(rule: str, label: str) -> bool:
    if "*" not in rule:
        return rule == label
    return re.fullmatch(".*".join(map(re.escape, rule.split("*"))), label) is not None


def _within(network: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False
