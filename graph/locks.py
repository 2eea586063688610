"""A lock on a file, which the system takes back when its holder dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.05


class FileLock:
    """One holder among all processes; not reentrant."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free; say whether it was. Shared holders only keep out the others."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(descriptor, shared)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; the file stays."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def held(path: Path) -> bool:
    """Say whether somebody holds the lock; others may ask at the same time."""
    if not path.exists():
        return False
    lock = FileLock(path)
    free = lock.acquire(shared=True)
    lock.release()
    return not free


@contextmanager
def waiting(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock, after waiting for it; TimeoutError after so many seconds."""
    lock = FileLock(path)
    deadline = time.monotonic() + seconds
    while not lock.acquire():
        if time.monotonic() > deadline:
            raise TimeoutError(str(path))
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int, shared: bool) -> None:  # noqa: ARG001 - Windows has no shared locks
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

else:
    import fcntl

    def _lock(descriptor: int, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
