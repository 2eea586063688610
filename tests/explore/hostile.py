"""Names that mean harm, as facts: listed companies with a domain and a provider each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sousveil.ingest.records import Company, Evidence, Fact, Listing, Ownership, Provider, Ref, Sighting
from sousveil.schema.dates import Window

DAY = date(2026, 1, 1)
SEEN = date(2025, 12, 1)
HOSTILE = (
    "</script><script>window.fired=1</script>",
    '"onmouseover="window.fired=1',
    "javascript:window.fired=1",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<svg onload=window.fired=1><image href=x onerror=window.fired=1>",
    "x" * 10_000,
    "left \N{RIGHT-TO-LEFT OVERRIDE}thgir\N{ZERO WIDTH SPACE} \x07 bell",
    "\N{ARABIC LETTER SHEEN}\N{ARABIC LETTER REH}\N{ARABIC LETTER KAF}\N{ARABIC LETTER TEH MARBUTA} 海康威视",
    "a/../../b?c=d#e%2f",
)


def facts() -> Iterator[Fact]:
    """Make a listed company, its domain and its provider for each name that means harm."""
    look = Evidence(
        id="e" * 64, kind="record", source=HOSTILE[0], url="javascript:window.fired=1", quote=HOSTILE[4]
    )
    yield look
    for number, name in enumerate(HOSTILE):
        company, domain, provider = f"hostile {number} {name[:90]}", f"evil{number}.example", f"bad-{number}"
        yield Company(id=company, name=name, names=(name,))
        yield Provider(id=provider, name=name, names=(name,), website="javascript:window.fired=1")
        yield Listing(
            source="hostile", company=company, watchlist="us-entity-list", entry=str(number), named=name,
            evidence=(look.id,), known_from=SEEN, start=Window(SEEN, SEEN),
        )  # fmt: skip
        yield Ownership(
            source="hostile", owned=Ref("Domain", domain), owner=company, basis="declared",
            known_from=SEEN, evidence=(look.id,),
        )  # fmt: skip
        yield Sighting(
            source="hostile", subject=Ref("Domain", domain), service="cdn", provider=provider, named=name,
            seen=Window(SEEN, SEEN), evidence=look.id, known_from=SEEN, basis="observed",
        )  # fmt: skip
