"""The options that every command with an answer takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

NAMES = ("table", "json", "jsonl", "csv", "md")


@dataclass(frozen=True, slots=True)
class Output:
    """How to print an answer, and where to."""

    form: str = "table"
    path: Path | None = None
    remarks: bool = False


def output_options(function: Callable[..., None]) -> Callable[..., Any]:
    """Add --format, -o and --remarks; the function gets them as one `output`."""

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
    @click.option(
        "--remarks", is_flag=True, help="In CSV, begin with the question, coverage and cautions as # lines."
    )
    @wraps(function)
    def wrapped(*, form: str, output: Path | None, remarks: bool, **rest: Any) -> None:
        function(output=Output(form, output, remarks), **rest)

    return wrapped
