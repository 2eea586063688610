"""`sousveil observe`: what archived bytes say, as observations with the evidence of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.progress import progress

if TYPE_CHECKING:
    from sousveil.ingest.records import Observation


@click.command(name="observe", short_help="Read archived bytes as observations.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "-f", "--format", "form", type=click.Choice(("jsonl", "table")), default="jsonl", show_default=True
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def command(runs: tuple[Path, ...], form: str, output: Path | None, *, force: bool) -> None:
    """Read RUNS (folders of runs, or WARC files) and write what was observed, in the order of the archive.

    Nothing is asked of the network, and the same archive gives the same lines. Memory stays flat.

    \b
    sousveil observe runs/2026-11-24 -o observations.jsonl    for `sousveil attribute`
    sousveil observe runs/2026-11-24 --format table           to read
    """
    if output is not None and not force:
        refuse_existing([output])
    lines = (f"{_written(one, form)}\n" for one in _observations(runs))
    if output is None:
        for line in lines:
            sys.stdout.write(line)
    else:
        with drafted(output) as file:
            file.writelines(lines)


def _observations(runs: tuple[Path, ...]) -> Iterator[Observation]:
    from sousveil.ingest import archive
    from sousveil.ingest.observe import observe

    with progress("observe", "exchanges read") as tell:
        for run in runs:
            vantage = archive.facts(run).vantage
            for archived in archive.read(run):
                yield from observe(archived.exchange, archived.evidence, vantage)
                tell(archived.exchange.protocol, 1)


def _written(one: Observation, form: str) -> str:
    from sousveil.ingest.lines import line
    from sousveil.schema.text import one_line

    if form == "jsonl":
        return line(one)
    detail = ", ".join(f"{name} {value}" for name, value in one.detail)
    fields = (one.subject, one.kind, one.scope, one.value, detail, one.evidence[:12])
    return "  ".join(one_line(field) for field in fields)
