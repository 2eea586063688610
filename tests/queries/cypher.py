"""Reading our own Cypher: enough to see which names a statement uses and where its dated hops are checked.

Not a parser: it knows how these files are written, and tests/queries/test_cypher.py shows what it finds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from sousveil.schema import GraphSchema

QUIET = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|//[^\n]*")
NODE = re.compile(r"(?<!\w)\((?P<name>\w*)(?P<labels>:\w+(?:\|\w+)*)?\s*(?P<keys>\{[^}]*\})?\)")
HOP = re.compile(r"-\[(?P<name>\w*)(?P<types>:\w+(?:\|\w+)*)?(?P<star>\*[\d.]*)?\s*(?P<keys>\{[^}]*\})?\]-")
TESTED = re.compile(r"\b(?P<name>\w+):(?P<label>[A-Z]\w*)")  # WHERE t:Domain
KEY = re.compile(r"(\w+):")
PROPERTY = re.compile(r"(?<![\w.$])(\w+)\.(\w+)(?!\w*\()")
LOOSE = re.compile(r"\b(\w+) IN |\bUNWIND .*? AS (\w+)|\breduce\((\w+) =", re.DOTALL)
# Where one name stands for what another holds: `[a, b] AS c`, `collect(a) AS c`, `a IN c`, `a IN x.c`.
LISTED = re.compile(r"\[(\w+(?:, \w+)*)\] (?:ELSE \[\] END )?AS (\w+)|\[(\w+)\] END AS (\w+)")
COLLECTED = re.compile(r"collect\((\w+)\) AS (\w+)")
# The days of a way up, in a map: `{from: reduce(day = b.from, r IN rs | …)} AS owners` is of b and of rs.
KEPT = re.compile(
    r"from: (?:reduce\(\w+ = (?:null|(\w+)\.from), \w+ IN (\w+) \||(\w+)\.from,).*?\}\)? AS (\w+)", re.DOTALL
)
RANGES = re.compile(r"\b(\w+) IN (?:\w+\.)*(\w+)\b")
REACH = 400  # characters after `x IN list WHERE`: the condition on x
NEXT = "\nCALL ("  # where the next part of a question begins
DAY = r"(?:as_of|(?:f\.)?at_m(?:in|ax)|s\.last_seen_m\w\w)"
# Our clock, and the world's: for a sighting, and for what has a beginning and an end.
# `until_known`, and an end that has passed, do as well: that is how one listing closes another.
KNOWN = (
    r"\b{name}\.(?:known_from|known_until|until_known) <= known_on",
    r"\b{name}\.known_until (?:>|<=) known_on",
)
SIGHTED = (r"\b{name}\.first_seen_min <= as_of",)
LASTING = (rf"\b{{name}}\.(?:from|until) <= {DAY}", rf"\b{{name}}\.until (?:>|<=) {DAY}")


def bare(text: str) -> str:
    """Blank out comments and quoted text, keeping positions."""
    return QUIET.sub(lambda match: " " * len(match.group()), text)


def misnamed(text: str, schema: GraphSchema) -> list[str]:
    """Name every label, type and property that graph.toml does not have."""
    text = bare(text)
    bound: dict[str, set[str]] = defaultdict(set)
    wrong: list[str] = []
    for pattern, group, known in (
        (NODE, "labels", {name: set(node.properties) for name, node in schema.nodes.items()}),
        (HOP, "types", {name: set(hop.properties) for name, hop in schema.relationships.items()}),
    ):
        for match in pattern.finditer(text):
            kinds = re.findall(r"\w+", match[group] or "")
            wrong += [kind for kind in kinds if kind not in known]
            allowed = {key for kind in kinds for key in known.get(kind, ())}
            bound[match["name"]] |= allowed
            keys = KEY.findall(match["keys"] or "")
            wrong += [f"{match.group()} {key}" for key in keys if key not in allowed]
    everything = {key for node in schema.nodes.values() for key in node.properties}
    everything |= {key for hop in schema.relationships.values() for key in hop.properties}
    return wrong + list(_unknown(text, bound, everything))


def _unknown(text: str, bound: dict[str, set[str]], everything: set[str]) -> Iterator[str]:
    """Yield each `name.property` that is neither a property of what the name is, nor the key of a map."""
    maps = {key for match in re.finditer(r"\{[^}]*\}", text) for key in KEY.findall(match.group())}
    loose = {name for match in LOOSE.finditer(text) for name in match.groups() if name} | {"row"}
    maps |= {key for name, key in PROPERTY.findall(text) if name == "row"}
    for name, key in PROPERTY.findall(text):
        if name[0].isdigit() or name == "date":
            continue
        own = bound.get(name) or set()
        if key not in (own if own and name not in loose else own | everything | maps):
            yield f"{name}.{key}"


def undated(text: str, schema: GraphSchema) -> list[str]:
    """Return every hop over a dated fact that is not held against both clocks.

    A hop is checked where its variable, or what ranges over a list that holds it, is compared with the day
    of our knowledge and, if the fact has days of its own, with the day asked for or those of the last
    sighting.
    """
    text = bare(text)
    wrong = []
    for match in HOP.finditer(text):
        kinds = [schema.relationships[kind] for kind in re.findall(r"\w+", match["types"] or "")]
        if not any(kind.states_fact for kind in kinds):
            continue
        wanted = [*KNOWN]
        wanted += SIGHTED if any("first_seen_min" in kind.properties for kind in kinds) else ()
        wanted += LASTING if any("from" in kind.properties for kind in kinds) else ()
        places = list(_places(match["name"], text, match.start()))
        if not all(any(re.search(form.format(name=name), part) for name, part in places) for form in wanted):
            wrong.append(f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()}")
    return wrong


def _places(name: str, text: str, start: int) -> Iterator[tuple[str, str]]:
    """Yield where a hop can be checked: its own name after it, and each look through a list that holds it."""
    if not name:
        return
    rest = text[start:]
    yield name, rest.partition(NEXT)[0]
    for holder in _holders(name, text):
        for match in re.finditer(rf"\b(\w+) IN (?:\w+\.)*{holder}\b", rest):
            yield match[1], rest[match.start() :][:REACH]


def _holders(name: str, text: str) -> set[str]:
    """Follow a variable into the lists that hold it, and out again into what ranges over them."""
    holds: dict[str, set[str]] = defaultdict(set)
    for match in LISTED.finditer(text):
        inner, outer = (match[1], match[2]) if match[1] else (match[3], match[4])
        for item in inner.split(", "):
            holds[item].add(outer)
    for inner, outer in COLLECTED.findall(text):
        holds[inner].add(outer)
    for *inner, outer in KEPT.findall(text):
        for item in filter(None, inner):
            holds[item].add(outer)
    for inner, outer in RANGES.findall(text):
        holds[outer].add(inner)
    found = {name}
    while more := {outer for item in found for outer in holds[item]} - found:
        found |= more
    return found
