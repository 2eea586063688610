"""What a person types, as the one node that is meant; several or none is a usage error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sousveil.cli.suggest import nearest
from sousveil.queries.entities import find

if TYPE_CHECKING:
    from sousveil.graph import BoltStore

LISTS = "MATCH (w:Watchlist) RETURN w.id AS id ORDER BY id"
KEYS = "MATCH (n:Company|Provider) RETURN n.id AS id, toLower(n.name) AS name ORDER BY id LIMIT $limit"
SHOWN = 8  # candidates in a message
SOUGHT = 20_000  # names compared with a mistyped one: half a second


def resolve(store: BoltStore, text: str, *, provider_first: bool = False) -> str:
    """Return the key of the one node that is meant; several or none is a usage error with the nearest."""
    return one(store, text, provider_first=provider_first)[1]


def one(store: BoltStore, text: str, *, provider_first: bool = False) -> tuple[str, str, str]:
    """Return label, key and name of the one node that is meant, as `resolve` does."""
    found = find(store, text)
    if not found:
        raise click.UsageError(f"nothing here is called {text!r}{_near(store, text)}")
    preferred = "Provider" if provider_first else "Company"
    chosen = [item for item in found if item[0] == preferred] or found
    keys = list(dict.fromkeys(key for _, key, _ in chosen))
    if len(keys) > 1:
        told = ", ".join(f"{key} ({name})" for _, key, name in chosen[:SHOWN])
        raise click.UsageError(f"{text!r} may mean: {told}; give one of these ids")
    return chosen[0]


def check_list(store: BoltStore, name: str) -> None:
    """Refuse a watchlist that the store does not have, with the nearest ones."""
    known = [str(row[0]) for row in store.read(LISTS).rows]
    if known and name not in known:
        near = nearest(name, known) or f"; one of {', '.join(known)}"
        raise click.UsageError(f"there is no list {name!r}{near}")


def _near(store: BoltStore, text: str) -> str:
    hits = store.search(text, SHOWN).rows
    told = ", ".join(f"{key} ({name})" for _, key, name, _ in hits)
    if told:
        return f"; did you mean {told}?"
    keys = {str(key) for row in store.read(KEYS, {"limit": SOUGHT}).rows for key in row}
    return nearest(text.lower(), sorted(keys)) or "; try another spelling, an id or a domain"
