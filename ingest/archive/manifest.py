"""manifest.json: what a finished run consists of."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path


def finish(folder: Path, finished: datetime) -> Path:
    """Write the manifest of a run that is over; call it once, after `recover` and all writers."""
    raise NotImplementedError
