"""From what a person types to what the graph calls it: an id, a domain, or a name that fits exactly."""

from __future__ import annotations

from sousveil.queries.answer import Reader

BY_KEY = """
MATCH (c:Company {id: $text}) RETURN 'Company' AS label, c.id AS key, c.name AS name
UNION ALL
MATCH (p:Provider {id: $text}) RETURN 'Provider' AS label, p.id AS key, p.name AS name
UNION ALL
MATCH (d:Domain {name: $text}) RETURN 'Domain' AS label, d.name AS key, d.name AS name
"""
BY_NAME = """
MATCH (c:Company) WHERE any(name IN c.names WHERE toLower(name) = $text)
RETURN 'Company' AS label, c.id AS key, c.name AS name
ORDER BY c.rank, c.id
UNION ALL
MATCH (p:Provider) WHERE any(name IN p.names WHERE toLower(name) = $text)
RETURN 'Provider' AS label, p.id AS key, p.name AS name
ORDER BY p.id
"""


def find(store: Reader, text: str) -> list[tuple[str, str, str]]:
    """Return (label, key, name) of every node that this id, domain or exact name means."""
    text = text.strip()
    found = store.read(BY_KEY, {"text": text.lower()}).rows or store.read(BY_KEY, {"text": text}).rows
    found = found or store.read(BY_NAME, {"text": text.lower()}).rows
    return [(str(label), str(key), str(name)) for label, key, name in found]
