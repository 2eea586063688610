"""Labelled files as observations: what each row says was seen, and what its label says the answer is.

Nothing is added that a row does not hold. Where a row leaves something open, the adapter says so:

- mail: no file has preferences, so all mail hosts of a row count alike; networks are listed for the row, not
  for a host, so each host of the row gets all of them. Two DKIM selectors that lead to one name are a
  wildcard. A matching SMTP banner is named in `mail_secassure` without its text, so it is left out.
- name servers: the file has the registered domain of a server (`awsdns-47.co.uk`), not its name; the
  observation is that domain itself, which a rule for it or for what lies above it fits.
- certificates: the file has the issuer's organisation in small letters without spaces and marks
  (`digicertinc`), or the name of its OCSP host (`usertrust`); the observation is the value of the rule that
  is written so. This tests whether rules and labels agree on the owner, and how many sites they reach.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sousveil.ingest.attribute.seen import registrable
from sousveil.ingest.records import Observation

TIMES = {"mail": "2026-04-27T00:00:00Z", "webdep": "2023-04-30T00:00:00Z", "gsa": "2025-01-31T00:00:00Z"}
TOKENS = {
    "microsoft": "MS",
    "google": "google-site-verification",
    "apple": "apple-domain-verification",
    "facebook": "facebook-domain-verification",
    "atlassian": "atlassian-domain-verification",
    "docusign": "docusign",
}
MECHANISM = re.compile(r"([+~?-]?)(include|redirect|a|mx|ip4|ip6|exists)(?:[:=]|$)(.*)")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled row: whose it is, what was seen, the label, and what else the row says."""

    file: str
    number: int
    target: str
    observations: tuple[Observation, ...]
    label: str | None
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """The observations of one row while they are written down."""

    target: str
    time: str
    evidence: str
    found: list[Observation] = field(default_factory=list)

    def add(self, kind: str, value: str, *, subject: str = "", scope: str = "dns", **detail: str) -> None:
        """Write down one observation."""
        self.found.append(
            Observation(
                target=self.target,
                subject=subject or self.target,
                kind=kind,
                scope=scope,
                value=value,
                evidence=self.evidence,
                time=self.time,
                vantage="truth",
                detail=tuple(sorted(detail.items())),
            )
        )


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def cells(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a packed CSV without a header."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def mxmap(path: Path) -> Iterator[Row]:
    """Read mail_mxmap_world: `label` is None where nobody labelled the row."""
    for number, data in enumerate(lines(path), 1):
        sheet = Sheet(data["domain"], TIMES["mail"], f"{path.name}:{number}")
        _mx(sheet, data.get("mx") or [], data.get("mx_asns") or [])
        for host, alias in (data.get("mx_cnames") or {}).items():
            sheet.add("cname", alias, subject=host)
        _spf(sheet, data.get("spf") or "")
        for by, leads in (data.get("autodiscover") or {}).items():
            sheet.add("autodiscover", leads, by=by.rpartition("_")[2])
        _dkim(sheet, data.get("dkim") or {})
        for token in data.get("txt") or {}:
            sheet.add("verification", TOKENS.get(token, token))
        if data.get("tenant"):
            sheet.add("tenant", "microsoft")
        yield Row(path.name, number, data["domain"], tuple(sheet.found), data.get("label"), data)


def secassure(path: Path) -> Iterator[Row]:
    """Read mail_secassure: signals are sentences; those with a name or number become observations."""
    for number, data in enumerate(lines(path), 1):
        sheet = Sheet(data["domain"], TIMES["mail"], f"{path.name}:{number}")
        told: dict[str, list[str]] = defaultdict(list)
        for signal in data.get("classification_signals") or []:
            told[signal["kind"]].append(signal["detail"])
        asns = dict.fromkeys(detail.split()[1] for detail in told["asn"])
        _mx(sheet, data.get("mx") or [], list(asns))
        _spf(sheet, data.get("spf") or "")
        for detail in told["autodiscover"]:
            sheet.add("autodiscover", detail.rpartition(" ")[2], by="cname")
        selectors = {detail.split()[1]: detail.rpartition(" ")[2] for detail in told["dkim"]}
        _dkim(sheet, selectors)
        for detail in told["txt_verification"]:
            sheet.add("verification", "MS" if "ms365" in detail else TOKENS["google"])
        if told["tenant"]:
            sheet.add("tenant", "microsoft")
        yield Row(path.name, number, data["domain"], tuple(sheet.found), data["provider"], data)


def _mx(sheet: Sheet, hosts: list[str], asns: Iterable[object]) -> None:
    for host in hosts:
        sheet.add("mx", host or ".")
        for asn in asns if host else ():
            sheet.add("asn", str(asn), subject=host, scope="registry")
    if not hosts:
        sheet.add("looked", "nodata", question="MX")


def _spf(sheet: Sheet, text: str) -> None:
    for word in text.split()[1:]:
        if match := MECHANISM.fullmatch(word):
            qualifier, mechanism, value = match.groups()
            sheet.add("spf", value or sheet.target, mechanism=mechanism, qualifier=qualifier or "+")


def _dkim(sheet: Sheet, selectors: dict[str, str]) -> None:
    for selector, leads in selectors.items():
        sheet.add("dkim", leads, selector=selector)
    if len(selectors) > len(set(selectors.values())):
        sheet.add("wildcard", "CNAME", subject=f"_domainkey.{sheet.target}")


def nameservers(path: Path) -> Iterator[Row]:
    """Read nameservers_webdep: one row per site and domain of a name server; the label is its provider."""
    for number, (_, site, *_more, label, party, server) in enumerate(cells(path), 1):
        sheet = Sheet(site, TIMES["webdep"], f"{path.name}:{number}")
        sheet.add("ns", server)
        yield Row(path.name, number, site, tuple(sheet.found), label, {"party": party, "server": server})


def certificates(path: Path, organisations: dict[str, str], hosts: dict[str, str]) -> Iterator[Row]:
    """Read ca_webdep; its labels are those of issuers: a key of `organisations`, else of `hosts`.

    `organisations` maps to the organisation as certificates write it, `hosts` to where the issuer revokes.
    """
    for number, (_, site, *told, text, party, _stapled) in enumerate(cells(path), 1):
        sheet = Sheet(site, TIMES["webdep"], f"{path.name}:{number}")
        label = in_small(text)
        if label in organisations:
            sheet.add("issuer", organisations[label], scope="tls")
        elif label in hosts:
            sheet.add("issuer-host", hosts[label], scope="tls", by="ocsp")
        for host in told:
            sheet.add("issuer-host", host, scope="tls", by="ocsp")
        yield Row(path.name, number, site, tuple(sheet.found), label, {"party": party})


def in_small(text: str) -> str:
    """Write an organisation as webdep does: small letters, digits and hyphens only."""
    return re.sub(r"[^a-z0-9-]", "", text.lower())


def embeds(path: Path, *, as_document: bool = False) -> Iterator[Row]:
    """Read embeds_gsa: hosts that a page loads, as embedded; or as if the page's own name led there."""
    for number, data in enumerate(lines(path), 1):
        sheet = Sheet(data["target_url"], TIMES["gsa"], f"{path.name}:{number}")
        for host in json.loads(data.get("third_party_service_domains") or "[]"):
            if as_document:
                sheet.add("cname", host, owner=sheet.target, hop="1")
            else:
                sheet.add("embed", host, scope="third-party-asset")
        yield Row(path.name, number, data["target_url"], tuple(sheet.found), data.get("hostname"), data)


def pages(path: Path) -> Row:
    """Read one page load (HAR): the document's hops with address and headers, everything else as embedded."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        entries = json.load(file)["log"]["entries"]
    target = path.name.removesuffix(".har.gz")
    sheet = Sheet(target, entries[0]["startedDateTime"][:19] + "Z", path.name)
    page = None
    for entry in entries:
        host = urlsplit(entry["request"]["url"]).hostname or ""
        if page is None:
            _hop(sheet, host, entry)
            page = None if entry["response"].get("redirectURL") else host
        elif host != page:
            own = registrable(host) == registrable(page)
            sheet.add("embed", host, subject=page, scope="first-party-asset" if own else "third-party-asset")
    return Row(path.name, 1, target, tuple(sheet.found), None, {"page": page})


def _hop(sheet: Sheet, host: str, entry: dict[str, Any]) -> None:
    answer = entry["response"]
    url, leads = entry["request"]["url"], answer.get("redirectURL")
    scope = "redirect" if leads else "document"
    if address := entry.get("serverIPAddress", "").strip("[]"):
        sheet.add("address", address, subject=host, scope=scope)
    detail = {"url": url} | ({"location": urljoin(url, leads)} if leads else {})
    sheet.add("status", str(answer["status"]), subject=host, scope=scope, **detail)
    for header in answer["headers"]:
        sheet.add("header", header["value"], subject=host, scope=scope, name=header["name"].lower())


def documents(path: Path, host: str) -> Row:
    """Read one host of a page load as if its first answer were the document."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        entries = json.load(file)["log"]["entries"]
    entry = next(one for one in entries if urlsplit(one["request"]["url"]).hostname == host)
    sheet = Sheet(host, entry["startedDateTime"][:19] + "Z", path.name)
    _hop(sheet, host, entry)
    return Row(path.name, 1, host, tuple(sheet.found), None)
