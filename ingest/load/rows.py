"""Records as rows of the load statements: plain values, dates as text, ids made of what they identify."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sousveil.ingest.load.intervals import KEPT_EVIDENCE, Interval, Stretch
from sousveil.ingest.records import (
    Base,
    Brand,
    Check,
    Claim,
    Company,
    Concern,
    Conclusion,
    Embed,
    Evidence,
    Listing,
    Mention,
    Ownership,
    Period,
    Provider,
    Ref,
    Sighting,
    Statement,
    Watchlist,
    digest,
    text_of,
)

Row = dict[str, object]
ONE_DAY = timedelta(days=1)


def day(value: date | None) -> str | None:
    """Write a day as the statements take it."""
    return value.isoformat() if value else None


def company(record: Company) -> Row:
    """Make the row of a company; the union with what the store has is `merged`."""
    return {
        "id": record.id,
        "name": record.name,
        "names": sorted({record.name, *record.names}),
        "identifiers": sorted(record.identifiers),
        "kind": record.kind,
        "rank": record.rank,
    }


def merged(first: Mapping[str, object], second: Mapping[str, object]) -> Row:
    """Join two rows of one company: the better-ranked name, the union of everything else."""
    named = min((first, second), key=lambda row: (row["rank"], row["name"]))
    kinds = sorted((row["kind"] == "untyped", row["rank"], row["kind"]) for row in (first, second))
    return {
        "id": first["id"],
        "name": named["name"],
        "names": _union(first["names"], second["names"]),
        "identifiers": _union(first["identifiers"], second["identifiers"]),
        "kind": kinds[0][2],
        "rank": named["rank"],
    }


def _union(*lists: object) -> list[object]:
    return sorted({item for items in lists if isinstance(items, list | tuple) for item in items})


def provider(record: Provider) -> Row:
    """Make the row of a provider."""
    return {
        "id": record.id,
        "name": record.name,
        "names": sorted({record.name, *record.names}),
        "services": list(record.services),
        "website": record.website,
    }


def watchlist(record: Watchlist) -> Row:
    """Make the row of a watchlist."""
    return {
        "id": record.id,
        "name": record.name,
        "publisher": record.publisher,
        "country": record.country,
        "effect": record.effect,
        "legal_effect": record.legal_effect,
        "url": record.url,
    }


def evidence(record: Evidence) -> Row:
    """Make the row of a piece of evidence."""
    return {
        "id": record.id,
        "kind": record.kind,
        "source": record.source,
        "digest": record.digest,
        "url": record.url,
        "title": record.title,
        "publisher": record.publisher,
        "date": day(record.date.latest) if record.date else None,
        "date_text": record.date_text,
        "quote": record.quote,
        "archived": record.archived,
        "locator": record.locator,
        "time": record.time,
    }


def statement(record: Statement) -> Row:
    """Make the row of a statement."""
    return {
        "id": record.id,
        "kind": record.kind,
        "by": record.by,
        "date": day(record.date),
        "text": record.text,
        "url": record.url,
        "outcome": record.outcome,
        "decided": day(record.decided),
        "source": record.source,
    }


def concern(record: Statement, item: Concern) -> Row:
    """Make the row of a CONCERNS relationship."""
    return {
        "id": digest("concerns", record.id, item.node.label, item.node.key, item.claim),
        "key": item.node.key,
        "statement": record.id,
        "claim": item.claim,
        "retracts": item.retracts,
    }


def _fact(
    claim: str, start: str | None, source: str, run: str, known_from: date, cited: Iterable[str]
) -> Row:
    return {
        "id": digest(claim, start),
        "claim": claim,
        "source": source,
        "run": run,
        "evidence": sorted(set(cited)),
        "known_from": day(known_from),
        "known_until": None,
    }


def _period(period: Period, known_from: date) -> Row:
    return {
        "from": day(period.start),
        "until": day(period.end),
        "until_known": day(known_from) if period.end else None,
        "from_text": period.start_text,
        "until_text": period.end_text,
    }


def _start(period: Period) -> str | None:
    """Tell apart several periods of one claim, also where only the end is known."""
    return day(period.start) or (f"until {period.end}" if period.end else None)


def ownership(record: Ownership, run: str) -> Row:
    """Make the row of an OWNED_BY relationship."""
    about = (record.owned.label, record.owned.key, record.owner, record.basis, record.scope)
    claim = digest("owned", *about, record.source)
    return {
        **_fact(claim, _start(record.period), record.source, run, record.known_from, record.evidence),
        **_period(record.period, record.known_from),
        "key": record.owned.key,
        "owner": record.owner,
        "basis": record.basis,
        "share": record.share,
        "control": record.control,
        "scope": record.scope,
        "verified": record.verified,
        "note": record.note,
    }


def base(record: Base, run: str) -> Row:
    """Make the row of a BASED_IN relationship."""
    claim = digest("based", record.company, record.country, record.basis, record.source)
    return {
        **_fact(claim, _start(record.period), record.source, run, record.known_from, record.evidence),
        **_period(record.period, record.known_from),
        "company": record.company,
        "country": record.country,
        "basis": record.basis,
        "verified": record.verified,
        "note": record.note,
    }


def brand(record: Brand, run: str) -> Row:
    """Make the row of a BRAND_OF relationship."""
    claim = digest("brand", record.provider, record.brand, record.source)
    return {
        **_fact(claim, None, record.source, run, record.known_from, record.evidence),
        "provider": record.provider,
        "brand": record.brand,
    }


def content(record: Listing) -> Row:
    """Return what a version of a list says of an entry: equal contents, rows included, are one stretch."""
    return {
        "company": record.company,
        "watchlist": record.watchlist,
        "entry": record.entry,
        "named": record.named,
        "original": record.original,
        "destination": record.destination,
        "programme": record.programme,
        "citations": list(record.citations),
        "stated_from": text_of(record.start) if record.start else None,
        "stated_until": text_of(record.end) if record.end else None,
        "published": day(record.published),
        "corrected_by": record.corrected_by,
        "verified": record.verified,
        "note": record.note,
        "evidence": sorted(set(record.evidence)),
    }


def listing(record: Listing, run: str) -> Row:
    """Make the row of a LISTED_ON relationship that no version of a list opens or closes."""
    claim = listing_claim(record.company, record.watchlist, record.entry, record.source)
    start, end = record.start, record.end
    return {
        **_fact(
            claim,
            day(start.latest) if start else None,
            record.source,
            run,
            record.known_from,
            record.evidence,
        ),
        **content(record),
        "from_published": day(record.published),
        "from": day(start.latest) if start else None,
        "from_earliest": day(start.earliest) if start else None,
        "until": day(end.earliest) if end else None,
        "until_latest": day(end.latest) if end else None,
        "until_known": day(record.known_from) if end else None,
        "version_first": None,
        "version_last": None,
    }


def stretch(item: Stretch, source: str, run: str, since: date) -> Row:
    """Make the row of a LISTED_ON relationship from the versions in which an entry stood.

    `since` is the first version of the unbroken series: where the list states no beginning, the entry began
    by then. An entry that is gone ended at the earliest on the day after the last version that has it.
    """
    from sousveil.schema.dates import parse_window

    text = item.content
    claim = listing_claim(str(text["company"]), str(text["watchlist"]), str(text["entry"]), source)
    start = parse_window(str(text["stated_from"])) if text["stated_from"] else None
    end = parse_window(str(text["stated_until"])) if text["stated_until"] else None
    until = [
        bound
        for bound in (end.earliest if end else None, item.last + ONE_DAY if item.gone else None)
        if bound
    ]
    latest = [
        bound for bound in (end.latest if end else None, item.following if item.gone else None) if bound
    ]
    return {
        **_fact(claim, day(item.first), source, run, item.first, ()),
        **text,
        "from_published": text["published"],
        "from": day(start.latest if start else since),
        "from_earliest": day(start.earliest) if start else None,
        "until": day(min(until, default=None)),
        "until_latest": day(min(latest, default=None)),
        "until_known": day(item.following if item.gone else item.first if end else None),
        "known_until": None if item.gone else day(item.following),
        "version_first": day(item.first),
        "version_last": day(item.last),
    }


def listing_claim(company_id: str, watchlist_id: str, entry: str, source: str) -> str:
    """Return the stable name of a listing."""
    return digest("listed", company_id, watchlist_id, entry, source)


def about(record: Sighting, run: str) -> Row:
    """Make the row of an ABOUT relationship: a sighting."""
    return {
        **mention(record.evidence, record.subject, record.claim, record.known_from, run),
        "seen_min": day(record.seen.earliest),
        "seen_max": day(record.seen.latest),
        "ended": day(record.ended),
        "ended_known": day(record.ended_known),
        "basis": record.basis,
        "strength": record.strength,
        "confidence": record.confidence,
        "named": record.named,
        "label": record.label,
        "rules": list(record.rules) or None,
        "against": list(record.against) or None,
    }


def mention(cited: str, subject: Ref, claim: str | None, known_from: date, run: str) -> Row:
    """Make the row of an ABOUT relationship that is no sighting."""
    return {
        "id": digest("about", cited, subject.label, subject.key, claim),
        "key": subject.key,
        "evidence": cited,
        "claim": claim,
        "known_from": day(known_from),
        "run": run,
    }


def bare(record: Mention, run: str) -> Row:
    """Make the row of a mention."""
    return mention(record.evidence, record.subject, None, record.known_from, run)


def check(record: Check, run: str) -> Row:
    """Make the row of a CHECKED relationship."""
    return {
        "id": digest("checked", run, record.domain, record.host, record.service),
        "key": record.domain,
        "run": run,
        "service": record.service,
        "host": record.host,
        "final_host": record.final_host,
        "outcome": record.outcome,
        "time": record.time,
        "vantage": record.vantage,
    }


def conclusion(record: Conclusion, run: str) -> Row:
    """Make the row of a CONCLUDED relationship."""
    return {
        "id": digest("concluded", run, record.target, record.host, record.service),
        "key": record.target,
        "run": run,
        "service": record.service,
        "host": record.host,
        "finding": record.finding,
        "reason": record.reason,
        "rules": list(record.rules) or None,
    }


def embed(record: Embed, run: str) -> Row:
    """Make the row of an EMBEDDED_IN relationship of one sighting; `seen_again` joins several."""
    claim = digest("embedded", record.host, record.page, record.source)
    seen = day(record.seen)
    return {
        **_fact(claim, None, record.source, run, record.seen, [record.evidence]),
        "host": record.host,
        "page": record.page,
        "first_seen_min": seen,
        "first_seen_max": seen,
        "last_seen_min": seen,
        "last_seen_max": seen,
    }


def seen_again(first: Mapping[str, object], second: Mapping[str, object]) -> Row:
    """Join two rows of one EMBEDDED_IN: from the first sighting to the last, in whatever order they came."""
    starts, ends = ("first_seen_min", "first_seen_max", "known_from"), ("last_seen_min", "last_seen_max")
    return {
        **second,
        **{name: min(str(first[name]), str(second[name])) for name in starts},
        **{name: max(str(first[name]), str(second[name])) for name in ends},
        "evidence": _union(first["evidence"], second["evidence"])[:KEPT_EVIDENCE],
    }


def interval(item: Interval, record: Claim, run: str) -> Row:
    """Make the row of a SERVES, SAID_TO_SERVE or NAMED_FOR relationship."""
    claim = record.id
    return {
        "id": digest(claim, day(item.first_seen_min)),
        "claim": claim,
        "source": record.source,
        "run": run,
        "evidence": list(item.evidence),
        "key": record.subject.key,
        "who": record.provider or unresolved_id(record),
        "service": record.service,
        "role": record.role,
        "host": record.host,
        "scope": record.scope,
        "basis": item.basis,
        "strength": item.strength,
        "confidence": item.confidence,
        "named": item.named,
        "label": item.label,
        "rules": list(item.rules) or None,
        "against": list(item.against) or None,
        "first_seen_min": day(item.first_seen_min),
        "first_seen_max": day(item.first_seen_max),
        "last_seen_min": day(item.last_seen_min),
        "last_seen_max": day(item.last_seen_max),
        "ended": day(item.ended),
        "ended_known": day(item.ended_known),
        "start_cause": item.start_cause,
        "end_cause": item.end_cause,
        "known_from": day(item.known_from),
        "known_until": day(item.known_until),
        "known_cause": item.known_cause,
        "sightings": item.sightings,
    }


def unresolved_id(record: Claim | Sighting) -> str:
    """Return the key of an unresolved name: source and label."""
    return f"{record.source}:{record.label}"
