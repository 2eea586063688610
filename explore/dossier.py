"""A dossier: everything about one company, domain or provider as one page that needs nothing else."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from sousveil.explore.lanes import lanes
from sousveil.explore.markup import equip
from sousveil.queries.portrait import Portrait

EVERY_ROW = 1_000_000_000
SERVED = ("Served by", "Serves")


def dossier(found: Portrait) -> str:
    """Write the page; it runs no script, loads nothing, and opens and prints offline."""
    environment = Environment(
        loader=PackageLoader("sousveil.explore"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    served = next((part for heading, part in found.parts if heading in SERVED), None)
    return (
        equip(environment)
        .get_template("dossier.html")
        .render(
            found=found,
            served=served,
            lanes=lanes(served.rows) if served and served.rows else None,
            dataset=found.parts[0][1].dataset,
            known_on=found.parts[0][1].known_on,
            style=files("sousveil.explore.static").joinpath("style.css").read_text("utf-8"),
            version=version("sousveil"),
            every_row=EVERY_ROW,
        )
    )
