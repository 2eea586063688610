"""The options that every command with an answer takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sousveil.cli.files import refuse_existing

NAMES = ("table", "json", "jsonl", "csv", "tsv", "md", "html")
DELIMITED = ("csv", "tsv")  # pure rows: the rest of the answer stands in FILE.meta.json, or in remarks


@dataclass(frozen=True, slots=True)
class Output:
    """How to print an answer, and where to."""

    form: str = "table"
    path: Path | None = None
    remarks: bool = False
    pager: bool = True

    def files(self) -> list[Path]:
        """Name every file that the answer is written to."""
        if self.path is None:
            return []
        return [self.path, beside(self.path)] if self.form in DELIMITED else [self.path]


def beside(path: Path) -> Path:
    """Name the file that holds everything but the rows."""
    return path.with_name(path.name + ".meta.json")


def output_options(function: Callable[..., None]) -> Callable[..., Any]:
    """Add --format, -o and what goes with them; the function gets them as one `output`."""

    @click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(NAMES),
        default="table",
        show_default=True,
        help="How to print.",
    )
    @click.option(
        "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
    )
    @click.option("--force", is_flag=True, help="Overwrite the file, and the one that goes with a CSV.")
    @click.option(
        "--remarks",
        is_flag=True,
        help="In CSV and TSV, begin with the question, coverage and cautions as # lines.",
    )
    @click.option("--no-pager", is_flag=True, help="Print a long table at once; so does PAGER=cat.")
    @wraps(function)
    def wrapped(
        *, form: str, output: Path | None, force: bool, remarks: bool, no_pager: bool, **rest: Any
    ) -> None:
        chosen = Output(form, output, remarks, not no_pager)
        if not force:
            refuse_existing(chosen.files())
        function(output=chosen, **rest)

    return wrapped
