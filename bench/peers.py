"""Other ways to an answer, asked about the same rows: mxsniff, and plain substrings of our own suffixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace

from truth import Row

from sousveil.catalogue import Catalogue

Answer = tuple[str, set[str]]  # finding, and the providers named
# What mxsniff calls the five, in our words; any other name of its list is somebody else.
MXSNIFF = {
    "google-apps": "google-workspace",
    "google-gmail": "google-workspace",
    "outlook-bizmail": "microsoft-365",
    "outlook-hotmail": "microsoft-365",
    "amazon-aws": "amazon-ses",
    "amazon-aws-ec2": "amazon-web-services",
    "yandex": "yandex",
    "yandex-hosted": "yandex",
    "zoho": "zoho",
}
FINDINGS = {"self": "self", "unknown": "unknown", "nomx": "none"}


def mxsniff() -> Callable[[Row], Answer] | None:
    """Return mxsniff as a function of a row; None where it is not installed (`pip install --group bench`)."""
    try:
        import mxsniff as peer
    except ImportError:
        return None

    def asked(row: Row) -> Answer:
        hosts = [host for host in row.told.get("mx") or [] if host]
        peer.dns.resolver.Resolver = lambda: SimpleNamespace(query=lambda *_: _answers(hosts))
        matches = peer.mxsniff(row.target, use_static_domains=False)["match"]
        named = {MXSNIFF.get(match, match) for match in matches if match not in FINDINGS}
        return ("named", named) if named else (FINDINGS[matches[0]], set())

    return asked


def _answers(hosts: Iterable[str]) -> list[SimpleNamespace]:
    """Answer as its resolver would: the network is what a test may replace."""
    return [_record(host) for host in hosts]


def _record(host: str) -> SimpleNamespace:
    return SimpleNamespace(preference=0, exchange=SimpleNamespace(to_text=lambda **_: host))


def substring(catalogue: Catalogue, kind: str) -> Callable[[Row], Answer]:
    """Return the plain matcher that our sources warn of: any of our values, anywhere in the name."""
    values = {
        tuple(value.split("*")): rule.provider
        for entry in catalogue.providers.values()
        for rule in entry.rules
        if rule.kind == kind and rule.role in {"mailbox", "authoritative"}
        for value in rule.values
    }

    def asked(row: Row) -> Answer:
        names = [one.value for one in row.observations if one.kind == kind and one.value != "."]
        if not names:
            return "none", set()
        fits = {
            p for parts, p in values.items() if any(all(part in name for part in parts) for name in names)
        }
        if fits:
            return "named", fits
        return ("self", set()) if any(row.target in name for name in names) else ("unknown", set())

    return asked
