"""`sousveil providers [NAME]`: whom we know, and by what we recognise them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sousveil.cli.home import today
from sousveil.cli.output import Output, output_options

if TYPE_CHECKING:
    from sousveil.catalogue import Catalogue
    from sousveil.catalogue.entries import ProviderEntry
    from sousveil.queries.answer import Answer

LIST = {
    "provider": "id in the catalogue",
    "name": "as it is named",
    "services": "what it offers",
    "operator": "the company that operates the brand today, as far as a source says",
    "country": "countries in which that company has its headquarters or is incorporated",
    "brand_of": "the brand that somebody else runs here",
    "rules": "how many rules recognise it",
    "reviewed": "day on which the file was last recorded",
}
RULES = {
    "rule": "id that answers cite: provider, service, role, kind",
    "values": "what is looked for",
    "matches": "examples that fit",
    "rejects": "look-alikes that do not",
    "sources": "where it can be read",
    "note": "what a reader should know",
}


@click.command(name="providers", short_help="List the providers, or the rules of one.")
@click.argument("name", required=False)
@output_options
def command(name: str | None, *, output: Output) -> None:
    """List the providers of the catalogue; with NAME, every rule by which that one is recognised.

    \b
    sousveil providers
    sousveil providers cloudflare --format json
    """
    from sousveil import catalogue
    from sousveil.cli.formats import write

    known = catalogue.load()
    if name is None:
        rows = [_listed(entry, known) for entry in known.providers.values()]
        write(_answer("Whom does the catalogue know?", {}, LIST, rows, known), output)
        return
    entry = _entry(name, known)
    rows = [_rule(entry, number) for number in range(len(entry.rules))]
    reviewed = f"recorded {entry.recorded}"
    question = f"By what do we recognise {entry.name} ({', '.join(entry.services)}; {reviewed})?"
    write(_answer(question, {"name": entry.id}, RULES, rows, known), output)


def _entry(name: str, known: Catalogue) -> ProviderEntry:
    """Find a provider by id, name or alias."""
    from sousveil.cli.suggest import nearest

    names = {
        word.casefold(): entry
        for entry in known.providers.values()
        for word in (*entry.aliases, entry.name, entry.id)
    }
    if name.casefold() not in names:
        near = nearest(name.casefold(), names) or "; try sousveil providers"
        raise click.UsageError(f"the catalogue has no provider {name!r}{near}")
    return names[name.casefold()]


def _listed(entry: ProviderEntry, known: Catalogue) -> dict[str, object]:
    running = [owner.company for owner in entry.owners if owner.end is None and owner.basis == "operates"]
    based = {
        base.country for company in running for base in known.companies[company].based_in if not base.end
    }
    values = (
        entry.id,
        entry.name,
        [*entry.services],
        running,
        sorted(based) or None,
        entry.brand_of,
        len(entry.rules),
        entry.recorded.isoformat(),
    )
    return dict(zip(LIST, values, strict=True))


def _rule(entry: ProviderEntry, number: int) -> dict[str, object]:
    rule = entry.rules[number]
    sources = [f"{source.title} {source.url}" for source in rule.sources]
    values = (rule.id, [*rule.values], [*rule.matches], [*rule.rejects], sources, rule.note)
    return dict(zip(RULES, values, strict=True))


def _answer(
    question: str,
    asked: dict[str, object],
    columns: dict[str, str],
    rows: list[dict[str, object]],
    known: Catalogue,
) -> Answer:
    from sousveil.queries.answer import Answer

    return Answer(
        query="providers",
        question=question,
        parameters=asked,
        as_of=today().isoformat(),
        known_on=today().isoformat(),
        columns=columns,
        rows=rows,
        coverage={"providers": len(known.providers)},
        caveats=["Whom the catalogue does not know is not named: such a service is concluded as unknown."],
        dataset={"version": known.digest[:12], "inputs": []},
    )
