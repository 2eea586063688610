"""An answer as one HTML page: the template escapes every value that it prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from sousveil.cli.formats import cell, chosen
from sousveil.queries.answer import Answer

WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


def page(answer: Answer) -> str:
    """Write the page; it opens offline, and asks for nothing when it is opened."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cell"] = cell
    environment.tests["web"] = is_web
    environment.tests["evidence"] = lambda value: isinstance(value, Mapping) and {"id", "url"} <= value.keys()
    environment.tests["list"] = lambda value: isinstance(value, list)
    template = environment.from_string(files("sousveil.cli").joinpath("answer.html").read_text("utf-8"))
    return template.render(answer=answer, asked=chosen(answer), statuses=answer.statuses())


def is_web(value: object) -> bool:
    """Say whether a value is an address that a page may link to: http or https, and nothing else."""
    return isinstance(value, str) and WEB.fullmatch(value) is not None
