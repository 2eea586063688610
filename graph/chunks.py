"""Rows cut into batches that a store takes in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sousveil.graph.errors import StatementRefusedError
from sousveil.graph.values import size_of

MAX_ROWS = 5_000  # above it both stores got slower per row
MAX_BYTES = 8_000_000  # above 16 MiB a Bolt message hangs the client of an ArcadeDB with default settings
MAX_ROW_BYTES = 16_000_000  # ArcadeDB takes no single text above 16 MiB


def chunks(
    rows: Iterable[Mapping[str, object]], *, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES
) -> Iterator[list[dict[str, object]]]:
    """Yield the rows in order, in lists of at most so many rows and bytes; a larger row stands alone."""
    batch: list[dict[str, object]] = []
    held = 0
    for number, row in enumerate(rows, start=1):
        size = size_of(f"row {number}", row)
        if size > MAX_ROW_BYTES:
            raise StatementRefusedError(
                f"row {number}: about {size:,} bytes; keep large texts in the archive"
            )
        if batch and (len(batch) >= max_rows or held + size > max_bytes):
            yield batch
            batch, held = [], 0
        batch.append({name: value for name, value in row.items() if value is not None})  # absent is null
        held += size
    if batch:
        yield batch
