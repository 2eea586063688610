"""The option `--asn-table`: who announces which network, by a file of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sousveil.ingest.attribute.announcements import Table

takes_table = click.option(
    "--asn-table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Who announces which network: lines of prefix, AS number, country and name, with tabs between.",
)


def table_of(path: Path) -> Table:
    """Read a table of announced networks."""
    from sousveil.ingest.attribute.announcements import Table

    try:
        return Table.parse(path.read_bytes(), path.name)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror or error}; give the path of a file") from error
