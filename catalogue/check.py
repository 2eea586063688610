"""What no single file shows: references between files, and labels that two providers claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sousveil.catalogue.table import CatalogueError

# Tables that carry the claims of others: no publication themselves, but they have their own spellings.
CARRIERS = {"published-claims"}

if TYPE_CHECKING:
    from sousveil.catalogue import Catalogue
    from sousveil.catalogue.entries import CompanyEntry


def check(catalogue: Catalogue, texts: Mapping[str, str]) -> None:
    """Raise CatalogueError for the first reference that leads nowhere or label that two entries claim."""
    for path, kind, target in _references(catalogue):
        if target not in getattr(catalogue, kind):
            line = _line(texts.get(path, ""), target)
            raise CatalogueError(f"catalogue/{path}, line {line}: {target!r} is no file in {kind}/")
    claimed: dict[tuple[str, ...], str] = {}
    for path, label in _labels(catalogue):
        if label in claimed:
            line = _line(texts.get(path, ""), label[2])
            raise CatalogueError(
                f"catalogue/{path}, line {line}: {claimed[label]} has the label {label[2]!r} too"
            )
        claimed[label] = path
    _check_rules(catalogue, texts)
    _check_retractions(catalogue, texts)
    _check_rejections(catalogue, texts)


def _check_rules(catalogue: Catalogue, texts: Mapping[str, str]) -> None:
    """Refuse a value that two providers claim for one service, and two rules of one name.

    One value may name two providers in two services: a network keeps mail and hosts machines.
    """
    owners: dict[tuple[str, str, str], str] = {}
    for provider in catalogue.providers.values():
        path = f"providers/{provider.id}.toml"
        ids = [rule.id for rule in provider.rules]
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            raise CatalogueError(f"catalogue/{path}: two rules {twice}; write their values into one")
        claimed = ((rule.service, rule.kind, value) for rule in provider.rules for value in rule.values)
        for claim in claimed:
            if owners.setdefault(claim, provider.id) != provider.id:
                _, kind, value = claim
                line = _line(texts.get(path, ""), value)
                raise CatalogueError(
                    f"catalogue/{path}, line {line}: {owners[claim]} has the {kind} {value!r} too"
                )


def _check_retractions(catalogue: Catalogue, texts: Mapping[str, str]) -> None:
    """Refuse a retraction that takes nothing back: its claim would go on as service."""
    for publication in catalogue.publications.values():
        made = {(c.provider, c.company, c.domain, c.service) for c in publication.claims}
        for statement in publication.statements:
            for item in statement.retracts:
                if (item.provider, item.company, item.domain, item.service) not in made:
                    path = f"publications/{publication.id}.toml"
                    subject = item.domain or item.company
                    raise CatalogueError(
                        f"catalogue/{path}, line {_line(texts.get(path, ''), statement.text)}: retracts "
                        f"{item.provider} → {subject}, {item.service}, which this file does not claim"
                    )


def _check_rejections(catalogue: Catalogue, texts: Mapping[str, str]) -> None:
    """Refuse a rejection of an unknown source, or of what the company's own file says that it is."""
    sources = {*catalogue.watchlists, *catalogue.publications, *CARRIERS}
    for company in catalogue.companies.values():
        path = f"companies/{company.id}.toml"
        for rejected in company.rejected:
            if rejected.source is not None and rejected.source not in sources:
                line = _line(texts.get(path, ""), rejected.source)
                raise CatalogueError(
                    f"catalogue/{path}, line {line}: {rejected.source!r} is no file "
                    "in watchlists/ or publications/"
                )
            for name in sorted(_accepted(company, rejected.source) & {*rejected.named}):
                line = _line(texts.get(path, ""), name)
                raise CatalogueError(
                    f"catalogue/{path}, line {line}: {name!r} is rejected, and yet this company's own"
                )


def _accepted(company: CompanyEntry, source: str | None) -> set[str]:
    """Return what the company's own file says is this company, in that source or (None) anywhere."""
    reviewed = [(listed.list, name) for listed in company.listings for name in listed.named]
    reviewed += [(vendor.source, vendor.named) for vendor in company.vendors]
    found = {name for where, name in reviewed if source in (None, where)}
    if source is None:
        found |= {company.name, *company.aliases, *company.identifiers}
        found |= {domain.name for domain in company.domains}
    return found


def _references(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """Yield (path, kind of the target, target id)."""
    for provider in catalogue.providers.values():
        path = f"providers/{provider.id}.toml"
        yield from ((path, "companies", owner.company) for owner in provider.owners)
        if provider.brand_of:
            yield path, "providers", provider.brand_of
    for company in catalogue.companies.values():
        path = f"companies/{company.id}.toml"
        yield from ((path, "companies", owner.company) for owner in company.owners)
        yield from ((path, "watchlists", listing.list) for listing in company.listings)
        yield from (
            (path, "publications", vendor.source)
            for vendor in company.vendors
            if vendor.source not in CARRIERS
        )
    for publication in catalogue.publications.values():
        path = f"publications/{publication.id}.toml"
        named = [c.provider for c in publication.claims] + [c.provider for c in publication.unattributed]
        yield from ((path, "providers", provider_id) for provider_id in named if provider_id)
        yield from ((path, "companies", claim.company) for claim in publication.claims if claim.company)


def _labels(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (path, (kind, data set, text, service)) of every label that must be claimed once."""
    for provider in catalogue.providers.values():
        for label in provider.labels:
            yield f"providers/{provider.id}.toml", ("provider", label.source, label.text, label.service or "")
    for watchlist in catalogue.watchlists.values():
        for label in watchlist.labels:
            yield f"watchlists/{watchlist.id}.toml", ("watchlist", label.source, label.text)
    for publication in catalogue.publications.values():
        for text in publication.labels:
            yield f"publications/{publication.id}.toml", ("publication", "", text)
    for company in catalogue.companies.values():
        for vendor in company.vendors:
            yield f"companies/{company.id}.toml", ("vendor", vendor.source, vendor.named)


def _line(text: str, value: str) -> int:
    return next((n for n, line in enumerate(text.splitlines(), 1) if f'"{value}"' in line), 1)
