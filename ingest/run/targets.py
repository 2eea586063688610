"""From lines that people write to names that can be asked for (IDNA 2008, RFC 5891); errors by line."""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from sousveil.ingest.records import Target

LONGEST = 253  # characters of a name
# Scripts that are written together in one word; any other mixture is how look-alikes are made (UTS 39).
TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A line that names no target, and why."""

    line: int
    text: str
    reason: str


def parse_targets(lines: Iterable[str]) -> tuple[list[Target], list[Misnamed]]:
    """Read one domain or host a line; `#` begins a remark. Repetitions are left out, no error is."""
    found: dict[Target, None] = {}
    wrong: list[Misnamed] = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip().lstrip("\ufeff")
        if not text:
            continue
        try:
            found[parse_target(text)] = None
        except ValueError as error:
            wrong.append(Misnamed(number, text, str(error)))
    return list(found), wrong


def parse_target(text: str) -> Target:
    """Read a domain or host, in Unicode or as an A-label; a ValueError says why it is none."""
    if "/" in text or ":" in text:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
        raise ValueError(f"an address, not a name; write {host}" if host else "an address, not a name")
    if _is_address(text):
        raise ValueError("an address, not a name; targets are domains and hosts")
    name = text.rstrip(".").lower()
    if "." not in name:
        raise ValueError("one label; write the whole domain, such as example.org")
    try:
        encoded = idna.encode(name, uts46=True).decode("ascii")
        shown = idna.decode(encoded)
    except idna.IDNAError as error:
        raise ValueError(f"no domain name: {error}") from error
    if len(encoded) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    for label in () if name.isascii() else shown.split("."):
        if mixed := _mixture(label):
            raise ValueError(
                f"the label {label!r} mixes {mixed}, as look-alikes do; if it is meant, write it as {encoded}"
            )
    return Target(encoded.lower())


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _mixture(label: str) -> str | None:
    """Name the scripts of a label that are not written together, or return None."""
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in label if letter.isalpha())
    scripts = {name.partition("-")[0] for name in names}
    if len(scripts) < 2 or any(scripts <= together for together in TOGETHER):  # noqa: PLR2004 - a mixture
        return None
    return " and ".join(sorted(scripts))
