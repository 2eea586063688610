"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(title: str, done: str = "written") -> Iterator[Callable[[str, int], None]]:
    """Yield what to call with (kind of record, how many were `done`)."""
    if not sys.stderr.isatty():
        yield lambda _name, _count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{title}: reading")
        total = 0

        def tell(name: str, count: int) -> None:
            nonlocal total
            total += count
            bar.update(task, description=f"{title}: {total:,} {done}, now {name.replace('_', ' ')}")

        yield tell
