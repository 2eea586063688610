"""Names that are alike: found by the beginnings and ends of their words, and told apart in words."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ingest.match.names import Name, likeness


class Names:
    """Names with the ids of those who are called so; memory grows with the names alone."""

    def __init__(self) -> None:
        self._names: list[tuple[str, Name]] = []
        self._blocks: dict[str, list[int]] = {}
        self._cores: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def add(self, called: str, name: Name) -> None:
        """Add a name of somebody."""
        number = len(self._names)
        self._names.append((called, name))
        self._cores.setdefault(name.core, set()).add(called)
        for block in set(name.blocks()):
            self._blocks.setdefault(block, []).append(number)

    def alike(self, name: Name, least: float) -> Iterator[tuple[float, str, Name]]:
        """Yield (score, id, known name) of every known name that is at least so alike, in order of adding."""
        numbers = {number for block in name.blocks() for number in self._blocks.get(block, ())}
        for number in sorted(numbers):
            called, known = self._names[number]
            score = likeness(name, known, least)
            if score >= least:
                yield score, called, known

    def named(self, core: str) -> set[str]:
        """Return the ids of all who are called so, but for their legal form."""
        return self._cores.get(core, set())


def how_alike(one: Name, other: Name) -> str:
    """Say in words how two names are alike."""
    if one.folded == other.folded:
        return "same name"
    if one.core == other.core:
        return f"same name but for {' '.join(sorted(one.forms | other.forms)) or 'the order'}"
    return "same name but for common words" if one.telling == other.telling else "like name"


def unlike(one: Name, other: Name, mine: str, theirs: str) -> Iterator[str]:
    """Yield how two names differ, and whether they say too little; `mine` and `theirs` say who has them."""
    if one.forms and other.forms and one.forms != other.forms:
        yield f"other legal form: {' '.join(sorted(one.forms))}, not {' '.join(sorted(other.forms))}"
    ours, others = set(one.core.split()), set(other.core.split())
    if ours - others:
        yield f"only the {mine} says: {' '.join(sorted(ours - others))}"
    if others - ours:
        yield f"only the {theirs} says: {' '.join(sorted(others - ours))}"
    if one.short or other.short:
        yield f"a short name, which others may have: {min(one.telling, other.telling, key=len)}"
