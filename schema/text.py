"""Text that others wrote, made safe for where it goes: a line, a spreadsheet, a Cypher statement, XML."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Control and direction characters could rewrite what a terminal shows; they come from hostile names.
UNSEEN = dict.fromkeys(
    [*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    REPLACEMENT,
)
# A cell that begins with one of these would be run as a formula by a spreadsheet (OWASP, CSV injection); the
# wide ones where it is set to Japanese or Chinese. `one_line` begins with no tab and no line break.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What XML 1.0 cannot hold, not even as a reference (section 2.2).
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def one_line(text: str) -> str:
    """Write text on one line, with a mark in place of what nobody would see."""
    return " ".join(text.translate(UNSEEN).split())


def for_spreadsheet(text: str) -> str:
    """Write a cell that no spreadsheet runs."""
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line


def for_xml(text: str) -> str:
    """Write text for an element or attribute of XML; line breaks survive in both."""
    escaped = html.escape(NO_XML.sub(REPLACEMENT, text))
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")


def literal(value: object) -> str:
    """Write a value as Cypher: text in single quotes, what could end it escaped."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return "'" + text.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\u0000") + "'"
