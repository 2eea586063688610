"""What the templates may do with a value: escape it, and tell what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jinja2 import Environment

from sousveil.schema.text import one_line

WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
HASH = re.compile(r"[0-9a-f]{64}")


def equip(environment: Environment) -> Environment:
    """Add our filters and tests; every value that a template prints is escaped by the environment."""
    environment.filters["clean"] = lambda value: one_line(str(value))
    environment.filters["filled"] = filled
    environment.tests["web"] = lambda value: isinstance(value, str) and WEB.fullmatch(value) is not None
    environment.tests["hash"] = lambda value: isinstance(value, str) and HASH.fullmatch(value) is not None
    environment.tests["list"] = lambda value: isinstance(value, list | tuple)
    environment.tests["evidence"] = lambda value: isinstance(value, Mapping) and {"id", "url"} <= value.keys()
    return environment


def filled(columns: Mapping[str, str], rows: list[Mapping[str, object]]) -> dict[str, str]:
    """Return the columns in which any row has something."""
    return {name: doc for name, doc in columns.items() if any(row[name] not in (None, []) for row in rows)}
