"""robots.txt, as RFC 9309 reads it: the group that names us, else `*`; the longest rule wins.

Python's own parser takes the first rule that fits and knows no `*`, so that `Disallow: /*` would allow all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

NAME = "sousveil"


@dataclass(frozen=True, slots=True)
class Robots:
    """What may be asked of one origin: (allowed, pattern) rules; nothing where asking for them `failed`."""

    rules: tuple[tuple[bool, bytes], ...] = ()
    failed: str | None = None

    def refusal(self, url: str) -> str | None:
        """Say why this address must not be asked, or None."""
        if self.failed:
            return f"robots.txt did not come: {self.failed}"
        parts = urlsplit(url)
        path = unquote_to_bytes(parts.path or "/") + (b"?" + parts.query.encode() if parts.query else b"")
        fitting = [(len(pattern), allowed) for allowed, pattern in self.rules if _fits(pattern, path)]
        return None if not fitting or max(fitting)[1] else "robots.txt disallows it"


def parse(text: bytes, name: str = NAME) -> Robots:
    """Read the rules that hold for us; lines that say nothing known are skipped, as the RFC wants it."""
    groups: dict[str, list[tuple[bool, bytes]]] = defaultdict(list)
    agents: list[str] = []
    opened = False  # the lines before this one named agents
    for line in text.removeprefix(b"\xef\xbb\xbf").splitlines():
        key, _, value = (part.strip() for part in line.partition(b"#")[0].partition(b":"))
        match key.lower():
            case b"user-agent":
                agents = [*agents, _agent(value)] if opened else [_agent(value)]
                opened = True
                groups[agents[-1]] += ()
            case b"allow" | b"disallow" as word:
                opened = False
                rule = (word == b"allow", unquote_to_bytes(value))
                for agent in agents if value else ():
                    groups[agent].append(rule)
    return Robots(tuple(groups.get(name, groups["*"])))


def _agent(value: bytes) -> str:
    """Return the product token, lower-case, without its version."""
    return value.decode("latin-1").partition("/")[0].strip().lower()


def _fits(pattern: bytes, path: bytes) -> bool:
    """Say whether a pattern fits the beginning of a path: `*` is anything, a last `$` the end."""
    first, *others = pattern.removesuffix(b"$").split(b"*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in others:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if not pattern.endswith(b"$"):
        return True
    return path.endswith(others[-1]) if others else at == len(path)
