"""What a label asks of an answer: right, wrong, abstained, or apart, row by row.

A label of the mail files names Microsoft, Google, Amazon, Zoho or Yandex, or none of them: `independent` (a
mail host of its own, or of somebody whom the labeller did not know), `local-isp`, `domestic`, `foreign` (in
the network of a provider of the country, or of another). So for these the answer must not be one of the five:
`self` and any other provider agree, and `unknown` abstains. `independent` with a mail host under its own name
agrees with `self` alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from truth import Row

from sousveil.catalogue import Catalogue
from sousveil.ingest.attribute.seen import registrable
from sousveil.ingest.attribute.verdict import Verdict

RIGHT, WRONG, ABSTAINED, APART, UNLABELLED = "right", "wrong", "abstained", "apart", "unlabelled"
VENDORS = {
    "microsoft": {"microsoft-365", "microsoft-365-china-21vianet", "microsoft"},
    "google": {"google-workspace", "google"},
    "aws": {"amazon-ses", "amazon-workmail", "amazon-web-services", "amazon"},
    "zoho": {"zoho"},
    "yandex": {"yandex-360", "yandex"},
}
FIVE = {provider for providers in VENDORS.values() for provider in providers}
# The labeller's own words for labels that trap 3 contradicts: a token or a tenant, and nothing else.
UNPROVEN = ("TXT verification proves", "MS365 tenant detected")


@dataclass(frozen=True, slots=True)
class Judged:
    """One row with the answer to it: the outcome, and what was answered in short."""

    row: Row
    label: str
    answer: str
    outcome: str
    confidence: float
    explanation: str


def mail(row: Row, verdict: Verdict) -> Judged:
    """Judge who keeps the mail."""
    named = {one.provider for one in verdict.attributions if one.role == "mailbox"}
    machines = {one.provider for one in verdict.attributions if one.role == "rented-machine"}
    outcome = mailbox(row, verdict.conclusion.finding, named, machines)
    answer = " + ".join(sorted(named)) or verdict.conclusion.finding
    return _judged(row, verdict, answer, outcome, "mailbox")


def mailbox(row: Row, finding: str, named: Collection[str], machines: Collection[str] = ()) -> str:
    """Judge an answer by anybody: a finding, the providers named, and those whose machine it is."""
    if row.label is None:
        return UNLABELLED
    if any(words in (row.told.get("reason") or "") for words in UNPROVEN):
        return APART
    if row.label == "unknown" or not any(row.told.get("mx") or []):
        return RIGHT if finding in {"none", "unknown"} else WRONG
    left_open = finding in {"unknown", "ambiguous"}
    if row.label in VENDORS:
        agrees = bool(VENDORS[row.label] & {*named, *machines})
    elif left_open and not FIVE & {*named}:
        agrees = _open(row)
    else:
        agrees, left_open = _is_somebody_else(row, finding, named), False
    return RIGHT if agrees else ABSTAINED if left_open else WRONG


def _is_somebody_else(row: Row, finding: str, named: Collection[str]) -> bool:
    """Say whether an answer agrees with a label that means none of the five."""
    if row.label == "independent" and _own(row):
        return finding == "self"
    return finding in {"named", "self"} and not FIVE & {*named}


def _open(row: Row) -> bool:
    """Say whether the labeller, too, left open who stands behind a gateway."""
    return "backend provider unknown" in (row.told.get("reason") or "")


def _own(row: Row) -> bool:
    return all(registrable(host) == registrable(row.target) for host in row.told.get("mx") or [])


def labelled(row: Row, verdict: Verdict, catalogue: Catalogue) -> Judged:
    """Judge a row of webdep."""
    named = {one.provider for one in verdict.attributions}
    answer = " + ".join(sorted(named)) or verdict.conclusion.finding
    outcome = webdep(row, verdict.conclusion.service, named, catalogue)
    return _judged(row, verdict, answer, outcome)


def webdep(row: Row, service: str, named: Collection[str], catalogue: Catalogue) -> str:
    """Judge an answer by anybody: webdep's label must be a label of the provider that is named."""
    if not named:
        return ABSTAINED
    expected = catalogue.provider("webdep-2023", row.label or "", service)
    if expected is None:
        return RIGHT if _same_name(row) else WRONG
    return RIGHT if expected in named else WRONG


def _same_name(row: Row) -> bool:
    return row.label == row.told.get("server")


def _judged(row: Row, verdict: Verdict, answer: str, outcome: str, role: str | None = None) -> Judged:
    """Put down an outcome; the confidence is that of the surest claim, in this role if one is given."""
    conclusion = verdict.conclusion
    made = (one.confidence for one in verdict.attributions if role in (None, one.role))
    confidence = max(made, default=0.0)
    rules = ", ".join(conclusion.rules)
    told = f"{conclusion.finding}: {conclusion.reason}" + (f" [{rules}]" if rules else "")
    return Judged(row, row.label or "", answer, outcome, confidence, told)
