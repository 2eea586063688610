"""The lines that a reviewer would write for a candidate, as they stand in docs/catalogue.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sousveil.catalogue import Catalogue
from sousveil.ingest.match import gleif
from sousveil.ingest.match.candidates import Candidate


def sheet(candidate: Candidate, catalogue: Catalogue) -> Iterator[str]:
    """Yield what a candidate is, as comments, and the lines of either decision: a reviewer takes one."""
    entry, company = candidate.entry, candidate.company
    yield f"# {candidate.score} {_seen(entry.name)} ({_seen(entry.source)}, {_seen(entry.key)})"
    yield f"# {_seen(company.name)}: catalogue/companies/{company.id}.toml"
    yield from (f"#   for: {_seen(reason)}" for reason in candidate.reasons)
    yield from (f"#   against: {_seen(reason)}" for reason in candidate.against)
    yield "# if it is this company:"
    yield from accepting(candidate, catalogue)
    yield "# if it is another:"
    yield from rejecting(candidate, catalogue)


def accepting(candidate: Candidate, catalogue: Catalogue) -> list[str]:
    """Return the lines that say yes."""
    entry, company = candidate.entry, candidate.company
    if entry.source in catalogue.watchlists:
        listing = [f"list = {text(entry.source)}", f"named = {texts([entry.name])}", "verified = true"]
        return ["[[listings]]", *listing, f"sources = {texts(_cited(candidate, catalogue))}"]
    if entry.source in catalogue.publications:
        return ["[[vendors]]", f"source = {text(entry.source)}", f"named = {text(entry.name)}"]
    if entry.source == gleif.NAME:
        return [f"identifiers = {texts(dict.fromkeys((*company.identifiers, *entry.identifiers)))}"]
    if entry.name in (company.name, *company.aliases):
        return [f"# the catalogue has this name; in your own file, the column id: {company.id}"]
    return [f"aliases = {texts([*company.aliases, entry.name])}"]


def rejecting(candidate: Candidate, catalogue: Catalogue) -> list[str]:
    """Return the lines that say no; why, and where that can be read, the reviewer fills in."""
    entry = candidate.entry
    known = entry.source in catalogue.watchlists or entry.source in catalogue.publications
    named = f"lei:{entry.key}" if entry.source == gleif.NAME else entry.name
    return [
        "[[rejected]]",
        *([f"source = {text(entry.source)}"] if known else []),
        f"named = {texts([named])}",
        'why = ""',
        f"sources = {texts(_cited(candidate, catalogue))}",
    ]


def text(value: str) -> str:
    r"""Write a TOML string; what a terminal does not show, or shows as something else, is escaped.

    >>> text('a "b"\u202e')
    '"a \\"b\\"\\u202e"'
    """
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in quoted)


def texts(values: Sequence[str] | dict[str, None]) -> str:
    """Write a TOML list of strings."""
    return f"[{', '.join(map(text, values))}]"


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"  # noqa: PLR2004


def _seen(value: str) -> str:
    return text(value)[1:-1].replace('\\"', '"')


def _cited(candidate: Candidate, catalogue: Catalogue) -> list[str]:
    carrier = candidate.entry.carrier
    return [carrier] if carrier in catalogue.publications else []
