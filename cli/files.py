"""Files that a command writes: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click


def refuse_existing(paths: Iterable[Path]) -> None:
    """Refuse to write where something stands already."""
    for path in paths:
        if os.path.lexists(path):
            raise click.ClickException(f"{path}: exists; give another name, or --force")


@contextmanager
def drafted(path: Path) -> Iterator[TextIO]:
    """Yield a text file that becomes `path` when the block ends, and is gone when the block fails."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.exists() and not path.is_file():
            raise click.ClickException(f"{path}: is no ordinary file; give another name")
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror or error}; nothing was written") from error
    finally:
        draft.unlink(missing_ok=True)
