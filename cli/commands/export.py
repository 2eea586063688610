"""`sousveil export`: the graph, or what surrounds one entity, in formats that other programs read."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from sousveil.cli.files import drafted, refuse_existing
from sousveil.cli.home import filled_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sousveil.graph import BoltStore
    from sousveil.graph.export import Content

FOLDERS = ("csv", "neo4j-admin")
FILES = ("jsonl", "graphml", "gexf", "cypher")
CAUTIONS = (
    "SAID_TO_SERVE is a claim of service that was retracted: never draw or count it as service.",
    "Serving is not by itself unlawful, and detection is not a contract.",
    "Every fact is of its days, in the world and of our knowledge; most were last seen long ago.",
)


@click.command(name="export", short_help="Write the graph, or part of it, for other programs.")
@click.option(
    "-f", "--format", "form", type=click.Choice([*FILES, *FOLDERS]), default="jsonl", show_default=True
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this file; for csv, to this new folder."
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--entity", help="Only this company, domain or provider, and what surrounds it.")
def command(form: str, output: Path | None, entity: str | None, *, force: bool) -> None:
    """Write the whole graph, or with --entity what surrounds one: facts, owners, evidence, statements.

    Nodes are named by label and key, relationships by their id: the same on every store. Each format says
    which version of the data it holds. Memory stays flat, whatever the size of the graph.

    \b
    sousveil export -o graph.jsonl                        one JSON object per line
    sousveil export --format graphml -o graph.graphml     for networkx, Gephi, yEd; or gexf
    sousveil export --format csv -o graph/                one file per label and relationship type
    sousveil export --format neo4j-admin -o import/       for `neo4j-admin database import full`
    sousveil export --format cypher --entity hikvision    a script that makes it again
    """
    from sousveil.graph import export

    if form in FOLDERS and output is None:
        raise click.UsageError(f"{form} is a folder of files; say where with -o FOLDER")
    if output is not None and form in FOLDERS:
        _check_folder(output)
    elif output is not None and not force:
        refuse_existing([output])
    with filled_store() as graph:
        content = _content(graph, entity)
        if output is None:
            for piece in export.FILES[form](content):
                sys.stdout.write(piece)
        elif form in FOLDERS:
            _write_folder(output, export.FOLDERS[form](content))
        else:
            with drafted(output) as file:
                file.writelines(export.FILES[form](content))


def _content(graph: BoltStore, entity: str | None) -> Content:
    from sousveil.cli.entities import resolve
    from sousveil.graph import export
    from sousveil.queries.answer import describe

    about = {
        "what": f"what surrounds {entity}" if entity else "the whole graph",
        "made_by": f"sousveil {version('sousveil')}",
        "cautions": CAUTIONS,
        "dataset": describe(graph),
    }
    if entity is None:
        return export.whole(graph, about)
    return export.part(export.neighbourhood(graph, resolve(graph, entity)), about)


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds something: an older export would mix with this one."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.ClickException(f"{folder}: exists and is not empty; give another name")


def _write_folder(folder: Path, lines: Iterable[tuple[str, str]]) -> None:
    """Write every line to its file; the files get their names together, at the end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror or error}") from error
    files: dict[str, TextIO] = {}
    with ExitStack() as stack:
        for name, line in lines:
            if name not in files:
                files[name] = stack.enter_context(drafted(folder / name))
            files[name].write(line)
